"""What becomes of products, warehouses and locations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from actors.inventory.balance import Decision, already_done, break_promises, serve_waiting
from actors.inventory.commands import PutLocation, PutProduct, PutWarehouse
from actors.inventory.events import LocationPut, ProductPut, WarehousePut
from actors.inventory.goods import UNSELLABLE_LOCATION_TYPES, Location
from actors.inventory.refusals import LocationInUse, UnitInUse, UnknownWarehouse, VersionConflict
from actors.inventory.stock import SiteStock
from actors.kernel.messages import Event

if TYPE_CHECKING:
    from actors.inventory.shard import InventoryShard


def put_product(shard: InventoryShard, c: PutProduct, now: int) -> Decision:
    """Create or replace a product; the same content again records nothing."""
    if (done := already_done(shard, c)) is not None:
        return done
    found = shard.items.get(c.product.sku)
    version = found.version if found is not None else 0
    if c.if_version is not None and c.if_version != version:
        return VersionConflict(version)
    if found is not None and found.product == c.product:
        return ()
    if found is not None and found.product.unit != c.product.unit and any(_counts(site) for site in found.sites.values()):
        return UnitInUse(c.product.sku)
    return (ProductPut(now, c.op_id, c.fingerprint, c.actor, version + 1, c.product),)


def _counts(site: SiteStock) -> bool:
    return bool(site.on_hand or site.reserved or site.backordered)


def put_warehouse(shard: InventoryShard, c: PutWarehouse, now: int) -> Decision:
    """Create or replace a warehouse; the first shard numbers the versions, the others take newer ones."""
    found, version = shard.warehouses.get(c.warehouse.id, (None, 0))
    if c.version is not None:
        newer = c.version > version
        return (WarehousePut(now, c.op_id, c.fingerprint, c.actor, c.version, c.warehouse),) if newer else ()
    if (done := already_done(shard, c)) is not None:
        return done
    if _conflicts(c.if_version, version, same=found == c.warehouse):
        return VersionConflict(version)
    if found == c.warehouse:
        return ()
    return (WarehousePut(now, c.op_id, c.fingerprint, c.actor, version + 1, c.warehouse),)


def put_location(shard: InventoryShard, c: PutLocation, now: int) -> Decision:
    """Create or replace a location of a known warehouse. One that holds stock stays sellable, or not."""
    if c.version is not None:
        return _be_told(shard, c, c.version, now)
    if (done := already_done(shard, c)) is not None:
        return done
    if c.location.warehouse not in shard.warehouses:
        return UnknownWarehouse(c.location.warehouse)
    found, version = shard.locations.get((c.location.warehouse, c.location.id), (None, 0))
    if _conflicts(c.if_version, version, same=found == c.location):
        return VersionConflict(version)
    if found == c.location:
        return ()
    if _sellability_changes(shard, c.location) and any(_goods_in(shard, c.location)):
        return LocationInUse(c.location.id)
    return (LocationPut(now, c.op_id, c.fingerprint, c.actor, version + 1, c.location),)


def _conflicts(if_version: int | None, version: int, *, same: bool) -> bool:
    """Whether another version stands. The one that this very change made is none: whoever asks again goes on with it. Who only
    wants to create (0) may find the same made by somebody else, and goes on by the key."""
    if if_version is None or if_version == version:
        return False
    return not (same and if_version and if_version + 1 == version)


def _be_told(shard: InventoryShard, c: PutLocation, version: int, now: int) -> Decision:
    """Take over what the first shard has decided. Goods that came here since this shard was asked are no reason to keep
    another truth: they go on hold and break promises as missing ones do, or come off hold and serve those who wait."""
    location = c.location
    if location.warehouse not in shard.warehouses:
        return UnknownWarehouse(location.warehouse)
    if version <= shard.locations.get((location.warehouse, location.id), (None, 0))[1]:
        return ()
    put = LocationPut(now, c.op_id, c.fingerprint, c.actor, version, location)
    if not _sellability_changes(shard, location):
        return (put,)
    goods = dict(_goods_in(shard, location))
    if location.type not in UNSELLABLE_LOCATION_TYPES:
        return (put, *serve_waiting(shard, now, {(sku, location.warehouse): units for sku, units in goods.items()}))
    versions: dict[str, int] = {}
    broken: list[Event] = []
    for sku, units in goods.items():
        missing = units - shard.items[sku].available(location.warehouse)
        broken += break_promises(shard, now, sku, location.warehouse, missing, versions)
    return (*broken, put)


def _sellability_changes(shard: InventoryShard, location: Location) -> bool:
    was = (location.warehouse, location.id) in shard.unsellable
    return was != (location.type in UNSELLABLE_LOCATION_TYPES)


def _goods_in(shard: InventoryShard, location: Location) -> Iterator[tuple[str, int]]:
    for sku, item in shard.items.items():
        site = item.sites.get(location.warehouse)
        units = site.units_in(location.id) if site is not None else 0
        if units:
            yield sku, units
