"""What an inventory shard answers: the stored answers of commands, queries, and its reconciliation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from actors.inventory import commands, counts, reference_data
from actors.inventory.events import Adjusted
from actors.inventory.holders import page_of
from actors.inventory.intents import unconfirmed_of
from actors.inventory.promises import offers
from actors.inventory.queries import ReadHolders, ReadLevel, ReadProduct, ReadReservation, ReadSites, WouldRefuse
from actors.inventory.refusals import UnknownReservation, UnknownSku
from actors.inventory.replies import HoldView, ProductView, ReservationView, Sites, Willing
from actors.kernel.messages import Command, Message, Query, Refusal

if TYPE_CHECKING:
    from actors.inventory.shard import InventoryShard


def answer(shard: InventoryShard, command: Command) -> Message | None:
    """What a carried-out command has come to."""
    kind = type(command)
    if kind is commands.Reserve or kind is commands.Release or kind is commands.Ship:
        order_id = command.order_id  # type: ignore[attr-defined]  # all three name their order
        held = shard.reservations[order_id]
        return ReservationView(order_id, held.revision, held.version, held.lines)
    match command:
        case commands.Hold() | commands.ExtendHold() | commands.EndHold():
            return hold_view(shard, command.reservation_id)
        case commands.ForceRelease():
            return reservation_view(shard, command.reservation_id)
        case commands.PutProduct():
            return shard.ops.get(command.op_id) or product_view(shard, command.product.sku)
        case commands.PutWarehouse():
            return shard.ops.get(command.op_id) or sites(shard)
        case commands.PutLocation():
            return shard.ops.get(command.op_id) or sites(shard)
        case commands.Adjust():
            return _adjusted(shard, command)
        case commands.Greet():
            return unconfirmed_of(shard, command.order_shard)
        case commands.AskSources():
            return offers(shard, command)
        case commands.ConfirmOrders() | commands.NoticeHeard() | commands.ExpireHolds() | commands.RecallAdjusted():
            return sites(shard)
        case _:
            return shard.ops.get(command.op_id)


def _adjusted(shard: InventoryShard, c: commands.Adjust) -> Message | None:
    """What was done, with the level after it when it is asked for; with the level of now when that is not kept."""
    done = shard.ops.get(c.op_id)
    if not c.tell_level or not isinstance(done, Adjusted) or done.level is not None:
        return done
    return msgspec.structs.replace(done, level=shard.items[c.sku].level(shard.now, shard.unsellable))


def read(shard: InventoryShard, query: Query, now: int) -> Message:
    """Answer a query; what does not exist is a refusal."""
    match query:
        case ReadLevel():
            item = shard.items.get(query.sku)
            return item.level(now, shard.unsellable) if item else UnknownSku((query.sku,))
        case ReadProduct():
            return product_view(shard, query.sku) if query.sku in shard.items else UnknownSku((query.sku,))
        case ReadSites():
            return sites(shard)
        case ReadHolders():
            return page_of(shard, query) if query.sku in shard.items else UnknownSku((query.sku,))
        case ReadReservation():
            return _reservation_or_hold(shard, query.reservation_id)
        case WouldRefuse():
            return _said_to(shard, query.command, now)
        case _:
            raise AssertionError(f"not an inventory query: {query!r}")


def _said_to(shard: InventoryShard, command: commands.PutLocation | commands.Adjust, now: int) -> Message:
    decided = (
        reference_data.put_location(shard, command, now)
        if isinstance(command, commands.PutLocation)
        else counts.adjust(shard, command, now)
    )
    return decided if isinstance(decided, Refusal) else Willing()


def _reservation_or_hold(shard: InventoryShard, reservation_id: str) -> Message:
    if reservation_id in shard.baskets:
        return hold_view(shard, reservation_id)
    if reservation_id in shard.reservations:
        return reservation_view(shard, reservation_id)
    return UnknownReservation(reservation_id)


def reservation_view(shard: InventoryShard, order_id: str) -> ReservationView | UnknownReservation:
    """An order's reservation as it stands; what is over may have left memory before the key of a command about it."""
    held = shard.reservations.get(order_id)
    if held is None:
        return UnknownReservation(order_id)
    return ReservationView(order_id, held.revision, held.version, held.lines)


def hold_view(shard: InventoryShard, reservation_id: str) -> HoldView | UnknownReservation:
    """A hold as it stands; what is over may have left memory before the key of a command about it."""
    b = shard.baskets.get(reservation_id)
    if b is None:
        return UnknownReservation(reservation_id)
    return HoldView(reservation_id, b.state, b.sku, b.warehouse, b.quantity, b.expires_at, b.customer)


def product_view(shard: InventoryShard, sku: str) -> ProductView:
    """A product with its version."""
    item = shard.items[sku]
    return ProductView(item.product, item.version)


def sites(shard: InventoryShard) -> Sites:
    """Warehouses and locations."""
    return Sites(tuple(shard.warehouses.values()), tuple(shard.locations.values()))
