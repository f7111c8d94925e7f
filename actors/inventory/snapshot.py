"""An inventory shard as records, and back."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from typing import TYPE_CHECKING

from actors.inventory.evolution import open_warehouse, place
from actors.inventory.evolution_of_reservations import greet, stand
from actors.inventory.records import (
    BasketRecord,
    ForgottenRecord,
    ItemRecord,
    LocationRecord,
    OpRecord,
    OrderShardRecord,
    ReservationRecord,
    WarehouseRecord,
)
from actors.inventory.reservations import Basket, Reservation
from actors.inventory.stock import Bin, StockItem
from actors.kernel.forgotten import ForgottenKeys
from actors.kernel.messages import Message

if TYPE_CHECKING:
    from actors.inventory.shard import InventoryShard


def records_of(shard: InventoryShard) -> Iterable[Message]:
    """Sites, then items, then promises, then the memory of op ids."""
    for warehouse, version in shard.warehouses.values():
        yield WarehouseRecord(warehouse, version)
    for location, version in shard.locations.values():
        yield LocationRecord(location, version)
    for item in shard.items.values():
        bins = tuple(
            (name, place.location, place.lot, item.sites[name].bins[place])
            for name in sorted(item.sites)
            for place in sorted(item.sites[name].bins)
        )
        yield ItemRecord(item.product, item.version, bins, tuple(sorted(item.sites)))
    for order_shard, epoch in shard.order_epochs.items():
        yield OrderShardRecord(order_shard, epoch)
    still_open = [key for key in (*shard.reservations, *shard.baskets) if key not in shard.closed]
    for key in (*shard.closed, *still_open):
        yield _reservation_record(shard, key) if key in shard.reservations else _basket_record(shard, key)
    for op_id, event in shard.ops.items():
        yield OpRecord(op_id, event)  # type: ignore[arg-type]  # every remembered event is an InventoryEvent
    yield from shard.forgotten.records()
    yield ForgottenRecord(len(shard.forgotten), shard.newest_forgotten)


def _reservation_record(shard: InventoryShard, order_id: str) -> ReservationRecord:
    r = shard.reservations[order_id]
    return ReservationRecord(order_id, r.revision, r.version, r.promised_at, r.priority, r.lines, r.closed, r.told, r.intent)


def _basket_record(shard: InventoryShard, reservation_id: str) -> BasketRecord:
    b = shard.baskets[reservation_id]
    return BasketRecord(reservation_id, b.sku, b.warehouse, b.quantity, b.expires_at, b.customer, b.state)


def restore(shard: InventoryShard, record: Message) -> None:
    """Take one record of a snapshot."""
    match record:
        case WarehouseRecord():
            open_warehouse(shard, record.warehouse, record.version)
        case LocationRecord():
            place(shard, record.location, record.version)
        case ItemRecord():
            item = shard.items[record.product.sku] = StockItem(record.product, record.version)
            for warehouse in record.sites:
                item.site(warehouse)
            for warehouse, location, lot, units in record.bins:
                item.site(warehouse).count(Bin(location, lot), units, sellable=(warehouse, location) not in shard.unsellable)
        case ReservationRecord():
            held = Reservation(record.revision, record.version, record.promised_at, record.priority, (), record.closed)
            held.told, held.intent = record.told, record.intent
            shard.reservations[record.order_id] = held
            stand(shard, record.order_id, held, record.lines)
            if record.intent:
                shard.unconfirmed[record.order_id] = None
            if record.closed:
                shard.closed[record.order_id] = None
        case OrderShardRecord():
            greet(shard, record.order_shard, record.epoch)
        case BasketRecord():
            _restore_basket(shard, record)
        case OpRecord():
            shard.ops.remember(record.op_id, record.event)
        case ForgottenKeys():
            shard.forgotten.restore(record)
        case ForgottenRecord():
            shard.forgotten.restored(record.ops)
            shard.newest_forgotten = record.version
        case _:
            raise AssertionError(f"not an inventory record: {record!r}")
    shard.changed.clear()
    shard.touched.clear()


def _restore_basket(shard: InventoryShard, r: BasketRecord) -> None:
    shard.baskets[r.reservation_id] = Basket(r.sku, r.warehouse, r.quantity, r.expires_at, r.customer, r.state)
    if r.state != "active":
        shard.closed[r.reservation_id] = None
        return
    heapq.heappush(shard.basket_ends, (r.expires_at, r.reservation_id))
    shard.items[r.sku].site(r.warehouse).promise(r.reservation_id, r.quantity)
    shard.active_holds[r.customer] = shard.active_holds.get(r.customer, 0) + 1
