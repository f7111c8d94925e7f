"""New reservations, many at once: what a shard does all day when everybody buys.

Plain is a reserve that asks for the first time and finds all it wants in the warehouse it names, or in the only one.
`reserve_all` does for a run of these what `promises.reserve`, `evolution` and `views.answer` do for each, in one loop over
local names. Whatever else comes ends the run and goes the long way; a test holds the two ways against each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING

from actors.inventory.commands import Reserve
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
    items, reservations, baskets = shard.items, shard.reservations, shard.baskets
    only_warehouse, newest_epoch, version = shard.only_warehouse, shard.newest_order_epoch, shard.newest_forgotten + 1
    unconfirmed, touched, changed = shard.unconfirmed, shard.touched, shard.changed
    rush = Rush()
    events, replies = rush.events, rush.replies
    for number, c in islice(messages, at, None) if at else messages:
        if type(c) is not Reserve or (c.epoch and c.epoch < newest_epoch):
            break
        order_id, wanted = c.order_id, c.wanted
        if order_id in reservations or order_id in baskets or not wanted:
            break
        taken = []
        for line in wanted:
            sku, quantity, warehouse = line.sku, line.quantity, line.warehouse or only_warehouse
            item = items.get(sku)
            site = item.sites.get(warehouse) if item is not None else None
            if site is None or site.on_hand - site.on_hold - site.reserved < quantity or order_id in site.holders:
                break
            site.reserved += quantity
            site.holders[order_id] = quantity
            taken.append(ReservedLine(sku, warehouse, quantity))
        if len(taken) < len(wanted):
            for reserved in taken:  # not all of it is there: as if nothing had been taken
                site = items[reserved.sku].sites[reserved.warehouse]
                site.reserved -= reserved.reserved
                del site.holders[order_id]
            break
        lines = tuple(taken)
        held = Reservation(c.revision, version, c.promised_at, c.priority, lines, False, version, c.intent)
        reservations[order_id] = touched[order_id] = held
        if c.intent:
            unconfirmed[order_id] = None
        for line in wanted:
            changed.add(line.sku)
        events.append(Reserved(now, order_id, c.revision, version, c.promised_at, c.priority, lines, c.intent))
        replies.append((number, ReservationView(order_id, c.revision, version, lines)))
    if not events:
        return None
    shard.now = now
    rush.taken = len(events)
    return rush
