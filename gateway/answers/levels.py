"""Quantities of a SKU as JSON, on their way out: stored ones as they are, derived ones computed here and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from actors.inventory.levels import Level, SiteLevel
from gateway.fields import Instant, iso
from gateway.pages import NextCursor


class LocationLevel(msgspec.Struct, gc=False):
    """What a location holds of one lot (empty: of no lot)."""

    location: str
    lot: str
    on_hand: int
    on_hold: int


class WarehouseLevel(msgspec.Struct, gc=False):
    """The quantities of a SKU in one warehouse."""

    warehouse: str
    on_hand: int
    reserved: int
    on_hold: int
    available: int
    backordered: int
    locations: list[LocationLevel]


class LevelTotals(msgspec.Struct, kw_only=True, gc=False):
    """The quantities of a SKU over all warehouses: available is on hand less on hold less reserved.

    Nothing is allocated to a place, picked, in transit or incoming before a floor says so.
    """

    sku: str
    on_hand: int
    reserved: int
    allocated: int = 0
    on_hold: int
    picked: int = 0
    in_transit: int = 0
    incoming: int = 0
    backordered: int
    available: int
    available_to_promise: int
    as_of: Instant


class LevelAnswer(LevelTotals, kw_only=True, gc=False):
    """The quantities of a SKU, over all warehouses and in each of them."""

    warehouses: list[WarehouseLevel]


class LevelPage(msgspec.Struct, gc=False):
    """The levels of the SKUs that were asked for."""

    items: list[LevelAnswer]
    next_cursor: NextCursor = None


class TotalsPage(msgspec.Struct, gc=False):
    """Totals by SKU."""

    items: list[LevelTotals]
    next_cursor: NextCursor


def level_answer(level: Level) -> LevelAnswer:
    """The level of a SKU as its owner tells it."""
    on_hand = on_hold = reserved = backordered = 0
    for site in level.sites:
        on_hand += site.on_hand
        on_hold += site.on_hold
        reserved += site.reserved
        backordered += site.backordered
    quantities = _quantities(on_hand, on_hold, reserved, backordered)
    return LevelAnswer(sku=level.sku, as_of=iso(level.as_of), warehouses=[_site(site) for site in level.sites], **quantities)


def totals_page(rows: Sequence[dict[str, Any]], next_cursor: str | None) -> TotalsPage:
    """Totals as the system of record sums them up."""
    return TotalsPage([_totals(row) for row in rows], next_cursor)


def _totals(row: dict[str, Any]) -> LevelTotals:
    quantities = _quantities(row["on_hand"], row["on_hold"], row["reserved"], row["backordered"])
    return LevelTotals(sku=row["sku"], as_of=iso(row["as_of"]), **quantities)


def _quantities(on_hand: int, on_hold: int, reserved: int, backordered: int) -> dict[str, int]:
    available = _available(on_hand, on_hold, reserved)
    return {
        "on_hand": on_hand,
        "on_hold": on_hold,
        "reserved": reserved,
        "backordered": backordered,
        "available": available,
        "available_to_promise": available - backordered,
    }


def _available(on_hand: int, on_hold: int, reserved: int) -> int:
    return on_hand - on_hold - reserved


def _site(site: SiteLevel) -> WarehouseLevel:
    available = _available(site.on_hand, site.on_hold, site.reserved)
    locations = [LocationLevel(held.location, held.lot, held.on_hand, held.on_hold) for held in site.bins]
    return WarehouseLevel(site.warehouse, site.on_hand, site.reserved, site.on_hold, available, site.backordered, locations)
