"""Placing processes with Ray: detached named actors that restart for ever, and a supervisor that misses none of them."""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
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

OBJECT_STORE_BYTES: Final = 256 * 1024 * 1024
"""Owners pass bytes in calls; only training puts tables into the object store, and asks for more."""
CALL_TIMEOUT_S: Final = 10.0
FOUND_TIMEOUT_S: Final = 5.0
"""So long an actor that was found may take to say with which settings it runs."""
GONE_TIMEOUT_S: Final = 20.0
FINGERPRINT, PID = "fingerprint", "pid"
"""Asked of the actor itself, not of the process in it."""

T = TypeVar("T")


class PlacementFailed(Fault):
    """Ray could not be started or reached; the message is one line."""


def start_ray(
    data_dir: Path,
    *,
    address: str | None,
    namespace: str,
    dashboard: bool,
    cpus: int | None = None,
    session_dir: Path | None = None,
) -> str:
    """Join the cluster at `address`, or start a head on this machine that ends with this process.

    Args:
        namespace: of the installation; its actors are found there, and those of another are not.
        session_dir: a directory with a short path (Ray puts sockets there, whose paths are limited) that the caller removes.

    Returns:
        The dashboard's address, empty when there is none.
    """
    os.environ.setdefault("RAY_AUTH_TOKEN_PATH", str(_token(data_dir)))
    on_terminate = signal.getsignal(signal.SIGTERM)
    try:
        if address is not None:
            context = ray.init(address=address, namespace=namespace, log_to_driver=False, logging_level=logging.ERROR)
        else:
            context = ray.init(
                namespace=namespace,
                num_cpus=cpus,
                include_dashboard=dashboard,
                object_store_memory=OBJECT_STORE_BYTES,
                log_to_driver=False,
                logging_level=logging.ERROR,
                configure_logging=False,
                _temp_dir=str(session_dir) if session_dir is not None else _session_dir(),
            )
    except (RayError, ConnectionError, RuntimeError, ValueError, OSError) as error:
        raise PlacementFailed(f"Ray did not start: {(str(error) or type(error).__name__).splitlines()[0]}") from None
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, on_terminate)  # Ray puts its own there, which prints a stack of C++
    return f"http://{context.dashboard_url}" if context.dashboard_url else ""


def _session_dir() -> str:
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

    def __init__(self, fingerprint: str, process: type, *arguments: Any) -> None:
        self._fingerprint = fingerprint
        self._process = process(*arguments)
        threading.Thread(target=publish_figures, args=(self._process, Gauge), name="figures", daemon=True).start()

    def __repr__(self) -> str:
        return repr(self._process)

    async def call(self, method: str, *arguments: Any) -> Any:
        """Call a method of the process."""
        if method == FINGERPRINT:
            return self._fingerprint
        if method == PID:
            return os.getpid()
        return await getattr(self._process, method)(*arguments)


def place(name: str, fingerprint: str, process: type, *arguments: Any) -> Any:
    """Place a process as a detached named actor, or find the one there is.

    It restarts for ever, and its calls are never repeated by Ray: nearly every Ray error means "outcome unknown".
    It holds no CPU of Ray's, so training tasks can always start. Its class has its name, as Ray makes the title of an actor's
    process of that: `ray::orders-0`.

    Args:
        fingerprint: tells settings from others, for `replace_others`.
    """
    kind: Any = ray.remote(type(name, (Placed,), {}))
    options: dict[str, Any] = {
        "name": name,
        "lifetime": "detached",
        "get_if_exists": True,
        "max_restarts": -1,
        "max_task_retries": 0,
        "max_concurrency": 1000,
        "num_cpus": 0,
    }
    return find(name) or kind.options(**options).remote(fingerprint, process, *arguments)


def replace_others(fingerprints: Mapping[str, str]) -> list[str]:
    """End the actors there are, of a run before, that have other settings than those about to be placed, or do not say.

    Returns:
        Their names.
    """
    there = [name for name in fingerprints if find(name) is not None]
    answers = call_all(there, FINGERPRINT, timeout_s=FOUND_TIMEOUT_S)
    others = [name for name, answer in answers.items() if answer != fingerprints[name]]
    for name in others:
        remove(name)
    deadline = time.monotonic() + GONE_TIMEOUT_S
    while any(find(name) is not None for name in others):
        if time.monotonic() > deadline:
            raise PlacementFailed(f"{', '.join(others)} of a run before cannot be ended")
        time.sleep(0.1)
    return others


def find(name: str) -> Any | None:
    """The actor of that name, or None."""
    try:
        return ray.get_actor(name)
    except ValueError:
        return None


def call(name: str, method: str, *arguments: Any, timeout_s: float = CALL_TIMEOUT_S) -> Any:
    """Call a placed process by name.

    Raises:
        Fault: it is missing, dead, or does not answer in time.
    """
    answer = call_all([name], method, *arguments, timeout_s=timeout_s)[name]
    if isinstance(answer, Fault):
        raise answer
    return answer


def call_all(names: Iterable[str], method: str, *arguments: Any, timeout_s: float = CALL_TIMEOUT_S) -> dict[str, Any]:
    """Call several at once, with one deadline for all; a fault stands in the place of an answer."""
    answers: dict[str, Any] = {}
    references = {}
    for name in names:
        actor = find(name)
        if actor is None:
            answers[name] = PlacementFailed(f"{name} is not placed")
        else:
            references[name] = actor.call.remote(method, *arguments)
    deadline = time.monotonic() + timeout_s
    for name, reference in references.items():
        try:
            answers[name] = ray.get(reference, timeout=max(0.0, deadline - time.monotonic()))
        except GetTimeoutError:
            answers[name] = PlacementFailed(f"{name} did not answer {method} in {timeout_s:g} s")
        except RayActorError as error:
            answers[name] = PlacementFailed(f"{name} is away: {str(error).splitlines()[0]}")
        except RayError as error:
            answers[name] = PlacementFailed(f"{name}: {str(error).splitlines()[0]}")
    return answers


def remove(name: str) -> None:
    """End a placed process for good."""
    actor = find(name)
    if actor is not None:
        ray.kill(actor, no_restart=True)


class Supervisor:
    """Looks after placed processes. A look may hang when Ray does, so somebody else has to watch the one who looks."""

    def __init__(self, processes: dict[str, Callable[[], Any]]) -> None:
        self._processes = processes
        self._pids: dict[str, int] = {}
        self._asked: dict[Any, str] = {}

    def look(self) -> list[str]:
        """Place again whatever is missing; gives a line for each process that is another one than before.

        Raises:
            PlacementFailed: this node has left the cluster.
        """
        node = ray.get_runtime_context().get_node_id()
        nodes: list[dict[str, Any]] = ray.nodes()  # type: ignore[no-untyped-call]  # as in Ray
        if not any(found["NodeID"] == node and found["Alive"] for found in nodes):
            raise PlacementFailed("this node has left its Ray cluster")
        lines = []
        for name, place_again in self._processes.items():
            if find(name) is None:
                place_again()
                lines.append(f"{name} was missing and is placed again")
        return lines + self._restarted()

    def _restarted(self) -> list[str]:
        """Without waiting for anybody: what has been answered since the last look, and a new question to who has answered."""
        lines = []
        for reference in ray.wait(list(self._asked), num_returns=len(self._asked), timeout=0)[0] if self._asked else ():
            name = self._asked.pop(reference)
            try:
                pid: int = ray.get(reference)
            except RayError:  # died meanwhile: who comes after it is asked
                continue
            before, self._pids[name] = self._pids.get(name, pid), pid
            if pid != before:
                lines.append(f"{name} had died (process {before}) and is back (process {pid})")
        waiting = set(self._asked.values())
        for name in self._processes:
            if name not in waiting and (actor := find(name)) is not None:
                self._asked[actor.call.remote(PID)] = name
        return lines


def joined() -> bool:
    """Whether this process is connected to Ray."""
    return bool(ray.is_initialized())


def address_of_node() -> str:
    """Where other nodes of the cluster reach processes on this one."""
    return str(ray.util.get_node_ip_address())  # type: ignore[no-untyped-call]  # as in Ray


def ray_address() -> str:
    """The address other commands join at."""
    return str(ray.get_runtime_context().gcs_address)


def leave_ray() -> None:
    """Disconnect; a head that this process started ends with it."""
    ray.shutdown()
