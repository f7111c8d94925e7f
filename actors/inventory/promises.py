"""What becomes of orders' reservations: reserve, release, ship, and what people take back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actors.inventory import messages as m
from actors.inventory.balance import Decision, freed_by, serve_waiting
from actors.inventory.reservations import reshape
from actors.kernel.messages import Event

if TYPE_CHECKING:
    from actors.inventory.shard import InventoryShard


def reserve(shard: InventoryShard, c: m.Reserve, now: int) -> Decision:
    """Make an order's reservation what it wants; what it gives back serves those who wait."""
    held = shard.reservations.get(c.order_id)
    if held is not None and c.revision <= held.revision:
        return () if c.revision == held.revision else m.Superseded(c.order_id, held.revision)
    items = shard.items
    unknown = [wanted.sku for wanted in c.wanted if wanted.sku not in items]
    if unknown:
        return m.UnknownSku(tuple(unknown))
    for wanted in c.wanted:
        if wanted.warehouse and wanted.warehouse not in shard.warehouses:
            return m.UnknownWarehouse(wanted.warehouse)
    lines = reshape(c, held.lines if held is not None else (), items, shard.only_warehouse)
    if isinstance(lines, m.InsufficientStock):
        return lines
    version = held.version + 1 if held is not None else 1
    event = m.Reserved(now, c.order_id, c.revision, version, c.promised_at, c.priority, lines)
    if held is None:
        return (event,)
    return (event, *serve_waiting(shard, now, freed_by(held.lines, lines), but_not=c.order_id))


def release(shard: InventoryShard, c: m.Release, now: int) -> Decision:
    """Free an order's stock. Unknown orders get a tombstone, so that a reserve still on its way is refused."""
    held = shard.reservations.get(c.order_id)
    if held is None:
        return (m.Released(now, c.order_id, c.revision, 1),)
    if c.revision <= held.revision:
        return () if c.revision == held.revision else m.Superseded(c.order_id, held.revision)
    event = m.Released(now, c.order_id, c.revision, held.version + 1)
    return (event, *serve_waiting(shard, now, freed_by(held.lines, ()), but_not=c.order_id))


def ship(shard: InventoryShard, c: m.Ship, now: int) -> Decision:
    """Take the reserved units out of the places they were counted in."""
    held = shard.reservations.get(c.order_id)
    if held is None:
        return m.UnknownReservation(c.order_id)
    if c.revision <= held.revision:
        return () if c.revision == held.revision else m.Superseded(c.order_id, held.revision)
    picks = [
        pick
        for line in held.lines
        for pick in shard.items[line.sku]
        .site(line.warehouse)
        .picks(line.sku, line.warehouse, line.reserved, shard.unsellable_in(line.warehouse))
    ]
    return (m.Shipped(now, c.order_id, c.revision, held.version + 1, tuple(picks)),)


def notice_heard(shard: InventoryShard, c: m.NoticeHeard, now: int) -> Decision:
    """Nothing is owed for this version any more."""
    held = shard.reservations.get(c.order_id)
    if held is None or held.told >= c.version:
        return ()
    return (m.NoticeDelivered(now, c.order_id, c.version),)


def force_release(shard: InventoryShard, c: m.ForceRelease, now: int) -> Decision:
    """Take a promise back: the order waits again, and those who waited before it are served."""
    held = shard.reservations.get(c.reservation_id)
    if held is None or held.closed:
        return m.UnknownReservation(c.reservation_id)
    taken = [line for line in held.lines if line.sku == c.sku and line.reserved]
    events: list[Event] = [
        m.Rebalanced(
            now, c.reservation_id, held.version + step, line.sku, line.warehouse, -line.reserved, f"{c.actor}: {c.reason}"
        )
        for step, line in enumerate(taken, 1)
    ]
    freed = {(line.sku, line.warehouse): line.reserved for line in taken}
    return (*events, *serve_waiting(shard, now, freed, but_not=c.reservation_id))
