"""What becomes of counts: adjustments, and goods that change place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import msgspec

from actors.inventory.balance import Decision, already_done, break_promises, serve_waiting
from actors.inventory.commands import Adjust, Move, RecallAdjusted
from actors.inventory.events import Adjusted, AdjustedRecalled, HoldEnded, Moved, Rebalanced
from actors.inventory.goods import FROM_THE_START
from actors.inventory.levels import BinLevel, Level, SiteLevel
from actors.inventory.refusals import InsufficientStock, Shortage, UnknownLocation, UnknownSku, UnknownWarehouse
from actors.inventory.stock import Bin, SiteStock
from actors.kernel.messages import Event, Refusal

if TYPE_CHECKING:
    from actors.inventory.shard import InventoryShard

MOST_PLACES_KEPT: Final = 8
"""Levels of more places and lots are not kept with the answer of an adjustment: memory and journal hold 100,000 of them."""


def adjust(shard: InventoryShard, c: Adjust, now: int) -> Decision:
    """Change a count. A count is the truth: when it falls below what is promised, the newest promises break."""
    if (done := already_done(shard, c)) is not None:
        return done
    refusal = _no_such_place(shard, c.sku, c.warehouse, (c.location,))
    if refusal is not None:
        return refusal
    site = shard.items[c.sku].sites.get(c.warehouse) or SiteStock()
    before = site.bins.get(Bin(c.location, c.lot), 0)
    if before + c.quantity < 0:
        return InsufficientStock((Shortage(c.sku, -c.quantity, before),))
    adjusted = Adjusted(
        now, c.op_id, c.fingerprint, c.actor, c.sku, c.warehouse, c.location, c.lot, c.quantity, c.reason, c.document,
        before, before + c.quantity,
    )  # fmt: skip
    sellable = (c.warehouse, c.location) not in shard.unsellable
    broken = (
        break_promises(shard, now, c.sku, c.warehouse, -(site.available + c.quantity)) if sellable and c.quantity < 0 else []
    )
    served = serve_waiting(shard, now, {(c.sku, c.warehouse): c.quantity}) if sellable and c.quantity > 0 else []
    if c.tell_level and sum(len(other.bins) for other in shard.items[c.sku].sites.values()) < MOST_PLACES_KEPT:
        adjusted = msgspec.structs.replace(adjusted, level=_level_after(shard, adjusted, (*broken, *served)))
    return (*broken, adjusted, *served)


def _level_after(shard: InventoryShard, adjusted: Adjusted, others: Iterable[Event]) -> Level:
    """The level of the SKU when these events are applied; all of them are of one warehouse."""
    reserved = backordered = 0
    for event in others:
        if isinstance(event, Rebalanced):
            reserved += event.quantity
            backordered -= event.quantity
        elif isinstance(event, HoldEnded):
            reserved -= shard.baskets[event.reservation_id].quantity
    item = shard.items[adjusted.sku]
    level = item.level(adjusted.at, shard.unsellable)
    sites = {site.warehouse: site for site in level.sites}
    before = sites.get(adjusted.warehouse) or SiteLevel(adjusted.warehouse, 0, 0, 0, 0, ())
    on_hold = adjusted.quantity if (adjusted.warehouse, adjusted.location) in shard.unsellable else 0
    sites[adjusted.warehouse] = SiteLevel(
        adjusted.warehouse, before.on_hand + adjusted.quantity, before.on_hold + on_hold, before.reserved + reserved,
        before.backordered + backordered, _bins_after(before.bins, adjusted, on_hold=bool(on_hold)),
    )  # fmt: skip
    return Level(level.sku, adjusted.at, tuple([sites[warehouse] for warehouse in sorted(sites)]))


def _bins_after(bins: tuple[BinLevel, ...], adjusted: Adjusted, *, on_hold: bool) -> tuple[BinLevel, ...]:
    place = (adjusted.location, adjusted.lot)
    units = {(found.location, found.lot): found for found in bins}
    if adjusted.after:
        units[place] = BinLevel(*place, adjusted.after, adjusted.after if on_hold else 0)
    else:
        units.pop(place, None)
    return tuple(units.values())


def recall(shard: InventoryShard, c: RecallAdjusted, now: int) -> Decision:
    """Remember an old answer again, so that its repeat is one."""
    op_id = c.adjusted.op_id
    known = shard.ops.get(op_id) is not None or op_id in shard.forgotten.lately
    return () if known else (AdjustedRecalled(now, c.adjusted),)


def move(shard: InventoryShard, c: Move, now: int) -> Decision:
    """Carry goods to another place. Promises are to the warehouse, so only going on hold can touch them."""
    if (done := already_done(shard, c)) is not None:
        return done
    refusal = _no_such_place(shard, c.sku, c.warehouse, (c.from_location, c.to_location))
    if refusal is not None:
        return refusal
    site = shard.items[c.sku].sites.get(c.warehouse) or SiteStock()
    there = site.bins.get(Bin(c.from_location, c.lot), 0)
    if there < c.quantity and not c.at_most:
        return InsufficientStock((Shortage(c.sku, c.quantity, there),))
    quantity = min(c.quantity, there)
    same_place = c.from_location == c.to_location
    to_before = there - quantity if same_place else site.bins.get(Bin(c.to_location, c.lot), 0)
    moved = Moved(
        now, c.op_id, c.fingerprint, c.actor, c.sku, c.warehouse, c.lot, quantity,
        c.from_location, there, c.to_location, to_before, c.reason, c.document,
    )  # fmt: skip
    was_sellable = (c.warehouse, c.from_location) not in shard.unsellable
    is_sellable = (c.warehouse, c.to_location) not in shard.unsellable
    if was_sellable and not is_sellable:
        return (*break_promises(shard, now, c.sku, c.warehouse, quantity - site.available), moved)
    if is_sellable and not was_sellable:
        return (moved, *serve_waiting(shard, now, {(c.sku, c.warehouse): quantity}))
    return (moved,)


def _no_such_place(shard: InventoryShard, sku: str, warehouse: str, locations: Iterable[str]) -> Refusal | None:
    if sku not in shard.items:
        return UnknownSku((sku,))
    if warehouse not in shard.warehouses:
        return UnknownWarehouse(warehouse)
    for location in locations:
        if location not in FROM_THE_START and (warehouse, location) not in shard.locations:
            return UnknownLocation(warehouse, location)
    return None
