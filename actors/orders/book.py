"""An order shard: the state machine that owns a share of the orders and drives their sagas."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Any, Final

from actors.inventory.messages import Adjusted, ReservationView
from actors.kernel.machine import Outgoing
from actors.kernel.messages import Busy, Command, Event, Failed, Message, OwnerName, Query, Refusal
from actors.kernel.routing import InventoryShards
from actors.orders import decisions, saga
from actors.orders import messages as m
from actors.orders.order import FINISHED, Line, Order, Part

FINISHED_KEPT: Final = 20_000
"""Finished orders kept in memory for quick repeats; older ones are recalled from the system of record when asked for."""
ATTEMPTS_BEFORE_PARKING: Final = 20
"""Tries (with backoff, about five minutes) before a step is parked for people to look at."""


class OrderBook:
    """Owns the orders of one shard. Invariant: an order at rest holds at its shards exactly what its lines say."""

    command_types: Any = m.OrderCommand | m.OrderQuery
    reply_types: Any = m.OrderReply
    event_types: Any = m.OrderEvent
    record_types: Any = m.OrderRecord | m.ForgottenOrders

    def __init__(self, name: OwnerName, inventory: InventoryShards) -> None:
        self.name = name
        self.inventory = inventory
        self.orders: dict[str, Order] = {}
        self.keys: dict[str, str] = {}
        self.finished: OrderedDict[str, None] = OrderedDict()
        self.forgotten = 0
        self.changed: dict[str, Order] = {}

    # ── deciding ────────────────────────────────────────────────────────────────────────────────────────────────────
    def decide(self, command: Command, now: int) -> Sequence[Event] | Refusal:
        """Answer a command and change nothing."""
        return decisions.DECIDE[type(command)](self, command, now)

    def due(self, now: int) -> Sequence[Command]:
        """Orders have no timers of their own."""
        return ()

    # ── applying ────────────────────────────────────────────────────────────────────────────────────────────────────
    def apply(self, event: Event) -> str | None:
        """Make an event true; gives the order it is about."""
        order = _APPLY[type(event)](self, event)
        self.changed[order.order_id] = order
        if order.state in FINISHED and not order.restocks:
            self._keep_finished(order)
        return order.order_id

    def _received(self, e: m.OrderReceived) -> Order:
        lines = {line.sku: Line(line.sku, line.quantity) for line in e.order.lines}
        parts = {self.inventory.owner_of(line.sku): Part() for line in e.order.lines}
        order = Order(e.order_id, e.op_id, e.fingerprint, e.at, e.order, lines, dict(parts))
        order.note(e.at, "received", e.actor)
        self.orders[e.order_id] = order
        if e.op_id != e.order_id:
            self.keys[e.op_id] = e.order_id
        return order

    def _recorded(self, e: m.ReservationRecorded) -> Order:
        order = self.orders[e.view.order_id]
        part = order.parts[e.shard]
        if e.view.version > part.version:
            part.version, part.lines = e.view.version, e.view.lines
        part.settled = max(part.settled, e.view.revision)
        part.uncertain = False
        if order.state in saga.UNDONE and not order.intent and any(line.holds for line in part.lines):
            saga.undo_again(order, part)
        self._proceed(order, e.at)
        return order

    def _refused(self, e: m.StepRefused) -> Order:
        order = self.orders[e.order_id]
        part = order.parts[e.shard]
        part.settled = e.revision
        part.uncertain = not e.certain
        if order.refusal is None:
            order.refusal = e.refusal
        else:
            order.refusal = _joined(order.refusal, e.refusal)
        self._proceed(order, e.at)
        return order

    def _proceed(self, order: Order, at: int) -> None:
        if all(part.settled >= part.revision for part in order.parts.values()):
            order.parked = False
            saga.proceed(order, at)

    def _cancel_asked(self, e: m.CancelAsked) -> Order:
        order = self._carried_out(e)
        order.note(e.at, "cancel_asked", e.actor, e.reason)
        order.intent, order.edit, order.parked = "cancel", None, False
        for part in order.parts.values():
            part.ask("release")
        return order

    def _held(self, e: m.OrderHeld) -> Order:
        order = self._carried_out(e)
        order.held = True
        order.note(e.at, "on_hold", e.actor, e.reason)
        if not order.under_way:
            order.state = "on_hold"
        return order

    def _resumed(self, e: m.OrderResumed) -> Order:
        order = self._carried_out(e)
        order.held = False
        order.note(e.at, "resumed", e.actor)
        if not order.under_way:
            order.state = order.resting_state()
        return order

    def _edit_asked(self, e: m.EditAsked) -> Order:
        order = self._carried_out(e)
        order.note(e.at, "edit_asked", e.actor, ", ".join(f"{line.sku}: {line.quantity}" for line in e.lines))
        saga.begin_edit(order, e.op_id, e.lines, self.inventory.owner_of)
        return order

    def _ship_asked(self, e: m.ShipAsked) -> Order:
        order = self._carried_out(e)
        order.note(e.at, "ship_asked", e.actor)
        order.intent = "ship"
        for part in order.parts.values():
            if any(line.reserved for line in part.lines):
                part.ask("ship")
        return order

    def _delivered(self, e: m.OrderDelivered) -> Order:
        order = self._carried_out(e)
        order.state = "delivered"
        order.note(e.at, "delivered", e.actor)
        return order

    def _return_asked(self, e: m.ReturnAsked) -> Order:
        order = self._carried_out(e)
        for line in e.lines:
            order.lines[line.sku].returned += line.quantity
        order.note(e.at, "returned", e.actor, ", ".join(f"{e.quantity} {e.sku} {e.outcome}" for e in e.lines))
        order.restocks.update({restock.id: restock for restock in e.restocks})
        self.finished.pop(order.order_id, None)
        return order

    def _restocked(self, e: m.Restocked) -> Order:
        order = self.orders[e.order_id]
        order.restocks.pop(e.restock_id, None)
        return order

    def _parked(self, e: m.StepParked) -> Order:
        order = self.orders[e.order_id]
        order.parked, order.state = True, "parked"
        order.note(e.at, "parked", "", f"{e.shard} gave no answer in {e.attempts} attempts")
        return order

    def _saga_resumed(self, e: m.SagaResumed) -> Order:
        order = self._carried_out(e)
        order.note(e.at, e.action, e.actor)
        order.parked = False
        order.state = "received" if order.intent == "place" else order.resting_state()
        if e.action == "compensate":
            order.intent, order.edit = "reject" if order.intent in {"place", "reject"} else "cancel", None
            for part in order.parts.values():
                part.ask("release")
        return order

    def _recalled(self, e: m.OrderRecalled) -> Order:
        order = Order.from_record(e.record)
        self._restore_order(order)
        self.forgotten = max(0, self.forgotten - 1)
        return order

    def _carried_out(self, e: Any) -> Order:
        """Remember the command on its order."""
        order = self.orders[e.order_id]
        order.ops[e.op_id] = m.OpDone(e.op_id, e.fingerprint)
        return order

    def _keep_finished(self, order: Order) -> None:
        """Finished orders leave memory, the oldest first."""
        self.finished[order.order_id] = None
        if len(self.finished) > FINISHED_KEPT:
            oldest, _ = self.finished.popitem(last=False)
            gone = self.orders.pop(oldest)
            self.keys.pop(gone.op_id, None)
            self.forgotten += 1

    # ── answering ───────────────────────────────────────────────────────────────────────────────────────────────────
    def subject(self, command: Command) -> str:
        """Answers wait for their order."""
        return decisions.order_id_of(command)

    def answer(self, command: Command) -> Message | None:
        """The order as it stands, once nothing is under way; a command that was refused on the way gets that refusal."""
        order = self.orders[decisions.order_id_of(command)]
        if type(command) is m.PlaceOrder and not command.wait:
            return order.view()
        if type(command) in decisions.FROM_OWNERS:
            return order.view()
        if order.under_way and not order.parked:
            return None
        done = order.ops.get(command.op_id)
        if done is not None and done.refusal is not None:
            return done.refusal
        if type(command) is m.CancelOrder and order.state in {"shipped", "partially_shipped", "delivered"}:
            return m.WrongState(order.order_id, order.state, "cancel")
        return order.view()

    def read(self, query: Query, now: int) -> Message:
        """An order in full."""
        assert isinstance(query, m.ReadOrder)
        order = self.orders.get(query.order_id)
        return order.record() if order is not None else m.UnknownOrder(query.order_id)

    # ── driving the sagas ───────────────────────────────────────────────────────────────────────────────────────────
    def outgoing(self, subject: str) -> Sequence[Outgoing]:
        """Steps still to be sent for an order."""
        order = self.orders.get(subject)
        return saga.outgoing(order, self.inventory.owner_of) if order is not None else ()

    def unfinished(self) -> Iterable[str]:
        """Orders whose saga is under way."""
        return [order_id for order_id, order in self.orders.items() if order.under_way]

    def hear(self, sent: Outgoing, reply: Message, *, certain: bool) -> Command | None:
        """Record what a shard answered. A fault below it (Busy, Failed) is no answer: the step is sent again."""
        command: Any = sent.command
        if isinstance(reply, ReservationView):
            return m.RecordReservation(command.op_id, reply.order_id, sent.to, reply)
        if isinstance(reply, Adjusted):
            return m.RecordRestock(command.op_id, reply.document, command.op_id)
        if isinstance(reply, Busy | Failed) or not hasattr(command, "order_id"):
            return None
        return m.RecordRefusal(command.op_id, command.order_id, sent.to, command.revision, reply, certain)  # type: ignore[arg-type]  # the shards answer these steps with nothing else

    def stuck(self, sent: Outgoing, attempts: int) -> Command | None:
        """Park the order after many attempts."""
        order_id = getattr(sent.command, "order_id", "")
        if attempts < ATTEMPTS_BEFORE_PARKING or not order_id:
            return None
        return m.ParkStep(f"{sent.command.op_id}:park", order_id, sent.to, attempts)

    def changed_read_model(self) -> dict[str, bytes]:
        """Orders are read from their owner: nothing is kept beside it."""
        self.changed.clear()
        return {}

    # ── snapshot ────────────────────────────────────────────────────────────────────────────────────────────────────
    def snapshot(self) -> Iterable[Message]:
        """Finished orders in the order they finished, then the open ones."""
        for order_id in self.finished:
            yield self.orders[order_id].record()
        for order_id, order in self.orders.items():
            if order_id not in self.finished:
                yield order.record()
        yield m.ForgottenOrders(self.forgotten)

    def restore(self, record: Message) -> None:
        """Take one record of a snapshot."""
        if isinstance(record, m.ForgottenOrders):
            self.forgotten = record.orders
            return
        assert isinstance(record, m.OrderRecord)
        order = Order.from_record(record)
        self._restore_order(order)
        if order.state in FINISHED and not order.restocks:
            self.finished[order.order_id] = None

    def _restore_order(self, order: Order) -> None:
        self.orders[order.order_id] = order
        if order.op_id != order.order_id:
            self.keys[order.op_id] = order.order_id

    def broken_invariants(self) -> list[str]:
        """Counters of every order at rest against what its shards reported."""
        broken = []
        for order in self.orders.values():
            if order.under_way or order.parked or order.state == "rejected":
                continue
            for line in order.lines.values():
                have = line.reserved + line.backordered + line.shipped + line.cancelled
                if have != line.ordered:
                    broken.append(f"order {order.order_id}: {line.sku}: {line.ordered} ordered, {have} accounted for")
        return broken

    def figures(self) -> dict[str, float]:
        """Gauges for operators."""
        return {
            "orders_in_memory": len(self.orders),
            "orders_open": len(self.orders) - len(self.finished),
            "orders_finished_in_memory": len(self.finished),
            "orders_forgotten": self.forgotten,
        }


def _joined(first: m.StepRefusal, second: m.StepRefusal) -> m.StepRefusal:
    """One refusal of several shards: shortages of all of them together; an unknown SKU before any shortage."""
    if isinstance(first, m.InsufficientStock) and isinstance(second, m.InsufficientStock):
        return m.InsufficientStock(tuple(sorted(first.lines + second.lines, key=lambda line: line.sku)))
    if isinstance(first, m.UnknownSku) and isinstance(second, m.UnknownSku):
        return m.UnknownSku(tuple(sorted(first.skus + second.skus)))
    return second if isinstance(second, m.UnknownSku) else first


_APPLY: Final[dict[type, Any]] = {
    m.OrderReceived: OrderBook._received,
    m.ReservationRecorded: OrderBook._recorded,
    m.StepRefused: OrderBook._refused,
    m.CancelAsked: OrderBook._cancel_asked,
    m.OrderHeld: OrderBook._held,
    m.OrderResumed: OrderBook._resumed,
    m.EditAsked: OrderBook._edit_asked,
    m.ShipAsked: OrderBook._ship_asked,
    m.OrderDelivered: OrderBook._delivered,
    m.ReturnAsked: OrderBook._return_asked,
    m.Restocked: OrderBook._restocked,
    m.StepParked: OrderBook._parked,
    m.SagaResumed: OrderBook._saga_resumed,
    m.OrderRecalled: OrderBook._recalled,
}
