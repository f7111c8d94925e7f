"""How fast is one owner by itself? Bulk reservations without HTTP, beside the same script in Lua, on the same Redis."""

import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.benchmarks.bulk import lua_feed, owner_feed
from tests.benchmarks.bulk.stages import stages
from tests.benchmarks.bulk.wishes import wishes
from tests.benchmarks.report import console
from tests.benchmarks.stores import Redis

GOAL_PER_S: Final = 300_000
PIPELINES: Final = (500, 1_000, 2_000)
C_CLIENTS: Final = ((1_000, 1), (1_000, 2), (100, 20))
"""Commands in a pipeline, connections."""
LUA_SHARE: Final = 4
"""The scripts get a quarter of the reservations: they are slower, and a rate needs no more."""


class Rate(NamedTuple):
    """Reservations per second, and µs of CPU for each in this process (0: it is another's)."""

    per_s: float
    cpu_us: float = 0.0


def owner(reservations: int, size: int, in_flight: int, runs: int) -> list[dict[str, Any]]:
    """Everybody in turn, `runs` times; a row each, with the median rate."""
    found: dict[str, list[Rate]] = {}
    with tempfile.TemporaryDirectory(prefix="skuld-bench-") as directory:
        store = Redis(Path(directory), "redis")
        store.start()
        try:
            for _ in range(runs):
                for name, measure in contenders(store, reservations, size, in_flight).items():
                    rate = measure()
                    found.setdefault(name, []).append(rate)
                    console.print(f"[dim]{name}: {rate.per_s:,.0f} reservations/s[/dim]")
        finally:
            store.stop()
    rates = {name: statistics.median(one.per_s for one in each) for name, each in found.items()}
    ours = rates["skuld, journal in Redis"]
    return [
        {
            "target": name,
            "reservations_per_s": rate,
            "skuld_is_×": ours / rate,
            "µs_per_reservation": 1e6 / rate,
            "CPU_µs": statistics.median(one.cpu_us for one in found[name]) or None,
            "goal_reached": rate >= GOAL_PER_S if name.startswith("skuld") else None,
            "runs": " ".join(f"{one.per_s:,.0f}" for one in found[name]),
        }
        for name, rate in rates.items()
    ]


def contenders(store: Redis, reservations: int, size: int, in_flight: int) -> dict[str, Callable[[], Rate]]:
    asked = wishes(reservations // LUA_SHARE, "lua")

    def skuld(url: str) -> Rate:
        lua_feed.prepare(store).flushall()
        fed = owner_feed.run(url, reservations, size, in_flight)
        return Rate(fed.per_s, 1e6 * fed.cpu_s / fed.reservations)

    def lua(measure: Callable[..., float], *arguments: Any) -> Callable[[], Rate]:
        return lambda: Rate(measure(store, *arguments))

    made: dict[str, Callable[[], Rate]] = {
        "skuld, journal in memory": lambda: skuld(""),
        "skuld, journal in Redis": lambda: skuld(store.url),
    }
    for length in PIPELINES:
        made[f"Lua, redis-py, pipelines of {length:,}"] = lua(lua_feed.client_pipelines, asked, length)
    for length in PIPELINES:
        name = f"Lua, packed before, {in_flight} pipelines of {length:,} in flight"
        made[name] = lua(lua_feed.packed_pipelines, asked, length, in_flight)
    for length, connections in C_CLIENTS:
        name = f"Lua, redis-benchmark -P {length} -c {connections}"
        made[name] = lua(lua_feed.c_client, len(asked), length, connections)
    return made


def profile(size: int) -> list[dict[str, Any]]:
    """A row per stage of a request."""
    found = stages(size)
    total = sum(found.values())
    return [
        *[{"stage": name, "µs_per_reservation": us, "share": f"{us / total:.0%}"} for name, us in found.items()],
        {"stage": "all of these", "µs_per_reservation": total, "share": "100%"},
    ]
