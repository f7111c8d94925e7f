"""Pieces of work as tasks of Ray: bounded in flight, done again when a worker is lost, cancelled when we are told to stop."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import signal
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

# Read by Ray's processes when they start, so they are set before Ray is imported.
os.environ.setdefault("RAY_AUTH_MODE", "token")
os.environ.setdefault("RAY_DEDUP_LOGS", "0")
os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")

import ray
from ray.exceptions import RayError, RayTaskError

from forecasting.work import Progress, WorkLost, silent

LOCAL: Final = "local"
CPUS_PER_PIECE: Final = 1
"""Each piece has one thread: results do not depend on how many there are."""
IN_FLIGHT_PER_CPU: Final = 2
"""One runs, the next one waits beside it."""
RETRIES: Final = 3
"""So often a piece is done again whose worker died; what a piece raises itself is raised at once."""
NICE: Final = 10
"""Pieces give way to owners on the same machine."""
LOOK_S: Final = 1.0
CONNECT_S: Final = 5.0
_SECRET: Final = secrets.token_hex(32)
"""One for all Rays of this process: Ray reads it once, and remembers it."""

S = TypeVar("S")
T = TypeVar("T")
R = TypeVar("R")


class RayRunner:
    """A `Runner` on the Ray that this process is connected to."""

    def __init__(self, cpus: int) -> None:
        self._most_in_flight = IN_FLIGHT_PER_CPU * max(cpus, 1)
        options = {"num_cpus": CPUS_PER_PIECE, "max_retries": RETRIES}
        self._piece: Any = ray.remote(_piece).options(**options)

    def run(self, work: Callable[[S, T], R], shared: S, items: Sequence[T], what: str, progress: Progress = silent) -> list[R]:
        """See `Runner`.

        Raises:
            WorkLost: Ray, or a worker again and again, was lost.
        """
        results: dict[int, R] = {}
        under_way: dict[Any, int] = {}
        left = iter(enumerate(items))
        progress(what, 0, len(items))
        try:
            once = ray.put(shared)
            while len(results) < len(items):
                while len(under_way) < self._most_in_flight and (following := next(left, None)) is not None:
                    under_way[self._piece.remote(work, once, following[1])] = following[0]
                for reference in ray.wait(list(under_way), timeout=LOOK_S)[0]:
                    results[under_way.pop(reference)] = ray.get(reference)
                    progress(what, len(results), len(items))
        except RayTaskError as error:  # what the piece raised is its cause
            raise (error.cause if isinstance(error.cause, Exception) else WorkLost(_line(error))) from None
        except RayError as error:
            raise WorkLost(f"{what}: {_line(error)}") from None
        finally:
            for reference in under_way:  # only when something went wrong, or we are to stop
                ray.cancel(reference, force=True)
        return [results[number] for number in range(len(items))]


@contextmanager
def ray_runner(where: str = LOCAL, token: Path | None = None, cpus: int | None = None) -> Iterator[RayRunner]:
    """Start a Ray of our own that ends with the block (`local`), or join the one at an address (`auto`: the one around us).

    Args:
        where: `local` or an address.
        token: file with the secret of the cluster to join; Ray's own places when None.
        cpus: of a local Ray; all when None.
    Raises:
        WorkLost: it does not start, or there is none.
    """
    folder = tempfile.mkdtemp(prefix="skuld-ray-") if where == LOCAL else None
    on_signal = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        _init(where, token, cpus, folder)
        _put_back(on_signal)  # Ray puts its own there, which print a stack of C++
        yield RayRunner(_cpus())
    finally:
        ray.shutdown()
        _put_back(on_signal)
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def _init(where: str, token: Path | None, cpus: int | None, folder: str | None) -> None:
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    try:
        if folder is None:
            if token is not None and token.exists():
                os.environ.setdefault("RAY_AUTH_TOKEN_PATH", str(token))
            _refuse_where_nobody_listens(where)
            ray.init(address=where, **quiet)
        else:
            with _own_secret(Path(folder)):
                ray.init(num_cpus=cpus, include_dashboard=False, configure_logging=False, _temp_dir=folder, **quiet)
    except (RayError, ConnectionError, RuntimeError, ValueError, OSError) as error:
        raise WorkLost(f"Ray at {where}: {_line(error)}") from None


def _refuse_where_nobody_listens(where: str) -> None:
    """Ray itself tries an address for minutes, and prints each attempt."""
    host, _, port = where.rpartition(":")
    if port.isdigit() and "/" not in host:
        socket.create_connection((host, int(port)), CONNECT_S).close()


def _cpus() -> int:
    resources: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]  # as in Ray
    return int(resources.get("CPU", 1))


@contextmanager
def _own_secret(folder: Path) -> Iterator[None]:
    """A secret that only the processes of this Ray know, unless one is set."""
    if "RAY_AUTH_TOKEN" in os.environ or "RAY_AUTH_TOKEN_PATH" in os.environ:
        yield
        return
    path = folder / "token"
    path.touch(mode=0o600)
    path.write_text(_SECRET)
    os.environ["RAY_AUTH_TOKEN_PATH"] = str(path)
    try:
        yield
    finally:
        del os.environ["RAY_AUTH_TOKEN_PATH"]


def _put_back(handlers: dict[signal.Signals, Any]) -> None:
    if threading.current_thread() is threading.main_thread():
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _piece(work: Callable[[S, T], R], shared: S, item: T) -> R:
    os.setpriority(os.PRIO_PROCESS, 0, max(NICE, os.getpriority(os.PRIO_PROCESS, 0)))
    return work(shared, item)


def _line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
