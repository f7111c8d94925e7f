"""What the events of an inventory shard change: one function per event. None refuses anything, none reads a clock."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from actors.inventory import messages as m
from actors.inventory.reservations import CLOSED_KEPT, Basket, Reservation
from actors.inventory.stock import Bin, StockItem

if TYPE_CHECKING:
    from actors.inventory.shard import InventoryShard


def _reserved(shard: InventoryShard, e: m.Reserved) -> None:
    held = shard.reservations.get(e.order_id)
    if held is None:
        shard.reservations[e.order_id] = held = Reservation(
            e.revision, e.version, e.promised_at, e.priority, e.lines, told=e.version
        )
        shard.touched[e.order_id] = held
        for line in e.lines:
            site = shard.items[line.sku].site(line.warehouse)
            site.promise(e.order_id, line.reserved)
            if line.backordered:
                site.wait(held.promise(e.order_id), line.backordered)
            assert site.reserved <= site.on_hand, f"oversold {line.sku} in {line.warehouse} by {e.order_id}"
            shard.changed.add(line.sku)
        return
    _withdraw(shard, e.order_id, held)
    held.promised_at, held.priority = e.promised_at, e.priority
    stand(shard, e.order_id, held, e.lines)
    held.revision, held.version, held.told, held.closed = e.revision, e.version, e.version, False
    shard.closed.pop(e.order_id, None)


def _withdraw(shard: InventoryShard, order_id: str, held: Reservation) -> None:
    """Take every promise of a reservation back, so that new lines can be made to stand."""
    for line in held.lines:
        site = shard.items[line.sku].site(line.warehouse)
        site.promise(order_id, 0)
        site.wait(held.promise(order_id), 0)
        shard.changed.add(line.sku)


def stand(shard: InventoryShard, order_id: str, held: Reservation, lines: tuple[m.ReservedLine, ...]) -> None:
    held.lines = lines
    shard.touched[order_id] = held
    for line in lines:
        site = shard.items[line.sku].site(line.warehouse)
        site.promise(order_id, line.reserved)
        site.wait(held.promise(order_id), line.backordered)
        assert site.reserved <= site.on_hand, f"oversold {line.sku} in {line.warehouse} by {order_id}"
        shard.changed.add(line.sku)


def _released(shard: InventoryShard, e: m.Released) -> None:
    held = shard.reservations.get(e.order_id)
    if held is None:
        held = shard.reservations[e.order_id] = Reservation(e.revision, e.version, 0, 0, ())
    _withdraw(shard, e.order_id, held)
    stand(shard, e.order_id, held, tuple(map(_only_shipped, held.lines)))
    _close(shard, e.order_id, held, e.revision, e.version)


def _shipped(shard: InventoryShard, e: m.Shipped) -> None:
    held = shard.reservations[e.order_id]
    shipped = tuple(
        m.ReservedLine(line.sku, line.warehouse, 0, line.backordered, line.shipped + line.reserved) for line in held.lines
    )
    _withdraw(shard, e.order_id, held)
    for pick in e.picks:
        shard.items[pick.sku].site(pick.warehouse).count(Bin(pick.location, pick.lot), -pick.quantity, sellable=True)
    stand(shard, e.order_id, held, shipped)
    if any(line.backordered for line in shipped):
        held.revision, held.version, held.told = e.revision, e.version, e.version
    else:
        _close(shard, e.order_id, held, e.revision, e.version)


def _close(shard: InventoryShard, order_id: str, held: Reservation, revision: int, version: int) -> None:
    """Keep a finished reservation as a tombstone for a while, then forget it."""
    held.revision, held.version, held.told, held.closed = revision, version, version, True
    _keep_closed(shard, order_id)


def _rebalanced(shard: InventoryShard, e: m.Rebalanced) -> str:
    held = shard.reservations[e.order_id]
    site = shard.items[e.sku].site(e.warehouse)
    lines = tuple(
        m.ReservedLine(line.sku, line.warehouse, line.reserved + e.quantity, line.backordered - e.quantity, line.shipped)
        if (line.sku, line.warehouse) == (e.sku, e.warehouse)
        else line
        for line in held.lines
    )
    held.lines, held.version = lines, e.version
    shard.touched[e.order_id] = held
    site.promise(e.order_id, site.holders.get(e.order_id, 0) + e.quantity)
    site.wait(held.promise(e.order_id), site.waiting.get(e.order_id, 0) - e.quantity)
    shard.changed.add(e.sku)
    return e.order_id


def _notice_delivered(shard: InventoryShard, e: m.NoticeDelivered) -> str:
    held = shard.reservations.get(e.order_id)
    if held is not None:
        held.told = max(held.told, e.version)
    return e.order_id


def _adjusted(shard: InventoryShard, e: m.Adjusted) -> None:
    site = shard.items[e.sku].site(e.warehouse)
    site.count(Bin(e.location, e.lot), e.quantity, sellable=(e.warehouse, e.location) not in shard.unsellable)
    shard.changed.add(e.sku)
    shard.ops.remember(e.op_id, e)


def _moved(shard: InventoryShard, e: m.Moved) -> None:
    site = shard.items[e.sku].site(e.warehouse)
    for location, quantity in ((e.from_location, -e.quantity), (e.to_location, e.quantity)):
        site.count(Bin(location, e.lot), quantity, sellable=(e.warehouse, location) not in shard.unsellable)
    shard.changed.add(e.sku)
    shard.ops.remember(e.op_id, e)


def _held(shard: InventoryShard, e: m.Held) -> None:
    basket = Basket(e.sku, e.warehouse, e.quantity, e.expires_at, e.customer)
    shard.baskets[e.reservation_id] = shard.touched[e.reservation_id] = basket
    heapq.heappush(shard.basket_ends, (e.expires_at, e.reservation_id))
    shard.items[e.sku].site(e.warehouse).promise(e.reservation_id, e.quantity)
    shard.active_holds[e.customer] = shard.active_holds.get(e.customer, 0) + 1
    shard.changed.add(e.sku)
    shard.ops.remember(e.op_id, e)


def _hold_extended(shard: InventoryShard, e: m.HoldExtended) -> None:
    basket = shard.baskets[e.reservation_id]
    shard.touched[e.reservation_id] = basket
    shard.basket_ends.remove((basket.expires_at, e.reservation_id))
    basket.expires_at = e.expires_at
    shard.basket_ends.append((e.expires_at, e.reservation_id))
    heapq.heapify(shard.basket_ends)
    shard.ops.remember(e.op_id, e)


def _hold_ended(shard: InventoryShard, e: m.HoldEnded) -> None:
    basket = shard.baskets[e.reservation_id]
    basket.state = e.state
    shard.touched[e.reservation_id] = basket
    shard.basket_ends.remove((basket.expires_at, e.reservation_id))
    heapq.heapify(shard.basket_ends)
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
    _keep_closed(shard, e.reservation_id)


def _keep_closed(shard: InventoryShard, reservation_id: str) -> None:
    shard.closed[reservation_id] = None
    shard.closed.move_to_end(reservation_id)
    if len(shard.closed) > CLOSED_KEPT:
        oldest, _ = shard.closed.popitem(last=False)
        shard.reservations.pop(oldest, None)
        shard.baskets.pop(oldest, None)


def _product_put(shard: InventoryShard, e: m.ProductPut) -> None:
    found = shard.items.get(e.product.sku)
    if found is None:
        shard.items[e.product.sku] = StockItem(e.product, e.version)
    else:
        found.product, found.version = e.product, e.version
    shard.changed.add(e.product.sku)
    shard.ops.remember(e.op_id, e)


def _warehouse_put(shard: InventoryShard, e: m.WarehousePut) -> None:
    open_warehouse(shard, e.warehouse, e.version)
    shard.ops.remember(e.op_id, e)


def open_warehouse(shard: InventoryShard, warehouse: m.Warehouse, version: int) -> None:
    shard.warehouses[warehouse.id] = (warehouse, version)
    shard.unsellable |= {(warehouse.id, m.QUARANTINE_LOCATION)}


def _location_put(shard: InventoryShard, e: m.LocationPut) -> None:
    place(shard, e.location, e.version)
    shard.ops.remember(e.op_id, e)


def place(shard: InventoryShard, location: m.Location, version: int) -> None:
    key = (location.warehouse, location.id)
    shard.locations[key] = (location, version)
    if location.type in m.UNSELLABLE_LOCATION_TYPES:
        shard.unsellable |= {key}
    else:
        shard.unsellable -= {key}


def _only_shipped(line: m.ReservedLine) -> m.ReservedLine:
    return m.ReservedLine(line.sku, line.warehouse, 0, 0, line.shipped)


APPLY: Final[dict[type, Callable[[InventoryShard, Any], str | None]]] = {
    m.ProductPut: _product_put,
    m.WarehousePut: _warehouse_put,
    m.LocationPut: _location_put,
    m.Adjusted: _adjusted,
    m.Moved: _moved,
    m.Reserved: _reserved,
    m.Released: _released,
    m.Shipped: _shipped,
    m.Rebalanced: _rebalanced,
    m.NoticeDelivered: _notice_delivered,
    m.Held: _held,
    m.HoldExtended: _hold_extended,
    m.HoldEnded: _hold_ended,
}
