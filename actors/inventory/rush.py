"""New reservations, many at once: what a shard does all day when everybody buys.

Plain is a reserve that asks for the first time and finds all it wants in the warehouse it names, or in the only one.
`reserve_all` does for a run of these what `promises.reserve`, `evolution` and `views.answer` do for each, in one loop over
local names (it leaves out what only rows are made of: projectors apply events one by one). Whatever else comes ends the run
and goes the long way; a test holds the two ways against each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING

from actors.inventory.commands import Reserve, Wanted
from actors.inventory.events import Reserved
from actors.inventory.goods import ReservedLine
from actors.inventory.replies import ReservationView
from actors.inventory.reservations import Reservation
from actors.kernel.machine import Numbered, Rush

if TYPE_CHECKING:
    from actors.inventory.shard import InventoryShard


def reserve_all(shard: InventoryShard, messages: Sequence[Numbered], at: int, now: int) -> Rush | None:
    """Carry out plain reserves from number `at` on."""
    if type(messages[at][1]) is not Reserve:
        return None
    items, reservations, baskets, changed = shard.items, shard.reservations, shard.baskets, shard.changed
    only_warehouse, newest_epoch, version = shard.only_warehouse, shard.newest_order_epoch, shard.newest_forgotten + 1
    unconfirmed = shard.unconfirmed
    rush = Rush()
    events, replies = rush.events, rush.replies
    for number, c in islice(messages, at, None) if at else messages:
        if type(c) is not Reserve or (c.epoch and c.epoch < newest_epoch):
            break
        order_id, wanted = c.order_id, c.wanted
        if order_id in reservations or order_id in baskets:
            break
        if len(wanted) == 1:  # most orders have one line
            (line,) = wanted
            sku, quantity, warehouse = line.sku, line.quantity, line.warehouse or only_warehouse
            item = items.get(sku)
            site = item.sites.get(warehouse) if item is not None else None
            if site is None or site.on_hand - site.on_hold - site.reserved < quantity:
                break
            site.reserved += quantity
            site.holders[order_id] = quantity
            changed.add(sku)
            lines: tuple[ReservedLine, ...] | None = (ReservedLine(sku, warehouse, quantity),)
        else:
            lines = _take_all(shard, order_id, wanted)
        if not lines:
            break
        revision, promised_at, priority, intent = c.revision, c.promised_at, c.priority, c.intent
        reservations[order_id] = Reservation(revision, version, promised_at, priority, lines, False, version, intent)
        if intent:
            unconfirmed[order_id] = None
        events.append(Reserved(now, order_id, revision, version, promised_at, priority, lines, intent))
        replies.append((number, ReservationView(order_id, revision, version, lines)))
    if not events:
        return None
    shard.now = now
    rush.taken = len(events)
    return rush


def _take_all(shard: InventoryShard, order_id: str, wanted: tuple[Wanted, ...]) -> tuple[ReservedLine, ...] | None:
    """Promise the order every line, or leave all as it was: when one is short, or a SKU comes twice."""
    taken: list[ReservedLine] = []
    for line in wanted:
        sku, quantity, warehouse = line.sku, line.quantity, line.warehouse or shard.only_warehouse
        item = shard.items.get(sku)
        site = item.sites.get(warehouse) if item is not None else None
        if site is None or site.on_hand - site.on_hold - site.reserved < quantity or order_id in site.holders:
            for reserved in taken:
                site = shard.items[reserved.sku].sites[reserved.warehouse]
                site.reserved -= reserved.reserved
                del site.holders[order_id]
            return None
        site.reserved += quantity
        site.holders[order_id] = quantity
        taken.append(ReservedLine(sku, warehouse, quantity))
    shard.changed.update([line.sku for line in wanted])
    return tuple(taken)
