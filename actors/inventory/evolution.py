"""What the events of an inventory shard change: one function per event. None refuses anything, none reads a clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from actors.inventory import events
from actors.inventory import evolution_of_reservations as reservations
from actors.inventory.goods import ON_HOLD_FROM_THE_START, UNSELLABLE_LOCATION_TYPES, Location, Warehouse
from actors.inventory.stock import Bin, StockItem

if TYPE_CHECKING:
    from actors.inventory.shard import InventoryShard


def _adjusted(shard: InventoryShard, e: events.Adjusted) -> None:
    site = shard.items[e.sku].site(e.warehouse)
    site.count(Bin(e.location, e.lot), e.quantity, sellable=(e.warehouse, e.location) not in shard.unsellable)
    shard.changed.add(e.sku)
    shard.ops.remember(e.op_id, e)


def _adjusted_recalled(shard: InventoryShard, e: events.AdjustedRecalled) -> None:
    shard.ops.remember(e.adjusted.op_id, e.adjusted)


def _moved(shard: InventoryShard, e: events.Moved) -> None:
    site = shard.items[e.sku].site(e.warehouse)
    for location, quantity in ((e.from_location, -e.quantity), (e.to_location, e.quantity)):
        site.count(Bin(location, e.lot), quantity, sellable=(e.warehouse, location) not in shard.unsellable)
    shard.changed.add(e.sku)
    shard.ops.remember(e.op_id, e)


def _product_put(shard: InventoryShard, e: events.ProductPut) -> None:
    found = shard.items.get(e.product.sku)
    if found is None:
        shard.items[e.product.sku] = StockItem(e.product, e.version)
    else:
        found.product, found.version = e.product, e.version
    shard.changed.add(e.product.sku)
    shard.ops.remember(e.op_id, e)


def _warehouse_put(shard: InventoryShard, e: events.WarehousePut) -> None:
    open_warehouse(shard, e.warehouse, e.version)
    shard.ops.remember(e.op_id, e)


def open_warehouse(shard: InventoryShard, warehouse: Warehouse, version: int) -> None:
    """Put a warehouse on the list; its quarantine and its receiving are there from the start."""
    shard.warehouses[warehouse.id] = (warehouse, version)
    shard.only_warehouse = warehouse.id if len(shard.warehouses) == 1 else ""
    places = {(warehouse.id, location) for location in ON_HOLD_FROM_THE_START}
    shard.unsellable |= places - shard.locations.keys()  # those on the list have a type that says what they are for


def _location_put(shard: InventoryShard, e: events.LocationPut) -> None:
    key = (e.location.warehouse, e.location.id)
    was_unsellable = key in shard.unsellable
    place(shard, e.location, e.version)
    if (key in shard.unsellable) != was_unsellable:
        _put_on_hold(shard, e.location, -1 if was_unsellable else 1)
    shard.ops.remember(e.op_id, e)


def _put_on_hold(shard: InventoryShard, location: Location, sign: int) -> None:
    """What a location holds is on hold from now on (1), or no longer (-1)."""
    for sku, item in shard.items.items():
        site = item.sites.get(location.warehouse)
        units = site.units_in(location.id) if site is not None else 0
        if site is not None and units:
            site.on_hold += sign * units
            site.bin_levels = None
            shard.changed.add(sku)


def place(shard: InventoryShard, location: Location, version: int) -> None:
    """Put a location on the list."""
    key = (location.warehouse, location.id)
    shard.locations[key] = (location, version)
    if location.type in UNSELLABLE_LOCATION_TYPES:
        shard.unsellable |= {key}
    else:
        shard.unsellable -= {key}


APPLY: Final[dict[type, Callable[[InventoryShard, Any], str | None]]] = {
    events.ProductPut: _product_put,
    events.WarehousePut: _warehouse_put,
    events.LocationPut: _location_put,
    events.Adjusted: _adjusted,
    events.AdjustedRecalled: _adjusted_recalled,
    events.Moved: _moved,
    events.Reserved: reservations.reserved,
    events.Released: reservations.released,
    events.Shipped: reservations.shipped,
    events.Rebalanced: reservations.rebalanced,
    events.NoticeDelivered: reservations.notice_delivered,
    events.OrdersConfirmed: reservations.orders_confirmed,
    events.OrderShardGreeted: reservations.order_shard_greeted,
    events.Held: reservations.basket_held,
    events.HoldExtended: reservations.hold_extended,
    events.HoldEnded: reservations.hold_ended,
}
