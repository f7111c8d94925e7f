"""Reconciliation: stock against places, promises against reservations, queues against those who wait."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from actors.inventory.stock import SiteStock

if TYPE_CHECKING:
    from actors.inventory.shard import InventoryShard


def reconcile(shard: InventoryShard) -> Iterator[str | None]:
    """Check every SKU, then every reservation and hold; both sides together account for each promise once.

    A SKU's sums equal its holders' shares, and each reservation's share is what the SKU's holder entry says: so neither
    a promise without a reservation nor a reservation without a promise goes unseen.
    """
    for sku in list(shard.items):
        yield from _of_sku(shard, sku)
    for order_id in list(shard.reservations):
        yield from _of_reservation(shard, order_id)
    for reservation_id in list(shard.baskets):
        yield from _of_hold(shard, reservation_id)


def _of_sku(shard: InventoryShard, sku: str) -> Iterator[str | None]:
    for warehouse, site in shard.items[sku].sites.items():
        for name, have, want in _checks(shard, warehouse, site):
            if have != want:
                yield f"{sku} in {warehouse}: {name}: {have} is not {want}"
    yield None


def _checks(shard: InventoryShard, warehouse: str, site: SiteStock) -> Iterator[tuple[str, Any, Any]]:
    on_hold = sum(units for place, units in site.bins.items() if (warehouse, place.location) in shard.unsellable)
    yield "on_hand = sum of places", site.on_hand, sum(site.bins.values())
    yield "on_hold = sum of unsellable places", site.on_hold, on_hold
    yield "reserved = sum of holders", site.reserved, sum(site.holders.values())
    yield "backordered = sum of those who wait", site.backordered, sum(site.waiting.values())
    yield "0 <= reserved <= on_hand - on_hold", 0 <= site.reserved <= site.on_hand - site.on_hold, True
    yield "queue = those who wait", sorted(promise.order_id for promise in site.queue), sorted(site.waiting)
    strangers = [key for key in site.holders if key not in shard.reservations and key not in shard.baskets]
    yield "every holder has a reservation", strangers[:3], []


def _of_reservation(shard: InventoryShard, order_id: str) -> Iterator[str | None]:
    held = shard.reservations.get(order_id)
    for line in held.lines if held is not None else ():
        site = shard.items[line.sku].site(line.warehouse)
        kept = site.holders.get(order_id, 0), site.waiting.get(order_id, 0)
        if kept != (line.reserved, line.backordered):
            yield f"{line.sku} in {line.warehouse}: {order_id} has {line.reserved}, {line.backordered}; stock says {kept}"
    yield None


def _of_hold(shard: InventoryShard, reservation_id: str) -> Iterator[str | None]:
    basket = shard.baskets.get(reservation_id)
    if basket is not None:
        units = basket.quantity if basket.state == "active" else 0
        kept = shard.items[basket.sku].site(basket.warehouse).holders.get(reservation_id, 0)
        if kept != units:
            yield f"{basket.sku} in {basket.warehouse}: hold {reservation_id} has {units}, stock says {kept}"
    yield None
