"""Reconciliation: stock against places, promises against reservations, queues against those who wait."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from actors.inventory.stock import SiteStock

if TYPE_CHECKING:
    from actors.inventory.shard import InventoryShard


def broken_of(shard: InventoryShard, sku: str) -> Iterator[str]:
    """One line per figure of a SKU that does not add up."""
    for warehouse, site in shard.items[sku].sites.items():
        for name, have, want in _checks(shard, sku, warehouse, site):
            if have != want:
                yield f"{sku} in {warehouse}: {name}: {have} is not {want}"


def _checks(shard: InventoryShard, sku: str, warehouse: str, site: SiteStock) -> Iterator[tuple[str, Any, Any]]:
    on_hold = sum(units for place, units in site.bins.items() if (warehouse, place.location) in shard.unsellable)
    yield "on_hand = sum of places", site.on_hand, sum(site.bins.values())
    yield "on_hold = sum of unsellable places", site.on_hold, on_hold
    yield "reserved = sum of holders", site.reserved, sum(site.holders.values())
    yield "backordered = sum of those who wait", site.backordered, sum(site.waiting.values())
    yield "0 <= reserved <= on_hand - on_hold", 0 <= site.reserved <= site.on_hand - site.on_hold, True
    yield "queue = those who wait", sorted(promise.order_id for promise in site.queue), sorted(site.waiting)
    for holder, units in site.holders.items():
        yield f"promise of {holder}", units, _promised(shard, holder, sku, warehouse)[0]
    for order_id, units in site.waiting.items():
        yield f"backorder of {order_id}", units, _promised(shard, order_id, sku, warehouse)[1]


def _promised(shard: InventoryShard, holder: str, sku: str, warehouse: str) -> tuple[int, int]:
    """(reserved, backordered) from the reservation's side."""
    basket = shard.baskets.get(holder)
    if basket is not None:
        return (basket.quantity if basket.state == "active" else 0), 0
    held = shard.reservations.get(holder)
    lines = [line for line in held.lines if (line.sku, line.warehouse) == (sku, warehouse)] if held is not None else []
    return sum(line.reserved for line in lines), sum(line.backordered for line in lines)
