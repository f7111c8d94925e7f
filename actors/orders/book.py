"""An order shard: owns a share of the orders and drives their sagas. `evolution.py` says what its events change."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from actors.inventory.commands import ConfirmOrders, Greet
from actors.inventory.replies import Offers
from actors.kernel.doubtful import not_in_rows_yet
from actors.kernel.forgotten import Forgotten, ForgottenKeys
from actors.kernel.machine import Answer, Numbered, Outgoing, Rush
from actors.kernel.messages import Busy, ClientCommand, Command, Event, Message, OwnerName, Query, Refusal
from actors.kernel.routing import InventoryShards
from actors.orders import commands, decisions, evolution, hearing, rush, saga
from actors.orders.events import OrderEvent
from actors.orders.order import FINISHED, Order
from actors.orders.queries import OrderQuery, ReadOrder
from actors.orders.records import ForgottenOrders, OrderRecord
from actors.orders.refusals import UnknownOrder, WrongState
from actors.orders.replies import OrderReply

GREETING: Final = "greet "
"""Begins the subject that stands for asking a shard; no order id has a blank."""
CONFIRM_AT: Final = 500
"""Orders confirmed to a shard at once. It keeps that many intents at most, and those of orders under way."""
ATTEMPTS_BEFORE_PARKING: Final = 20
"""Tries (with backoff, about five minutes) before a step is parked for people to look at."""


class OrderBook:
    """Owns the orders of one shard. Invariant: an order at rest holds at its shards exactly what its lines say."""

    command_types: Any = commands.OrderCommand | OrderQuery
    reply_types: Any = OrderReply
    event_types: Any = OrderEvent
    record_types: Any = OrderRecord | ForgottenKeys | ForgottenOrders
    confirm_at = CONFIRM_AT

    def __init__(self, name: OwnerName, inventory: InventoryShards) -> None:
        self.name = name
        self.inventory = inventory
        self.orders: dict[str, Order] = {}
        self.finished: OrderedDict[str, None] = OrderedDict()
        self.forgotten = Forgotten()
        self.changed: dict[str, Order] = {}
        self.epoch = 0
        self.unheard: set[str] = set()
        """Shards that have not told yet which orders predecessors began there: until then "no such order" is not known."""
        self.warehouses: set[str] = set()
        """Warehouses that were heard of: with several, an order over several shards asks before it reserves."""
        self.offers: dict[str, dict[str, Offers]] = {}
        """What shards could give for orders whose sources are being chosen; asked for again by a successor."""
        self.to_confirm: dict[str, list[str]] = {shard: [] for shard in inventory.names()}
        """Orders on record here whose intents the shards may forget. Not part of the state: shards tell it to a successor."""
        self.confirmations = 0

    def begin(self, epoch: int) -> None:
        """Every shard is to be asked what predecessors began there."""
        self.epoch = epoch
        self.unheard = set(self.inventory.names())

    # ── deciding ────────────────────────────────────────────────────────────────────────────────────────────────────
    def decide(self, command: Command, now: int) -> Sequence[Event] | Refusal:
        """Answer a command and change nothing."""
        if self.forgotten.lately and isinstance(command, ClientCommand):
            order_id = decisions.order_id_of(command)
            if order_id in self.forgotten.lately and order_id not in self.orders:
                return not_in_rows_yet(order_id)
        outcome = decisions.DECIDE[type(command)](self, command, now)
        if self.unheard and (type(outcome) is UnknownOrder or self._may_be_known(command, outcome)):
            return self._not_known_yet()
        return outcome

    def _may_be_known(self, command: Command, outcome: Sequence[Event] | Refusal) -> bool:
        """A new order under an id that a predecessor may have given another answer for."""
        return type(command) is commands.PlaceOrder and not command.fresh and not isinstance(outcome, Refusal) and bool(outcome)

    def _not_known_yet(self) -> Busy:
        return Busy(f"{self.name} has not heard yet which orders were begun at {', '.join(sorted(self.unheard))}", 0.5)

    def due(self, now: int) -> Sequence[Command]:
        """Orders have no timers of their own."""
        return ()

    # ── applying ────────────────────────────────────────────────────────────────────────────────────────────────────
    def apply(self, event: Event) -> str | None:
        """Make an event true; gives the order it is about."""
        order = evolution.APPLY[type(event)](self, event)
        if order is None:
            return None
        self.changed[order.order_id] = order
        if order.state in FINISHED and not order.under_way:
            evolution.keep_finished(self, order)
        elif order.order_id in self.finished:
            del self.finished[order.order_id]  # goods come back, or a shard still has to let go of something
        return order.order_id

    # ── answering ───────────────────────────────────────────────────────────────────────────────────────────────────
    def subject(self, command: Command) -> str:
        """Answers wait for their order."""
        return decisions.order_id_of(command)

    def answer(self, command: Command) -> Message | None:
        """The order as it stands, once nothing is under way; a command that was refused on the way gets that refusal."""
        kind = type(command)
        order = self.orders[decisions.order_id_of(command)]
        if kind in decisions.FROM_OWNERS or (isinstance(command, commands.PlaceOrder) and not command.wait):
            return order.view()
        if order.under_way and not order.parked:
            return None
        done = order.ops.get(command.op_id)
        if done is not None and done.refusal is not None:
            return done.refusal
        if kind is commands.CancelOrder and (order.left_uncut or order.state == "rejected"):
            return WrongState(order.order_id, order.state, "cancel")
        return order.view()

    def vouched(self, subject: str) -> bool:
        """A new order that its shards hold stock for, with its intent."""
        return self.orders[subject].vouched

    def read(self, query: Query, now: int) -> Message:
        """An order in full."""
        assert isinstance(query, ReadOrder)
        order = self.orders.get(query.order_id)
        if order is not None:
            return order.record()
        if query.order_id in self.forgotten.lately:
            return not_in_rows_yet(query.order_id)
        return self._not_known_yet() if self.unheard else UnknownOrder(query.order_id)

    # ── many at once ────────────────────────────────────────────────────────────────────────────────────────────────
    def rush(self, messages: Sequence[Numbered], at: int, now: int) -> Rush | None:
        """Plain new orders."""
        return rush.place_all(self, messages, at, now)

    def rush_heard(self, answers: Sequence[Answer], at: int, now: int) -> Rush | None:
        """Plain orders that shards hold stock for."""
        return rush.record_all(self, answers, at, now)

    # ── driving the sagas ───────────────────────────────────────────────────────────────────────────────────────────
    def recall_key(self, command: Command) -> str | None:
        """The order that a client speaks of, unless it is in memory, or new for certain."""
        if not isinstance(command, ClientCommand) or (type(command) is commands.PlaceOrder and command.fresh):
            return None
        order_id = decisions.order_id_of(command)
        return None if order_id in self.orders else order_id

    def outgoing(self, subject: str) -> Sequence[Outgoing]:
        """Steps still to be sent for an order, and what is told to a shard by the way."""
        order = self.orders.get(subject)
        if order is None:
            return self._greeting(subject)
        if len(self.warehouses) > 1 and order.may_choose and not order.parked:
            return saga.questions(order, self.inventory.owner_of)
        steps = saga.outgoing(order, self.inventory.owner_of, self.epoch)
        if self.epoch:
            steps += self.confirmations_due()
        return steps

    def confirmations_due(self) -> list[Outgoing]:
        """What is told to shards by the way, when enough has gathered: intents they may forget."""
        due = []
        for shard, gathered in self.to_confirm.items():
            if len(gathered) >= self.confirm_at:
                self.to_confirm[shard] = []
                self.confirmations += 1
                confirm = ConfirmOrders(f"{self.name} {self.epoch} {self.confirmations}", tuple(gathered))
                due.append(Outgoing(OwnerName(shard), confirm))
        return due

    def _greeting(self, subject: str) -> Sequence[Outgoing]:
        shard = subject.removeprefix(GREETING)
        if shard not in self.unheard:
            return ()
        return (
            Outgoing(OwnerName(shard), Greet(f"{GREETING}{self.name} {self.epoch}", self.name, self.epoch), impatient=True),
        )

    def unfinished(self) -> Iterable[str]:
        """Shards to be asked, and orders whose saga is under way."""
        asked = [f"{GREETING}{shard}" for shard in sorted(self.unheard)]
        return [*asked, *[order_id for order_id, order in self.orders.items() if order.under_way]]

    def hear(self, sent: Outgoing, reply: Message, *, certain: bool) -> Command | None:
        """Record what a shard answered. A fault below it (Busy, Failed) is no answer: the step is sent again."""
        return hearing.command_of(self, sent, reply, certain=certain)

    def stuck(self, sent: Outgoing, attempts: int) -> Command | None:
        """Park the order after many attempts."""
        order_id = getattr(sent.command, "order_id", "")
        if attempts < ATTEMPTS_BEFORE_PARKING or not order_id:
            return None
        return commands.ParkStep(f"{sent.command.op_id}:park", order_id, sent.to, attempts)

    def changed_read_model(self) -> dict[str, bytes]:
        """Orders are read from their owner: nothing is kept beside it."""
        self.forget_changes()
        return {}

    def forget_changes(self) -> None:
        """What changed so far is written."""
        self.changed.clear()

    # ── snapshot ────────────────────────────────────────────────────────────────────────────────────────────────────
    def snapshot(self) -> Iterable[Message]:
        """Finished orders in the order they finished, then the open ones."""
        for order_id in self.finished:
            yield self.orders[order_id].record()
        for order_id, order in self.orders.items():
            if order_id not in self.finished:
                yield order.record()
        yield from self.forgotten.records()
        yield ForgottenOrders(len(self.forgotten))

    def restore(self, record: Message) -> None:
        """Take one record of a snapshot."""
        if isinstance(record, ForgottenKeys):
            self.forgotten.restore(record)
            return
        if isinstance(record, ForgottenOrders):
            self.forgotten.restored(record.orders)
            return
        assert isinstance(record, OrderRecord)
        order = Order.from_record(record)
        self.take_in(order)
        if order.state in FINISHED and not order.under_way:
            self.finished[order.order_id] = None

    def take_in(self, order: Order) -> None:
        """Put an order into memory as it is."""
        self.orders[order.order_id] = order

    def reconciliation(self) -> Iterator[str | None]:
        """Counters of orders at rest against what their shards reported."""
        for order_id in list(self.orders):
            order = self.orders.get(order_id)
            if order is not None and not (order.under_way or order.parked or order.state == "rejected"):
                for line in order.lines.values():
                    have = line.reserved + line.backordered + line.shipped + line.cancelled
                    if have != line.ordered:
                        yield f"order {order_id}: {line.sku}: {line.ordered} ordered, {have} accounted for"
            yield None

    def figures(self) -> dict[str, float]:
        """Gauges for operators."""
        return {
            "orders_in_memory": len(self.orders),
            "orders_open": len(self.orders) - len(self.finished),
            "orders_finished_in_memory": len(self.finished),
            "orders_forgotten": len(self.forgotten),
            "shards_unheard": len(self.unheard),
        }
