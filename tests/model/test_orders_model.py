"""Two order shards and three inventory shards whose messages come late, twice, out of order, or never.

`SKULD_MODEL_EXAMPLES=10000 pytest tests/model/test_orders_model.py` looks longer.
"""

from __future__ import annotations

from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from actors.inventory.commands import Adjust, ForceRelease, Hold
from actors.kernel.machine import broken_invariants
from actors.kernel.messages import Command, Refusal
from actors.orders.book import OrderBook
from actors.orders.commands import (
    CancelOrder,
    DeliverOrder,
    EditLines,
    HoldOrder,
    PlaceOrder,
    ResumeOrder,
    RetryOrder,
    ReturnLines,
    ShipOrder,
)
from actors.orders.lines import POLICIES, RETURN_OUTCOMES, NewOrder, OrderedLine, ReturnedLine
from actors.orders.order import Order
from actors.orders.refusals import OrderTaken
from tests.model.profiles import model_settings
from tests.model.unreliable_world import UnreliableWorld

SKUS: Final = ("apple", "pear", "kiwi")
NEVER_THERE: Final = "quince"
ORDERS: Final = ("o1", "o2", "o3", "o4")
SHARDS, BOOKS = 3, 2

HOLDING: Final = {"reserved", "partially_reserved", "backordered", "on_hold", "partially_shipped"}
OVER: Final = {"rejected", "cancelled", "shipped", "delivered"}
"""The states an order may rest in, with stock promised or waited for and without."""

orders = st.sampled_from(ORDERS)
skus = st.sampled_from((*SKUS, *SKUS, NEVER_THERE))
wishes = st.dictionaries(skus, st.integers(1, 4), min_size=1, max_size=3)
names = st.integers(0, SHARDS + BOOKS - 1)


class OrdersModel(RuleBasedStateMachine):
    """Whatever the post and the processes do, in the end every order is answered and holds what it says."""

    def __init__(self) -> None:
        super().__init__()
        self.world = UnreliableWorld(SHARDS, BOOKS)
        self.asked: list[tuple[Command, bool]] = []

    @initialize(units=st.lists(st.integers(0, 3), min_size=len(SKUS), max_size=len(SKUS)))
    def open_shop(self, units: list[int]) -> None:
        self.world.open_warehouses("north")
        self.world.stock(**dict(zip(SKUS, units, strict=True)), quince=0)
        self.world.adjust(SKUS[0], 1, "opening_stock", warehouse="north")
        self.world.idle_allowed = False
        assert {self.world.inventory.owner_of(sku) for sku in SKUS} == set(self.world.inventory.names())

    # ── clients ─────────────────────────────────────────────────────────────────────────────────────────────────────
    def _ask(self, command: Any) -> None:
        self.asked.append((command, self._give(command)))

    def _give(self, command: Any) -> bool:
        """Whether it was carried out: not refused, and no mere repeat of what is so already."""
        name = self.world.owner_of(command)
        for due in self.world.machines[name].due(self.world.now):
            self.world.give(name, due)
        events = len(self.world.recorded[name])
        return self.world.give(name, command) is None and len(self.world.recorded[name]) > events

    @rule(
        order_id=orders,
        lines=wishes,
        policy=st.sampled_from(POLICIES),
        warehouse=st.sampled_from(["", "main"]),
        ship_by=st.none() | st.integers(0, 3),
    )
    def place(self, order_id: str, lines: dict[str, int], policy: str, warehouse: str, ship_by: int | None) -> None:
        new = NewOrder(tuple(OrderedLine(*line) for line in lines.items()), policy, warehouse, ship_by=ship_by)
        if any(command.op_id == order_id for command, _ in self.asked):
            another = PlaceOrder(order_id, 1, "test", order_id, new)
            assert isinstance(self.world.give(self.world.owner_of(another), another), OrderTaken)
        else:
            self._ask(PlaceOrder(order_id, 0, "test", order_id, new))

    @rule(order_id=orders)
    def cancel(self, order_id: str) -> None:
        self._ask(CancelOrder(self.world.op(), 0, "test", order_id, "customer"))

    @rule(order_id=orders, lines=st.dictionaries(skus, st.integers(0, 5), min_size=1, max_size=3))
    def edit(self, order_id: str, lines: dict[str, int]) -> None:
        changes = tuple(OrderedLine(*line) for line in lines.items())
        self._ask(EditLines(self.world.op(), 0, "test", order_id, changes))

    @rule(order_id=orders, verb=st.sampled_from([ShipOrder, ShipOrder, ResumeOrder, DeliverOrder]))
    def ship_resume_or_deliver(self, order_id: str, verb: type) -> None:
        self._ask(verb(self.world.op(), 0, "test", order_id))

    @rule(order_id=orders)
    def hold(self, order_id: str) -> None:
        self._ask(HoldOrder(self.world.op(), 0, "test", order_id, "fraud"))

    @rule(order_id=orders, sku=skus, units=st.integers(1, 2), outcome=st.sampled_from(RETURN_OUTCOMES))
    def take_back(self, order_id: str, sku: str, units: int, outcome: str) -> None:
        op_id = self.world.op()
        self._ask(ReturnLines(op_id, 0, "test", order_id, op_id, (ReturnedLine(sku, units, outcome),)))

    @rule(order_id=orders, action=st.sampled_from(["retry", "compensate"]))
    def send_on_what_is_parked(self, order_id: str, action: str) -> None:
        self._ask(RetryOrder(self.world.op(), 0, "test", order_id, action))

    @precondition(lambda self: self.asked)
    @rule(data=st.data())
    def ask_again(self, data: st.DataObject) -> None:
        which = data.draw(st.integers(0, len(self.asked) - 1))
        command, done = self.asked[which]
        done_now = self._give(command)
        assert not (done and done_now), f"{command} was carried out twice"
        self.asked[which] = (command, done or done_now)

    # ── the warehouse ───────────────────────────────────────────────────────────────────────────────────────────────
    @rule(sku=skus, units=st.integers(-2, 3).filter(bool), warehouse=st.sampled_from(["main", "main", "north"]))
    def count(self, sku: str, units: int, warehouse: str) -> None:
        self._ask(Adjust(self.world.op(), 0, "test", sku, units, "correction", warehouse))

    @rule(sku=skus, units=st.integers(1, 3), ttl_ms=st.integers(1, 50))
    def hold_for_a_basket(self, sku: str, units: int, ttl_ms: int) -> None:
        op_id = self.world.op()
        self._ask(Hold(op_id, 0, "test", f"b-{op_id}", sku, units, ttl_ms))

    @rule(order_id=orders, sku=skus)
    def force_release(self, order_id: str, sku: str) -> None:
        command = ForceRelease(self.world.op(), 0, "boss", order_id, sku, "recall")
        if self.world.give(self.world.inventory.owner_of(sku), command) is None:
            self.world.idle_allowed = True

    @rule(ms=st.integers(1, 30))
    def time_passes(self, ms: int) -> None:
        self.world.now += ms
        for name in self.world.names:
            for due in self.world.machines[name].due(self.world.now):
                self.world.give(name, due)

    # ── the post ────────────────────────────────────────────────────────────────────────────────────────────────────
    @precondition(lambda self: self.world.letters)
    @rule(data=st.data(), count=st.integers(1, 6))
    def letters_arrive_in_any_order(self, data: st.DataObject, count: int) -> None:
        for _ in range(min(count, len(self.world.letters))):
            self.world.deliver_letter(data.draw(st.integers(0, len(self.world.letters) - 1)))

    @precondition(lambda self: self.world.letters)
    @rule()
    def the_newest_letter_overtakes_all_others(self) -> None:
        self.world.deliver_letter(len(self.world.letters) - 1)

    @precondition(lambda self: self.world.letters)
    @rule(data=st.data())
    def a_letter_is_lost(self, data: st.DataObject) -> None:
        self.world.lose_letter(data.draw(st.integers(0, len(self.world.letters) - 1)))

    @precondition(lambda self: self.world.steps)
    @rule()
    def every_step_is_sent_again(self) -> None:
        for key in list(self.world.steps):
            self.world.send_again(key)

    @precondition(lambda self: self.world.steps)
    @rule(data=st.data())
    def a_step_gets_no_answer_for_minutes(self, data: st.DataObject) -> None:
        self.world.give_up(data.draw(st.sampled_from(list(self.world.steps))))

    @precondition(lambda self: self.world.steps)
    @rule(data=st.data(), action=st.sampled_from(["retry", "compensate"]))
    def an_order_is_parked_and_sent_on(self, data: st.DataObject, action: str) -> None:
        parked = self.world.give_up(data.draw(st.sampled_from(list(self.world.steps))))
        if parked is not None:
            self._ask(RetryOrder(self.world.op(), 0, "operator", parked.order_id, action))

    @precondition(lambda self: self.world.first_reserves())
    @rule(data=st.data(), units=st.integers(1, 4))
    def goods_come_between_two_copies_of_a_reserve(self, data: st.DataObject, units: int) -> None:
        """The first copy may be refused and the second, which stays on its way, carried out."""
        key = data.draw(st.sampled_from(self.world.first_reserves()))
        wishes = self.world.steps[key].sent.command.wanted  # type: ignore[attr-defined]  # reserves have wishes
        self.world.send_again(key)
        self.world.deliver_copy(key)
        for wanted in wishes:
            self.count(wanted.sku, units, wanted.warehouse or "main")

    # ── processes ───────────────────────────────────────────────────────────────────────────────────────────────────
    @rule(which=names)
    def a_process_dies(self, which: int) -> None:
        self.world.crash(self.world.names[which])

    @rule(which=names)
    def a_snapshot_is_taken(self, which: int) -> None:
        self.world.take_snapshot(self.world.names[which])

    @rule()
    def everything_comes_to_rest(self) -> None:
        self.world.pump()
        for order_id in self.world.parked():
            self.world.give(self.world.orders.owner_of(order_id), RetryOrder(self.world.op(), 0, "boss", order_id, "retry"))
        self.world.pump()
        assert self.world.not_at_rest() == []
        for command, done in self.asked:
            assert not done or self.world.answer_to(command) is not None, f"{command} has no answer"
        for machine in self.world.machines.values():
            for order in machine.orders.values() if isinstance(machine, OrderBook) else ():
                self._check_at_rest(order)

    def _check_at_rest(self, order: Order) -> None:
        assert order.state in HOLDING | OVER
        assert (order.state == "on_hold") == order.held or order.state in OVER
        assert any(line.reserved or line.backordered for line in order.lines.values()) == (order.state in HOLDING)
        for line in order.lines.values():
            assert min(line.ordered, line.cancelled, line.reserved, line.backordered, line.shipped, line.returned) >= 0
            assert line.returned <= line.shipped
            if order.state != "rejected":
                assert line.reserved + line.backordered + line.shipped + line.cancelled == line.ordered
        again = PlaceOrder(order.order_id, 0, "test", order.order_id, order.order)
        assert not isinstance(self.world.answer_to(again), Refusal)

    # ── what must always hold ───────────────────────────────────────────────────────────────────────────────────────
    @invariant()
    def nothing_is_oversold_at_any_moment(self) -> None:
        for name, machine in self.world.machines.items():
            assert broken_invariants(machine) == [], name

    def teardown(self) -> None:
        self.everything_comes_to_rest()


TestOrders = OrdersModel.TestCase
TestOrders.settings = model_settings(examples=100, steps=40)
