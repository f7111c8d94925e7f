"""What an inventory shard answers: the stored answers of commands, queries, and its reconciliation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actors.inventory import messages as m
from actors.inventory.intents import unconfirmed_of
from actors.inventory.promises import offers
from actors.kernel.messages import Command, Message, Query

if TYPE_CHECKING:
    from actors.inventory.shard import InventoryShard


def answer(shard: InventoryShard, command: Command) -> Message | None:
    """What a carried-out command has come to."""
    kind = type(command)
    if kind is m.Reserve or kind is m.Release or kind is m.Ship:
        order_id = command.order_id  # type: ignore[attr-defined]  # all three name their order
        held = shard.reservations[order_id]
        return m.ReservationView(order_id, held.revision, held.version, held.lines)
    match command:
        case m.Hold() | m.ExtendHold() | m.EndHold():
            return hold_view(shard, command.reservation_id)
        case m.ForceRelease():
            return reservation_view(shard, command.reservation_id)
        case m.PutProduct():
            return shard.ops.get(command.op_id) or product_view(shard, command.product.sku)
        case m.PutWarehouse():
            return shard.ops.get(command.op_id) or sites(shard)
        case m.PutLocation():
            return shard.ops.get(command.op_id) or sites(shard)
        case m.Greet():
            return unconfirmed_of(shard, command.order_shard)
        case m.AskSources():
            return offers(shard, command)
        case m.ConfirmOrders() | m.NoticeHeard() | m.ExpireHolds() | m.RecallAdjusted():
            return sites(shard)
        case _:
            return shard.ops.get(command.op_id)


def read(shard: InventoryShard, query: Query, now: int) -> Message:
    """Answer a query; what does not exist is a refusal."""
    match query:
        case m.ReadLevel():
            item = shard.items.get(query.sku)
            return item.level(now, shard.unsellable) if item else m.UnknownSku((query.sku,))
        case m.ReadProduct():
            return product_view(shard, query.sku) if query.sku in shard.items else m.UnknownSku((query.sku,))
        case m.ReadSites():
            return sites(shard)
        case m.ReadHolders():
            return holders(shard, query.sku) if query.sku in shard.items else m.UnknownSku((query.sku,))
        case m.ReadReservation():
            return _reservation_or_hold(shard, query.reservation_id)
        case _:
            raise AssertionError(f"not an inventory query: {query!r}")


def _reservation_or_hold(shard: InventoryShard, reservation_id: str) -> Message:
    if reservation_id in shard.baskets:
        return hold_view(shard, reservation_id)
    if reservation_id in shard.reservations:
        return reservation_view(shard, reservation_id)
    return m.UnknownReservation(reservation_id)


def reservation_view(shard: InventoryShard, order_id: str) -> m.ReservationView:
    """An order's reservation as it stands."""
    held = shard.reservations[order_id]
    return m.ReservationView(order_id, held.revision, held.version, held.lines)


def hold_view(shard: InventoryShard, reservation_id: str) -> m.HoldView:
    """A hold as it stands."""
    b = shard.baskets[reservation_id]
    return m.HoldView(reservation_id, b.state, b.sku, b.warehouse, b.quantity, b.expires_at, b.customer)


def product_view(shard: InventoryShard, sku: str) -> m.ProductView:
    """A product with its version."""
    item = shard.items[sku]
    return m.ProductView(item.product, item.version)


def sites(shard: InventoryShard) -> m.Sites:
    """Warehouses and locations."""
    return m.Sites(tuple(shard.warehouses.values()), tuple(shard.locations.values()))


def holders(shard: InventoryShard, sku: str) -> m.Holders:
    """Who holds a SKU, and who waits for it, oldest promise first."""
    found = []
    for warehouse, site in shard.items[sku].sites.items():
        for key in dict.fromkeys((*site.holders, *site.waiting)):
            held = shard.reservations.get(key)
            promised_at = held.promised_at if held is not None else shard.baskets[key].expires_at
            kind = "order" if held is not None else "hold"
            found.append(m.Holder(key, kind, warehouse, site.holders.get(key, 0), site.waiting.get(key, 0), promised_at))
    return m.Holders(sku, tuple(sorted(found, key=lambda holder: (holder.promised_at, holder.reservation_id))))
