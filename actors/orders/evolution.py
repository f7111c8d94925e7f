"""What the events of an order shard change: one function per event. None refuses anything, none reads a clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from actors.inventory.refusals import InsufficientStock, UnknownSku
from actors.orders import events, saga
from actors.orders.order import Line, Order, Part, return_op, with_what_left
from actors.orders.records import OpDone
from actors.orders.refusals import StepRefusal

if TYPE_CHECKING:
    from actors.orders.book import OrderBook

FINISHED_KEPT: Final = 20_000
"""Finished orders kept in memory for quick repeats; older ones are recalled from the system of record when asked for."""


def _received(book: OrderBook, e: events.OrderReceived) -> Order:
    lines: dict[str, Line] = {}
    for line in e.order.lines:
        if line.sku in lines:
            lines[line.sku].ordered += line.quantity
        else:
            lines[line.sku] = Line(line.sku, line.quantity)
    parts: dict[str, Part] = {book.inventory.owner_of(line.sku): Part() for line in e.order.lines}
    order = Order(e.order_id, e.op_id, e.fingerprint, e.at, e.order, lines, parts)
    order.note(e.at, "received", e.actor)
    book.orders[e.order_id] = order
    return order


def _recorded(book: OrderBook, e: events.ReservationRecorded) -> Order:
    order = book.orders[e.view.order_id]
    part = order.parts[e.shard]
    if book.epoch and not part.version:
        book.to_confirm[e.shard].append(order.order_id)
    if e.view.version > part.version:
        part.version, part.lines = e.view.version, with_what_left(part.lines, e.view.lines)
    part.settled = max(part.settled, e.view.revision)
    part.uncertain = False
    if order.state in saga.UNDONE and not order.intent and any(line.holds for line in part.lines):
        saga.undo_again(order, part)
    _proceed(order, e.at)
    return order


def _refused(book: OrderBook, e: events.StepRefused) -> Order:
    order = book.orders[e.order_id]
    part = order.parts[e.shard]
    part.settled = e.revision
    part.uncertain = not e.certain
    if order.refusal is None:
        order.refusal = e.refusal
    else:
        order.refusal = _joined(order.refusal, e.refusal)
    _proceed(order, e.at)
    return order


def _sources_chosen(book: OrderBook, e: events.SourcesChosen) -> Order:
    order = book.orders[e.order_id]
    order.prefer = e.warehouses
    return order


def _stray_found(book: OrderBook, e: events.StrayFound) -> Order:
    order = book.orders[e.view.order_id]
    part = order.parts.get(e.shard)
    wants_some = part is not None and order.intent in {"", "place"} and order.state not in saga.UNDONE
    if part is None:
        part = order.parts[e.shard] = Part()
    part.revision = max(part.revision, e.view.revision)
    part.version, part.lines = e.view.version, e.view.lines
    part.ask("reserve" if wants_some else "release")
    if order.state in saga.UNDONE and not order.intent:
        order.intent = saga.UNDONE[order.state]
    order.note(e.at, "stray_found", "", e.shard)
    return order


def _shard_heard(book: OrderBook, e: events.ShardHeard) -> None:
    book.unheard.discard(e.shard)


def _proceed(order: Order, at: int) -> None:
    if order.settled:
        order.parked = False
        saga.proceed(order, at)


def _cancel_asked(book: OrderBook, e: events.CancelAsked) -> Order:
    order = _carried_out(book, e)
    order.note(e.at, "cancel_asked", e.actor, e.reason)
    order.intent, order.edit, order.parked = "cancel", None, False
    for part in order.parts.values():
        part.ask("release")
    return order


def _held(book: OrderBook, e: events.OrderHeld) -> Order:
    order = _carried_out(book, e)
    order.held = True
    order.note(e.at, "on_hold", e.actor, e.reason)
    if order.settled:
        order.state = "on_hold"
    return order


def _resumed(book: OrderBook, e: events.OrderResumed) -> Order:
    order = _carried_out(book, e)
    order.held = False
    order.note(e.at, "resumed", e.actor)
    if order.state == "on_hold":
        order.state = order.resting_state()
    return order


def _nothing_changed(book: OrderBook, e: events.NothingChanged) -> Order:
    return _carried_out(book, e)


def _edit_asked(book: OrderBook, e: events.EditAsked) -> Order:
    order = _carried_out(book, e)
    order.note(e.at, "edit_asked", e.actor, ", ".join(f"{line.sku}: {line.quantity}" for line in e.lines))
    saga.begin_edit(order, e.op_id, e.lines, book.inventory.owner_of)
    return order


def _ship_asked(book: OrderBook, e: events.ShipAsked) -> Order:
    order = _carried_out(book, e)
    order.note(e.at, "ship_asked", e.actor)
    order.intent = "ship"
    for part in order.parts.values():
        if any(line.reserved for line in part.lines):
            part.ask("ship")
    return order


def _delivered(book: OrderBook, e: events.OrderDelivered) -> Order:
    order = _carried_out(book, e)
    order.state = "delivered"
    order.note(e.at, "delivered", e.actor)
    return order


def _return_asked(book: OrderBook, e: events.ReturnAsked) -> Order:
    order = _carried_out(book, e)
    for line in e.lines:
        order.lines[line.sku].returned += line.quantity
    order.note(e.at, "returned", e.actor, ", ".join(f"{e.quantity} {e.sku} {e.outcome}" for e in e.lines))
    order.ops[return_op(e.return_id)] = OpDone(return_op(e.return_id), e.fingerprint)
    order.restocks.update({restock.id: restock for restock in e.restocks})
    return order


def _restocked(book: OrderBook, e: events.Restocked) -> Order:
    order = book.orders[e.order_id]
    order.restocks.pop(e.restock_id, None)
    return order


def _parked(book: OrderBook, e: events.StepParked) -> Order:
    order = book.orders[e.order_id]
    order.parked, order.state = True, "parked"
    order.note(e.at, "parked", "", f"{e.shard} gave no answer in {e.attempts} attempts")
    return order


def _saga_resumed(book: OrderBook, e: events.SagaResumed) -> Order:
    order = _carried_out(book, e)
    order.note(e.at, e.action, e.actor)
    order.parked = False
    order.state = "received" if order.intent in {"place", "reject"} else order.resting_state()
    if e.action == "compensate":
        order.intent, order.edit = "reject" if order.intent in {"place", "reject"} else "cancel", None
        for part in order.parts.values():
            part.ask("release")
    return order


def _recalled(book: OrderBook, e: events.OrderRecalled) -> Order:
    order = Order.from_record(e.record)
    book.take_in(order)
    return order


def _carried_out(book: OrderBook, e: Any) -> Order:
    """Remember the command on its order."""
    order = book.orders[e.order_id]
    order.ops[e.op_id] = OpDone(e.op_id, e.fingerprint)
    return order


def keep_finished(book: OrderBook, order: Order) -> None:
    """Finished orders leave memory, the oldest first."""
    book.finished[order.order_id] = None
    if len(book.finished) > FINISHED_KEPT:
        oldest, _ = book.finished.popitem(last=False)
        del book.orders[oldest]
        book.forgotten.add(oldest)


def _joined(first: StepRefusal, second: StepRefusal) -> StepRefusal:
    """One refusal of several shards: shortages of all of them together; an unknown SKU before any shortage."""
    if isinstance(first, InsufficientStock) and isinstance(second, InsufficientStock):
        return InsufficientStock(tuple(sorted(first.lines + second.lines, key=lambda line: line.sku)))
    if isinstance(first, UnknownSku) and isinstance(second, UnknownSku):
        return UnknownSku(tuple(sorted(first.skus + second.skus)))
    return second if isinstance(second, UnknownSku) else first


APPLY: Final[dict[type, Callable[[OrderBook, Any], Order | None]]] = {
    events.OrderReceived: _received,
    events.ReservationRecorded: _recorded,
    events.StepRefused: _refused,
    events.CancelAsked: _cancel_asked,
    events.OrderHeld: _held,
    events.OrderResumed: _resumed,
    events.NothingChanged: _nothing_changed,
    events.EditAsked: _edit_asked,
    events.ShipAsked: _ship_asked,
    events.OrderDelivered: _delivered,
    events.ReturnAsked: _return_asked,
    events.Restocked: _restocked,
    events.StepParked: _parked,
    events.SagaResumed: _saga_resumed,
    events.OrderRecalled: _recalled,
    events.StrayFound: _stray_found,
    events.ShardHeard: _shard_heard,
    events.SourcesChosen: _sources_chosen,
}
