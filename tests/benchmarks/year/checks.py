"""Is it true? What the system answered against plain arithmetic, its rows against both, and its own invariants."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import numpy as np
import polars as pl

from actors.kernel import composition
from actors.kernel.client import OwnerClient
from actors.kernel.record.checks import broken_checks
from actors.kernel.record.database import open_database
from gateway.verify import Finding, against_memory, kept_twice, verify_journals
from tests.benchmarks.year.demand import Demand
from tests.benchmarks.year.diary import Diary, grid
from tests.benchmarks.year.plain import Days
from tests.benchmarks.year.warehouse import Warehouse
from tests.integration.in_process import InProcess


def against_plain(demand: Demand, diary: Diary, days: Days) -> Iterator[str]:
    """What was answered each day must be what the arithmetic says; one line for each kind that is not."""
    at_once, waiting, lost, shipped = (
        grid(told, demand.days, demand.skus) for told in (diary.at_once, diary.waiting, diary.lost, diary.shipped)
    )
    yield from _differ("units found in stock at once", demand, at_once, days.at_once)
    yield from _differ("units ordered and reserved, waiting or lost", demand, at_once + waiting + lost, days.wanted)
    yield from _differ("units shipped", demand, shipped, days.shipped)


def _differ(what: str, demand: Demand, told: np.ndarray, plain: np.ndarray) -> Iterator[str]:
    day, sku = np.nonzero(told != plain)
    if len(day):
        first = f"{demand.skus[sku[0]]} on {demand.days[day[0]]}: {told[day[0], sku[0]]}, not {plain[day[0], sku[0]]}"
        yield f"{what}: {len(day)} differ, first {first}"


def of_system(warehouse: Warehouse, demand: Demand, days: Days) -> Iterator[str]:
    """The stock of the rows in the end, purchase orders, and every invariant of `skuld verify`."""
    books = warehouse.books()
    levels = {row["sku"]: row for row in books.levels.iter_rows(named=True)}
    for number, sku in enumerate(demand.skus):
        there = levels.get(sku, {"on_hand": 0, "backordered": 0})
        told, plain = (there["on_hand"], there["backordered"]), (days.on_hand[-1, number], days.waiting[-1, number])
        if told != plain:
            yield f"{sku}: the rows have {told} on hand and waiting, the arithmetic {plain}"
    yield from _on_order(warehouse, demand)
    yield from _paid(warehouse)
    for finding in findings(warehouse.system):
        yield from (f"{finding.invariant}: {line}" for line in finding.broken)


def _on_order(warehouse: Warehouse, demand: Demand) -> Iterator[str]:
    """What was placed and has not come is on order, and nothing else is but baskets that gather."""
    rows, ids = warehouse.books().on_order, {one.purchase_id for one in warehouse.diary.purchases}
    gather = {basket["purchase_order_id"] for basket in warehouse.baskets()}
    if strange := {*rows["document"]} - ids - gather:
        yield f"on order: {len(strange)} that nobody has placed and that do not gather, first {min(strange)}"
    of_placed = rows.filter(pl.col("document").is_in(list(ids)))
    told = dict(of_placed.group_by("sku").agg(pl.col("units").sum()).rows())
    placed: dict[str, int] = {}
    for purchase in warehouse.diary.purchases:
        if purchase.comes_on > demand.last:
            for sku, units in purchase.units.items():
                placed[sku] = placed.get(sku, 0) + units
    if told != placed:
        wrong = sorted(sku for sku in {*told, *placed} if told.get(sku) != placed.get(sku))
        yield f"on order: {len(wrong)} SKUs differ, first {wrong[0]}: {told.get(wrong[0])}, not {placed.get(wrong[0])}"


def _paid(warehouse: Warehouse) -> Iterator[str]:
    """Every order was placed at its supplier's prices for so many, and none below its minimum."""
    supply = warehouse.supply
    for one in warehouse.diary.purchases:
        due = supply.spent(one.units)
        if abs(one.spent - due) > 1e-6 * max(due, 1):
            yield f"{one.purchase_id}: {one.spent} is to be paid, not {due}"
        if not supply.is_taken(one.supplier, one.units):
            yield f"{one.purchase_id}: {due} is below the minimum order of {one.supplier}"


def findings(system: InProcess) -> list[Finding]:
    """What `skuld verify` looks at, over the owners of this process."""
    found = [
        Finding(f"memory of {name} adds up", asyncio.run(one.broken_invariants()))
        for name, one in system.directory.owners.items()
    ]
    found += [Finding(name, lines) for name, lines in broken_checks(open_database(system.settings.sql_url)).items()]
    return [*found, *asyncio.run(_kept_twice(system)), *verify_journals(system.settings)]


async def _kept_twice(system: InProcess) -> list[Finding]:
    settings = system.settings
    inventory, orders = composition.inventory_shards(settings), composition.order_shards(settings)
    owners = OwnerClient(inventory, orders, system.directory, system.dialler, dict(composition.REPLY_TYPES))

    async def settle() -> bool:
        return await system.projector.catch_up(10)

    try:
        kinds = kept_twice(owners, open_database(settings.sql_url), None)
        return [await against_memory(kind, settle) for kind in kinds]
    finally:
        await owners.close()
