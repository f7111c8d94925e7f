"""Quantities of a SKU as JSON, on their way out: stored ones as they are, derived ones computed here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from actors.inventory.levels import Level, SiteLevel
from actors.procurement.incoming import Incoming
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
    incoming: int | None = None
    in_transit: int | None = None
    to_put_away: int | None = None
    available_to_promise: int | None = None


class LevelTotals(msgspec.Struct, kw_only=True, gc=False):
    """The quantities of a SKU over all warehouses: available is on hand less on hold less reserved.

    `incoming` is on order, `in_transit` the part of it that is announced, `to_put_away` has arrived and waits to be carried
    (on hand, and on hold until then); they are null where nobody asks for them, or procurement cannot tell now.
    `available_to_promise` is available and to be put away, less backordered; with `by`, and what is due until then.
    Nothing is allocated to a place or picked before a floor says so.
    """

    sku: str
    on_hand: int
    reserved: int
    allocated: int = 0
    on_hold: int
    picked: int = 0
    in_transit: int | None = None
    incoming: int | None = None
    to_put_away: int | None = None
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


def level_answer(level: Level, incoming: Incoming | None = None, by: str | None = None) -> LevelAnswer:
    """The level of a SKU as its owner tells it, and what procurement says is to come, until the day `by`."""
    on_hand = on_hold = reserved = backordered = 0
    for site in level.sites:
        on_hand += site.on_hand
        on_hold += site.on_hold
        reserved += site.reserved
        backordered += site.backordered
    quantities = _quantities(on_hand, on_hold, reserved, backordered)
    sites = {site.warehouse: _site(site) for site in level.sites}
    answer = LevelAnswer(sku=level.sku, as_of=iso(level.as_of), warehouses=[], **quantities)
    if incoming is not None:
        _add_what_is_to_come(answer, sites, incoming, by)
    answer.warehouses = [sites[name] for name in sorted(sites)]
    return answer


def _add_what_is_to_come(answer: LevelAnswer, sites: dict[str, WarehouseLevel], incoming: Incoming, by: str | None) -> None:
    on_order: dict[str, int] = {}
    due: dict[str, int] = {}
    for one in incoming.due:
        on_order[one.warehouse] = on_order.get(one.warehouse, 0) + one.quantity
        due[one.warehouse] = due.get(one.warehouse, 0) + (one.quantity if by is not None and one.due_on <= by else 0)
    in_transit, to_put_away = dict(incoming.in_transit), dict(incoming.to_put_away)
    for name in {**on_order, **to_put_away}:
        sites.setdefault(name, WarehouseLevel(name, 0, 0, 0, 0, 0, []))
    for name, site in sites.items():
        site.incoming, site.in_transit = on_order.get(name, 0), in_transit.get(name, 0)
        # a task may ask for more than lies on hold (a slip, or goods written off since): nobody can be promised those
        site.to_put_away = min(to_put_away.get(name, 0), site.on_hold)
        site.available_to_promise = site.available + site.to_put_away + due.get(name, 0) - site.backordered
    answer.incoming, answer.in_transit = sum(on_order.values()), sum(in_transit.values())
    answer.to_put_away = sum(site.to_put_away or 0 for site in sites.values())
    answer.available_to_promise += answer.to_put_away + sum(due.values())


def totals_page(rows: Sequence[dict[str, Any]], on_order: Mapping[str, int], next_cursor: str | None) -> TotalsPage:
    """Totals as the system of record sums them up, and units on order by SKU."""
    return TotalsPage([_totals(row, on_order.get(row["sku"], 0)) for row in rows], next_cursor)


def _totals(row: dict[str, Any], incoming: int) -> LevelTotals:
    quantities = _quantities(row["on_hand"], row["on_hold"], row["reserved"], row["backordered"])
    return LevelTotals(sku=row["sku"], as_of=iso(row["as_of"]), incoming=incoming, **quantities)


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
