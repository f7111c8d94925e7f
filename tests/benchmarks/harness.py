"""Start a target on fresh stores, put load on it, and say what it did: orders per second, latency, CPU per order."""

import json
import os
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import psutil

from tests.benchmarks.stores import MariaDB, Redis
from tests.benchmarks.targets.port import SKUS, Target, sku_name

SCRIPT: Final = Path(__file__).parent / "load" / "orders.lua"
AMPLE: Final = 1_000_000_000  # units of every SKU: nothing runs out
WRK_THREADS: Final = 2
SINGLE: Final = "skewed"
"""The mix of single orders: some SKUs are in many of them."""


@dataclass
class Run:
    """One load on one started target. `orders` were sent; `orders_per_s` counts those accepted: quick refusals win nothing."""

    target: str
    connections: int
    mix: str
    orders: int
    orders_per_s: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    bad_status: int
    socket_errors: int
    cpu_us_per_order: dict[str, float] = field(default_factory=dict)
    cores_taken_elsewhere: float = 0.0  # by processes that are neither the target, its stores nor wrk: disturbance
    rss_mb: dict[str, float] = field(default_factory=dict)
    raw: list[dict[str, Any]] = field(default_factory=list)  # the runs behind a median

    def row(self) -> dict[str, Any]:
        return asdict(self)


@contextmanager
def started(make: Callable[[], Target]) -> Iterator[Target]:
    """The target on a Redis and a MariaDB of its own; everything is stopped and removed in the end."""
    directory = Path(tempfile.mkdtemp(prefix="skuld-bench-"))
    redis, database, target = Redis(directory, "redis"), MariaDB(directory, "mariadb"), make()
    try:
        redis.start()
        database.start()
        try:
            target.start(directory, redis, database)
            target.stores = redis, database  # type: ignore[attr-defined]
            os.sync()  # what the installation wrote would be flushed within the measurement, and hold up every fsync of it
            yield target
        finally:
            target.stop()
    finally:
        redis.stop()
        database.stop()
        shutil.rmtree(directory, ignore_errors=True)


def load_ample_stock(target: Target) -> None:
    target.load({sku_name(number): AMPLE for number in range(SKUS)})


def measured_processes(target: Target) -> list[tuple[str, psutil.Process]]:
    redis, database = target.stores  # type: ignore[attr-defined]
    return [*target.processes(), ("redis", psutil.Process(redis.pid)), ("mariadb", psutil.Process(database.pid))]


def resident_mb(target: Target) -> dict[str, float]:
    """Resident memory by role; pages that processes share count in each."""
    held: dict[str, float] = defaultdict(float)
    for role, process in measured_processes(target):
        with suppress(psutil.NoSuchProcess):
            held[role] += process.memory_info().rss / 2**20
    return dict(held)


def cpu_seconds(target: Target) -> dict[int, tuple[str, float]]:
    """CPU seconds so far, by process, each with its role."""
    seconds = {}
    for role, process in measured_processes(target):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        seconds[process.pid] = role, times.user + times.system
    return seconds


def cpu_between(before: dict[int, tuple[str, float]], after: dict[int, tuple[str, float]]) -> dict[str, float]:
    spent: dict[str, float] = defaultdict(float)
    for pid, (role, seconds) in after.items():
        spent[role] += seconds - before.get(pid, (role, 0.0))[1]
    return dict(spent)


def busy_seconds() -> float:
    """CPU seconds of the whole machine so far, without those of our own children that have ended (wrk)."""
    times, children = psutil.cpu_times(), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(times) - times.idle - times.iowait - times.guest - times.guest_nice - children.ru_utime - children.ru_stime


def wrk(target: Target, connections: int, seconds: int, mix: str = SINGLE, batch: int = 0) -> Run:
    """Load from wrk: closed loop, one order (or batch) in flight per connection."""
    environment = {**os.environ, "RUN": f"{time.time_ns():x}", "HOT": "1" if mix == "hot" else "0", "BATCH": str(batch)}
    command = [
        "wrk",
        f"-t{min(WRK_THREADS, connections)}",
        f"-c{connections}",
        f"-d{seconds}s",
        "--timeout",
        "10s",
        "-s",
        str(SCRIPT),
    ]
    before, busy = cpu_seconds(target), busy_seconds()
    ended = subprocess.run(
        [*command, f"http://127.0.0.1:{target.port}"], env=environment, capture_output=True, text=True, check=True
    )
    spent, elsewhere = cpu_between(before, cpu_seconds(target)), busy_seconds() - busy
    lines = [line for line in ended.stdout.splitlines() if line.startswith("RESULT ")]
    if not lines:
        raise RuntimeError(f"wrk gave no result: {ended.stdout} {ended.stderr}")
    result = json.loads(lines[-1].removeprefix("RESULT "))
    orders = result["requests"] * max(batch, 1)
    accepted = orders - result["bad_status"] * max(batch, 1)
    return Run(
        target=target.name,
        connections=connections,
        mix=mix,
        orders=orders,
        orders_per_s=accepted / result["duration_s"],
        p50_ms=result["p50_ms"],
        p99_ms=result["p99_ms"],
        max_ms=result["max_ms"],
        bad_status=result["bad_status"],
        socket_errors=result["socket_errors"],
        cpu_us_per_order={role: 1e6 * seconds / max(accepted, 1) for role, seconds in spent.items()},
        cores_taken_elsewhere=max(0.0, (elsewhere - sum(spent.values())) / result["duration_s"]),
        rss_mb=resident_mb(target),
    )


def median(runs: list[Run]) -> Run:
    """The run of the middle in orders per second, with the medians of every other figure."""
    roles = sorted({role for run in runs for role in run.cpu_us_per_order})
    return Run(
        target=runs[0].target,
        connections=runs[0].connections,
        mix=runs[0].mix,
        orders=int(statistics.median(run.orders for run in runs)),
        orders_per_s=statistics.median(run.orders_per_s for run in runs),
        p50_ms=statistics.median(run.p50_ms for run in runs),
        p99_ms=statistics.median(run.p99_ms for run in runs),
        max_ms=statistics.median(run.max_ms for run in runs),
        bad_status=sum(run.bad_status for run in runs),
        socket_errors=sum(run.socket_errors for run in runs),
        cpu_us_per_order={role: statistics.median(run.cpu_us_per_order.get(role, 0.0) for run in runs) for role in roles},
        cores_taken_elsewhere=statistics.median(run.cores_taken_elsewhere for run in runs),
        rss_mb={role: statistics.median(run.rss_mb.get(role, 0.0) for run in runs) for role in runs[0].rss_mb},
        raw=[run.row() for run in runs],
    )


def wait_for_rows(target: Target, rows: int, timeout_s: float) -> float | None:
    """Seconds until so many orders are in MariaDB; None when they are not there in time."""
    began = time.monotonic()
    while target.rows_written() < rows:
        if time.monotonic() - began > timeout_s:
            return None
        time.sleep(0.2)
    return time.monotonic() - began
