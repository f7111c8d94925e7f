"""Intents: why a reservation was made, kept beside it until the order shard has the order on record.

An order shard reserves before it has recorded the order itself (docs/decisions/0005). Should it die in between, its
successor learns from here what was begun; whoever it succeeded can begin nothing here any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from actors.inventory.balance import Decision
from actors.inventory.commands import ConfirmOrders, Greet, Reserve
from actors.inventory.events import OrdersConfirmed, OrderShardGreeted
from actors.inventory.replies import ReservationView, Unconfirmed, UnconfirmedOrder
from actors.inventory.reservations import Reservation
from actors.kernel.messages import KeyReused, Replaced
from actors.orders.events import OrderReceived

if TYPE_CHECKING:
    from actors.inventory.shard import InventoryShard

read_intent: Final = msgspec.msgpack.Decoder(OrderReceived).decode


def replaced(shard: InventoryShard, c: Reserve) -> Replaced | None:
    """The refusal of a reserve from an order shard that has a successor."""
    if c.epoch >= shard.newest_order_epoch:
        return None
    order_shard = shard.owner_of_order(c.order_id)
    newest = shard.order_epochs.get(order_shard, 0)
    return Replaced(order_shard, newest) if c.epoch < newest else None


def repeated(held: Reservation, c: Reserve) -> Decision:
    """The same revision again: a repeat, unless it is for another order under the same id."""
    if held.intent and c.intent:
        first, again = read_intent(held.intent), read_intent(c.intent)
        if (first.op_id, first.fingerprint) != (again.op_id, again.fingerprint):
            return KeyReused(c.order_id)
    return ()


def confirm_orders(shard: InventoryShard, c: ConfirmOrders, now: int) -> Decision:
    """Their intents are of no use any more."""
    kept = tuple([order_id for order_id in c.order_ids if order_id in shard.unconfirmed])
    return (OrdersConfirmed(now, kept),) if kept else ()


def greet(shard: InventoryShard, c: Greet, now: int) -> Decision:
    """Take note of a new owner of an order shard."""
    newest = shard.order_epochs.get(c.order_shard, 0)
    if c.epoch < newest:
        return Replaced(c.order_shard, newest)
    return (OrderShardGreeted(now, c.order_shard, c.epoch),) if c.epoch > newest else ()


def unconfirmed_of(shard: InventoryShard, order_shard: str) -> Unconfirmed:
    """The orders of an order shard that may be on no record but this one."""
    found = []
    for order_id in shard.unconfirmed:
        if shard.owner_of_order(order_id) == order_shard:
            held = shard.reservations[order_id]
            found.append(UnconfirmedOrder(ReservationView(order_id, held.revision, held.version, held.lines), held.intent))
    return Unconfirmed(tuple(found), tuple(shard.warehouses))
