"""From an inventory shard to its rows: absolute values of what changed, and one ledger row per movement."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import Table

from actors.inventory import tables
from actors.inventory.events import Adjusted, HoldEnded, LocationPut, Moved, ProductPut, Shipped, WarehousePut
from actors.inventory.reservations import Basket, Reservation
from actors.inventory.shard import InventoryShard
from actors.inventory.stock import Bin, StockItem
from actors.kernel.messages import OwnerName

Row = tuple[Any, ...]


def changed_rows(shard: InventoryShard, events: list[Any]) -> tuple[dict[Table, list[Row]], dict[Table, list[Row]]]:
    """The rows to replace, and the rows to add, after `events` were applied to `shard`."""
    levels: list[Row] = []
    bins: list[Row] = []
    for sku in shard.changed:
        item = shard.items[sku]
        for warehouse, site in item.sites.items():
            levels.append((sku, warehouse, site.on_hand, site.on_hold, site.reserved, site.backordered, shard.now))
    for sku, warehouse, location, lot in _places_touched(events):
        units = shard.items[sku].site(warehouse).bins.get(Bin(location, lot), 0)
        bins.append((sku, warehouse, location, lot, units))
    put = {event.product.sku for event in events if type(event) is ProductPut}
    products = [_product_row(shard.items[sku]) for sku in put]
    replace: dict[Table, list[Row]] = {
        tables.products: products,
        tables.inventory_levels: levels,
        tables.inventory_bins: bins,
        tables.reservations: [row for key, held in shard.touched.items() for row in _reservation_rows(key, held)],
        tables.warehouses: [(w.id, w.name, version) for w, version in _put_sites(events, WarehousePut, "warehouse")],
        tables.locations: [
            (place.warehouse, place.id, place.type, place.sequence, place.x, place.y, version)
            for place, version in _put_sites(events, LocationPut, "location")
        ],
    }
    return replace, {tables.inventory_movements: [row for event in events for row in movements(shard.name, event)]}


def _put_sites(events: list[Any], kind: Any, field: str) -> list[tuple[Any, int]]:
    newest: dict[Any, int] = {getattr(event, field): event.version for event in events if type(event) is kind}
    return list(newest.items())


def _product_row(item: StockItem) -> Row:
    p = item.product
    packs = msgspec.json.encode(p.packs).decode()
    return (p.sku, p.name, p.gtin, p.unit, packs, p.category, p.weight_g, p.volume_ml, item.version)


def _reservation_rows(key: str, held: Reservation | Basket) -> Iterator[Row]:
    if isinstance(held, Basket):
        reserved = held.quantity if held.state == "active" else 0
        yield (key, held.sku, held.warehouse, "hold", held.state, reserved, 0, 0, held.expires_at, held.customer)
        return
    for line in held.lines:
        state = "active" if line.reserved or line.backordered else "committed" if line.shipped else "released"
        yield (
            key,
            line.sku,
            line.warehouse,
            "order",
            state,
            line.reserved,
            line.backordered,
            line.shipped,
            held.promised_at,
            "",
        )


def _places_touched(events: list[Any]) -> set[tuple[str, str, str, str]]:
    places = set()
    for event in events:
        kind = type(event)
        if kind is Adjusted:
            places.add((event.sku, event.warehouse, event.location, event.lot))
        elif kind is Moved:
            places.add((event.sku, event.warehouse, event.from_location, event.lot))
            places.add((event.sku, event.warehouse, event.to_location, event.lot))
        elif kind is Shipped or kind is HoldEnded:
            places.update((pick.sku, pick.warehouse, pick.location, pick.lot) for pick in event.picks)
    return places


def movements(owner: OwnerName, event: Any) -> Iterator[Row]:
    """Ledger rows of an event: owner, op id, line, what, where, how many, before, after, why, for which document, by whom.

    Owner, op id and line name a row once and for all. Two shards ship parts of one order, and a client may give two of them
    the same key: so the owner is part of the name. Op ids of clients begin with their verb (`adjust:`, `move:`, `return:`),
    those of other owners with theirs (`restock:`, `receipt:`, `putaway:`); what leaves the house has names that begin like no
    verb, whatever order ids and keys are.
    """
    kind = type(event)
    if kind is Adjusted:
        e = event
        yield (
            owner, e.op_id, 0, e.at, e.sku, e.warehouse, e.location, e.lot, e.quantity, e.before, e.after, e.reason,
            e.document, e.actor, e.fingerprint,
        )  # fmt: skip
    elif kind is Moved:
        e = event
        places = ((e.from_location, -e.quantity, e.from_before), (e.to_location, e.quantity, e.to_before))
        for line, (location, quantity, before) in enumerate(places):
            yield (
                owner, e.op_id, line, e.at, e.sku, e.warehouse, location, e.lot, quantity, before, before + quantity,
                e.reason, e.document, e.actor, e.fingerprint,
            )  # fmt: skip
    elif kind is Shipped:
        op_id = f"shipped:{event.order_id}:{event.revision}"
        for line, p in enumerate(event.picks):
            yield (
                owner, op_id, line, event.at, p.sku, p.warehouse, p.location, p.lot, -p.quantity,
                p.before, p.before - p.quantity, "shipped", event.order_id, "", 0,
            )  # fmt: skip
    elif kind is HoldEnded:
        op_id = f"committed:{event.reservation_id}:{event.at}"  # the client's key may come again once memory has forgotten it
        for line, p in enumerate(event.picks):
            yield (
                owner, op_id, line, event.at, p.sku, p.warehouse, p.location, p.lot, -p.quantity,
                p.before, p.before - p.quantity, "shipped", event.reservation_id, "", event.fingerprint,
            )  # fmt: skip
