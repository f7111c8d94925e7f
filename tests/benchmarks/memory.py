"""Does memory stay flat when orders come and go, and what does what is open take?"""

import time
from typing import Any, Final

import psutil

from tests.benchmarks.harness import AMPLE, load_ample_stock, resident_mb, started
from tests.benchmarks.load.bulk_orders import AT_ONCE, OrderStream, finish, joined
from tests.benchmarks.report import console
from tests.benchmarks.targets.port import SKUS, Target, sku_name
from tests.benchmarks.targets.skuld import Skuld

SAMPLE_EVERY: Final = 100_000
ROLES: Final = ("inventory", "orders", "projector", "gateway", "redis")
OWNERS: Final = ("inventory-0", "orders-0")
QUIET_S: Final = 6.0
"""Longer than the collector's pause: what a sample shows is not garbage."""
STEADY_FROM: Final = 0.5
"""Growth is judged over the later half of a run, when every window is full."""


def flat(orders: int) -> list[dict[str, Any]]:
    """Orders through a running system, finished as they come; resident MB by role after every 100,000."""
    with started(Skuld) as target:
        assert isinstance(target, Skuld)
        load_ample_stock(target)
        stream = OrderStream(target.port, [sku_name(number) for number in range(SKUS)])
        rows = [sample(target, orders=0, orders_per_s=0.0)]
        with joined(target.data_dir):
            for at in range(0, orders, SAMPLE_EVERY):
                count, began = min(SAMPLE_EVERY, orders - at), time.monotonic()
                for done in range(0, count, AT_ONCE):
                    finish(stream.place(min(AT_ONCE, count - done)))
                seconds = time.monotonic() - began
                rows.append(sample(target, orders=at + count, orders_per_s=count / seconds))
                console.print(f"[dim]{shown(rows[-1])}[/dim]")
        return rows


def sample(target: Skuld, **figures: float) -> dict[str, Any]:
    time.sleep(QUIET_S)
    by_role = resident_mb(target)
    held = {name.split("-")[0]: psutil.Process(target.owner_pid(name)).memory_info().rss / 2**20 for name in OWNERS}
    for role in ROLES[len(held) :]:
        held[role] = sum(mb for name, mb in by_role.items() if name.startswith(role))
    return {**figures, **{f"{role}_mb": round(mb, 1) for role, mb in held.items()}}


def shown(row: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value:,.0f}" for name, value in row.items())


def growth(rows: list[dict[str, Any]]) -> dict[str, float]:
    """MB per 100,000 orders by role, over the later half."""
    later = [row for row in rows if row["orders"] >= STEADY_FROM * rows[-1]["orders"]]
    orders = later[-1]["orders"] - later[0]["orders"]
    return {role: SAMPLE_EVERY * (later[-1][f"{role}_mb"] - later[0][f"{role}_mb"]) / max(orders, 1) for role in ROLES}


def held(skus: int, orders: int) -> list[dict[str, Any]]:
    """What a fresh system takes, then with so many SKUs, then with so many open orders; as it is, and as it grew."""
    with started(Skuld) as target:
        assert isinstance(target, Skuld)
        rows = [{"with": "nothing", **sample(target)}]
        names = fill_stock(target, skus)
        rows.append({"with": f"{skus:,} SKUs", **sample(target)})
        OrderStream(target.port, names).place(orders)
        rows.append({"with": f"and {orders:,} open orders", **sample(target)})
    for name, before, after in (("SKUs", rows[0], rows[1]), ("open orders", rows[1], rows[2])):
        count = skus if name == "SKUs" else orders
        grown = {key: SAMPLE_EVERY * (after[key] - before[key]) / count for key in after if key != "with"}
        rows.append({"with": f"MB per {SAMPLE_EVERY:,} {name}", **grown})
    return rows


def fill_stock(target: Target, skus: int) -> list[str]:
    """So many SKUs, ample of each; gives their names."""
    names = [f"{sku_name(0)[:4]}{number:06d}" for number in range(skus)]
    target.load(dict.fromkeys(names, AMPLE))
    return names
