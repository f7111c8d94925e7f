"""What an order shard decides: one function per command, from state and command to events or a refusal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, TypeVar

from actors.inventory.goods import DEFAULT_LOCATION, QUARANTINE_LOCATION
from actors.kernel.messages import ClientCommand, Command, Event, KeyReused, Refusal
from actors.orders import commands, events
from actors.orders.lines import Restock
from actors.orders.order import Order, return_op
from actors.orders.refusals import NotOnOrder, OrderTaken, UnknownOrder, WrongState

if TYPE_CHECKING:
    from actors.orders.book import OrderBook

Decision = Sequence[Event] | Refusal
Asked = TypeVar(
    "Asked",
    bound=commands.CancelOrder | commands.HoldOrder | commands.ResumeOrder | commands.EditLines | commands.RetryOrder
    | commands.ShipOrder | commands.DeliverOrder | commands.ReturnLines,
)  # fmt: skip
"""What clients ask of an order that is there."""

WHERE_RETURNS_GO: Final = {
    "restock": DEFAULT_LOCATION,
    "refurbish": QUARANTINE_LOCATION,
    "quarantine": QUARANTINE_LOCATION,
    "return_to_vendor": QUARANTINE_LOCATION,
}
"""Scrapped and rejected units go onto no stock."""

SHIPPABLE: Final = frozenset({"reserved", "partially_reserved", "partially_shipped"})

FROM_OWNERS: Final = frozenset(
    {commands.RecordReservation, commands.RecordRefusal, commands.RecordRestock, commands.ParkStep, commands.RecallOrder}
)
"""Commands that owners send each other: their answer never waits."""


def order_id_of(command: Any) -> str:
    """The order a command is about."""
    return command.record.order_id if type(command) is commands.RecallOrder else command.order_id


def place(book: OrderBook, c: commands.PlaceOrder, now: int) -> Decision:
    """Take an order; the same order again is a repeat, another under the same id is refused.

    The same key for another order id is another order, here as on two shards that do not know of each other.
    """
    found = book.orders.get(c.order_id)
    if found is not None:
        other_key, other_body = found.op_id != c.op_id, found.fingerprint != c.fingerprint
        return OrderTaken(c.order_id, c.op_id, other_key, other_body) if other_key or other_body else ()
    return (events.OrderReceived(now, c.op_id, c.fingerprint, c.actor, c.order_id, c.order),)


def _of_an_order(decide: Callable[[Order, Asked, int], Decision]) -> Callable[[OrderBook, Asked, int], Decision]:
    """What is asked of an order finds it first: an unknown one is refused, and a repeat records nothing."""

    @wraps(decide)
    def found(book: OrderBook, c: Asked, now: int) -> Decision:
        order = book.orders.get(c.order_id)
        if order is None:
            return UnknownOrder(c.order_id)
        known = _known(order, c)
        return known if known is not None else decide(order, c, now)

    return found


def _known(order: Order, c: ClientCommand) -> Decision | None:
    """A repeat records nothing; the same key with another body is refused."""
    done = order.ops.get(c.op_id)
    if done is None:
        return KeyReused(c.op_id) if c.op_id == order.op_id and c.op_id != order.order_id else None
    return () if done.fingerprint == c.fingerprint else KeyReused(c.op_id)


def _as_it_is(c: commands.HoldOrder | commands.ResumeOrder | commands.ShipOrder, now: int) -> Decision:
    """Acknowledge what is so already, and may be otherwise when a copy of the command comes late."""
    return (events.NothingChanged(now, c.op_id, c.fingerprint, c.order_id),)


@_of_an_order
def cancel(order: Order, c: commands.CancelOrder, now: int) -> Decision:
    """Cancel what has not left; cancelling twice is cancelling once."""
    if order.state == "cancelled" or order.intent in {"cancel", "reject"}:
        return ()
    if order.state in {"shipped", "delivered", "rejected"}:
        return WrongState(c.order_id, order.state, "cancel")
    return (events.CancelAsked(now, c.op_id, c.fingerprint, c.actor, c.order_id, c.reason),)


@_of_an_order
def hold(order: Order, c: commands.HoldOrder, now: int) -> Decision:
    """Stop an order from shipping."""
    if order.held:
        return _as_it_is(c, now)
    if order.state in {"shipped", "delivered", "cancelled", "rejected"} or order.intent in {"cancel", "reject", "ship"}:
        return WrongState(c.order_id, order.state, "hold")
    return (events.OrderHeld(now, c.op_id, c.fingerprint, c.actor, c.order_id, c.reason),)


@_of_an_order
def resume(order: Order, c: commands.ResumeOrder, now: int) -> Decision:
    """Let it ship again."""
    if not order.held:
        over = order.state in {"cancelled", "rejected"}
        return WrongState(c.order_id, order.state, "resume") if over else _as_it_is(c, now)
    return (events.OrderResumed(now, c.op_id, c.fingerprint, c.actor, c.order_id),)


@_of_an_order
def edit(order: Order, c: commands.EditLines, now: int) -> Decision:
    """Change quantities of an order at rest that has not begun to ship."""
    if order.under_way or order.parked or order.resting_state() not in {"reserved", "partially_reserved", "backordered"}:
        return WrongState(c.order_id, order.state, "edit")
    return (events.EditAsked(now, c.op_id, c.fingerprint, c.actor, c.order_id, c.lines),)


@_of_an_order
def retry(order: Order, c: commands.RetryOrder, now: int) -> Decision:
    """Send a parked saga on."""
    if not order.parked:
        return WrongState(c.order_id, order.state, c.action)
    return (events.SagaResumed(now, c.op_id, c.fingerprint, c.actor, c.order_id, c.action),)


@_of_an_order
def ship(order: Order, c: commands.ShipOrder, now: int) -> Decision:
    """Ship what is reserved; only `ship_partial` ships while something is missing."""
    if order.state == "shipped" or order.intent == "ship":
        return _as_it_is(c, now)
    lines = order.lines.values()
    complete = order.order.policy == "ship_partial" or not any(line.backordered for line in lines)
    shippable = complete and any(line.reserved for line in lines) and order.state in SHIPPABLE
    if order.under_way or order.held or not shippable:
        return WrongState(c.order_id, order.state, "ship")
    return (events.ShipAsked(now, c.op_id, c.fingerprint, c.actor, c.order_id),)


@_of_an_order
def deliver(order: Order, c: commands.DeliverOrder, now: int) -> Decision:
    """The customer has it."""
    if order.state == "delivered":
        return ()
    if order.state != "shipped" or order.under_way:
        return WrongState(c.order_id, order.state, "deliver")
    return (events.OrderDelivered(now, c.op_id, c.fingerprint, c.actor, c.order_id),)


@_of_an_order
def take_back(order: Order, c: commands.ReturnLines, now: int) -> Decision:
    """Take back no more than was shipped and is not back already."""
    taken = order.ops.get(return_op(c.return_id))
    if taken is not None:
        return () if taken.fingerprint == c.fingerprint else KeyReused(c.return_id)
    wanted: dict[str, int] = {}
    for returned in c.lines:
        wanted[returned.sku] = wanted.get(returned.sku, 0) + returned.quantity
    for sku, quantity in wanted.items():
        line = order.lines.get(sku)
        possible = line.shipped - line.returned if line is not None else 0
        if quantity > possible:
            return NotOnOrder(c.order_id, sku, quantity, possible)
    restocks = [
        Restock(
            f"restock:{c.order_id}:{c.return_id}:{number}", line.sku, line.quantity, _shipped_from(order, line.sku),
            WHERE_RETURNS_GO[line.outcome],
        )
        for number, line in enumerate(c.lines)
        if line.outcome in WHERE_RETURNS_GO
    ]  # fmt: skip
    return (events.ReturnAsked(now, c.op_id, c.fingerprint, c.actor, c.order_id, c.return_id, c.lines, tuple(restocks)),)


def _shipped_from(order: Order, sku: str) -> str:
    """The warehouse that shipped most of a SKU: its returns go there."""
    lines = [line for part in order.parts.values() for line in part.lines if line.sku == sku]
    return max(lines, key=lambda line: line.shipped).warehouse


def record_reservation(book: OrderBook, c: commands.RecordReservation, now: int) -> Decision:
    """Note what a shard says, when it is news."""
    order = book.orders.get(c.order_id)
    part = order.parts.get(c.shard) if order is not None else None
    if part is None:
        return UnknownOrder(c.order_id)
    if c.view.version <= part.version and not part.settled < c.view.revision <= part.revision:
        return ()
    return (events.ReservationRecorded(now, c.shard, c.view),)


def take_up(book: OrderBook, c: commands.TakeUpOrders, now: int) -> Decision:
    """Take in what predecessors began at a shard; what else goes by the same id is let go of, unanswered as it is.

    Where nothing is held, nothing was answered on the strength of it: either another shard tells of the order, or nobody
    was told, or it is over and has left memory.
    """
    news: list[Event] = []
    for begun in c.orders:
        received, view = begun.received, begun.view
        order = book.orders.get(received.order_id)
        if order is None and not any(line.holds for line in view.lines):
            continue
        if order is None:
            news += (received, events.ReservationRecorded(now, c.shard, view))
        elif (order.op_id, order.fingerprint) != (received.op_id, received.fingerprint):
            news.append(events.StrayFound(now, c.shard, view))
        else:
            recorded = record_reservation(book, commands.RecordReservation(c.op_id, received.order_id, c.shard, view), now)
            if not isinstance(recorded, Refusal):
                news += recorded
    return (*news, events.ShardHeard(now, c.shard))


def choose_sources(book: OrderBook, c: commands.ChooseSources, now: int) -> Decision:
    """Note the choice, unless the order is past it."""
    order = book.orders.get(c.order_id)
    if order is None or not order.may_choose:
        return ()
    return (events.SourcesChosen(now, c.order_id, c.warehouses),)


def nothing_to_record(book: OrderBook, c: commands.Noted, now: int) -> Decision:
    """An answer that changes nothing."""
    return ()


def record_refusal(book: OrderBook, c: commands.RecordRefusal, now: int) -> Decision:
    """Note a refusal of the step that was asked last; a refusal of an overtaken one is of no interest."""
    order = book.orders.get(c.order_id)
    part = order.parts.get(c.shard) if order is not None else None
    if part is None:
        return UnknownOrder(c.order_id)
    if c.revision != part.revision or part.settled >= part.revision:
        return ()
    return (events.StepRefused(now, c.order_id, c.shard, c.revision, c.refusal, c.certain),)


def record_restock(book: OrderBook, c: commands.RecordRestock, now: int) -> Decision:
    """Returned units are on stock."""
    order = book.orders.get(c.order_id)
    if order is None:
        return UnknownOrder(c.order_id)
    return (events.Restocked(now, c.order_id, c.restock_id),) if c.restock_id in order.restocks else ()


def park(book: OrderBook, c: commands.ParkStep, now: int) -> Decision:
    """Park an order whose step is still unanswered."""
    order = book.orders.get(c.order_id)
    if order is None or order.parked or not order.under_way:
        return UnknownOrder(c.order_id) if order is None else ()
    return (events.StepParked(now, c.order_id, c.shard, c.attempts),)


def recall(book: OrderBook, c: commands.RecallOrder, now: int) -> Decision:
    """Take an order back into memory, unless it is there, or was there again and has changed since the rows told of it."""
    known = c.record.order_id in book.orders or c.record.order_id in book.forgotten.lately
    return () if known else (events.OrderRecalled(now, c.record),)


DECIDE: Final[dict[type[Command], Callable[[Any, Any, int], Decision]]] = {
    commands.PlaceOrder: place,
    commands.CancelOrder: cancel,
    commands.HoldOrder: hold,
    commands.ResumeOrder: resume,
    commands.EditLines: edit,
    commands.RetryOrder: retry,
    commands.ShipOrder: ship,
    commands.DeliverOrder: deliver,
    commands.ReturnLines: take_back,
    commands.RecordReservation: record_reservation,
    commands.RecordRefusal: record_refusal,
    commands.RecordRestock: record_restock,
    commands.ParkStep: park,
    commands.RecallOrder: recall,
    commands.TakeUpOrders: take_up,
    commands.Noted: nothing_to_record,
    commands.ChooseSources: choose_sources,
}
