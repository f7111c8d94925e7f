"""Orders over several shards, with steps in any order, lost answers, late copies and crashes: at rest everything agrees."""

from __future__ import annotations

import os
from typing import Any, Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from actors.inventory.commands import Adjust
from actors.inventory.shard import InventoryShard
from actors.kernel.messages import Refusal
from actors.orders.book import ATTEMPTS_BEFORE_PARKING
from actors.orders.commands import (
    CancelOrder,
    DeliverOrder,
    EditLines,
    HoldOrder,
    ParkStep,
    PlaceOrder,
    ResumeOrder,
    RetryOrder,
    ReturnLines,
    ShipOrder,
)
from actors.orders.lines import POLICIES, RETURN_OUTCOMES, NewOrder, OrderedLine, ReturnedLine
from actors.orders.order import Order
from tests.model.world import PureWorld

SKUS: Final = ("apple", "pear", "plum", "quince")
ORDERS: Final = tuple(f"o{number}" for number in range(6))
AT_REST: Final = {
    "reserved", "partially_reserved", "backordered", "rejected", "on_hold", "shipped", "partially_shipped", "delivered",
    "cancelled",
}  # fmt: skip

skus = st.sampled_from(SKUS)
orders = st.sampled_from(ORDERS)
lines = st.dictionaries(skus, st.integers(1, 4), min_size=1, max_size=3)


class OrderModel(RuleBasedStateMachine):
    """Three inventory shards and two order books; nothing is carried out unless a rule says so."""

    def __init__(self) -> None:
        super().__init__()
        self.world = PureWorld(3, 2)
        self.world.stock(apple=4, pear=4, plum=4, quince=0)
        self.answered: dict[str, Any] = {}

    def _ask(self, command: Any) -> None:
        self.world.give(self.world.owner_of(command), command)

    def _op(self) -> str:
        return self.world.op()

    # ── what clients ask ────────────────────────────────────────────────────────────────────────────────────────────
    @rule(order=orders, lines=lines, policy=st.sampled_from(POLICIES), ship_by=st.none() | st.integers(0, 3))
    def place(self, order: str, lines: dict[str, int], policy: str, ship_by: int | None) -> None:
        ordered = tuple(OrderedLine(*line) for line in lines.items())
        self._ask(PlaceOrder(order, 0, "test", order, NewOrder(ordered, policy, ship_by=ship_by)))

    @rule(order=orders)
    def cancel(self, order: str) -> None:
        self._ask(CancelOrder(self._op(), 0, "test", order, "customer"))

    @rule(order=orders, lines=st.dictionaries(skus, st.integers(0, 5), min_size=1, max_size=3))
    def edit(self, order: str, lines: dict[str, int]) -> None:
        self._ask(EditLines(self._op(), 0, "test", order, tuple(OrderedLine(*line) for line in lines.items())))

    @rule(order=orders)
    def ship(self, order: str) -> None:
        self._ask(ShipOrder(self._op(), 0, "test", order))

    @rule(order=orders)
    def deliver_order(self, order: str) -> None:
        self._ask(DeliverOrder(self._op(), 0, "test", order))

    @rule(order=orders, held=st.booleans())
    def hold_or_resume(self, order: str, held: bool) -> None:
        op = self._op()
        self._ask(HoldOrder(op, 0, "test", order, "why") if held else ResumeOrder(op, 0, "test", order))

    @rule(order=orders, sku=skus, quantity=st.integers(1, 2), outcome=st.sampled_from(RETURN_OUTCOMES))
    def take_back(self, order: str, sku: str, quantity: int, outcome: str) -> None:
        op = self._op()
        self._ask(ReturnLines(op, 0, "test", order, op, (ReturnedLine(sku, quantity, outcome),)))

    @rule(sku=skus, quantity=st.integers(-3, 3).filter(bool))
    def adjust(self, sku: str, quantity: int) -> None:
        self.world.give(self.world.inventory.owner_of(sku), _adjust(self._op(), sku, quantity))

    # ── what happens on the way ─────────────────────────────────────────────────────────────────────────────────────
    def _any_step(self, data: st.DataObject) -> int:
        return data.draw(st.integers(0, len(self.world.under_way()) - 1))

    @precondition(lambda self: self.world.under_way())
    @rule(data=st.data())
    def a_step_arrives(self, data: st.DataObject) -> None:
        self.world.deliver_nth(self._any_step(data))

    @precondition(lambda self: self.world.under_way())
    @rule(data=st.data())
    def an_answer_is_lost(self, data: st.DataObject) -> None:
        self.world.lose_answer(self._any_step(data))

    @precondition(lambda self: self.world.under_way())
    @rule(data=st.data())
    def a_copy_is_delayed(self, data: st.DataObject) -> None:
        self.world.delay(self._any_step(data))

    @precondition(lambda self: self.world.doubtful)
    @rule(data=st.data())
    def a_late_copy_arrives(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.world.doubtful)))
        step = self.world.doubtful[key]
        self.world.give(step.to, step.command)

    @rule(data=st.data())
    def an_owner_crashes(self, data: st.DataObject) -> None:
        self.world.crash(data.draw(st.sampled_from(self.world.names)))

    @precondition(lambda self: self.world.under_way())
    @rule(data=st.data(), action=st.sampled_from(("retry", "compensate")))
    def an_order_is_parked_and_sent_on(self, data: st.DataObject, action: str) -> None:
        sender, step = self.world.under_way()[self._any_step(data)]
        parking = self.world.machines[sender].stuck(step, ATTEMPTS_BEFORE_PARKING)
        if isinstance(parking, ParkStep):
            self.world.doubtful[step.to, step.command.op_id] = step
            self.world._under_way.remove((sender, step))
            self.world._sent.discard((step.to, step.command.op_id))
            self.world.give(sender, parking)
            self._ask(RetryOrder(self._op(), 0, "operator", parking.order_id, action))

    @rule()
    def everything_arrives(self) -> None:
        self.world.pump()
        self._check_at_rest()

    def teardown(self) -> None:
        self.world.pump()
        self._check_at_rest()

    # ── what must hold at rest ──────────────────────────────────────────────────────────────────────────────────────
    def _check_at_rest(self) -> None:
        assert self.world.broken() == []
        for name in self.world.orders.names():
            for order in self.world.machines[name].orders.values():  # type: ignore[attr-defined]  # books have orders
                self._check(order)
        for name in self.world.inventory.names():
            shard = self.world.machines[name]
            assert isinstance(shard, InventoryShard)
            assert not list(shard.unfinished())

    def _check(self, order: Order) -> None:
        assert order.state in AT_REST
        assert not order.under_way
        assert order.state == "delivered" or (order.state == "on_hold") == order.held or order.state in {
            "rejected", "cancelled", "shipped",
        }  # fmt: skip
        holds = any(line.reserved or line.backordered for line in order.lines.values())
        assert holds == (order.state in AT_REST - {"rejected", "cancelled", "shipped", "delivered"})
        for line in order.lines.values():
            assert min(line.ordered, line.cancelled, line.reserved, line.backordered, line.shipped, line.returned) >= 0
            assert line.returned <= line.shipped
            if order.state != "rejected":
                assert line.reserved + line.backordered + line.shipped + line.cancelled == line.ordered
        again = PlaceOrder(order.order_id, 0, "test", order.order_id, order.order)
        assert not isinstance(self.world.book(order.order_id).answer(again), Refusal)


def _adjust(op_id: str, sku: str, quantity: int) -> Any:
    return Adjust(op_id, 0, "test", sku, quantity, "correction")


OrderModel.TestCase.settings = settings(
    max_examples=int(os.environ.get("SKULD_MODEL_EXAMPLES", "120")), stateful_step_count=40, deadline=None
)
TestOrderModel = OrderModel.TestCase
