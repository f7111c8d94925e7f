"""The load of `skuld bench`: so many orders as asked for, in stock, under names of the run, and taken back to nothing."""

from __future__ import annotations

from collections import Counter

import pytest

from gateway.replay.actions import AdjustStock, CancelOrder, PlaceOrder
from gateway.replay.load import MOST_UNITS_PER_LINE, load_plan, taking_back


@pytest.mark.parametrize("count", [1, 10, 6000])
def test_every_order_finds_its_stock(count: int) -> None:
    plan = load_plan(count, "r1")
    orders = [action for action in plan.actions if isinstance(action, PlaceOrder)]
    assert len({order.order_id for order in orders}) == len(plan.actions) == plan.orders == count
    wanted: Counter[str] = Counter()
    for order in orders:
        for sku, quantity in order.lines:
            assert 0 < quantity <= MOST_UNITS_PER_LINE
            wanted[sku] += quantity
    assert dict(plan.opening) == dict(wanted)
    assert {product.sku for product in plan.products} == set(wanted)
    assert all(sku.startswith("bench-") for sku in wanted)


def test_another_run_is_other_work_of_the_same_size() -> None:
    one, two = load_plan(50, "r1"), load_plan(50, "r2")
    assert one.opening == two.opening
    assert one.fingerprint != two.fingerprint, "stock is added anew"
    assert not {a.order_id for a in one.actions} & {a.order_id for a in two.actions}  # type: ignore[union-attr]


def test_orders_may_be_cut_short() -> None:
    assert max(len(action.lines) for action in load_plan(200, "r1", 3).actions) == 3  # type: ignore[union-attr]


def test_a_run_is_taken_back_to_nothing() -> None:
    plan = load_plan(20, "r1")
    cancels, write_offs = taking_back(plan)
    assert [action.order_id for action in cancels.actions if isinstance(action, CancelOrder)] == [
        action.order_id for action in plan.actions if isinstance(action, PlaceOrder)
    ]
    units = {action.sku: action.quantity for action in write_offs.actions if isinstance(action, AdjustStock)}
    assert units == {sku: -quantity for sku, quantity in plan.opening}
    assert (cancels.products, cancels.opening, write_offs.products, write_offs.opening) == ((), (), (), ())
