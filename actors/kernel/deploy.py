"""Placing processes with Ray: detached named actors that restart for ever, and a supervisor that misses none of them."""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final, TypeVar

# Read by Ray's processes when they start, so they are set before Ray is imported.
os.environ.setdefault("RAY_worker_niceness", "0")  # Ray's default of 15 starves owners on a busy machine
os.environ.setdefault("RAY_AUTH_MODE", "token")
os.environ.setdefault("RAY_DEDUP_LOGS", "0")
os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")

import ray
from ray.exceptions import GetTimeoutError, RayActorError, RayError
from ray.util.metrics import Gauge

from actors.kernel.faults import Fault
from actors.kernel.published import publish_figures
from actors.kernel.transport.ray_call import NAMESPACE

OBJECT_STORE_BYTES: Final = 256 * 1024 * 1024
"""Owners pass bytes in calls; only training puts tables into the object store, and asks for more."""
CALL_TIMEOUT_S: Final = 10.0

T = TypeVar("T")


class PlacementFailed(Fault):
    """Ray could not be started or reached; the message is one line."""


def start_ray(data_dir: Path, *, address: str | None, dashboard: bool, cpus: int | None = None) -> str:
    """Join the cluster at `address`, or start a head on this machine that ends with this process.

    Returns:
        The dashboard's address, empty when there is none.
    """
    os.environ.setdefault("RAY_AUTH_TOKEN_PATH", str(_token(data_dir)))
    try:
        if address is not None:
            context = ray.init(address=address, namespace=NAMESPACE, log_to_driver=False, logging_level=logging.ERROR)
        else:
            context = ray.init(
                namespace=NAMESPACE,
                num_cpus=cpus,
                include_dashboard=dashboard,
                object_store_memory=OBJECT_STORE_BYTES,
                log_to_driver=False,
                logging_level=logging.ERROR,
                configure_logging=False,
                _temp_dir=_session_dir(),
            )
    except (RayError, ConnectionError, RuntimeError, ValueError, OSError) as error:
        raise PlacementFailed(f"Ray did not start: {str(error).splitlines()[0]}") from None
    return f"http://{context.dashboard_url}" if context.dashboard_url else ""


def _session_dir() -> str:
    """A short path of this run's own (Ray puts sockets there, whose paths are limited), removed when it ends."""
    path = tempfile.mkdtemp(prefix="skuld-ray-")
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def _token(data_dir: Path) -> Path:
    """The secret that Ray's processes show each other, kept beside the data and readable by its owner only."""
    path = data_dir / "ray-token"
    if not path.exists():
        handle = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
        os.write(handle, os.urandom(32).hex().encode())
        os.close(handle)
    return path


class Placed:
    """The actor around a process: Ray wraps every method of an actor's class for tracing, so it gets but these two."""

    def __init__(self, process: type, *arguments: Any) -> None:
        self._process = process(*arguments)
        threading.Thread(target=publish_figures, args=(self._process, Gauge), name="figures", daemon=True).start()

    def __repr__(self) -> str:
        return repr(self._process)

    async def call(self, method: str, *arguments: Any) -> Any:
        """Call a method of the process."""
        return await getattr(self._process, method)(*arguments)


def place(name: str, process: type, *arguments: Any) -> Any:
    """Place a process as a detached named actor, or find the one there is.

    It restarts for ever, and its calls are never repeated by Ray: nearly every Ray error means "outcome unknown".
    It holds no CPU of Ray's, so training tasks can always start.
    """
    kind: Any = ray.remote(type(process.__name__, (Placed,), {}))
    options: dict[str, Any] = {
        "name": name,
        "namespace": NAMESPACE,
        "lifetime": "detached",
        "get_if_exists": True,
        "max_restarts": -1,
        "max_task_retries": 0,
        "max_concurrency": 1000,
        "num_cpus": 0,
    }
    return find(name) or kind.options(**options).remote(process, *arguments)


def find(name: str) -> Any | None:
    """The actor of that name, or None."""
    try:
        return ray.get_actor(name, namespace=NAMESPACE)
    except ValueError:
        return None


def call(name: str, method: str, *arguments: Any, timeout_s: float = CALL_TIMEOUT_S) -> Any:
    """Call a placed process by name.

    Raises:
        Fault: it is missing, dead, or does not answer in time.
    """
    actor = find(name)
    if actor is None:
        raise PlacementFailed(f"{name} is not placed")
    try:
        return ray.get(actor.call.remote(method, *arguments), timeout=timeout_s)
    except GetTimeoutError:
        raise PlacementFailed(f"{name} did not answer {method} in {timeout_s:g} s") from None
    except RayActorError as error:
        raise PlacementFailed(f"{name} is away: {str(error).splitlines()[0]}") from None


def call_all(names: Iterable[str], method: str, *arguments: Any, timeout_s: float = CALL_TIMEOUT_S) -> dict[str, Any]:
    """Call several at once; a fault stands in the place of an answer."""
    answers: dict[str, Any] = {}
    references = {}
    for name in names:
        actor = find(name)
        if actor is None:
            answers[name] = PlacementFailed(f"{name} is not placed")
        else:
            references[name] = actor.call.remote(method, *arguments)
    for name, reference in references.items():
        try:
            answers[name] = ray.get(reference, timeout=timeout_s)
        except RayError as error:
            answers[name] = PlacementFailed(f"{name}: {str(error).splitlines()[0]}")
    return answers


def remove(name: str) -> None:
    """End a placed process for good."""
    actor = find(name)
    if actor is not None:
        ray.kill(actor, no_restart=True)


def supervise(processes: dict[str, Callable[[], Any]]) -> list[str]:
    """Place again whatever is missing; gives the names that were."""
    missing = [name for name in processes if find(name) is None]
    for name in missing:
        processes[name]()
    return missing


def joined() -> bool:
    """Whether this process is connected to Ray."""
    return bool(ray.is_initialized())


def ray_address() -> str:
    """The address other commands join at."""
    return str(ray.get_runtime_context().gcs_address)


def leave_ray() -> None:
    """Disconnect; a head that this process started ends with it."""
    ray.shutdown()
