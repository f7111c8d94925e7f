"""What an order shard makes of the answers of shards of stock: the command that records each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actors.inventory.commands import ConfirmOrders, Ship
from actors.inventory.events import Adjusted
from actors.inventory.intents import read_intent
from actors.inventory.refusals import UnknownReservation
from actors.inventory.replies import Offers, ReservationView, Unconfirmed
from actors.inventory.sourcing import fewest_splits
from actors.kernel.machine import Outgoing
from actors.kernel.messages import Busy, Command, Failed, Message, OwnerName, Refusal
from actors.orders import commands
from actors.orders.order import all_left

if TYPE_CHECKING:
    from actors.orders.book import OrderBook


def command_of(book: OrderBook, sent: Outgoing, reply: Message, *, certain: bool) -> Command | None:
    """What to record of an answer; None when it is none, so that the step is sent again."""
    command: Any = sent.command
    if isinstance(reply, ReservationView):
        book.warehouses.update([line.warehouse for line in reply.lines])
        return commands.RecordReservation(command.op_id, reply.order_id, sent.to, reply)
    if isinstance(reply, Adjusted):
        return commands.RecordRestock(command.op_id, reply.document, command.op_id)
    if isinstance(reply, Unconfirmed):
        book.warehouses.update(reply.warehouses)
        return _take_up(book, command.op_id, sent.to, reply)
    if isinstance(reply, Offers):
        return _choose_sources(book, command.op_id, sent.to, reply)
    if type(command) is ConfirmOrders and not isinstance(reply, Refusal):
        return commands.Noted(command.op_id)
    if isinstance(reply, UnknownReservation) and not certain and _has_shipped(book, command, sent.to):
        return _shipped_long_ago(book, command, sent.to)
    if isinstance(reply, Busy | Failed) or not hasattr(command, "order_id"):
        return None
    return commands.RecordRefusal(command.op_id, command.order_id, sent.to, command.revision, reply, certain)  # type: ignore[arg-type]  # the shards answer these steps with nothing else


def _has_shipped(book: OrderBook, command: Any, shard: OwnerName) -> bool:
    """Whether a copy of this was carried out, so long before its answer is heard that the shard has forgotten all of it.

    Nothing ends an order's reservation but what the order asks, and it has asked for nothing since.
    """
    order = book.orders.get(command.order_id) if type(command) is Ship else None
    part = order.parts.get(shard) if order is not None else None
    return part is not None and part.settled < part.revision == command.revision


def _shipped_long_ago(book: OrderBook, ship: Ship, shard: OwnerName) -> Command:
    part = book.orders[ship.order_id].parts[shard]
    view = ReservationView(ship.order_id, ship.revision, part.version + 1, all_left(part.lines))
    return commands.RecordReservation(ship.op_id, ship.order_id, shard, view)


def _choose_sources(book: OrderBook, op_id: str, shard: OwnerName, told: Offers) -> Command:
    """Wait until every shard has told what it could give; then choose the fewest warehouses for the whole order."""
    order = book.orders.get(told.order_id)
    if order is None or not order.may_choose:  # gone, chosen already, or cancelled meanwhile
        book.offers.pop(told.order_id, None)
        return commands.Noted(op_id)
    offers = book.offers.setdefault(told.order_id, {})
    offers[shard] = told
    if len(offers) < len(order.parts):
        return commands.Noted(op_id)
    del book.offers[told.order_id]
    wanted = {line.sku: line.ordered for line in order.lines.values()}
    available = {sku: sites for offer in offers.values() for sku, sites in offer.available.items()}
    units: dict[str, int] = {}
    for source in fewest_splits(wanted, available):
        units[source.warehouse] = units.get(source.warehouse, 0) + source.quantity
    return commands.ChooseSources(op_id, told.order_id, tuple(sorted(units, key=lambda name: (-units[name], name))))


def _take_up(book: OrderBook, op_id: str, shard: OwnerName, told: Unconfirmed) -> Command:
    begun = tuple([commands.BegunOrder(read_intent(order.intent), order.view) for order in told.orders])
    known = [order.received.order_id for order in begun if order.received.order_id in book.orders]
    book.to_confirm[shard] += known
    return commands.TakeUpOrders(op_id, shard, begun)
