"""What becomes of products, warehouses and locations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actors.inventory.balance import Decision, already_done
from actors.inventory.commands import PutLocation, PutProduct, PutWarehouse
from actors.inventory.events import LocationPut, ProductPut, WarehousePut
from actors.inventory.goods import UNSELLABLE_LOCATION_TYPES, Location
from actors.inventory.refusals import LocationInUse, UnitInUse, UnknownWarehouse, VersionConflict
from actors.inventory.stock import SiteStock

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
    if (done := already_done(shard, c)) is not None:
        return done
    found, version = shard.warehouses.get(c.warehouse.id, (None, 0))
    if c.version is not None:
        newer = c.version > version
        return (WarehousePut(now, c.op_id, c.fingerprint, c.actor, c.version, c.warehouse),) if newer else ()
    if c.if_version is not None and c.if_version != version:
        return VersionConflict(version)
    if found == c.warehouse:
        return ()
    return (WarehousePut(now, c.op_id, c.fingerprint, c.actor, version + 1, c.warehouse),)


def put_location(shard: InventoryShard, c: PutLocation, now: int) -> Decision:
    """Create or replace a location of a known warehouse."""
    if (done := already_done(shard, c)) is not None:
        return done
    if c.location.warehouse not in shard.warehouses:
        return UnknownWarehouse(c.location.warehouse)
    found, version = shard.locations.get((c.location.warehouse, c.location.id), (None, 0))
    if c.version is not None and c.version <= version:
        return ()
    if c.version is None and c.if_version is not None and c.if_version != version:
        return VersionConflict(version)
    if found == c.location and c.version is None:
        return ()
    if _sellability_changes(shard, c.location) and _holds_stock(shard, c.location):
        return LocationInUse(c.location.id)
    return (LocationPut(now, c.op_id, c.fingerprint, c.actor, c.version or version + 1, c.location),)


def _sellability_changes(shard: InventoryShard, location: Location) -> bool:
    was = (location.warehouse, location.id) in shard.unsellable
    return was != (location.type in UNSELLABLE_LOCATION_TYPES)


def _holds_stock(shard: InventoryShard, location: Location) -> bool:
    return any(
        place.location == location.id
        for item in shard.items.values()
        for warehouse, site in item.sites.items()
        if warehouse == location.warehouse
        for place in site.bins
    )
