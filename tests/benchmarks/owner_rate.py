"""How fast is one owner by itself? Bulk reservations without HTTP, beside the same script in Lua, on the same Redis."""

import statistics
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

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


def owner(reservations: int, size: int, in_flight: int, runs: int) -> list[dict[str, Any]]:
    """Everybody in turn, `runs` times; a row each, with the median rate."""
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="skuld-bench-") as directory:
        store = Redis(Path(directory), "redis")
        store.start()
        try:
            for _ in range(runs):
                for name, measure in contenders(store, reservations, size, in_flight).items():
                    rate = measure()
                    found.setdefault(name, []).append(rate)
                    console.print(f"[dim]{name}: {rate:,.0f} reservations/s[/dim]")
        finally:
            store.stop()
    rates = {name: statistics.median(each) for name, each in found.items()}
    ours = rates["skuld, journal in Redis"]
    return [
        {
            "target": name,
            "reservations_per_s": rate,
            "skuld_is_×": ours / rate,
            "µs_per_reservation": 1e6 / rate,
            "goal_reached": rate >= GOAL_PER_S if name.startswith("skuld") else None,
            "runs": " ".join(f"{one:,.0f}" for one in found[name]),
        }
        for name, rate in rates.items()
    ]


def contenders(store: Redis, reservations: int, size: int, in_flight: int) -> dict[str, Callable[[], float]]:
    asked = wishes(reservations // LUA_SHARE, "lua")

    def skuld(url: str) -> float:
        lua_feed.prepare(store).flushall()
        return owner_feed.run(url, reservations, size, in_flight).per_s

    made: dict[str, Callable[[], float]] = {
        "skuld, journal in memory": lambda: skuld(""),
        "skuld, journal in Redis": lambda: skuld(store.url),
    }
    for length in PIPELINES:
        made[f"Lua, redis-py, pipelines of {length:,}"] = partial(lua_feed.client_pipelines, store, asked, length)
    for length in PIPELINES:
        name = f"Lua, packed before, {in_flight} pipelines of {length:,} in flight"
        made[name] = partial(lua_feed.packed_pipelines, store, asked, length, in_flight)
    for length, connections in C_CLIENTS:
        name = f"Lua, redis-benchmark -P {length} -c {connections}"
        made[name] = partial(lua_feed.c_client, store, len(asked), length, connections)
    return made


def profile(size: int) -> list[dict[str, Any]]:
    """A row per stage of a request."""
    found = stages(size)
    total = sum(found.values())
    return [
        *[{"stage": name, "µs_per_reservation": us, "share": f"{us / total:.0%}"} for name, us in found.items()],
        {"stage": "all of these", "µs_per_reservation": total, "share": "100%"},
    ]
