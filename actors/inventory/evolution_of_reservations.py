"""What the events of reservations and holds change: one function per event. None refuses anything, none reads a clock."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from actors.inventory import events
from actors.inventory.forgetting import keep_closed
from actors.inventory.goods import ReservedLine
from actors.inventory.reservations import Basket, Reservation
from actors.inventory.stock import Bin

if TYPE_CHECKING:
    from actors.inventory.shard import InventoryShard


def reserved(shard: InventoryShard, e: events.Reserved) -> None:
    held = shard.reservations.get(e.order_id)
    if held is None:
        held = Reservation(e.revision, e.version, e.promised_at, e.priority, e.lines, False, e.version, e.intent)
        shard.reservations[e.order_id] = held
        if e.intent:
            shard.unconfirmed[e.order_id] = None
        _stand_anew(shard, e.order_id, held)
        if not e.lines:
            _settle(shard, e, held)
        return
    _withdraw(shard, e.order_id, held)
    held.promised_at, held.priority = e.promised_at, e.priority
    stand(shard, e.order_id, held, e.lines)
    _settle(shard, e, held)


def _withdraw(shard: InventoryShard, order_id: str, held: Reservation) -> None:
    """Take every promise of a reservation back, so that new lines can be made to stand."""
    for line in held.lines:
        site = shard.items[line.sku].site(line.warehouse)
        site.promise(order_id, 0)
        if line.backordered:
            site.wait(held.promise(order_id), 0)
        shard.changed.add(line.sku)


def stand(shard: InventoryShard, order_id: str, held: Reservation, lines: tuple[ReservedLine, ...]) -> None:
    """Make these lines what the reservation is promised and waits for."""
    held.lines = lines
    shard.touched[order_id] = held
    for line in lines:
        site = shard.items[line.sku].site(line.warehouse)
        site.promise(order_id, line.reserved)
        if line.backordered:
            site.wait(held.promise(order_id), line.backordered)
        assert site.available >= 0, f"oversold {line.sku} in {line.warehouse} by {order_id}"
        shard.changed.add(line.sku)


def _stand_anew(shard: InventoryShard, order_id: str, held: Reservation) -> None:
    """`stand` for a reservation that was not there: nothing to compare with, as nearly all are, so kept fast."""
    shard.touched[order_id] = held
    items, changed = shard.items, shard.changed
    for line in held.lines:
        sku, reserved = line.sku, line.reserved
        site = items[sku].sites.get(line.warehouse) or items[sku].site(line.warehouse)
        if reserved:
            site.holders[order_id] = reserved
            site.reserved += reserved
            assert site.reserved + site.on_hold <= site.on_hand, f"oversold {sku} in {line.warehouse} by {order_id}"
        if line.backordered:
            site.wait(held.promise(order_id), line.backordered)
        changed.add(sku)


def released(shard: InventoryShard, e: events.Released) -> None:
    held = shard.reservations.get(e.order_id)
    if held is None:
        held = shard.reservations[e.order_id] = Reservation(e.revision, e.version, 0, 0, ())
    _withdraw(shard, e.order_id, held)
    stand(shard, e.order_id, held, tuple(map(_only_shipped, held.lines)))
    _settle(shard, e, held)


def shipped(shard: InventoryShard, e: events.Shipped) -> None:
    held = shard.reservations[e.order_id]
    shipped = tuple(
        ReservedLine(line.sku, line.warehouse, 0, line.backordered, line.shipped + line.reserved) for line in held.lines
    )
    _withdraw(shard, e.order_id, held)
    for pick in e.picks:
        shard.items[pick.sku].site(pick.warehouse).count(Bin(pick.location, pick.lot), -pick.quantity, sellable=True)
    stand(shard, e.order_id, held, shipped)
    _settle(shard, e, held)


def _settle(shard: InventoryShard, e: events.Reserved | events.Released | events.Shipped, held: Reservation) -> None:
    """The order shard hears of this version as an answer. A reservation that holds nothing is kept as a tombstone."""
    if held.intent and e.revision > held.revision:  # who asks for more has the order on record
        _confirm(shard, e.order_id)
    held.revision, held.version, held.told = e.revision, e.version, e.version
    held.closed = not any(line.holds for line in held.lines)
    if held.closed:
        keep_closed(shard, e.order_id)
    else:
        shard.closed.pop(e.order_id, None)


def _confirm(shard: InventoryShard, order_id: str) -> None:
    if order_id in shard.unconfirmed:
        del shard.unconfirmed[order_id]
        shard.reservations[order_id].intent = b""


def orders_confirmed(shard: InventoryShard, e: events.OrdersConfirmed) -> None:
    for order_id in e.order_ids:
        _confirm(shard, order_id)


def order_shard_greeted(shard: InventoryShard, e: events.OrderShardGreeted) -> None:
    greet(shard, e.order_shard, e.epoch)


def greet(shard: InventoryShard, order_shard: str, epoch: int) -> None:
    """Note the newest owner of an order shard."""
    shard.order_epochs[order_shard] = epoch
    shard.newest_order_epoch = max(shard.newest_order_epoch, epoch)


def rebalanced(shard: InventoryShard, e: events.Rebalanced) -> str:
    held = shard.reservations[e.order_id]
    site = shard.items[e.sku].site(e.warehouse)
    lines = tuple(
        ReservedLine(line.sku, line.warehouse, line.reserved + e.quantity, line.backordered - e.quantity, line.shipped)
        if (line.sku, line.warehouse) == (e.sku, e.warehouse)
        else line
        for line in held.lines
    )
    held.lines, held.version = lines, e.version
    shard.touched[e.order_id] = held
    site.promise(e.order_id, site.holders.get(e.order_id, 0) + e.quantity)
    site.wait(held.promise(e.order_id), site.waiting.get(e.order_id, 0) - e.quantity)
    shard.changed.add(e.sku)
    if e.op_id:
        shard.ops.remember(e.op_id, e)
    return e.order_id


def notice_delivered(shard: InventoryShard, e: events.NoticeDelivered) -> str:
    held = shard.reservations.get(e.order_id)
    if held is not None:
        held.told = max(held.told, e.version)
    return e.order_id


def basket_held(shard: InventoryShard, e: events.Held) -> None:
    basket = Basket(e.sku, e.warehouse, e.quantity, e.expires_at, e.customer)
    shard.baskets[e.reservation_id] = shard.touched[e.reservation_id] = basket
    heapq.heappush(shard.basket_ends, (e.expires_at, e.reservation_id))
    shard.items[e.sku].site(e.warehouse).promise(e.reservation_id, e.quantity)
    shard.active_holds[e.customer] = shard.active_holds.get(e.customer, 0) + 1
    shard.changed.add(e.sku)
    shard.ops.remember(e.op_id, e)


def hold_extended(shard: InventoryShard, e: events.HoldExtended) -> None:
    basket = shard.touched[e.reservation_id] = shard.baskets[e.reservation_id]
    basket.expires_at = e.expires_at
    heapq.heappush(shard.basket_ends, (e.expires_at, e.reservation_id))
    _forget_ended(shard)
    shard.ops.remember(e.op_id, e)


def hold_ended(shard: InventoryShard, e: events.HoldEnded) -> None:
    basket = shard.touched[e.reservation_id] = shard.baskets[e.reservation_id]
    basket.state = e.state
    _forget_ended(shard)
    site = shard.items[basket.sku].site(basket.warehouse)
    site.promise(e.reservation_id, 0)
    for pick in e.picks:
        site.count(Bin(pick.location, pick.lot), -pick.quantity, sellable=True)
    left = shard.active_holds[basket.customer] - 1
    if left:
        shard.active_holds[basket.customer] = left
    else:
        del shard.active_holds[basket.customer]
    shard.changed.add(basket.sku)
    if e.op_id:
        shard.ops.remember(e.op_id, e)
    keep_closed(shard, e.reservation_id)


def _forget_ended(shard: InventoryShard) -> None:
    """Take ends off the top of the heap that are those of no active hold any more; others wait until they get there."""
    ends = shard.basket_ends
    while ends and not shard.ends_then(*ends[0]):
        heapq.heappop(ends)


def _only_shipped(line: ReservedLine) -> ReservedLine:
    return ReservedLine(line.sku, line.warehouse, 0, 0, line.shipped)
