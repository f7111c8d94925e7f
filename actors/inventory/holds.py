"""What becomes of holds: stock kept for a basket until a moment, by the owner's clock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from actors.inventory.balance import Decision, already_done, serve_waiting
from actors.inventory.commands import EndHold, ExpireHolds, ExtendHold, Hold
from actors.inventory.events import Held, HoldEnded, HoldExtended
from actors.inventory.goods import DEFAULT_WAREHOUSE
from actors.inventory.refusals import (
    InsufficientStock,
    ReservationEnded,
    Shortage,
    TooManyHolds,
    UnknownReservation,
    UnknownSku,
    UnknownWarehouse,
)
from actors.inventory.reservations import MOST_HOLDS_PER_CUSTOMER
from actors.kernel.messages import KeyForgotten, KeyReused

if TYPE_CHECKING:
    from actors.inventory.shard import InventoryShard


def hold(shard: InventoryShard, c: Hold, now: int) -> Decision:
    """Hold stock of one SKU in one warehouse for a while."""
    done, there = already_done(shard, c), shard.baskets.get(c.reservation_id)
    if isinstance(done, KeyForgotten) and there is not None:  # the hold itself tells what it was asked for
        return () if (there.sku, there.quantity, there.customer) == (c.sku, c.quantity, c.customer) else KeyReused(c.op_id)
    if done is not None:
        return done
    item = shard.items.get(c.sku)
    if item is None:
        return UnknownSku((c.sku,))
    if c.warehouse and c.warehouse not in shard.warehouses:
        return UnknownWarehouse(c.warehouse)
    if there is not None or c.reservation_id in shard.reservations:
        return KeyReused(c.reservation_id)
    if c.customer and shard.active_holds.get(c.customer, 0) >= MOST_HOLDS_PER_CUSTOMER:
        return TooManyHolds(c.customer, MOST_HOLDS_PER_CUSTOMER)
    fullest = min(item.sites, key=lambda name: (-item.available(name), name), default=DEFAULT_WAREHOUSE)
    warehouse = c.warehouse or shard.only_warehouse or fullest
    if item.available(warehouse) < c.quantity:
        return InsufficientStock((Shortage(c.sku, c.quantity, item.available(warehouse)),))
    return (
        Held(now, c.op_id, c.fingerprint, c.actor, c.reservation_id, c.sku, warehouse, c.quantity, now + c.ttl_ms, c.customer),
    )


def extend_hold(shard: InventoryShard, c: ExtendHold, now: int) -> Decision:
    """Let a hold run on."""
    if (done := already_done(shard, c)) is not None:
        return done
    basket = shard.baskets.get(c.reservation_id)
    if basket is None:
        return UnknownReservation(c.reservation_id)
    if basket.state != "active":
        return ReservationEnded(c.reservation_id, basket.state)
    return (HoldExtended(now, c.op_id, c.fingerprint, c.reservation_id, now + c.ttl_ms),)


def end_hold(shard: InventoryShard, c: EndHold, now: int) -> Decision:
    """Commit a hold (the goods leave) or release it (they are free). Ending twice the same way is a repeat."""
    if (done := already_done(shard, c)) is not None:
        return done
    basket = shard.baskets.get(c.reservation_id)
    if basket is None:
        return UnknownReservation(c.reservation_id)
    if basket.state == c.state:
        return ()
    if basket.state != "active":
        return ReservationEnded(c.reservation_id, basket.state)
    if c.state == "committed":
        site = shard.items[basket.sku].site(basket.warehouse)
        unsellable = shard.unsellable_in(basket.warehouse)
        picks = tuple(site.picks(basket.sku, basket.warehouse, basket.quantity, unsellable))
        return (HoldEnded(now, c.op_id, c.fingerprint, c.reservation_id, "committed", picks),)
    ended = HoldEnded(now, c.op_id, c.fingerprint, c.reservation_id, c.state)
    return (ended, *serve_waiting(shard, now, {(basket.sku, basket.warehouse): basket.quantity}))


def expire_holds(shard: InventoryShard, c: ExpireHolds, now: int) -> Decision:
    """End the holds whose time has come, and serve those who wait."""
    due = sorted({end for end in _ended_by(shard.basket_ends, now) if shard.ends_then(*end)})
    freed: dict[tuple[str, str], int] = {}
    for _, reservation_id in due:
        basket = shard.baskets[reservation_id]
        key = (basket.sku, basket.warehouse)
        freed[key] = freed.get(key, 0) + basket.quantity
    expired = [HoldEnded(now, "", 0, reservation_id, "expired") for _, reservation_id in due]
    return (*expired, *serve_waiting(shard, now, freed))


def _ended_by(ends: list[tuple[int, str]], now: int) -> Iterator[tuple[int, str]]:
    """The ends in a heap up to `now`: below a later one there are only later ones."""
    places = [0]
    while places:
        place = places.pop()
        if place < len(ends) and ends[place][0] <= now:
            yield ends[place]
            places += (2 * place + 1, 2 * place + 2)
