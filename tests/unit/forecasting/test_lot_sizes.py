"""Lot sizes for certain demand: the textbook's numbers, and that nothing else is cheaper."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.parameters import ParameterError
from forecasting.stock_policy.discounts import (
    DiscountedLotSize,
    PriceBreaks,
    all_unit_cost,
    incremental_cost,
    lot_size_all_unit,
    lot_size_incremental,
)
from forecasting.stock_policy.dynamic_lot_size import plan_lots
from forecasting.stock_policy.joint_replenishment import joint_replenishment
from forecasting.stock_policy.lot_size import (
    LotSize,
    economic_order_quantity,
    economic_production_quantity,
    lot_size_cost,
    lot_size_with_backorders,
)

money = st.floats(0.01, 1000)


@pytest.mark.parametrize(
    ("lot", "quantity", "cost"),
    [
        (economic_order_quantity(8, 0.225, 1300), 304.0468, 68.4105),
        (economic_production_quantity(8, 0.225, 1300, 1700), 626.8085, 33.1840),
    ],
    ids=["1 economic order quantity", "3 economic production quantity"],
)
def test_the_economic_quantity_is_the_textbooks(lot: LotSize, quantity: float, cost: float) -> None:
    assert lot.quantity == pytest.approx(quantity, abs=1e-4)
    assert lot.cost == pytest.approx(cost, abs=1e-4)


def test_the_lot_size_with_backorders_is_the_textbooks() -> None:  # row 2
    lot = lot_size_with_backorders(8, 0.225, 5, 1300)
    assert lot.quantity == pytest.approx(310.8126, abs=1e-4)
    assert lot.backordered_share == pytest.approx(0.0430622, abs=1e-7)
    assert lot.cost == pytest.approx(66.9214, abs=1e-4)


@given(money, money, money, st.floats(0.2, 5))
def test_no_other_lot_is_cheaper_than_the_economic_one(order_cost: float, holding: float, demand: float, factor: float) -> None:
    lot = economic_order_quantity(order_cost, holding, demand)
    assert lot.cost == pytest.approx(lot_size_cost(lot.quantity, order_cost, holding, demand))
    assert lot_size_cost(lot.quantity * factor, order_cost, holding, demand) >= lot.cost * (1 - 1e-9)


def test_lots_of_many_skus_come_at_once() -> None:
    lot = economic_order_quantity(np.array([8.0, 8.0, 0.0]), 0.225, np.array([1300.0, 0.0, 5.0]))
    assert lot.quantity == pytest.approx([304.0468, 0, 0], abs=1e-4)


@pytest.mark.parametrize(
    ("lot", "quantity", "region", "cost"),
    [
        (lot_size_all_unit(8, 0.3, 1300, PriceBreaks((0, 400, 800), (0.75, 0.72, 0.68))), 800, 2, 978.60),
        (lot_size_all_unit(200, 0.2, 1000, PriceBreaks((0, 200, 500), (500, 475, 450))), 500, 2, 472_900),
        (lot_size_incremental(150, 0.25, 2400, PriceBreaks((0, 300, 600), (100, 90, 80))), 1481.8907, 2, 222_762.81),
    ],
    ids=["4 all units", "5 all units", "6 incremental"],
)
def test_a_discount_is_taken_as_the_textbook_takes_it(
    lot: DiscountedLotSize, quantity: float, region: int, cost: float
) -> None:
    assert lot.quantity == pytest.approx(quantity, abs=1e-4)
    assert lot.region == region
    assert lot.cost == pytest.approx(cost, abs=0.005)


@st.composite
def price_breaks(draw: st.DrawFn) -> PriceBreaks:
    steps = draw(st.lists(st.integers(1, 400), max_size=4))
    cuts = draw(st.lists(st.floats(0.5, 0.99), min_size=len(steps), max_size=len(steps)))
    starts, prices = [0.0], [draw(st.floats(1, 50))]
    for step, cut in zip(steps, cuts, strict=True):
        starts.append(starts[-1] + step)
        prices.append(prices[-1] * cut)
    return PriceBreaks(tuple(starts), tuple(prices))


@given(st.floats(0.1, 500), st.floats(0.05, 0.9), st.floats(1, 3000), price_breaks())
def test_no_quantity_of_a_grid_is_cheaper_than_the_discounted_lot(
    order_cost: float, rate: float, demand: float, breaks: PriceBreaks
) -> None:
    grid = np.concatenate([np.linspace(0.5, 4000, 4000), [start for start in breaks.starts if start]])
    for solve, cost in ((lot_size_all_unit, all_unit_cost), (lot_size_incremental, incremental_cost)):
        lot = solve(order_cost, rate, demand, breaks)
        assert lot.cost <= cost(grid, order_cost, rate, demand, breaks).min() * (1 + 1e-12)
        assert lot.cost == pytest.approx(float(cost(lot.quantity, order_cost, rate, demand, breaks)))
        assert breaks.region(lot.quantity) == lot.region


@pytest.mark.parametrize(
    ("shared", "own", "holding", "demand", "cycle", "multiples", "cost"),
    [
        (600, [120, 840, 300], [160, 20, 50], [1, 1, 1], 3.10316, (1, 3, 1), 837.854),
        (40, [15] * 4, [0.24] * 4, [86000, 12500, 1400, 3000], 0.0761734, (1, 1, 4, 3), 2067.651),
        (10, [1.87, 5.27, 7.94, 8.19, 8.87], [0.2] * 5, [1736, 656, 558, 170, 142], 0.2813771, (1, 1, 1, 3, 3), 218.6863),
    ],
    ids=["7 Snyder and Shen", "8 Silver, Pyke and Peterson", "9 Silver 1976"],
)
def test_joint_orders_are_the_textbooks(
    shared: float,
    own: list[float],
    holding: list[float],
    demand: list[float],
    cycle: float,
    multiples: tuple[int, ...],
    cost: float,
) -> None:
    joint = joint_replenishment(shared, own, holding, demand)
    assert joint.cycle == pytest.approx(cycle, rel=2e-6)
    assert joint.multiples == multiples
    assert joint.cost == pytest.approx(cost, rel=1e-6)
    assert joint.quantities == pytest.approx([d * m * joint.cycle for d, m in zip(demand, multiples, strict=True)])


def test_the_plan_of_lots_is_the_textbooks() -> None:  # row 22
    plan = plan_lots([90, 120, 80, 70], 500, 2)
    assert plan.quantities == (210, 0, 150, 0)
    assert plan.cost == 1380


def cost_of(quantities: list[float], demands: list[float], order: list[float], hold: list[float], unit: list[float]) -> float:
    stock = total = 0.0
    for quantity, demand, k, h, c in zip(quantities, demands, order, hold, unit, strict=True):
        stock += quantity - demand
        total += (k if quantity else 0) + c * quantity + h * stock
    return total


@given(
    st.integers(1, 8).flatmap(lambda n: st.tuples(*[st.lists(st.integers(0, 60), min_size=n, max_size=n) for _ in range(4)]))
)
def test_no_choice_of_order_periods_is_cheaper_than_the_plan(case: tuple[list[float], ...]) -> None:
    demands, order, hold, unit = case
    plan = plan_lots(demands, order, hold, unit)
    assert cost_of(list(plan.quantities), demands, order, hold, unit) == pytest.approx(plan.cost)
    cheapest = float("inf")
    for choice in product([False, True], repeat=len(demands)):
        quantities, place = [0.0] * len(demands), None
        for period, (ordered, demand) in enumerate(zip(choice, demands, strict=True)):
            place = period if ordered else place
            if place is None and demand:
                break
            if place is not None:
                quantities[place] += demand
        else:
            cheapest = min(cheapest, cost_of(quantities, demands, order, hold, unit))
    assert plan.cost == pytest.approx(cheapest)


def test_nothing_is_ordered_for_demand_that_never_comes() -> None:
    assert plan_lots([0, 0, 0], 500, 2).quantities == (0, 0, 0)
    assert plan_lots([], 500, 2).cost == 0
    assert plan_lots([0, 5, 0], 500, 2).quantities == (0, 5, 0)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: economic_order_quantity(-8, 0.2, 1300), "order_cost is -8.0: it must be a finite number, zero or above"),
        (lambda: economic_order_quantity(8, float("nan"), 1300), "holding_cost is nan: it must be a finite number above zero"),
        (lambda: lot_size_with_backorders(8, 0.2, 0, 1300), "backorder_cost is 0.0: it must be a finite number above zero"),
        (
            lambda: economic_production_quantity(8, 0.2, 1300, 1300),
            "production_rate is 1300: it must be above the demand rate of 1300",
        ),
        (lambda: PriceBreaks((0, 400, 400), (3, 2, 1)), "starts is (0, 400, 400): it must be rising from 0"),
        (lambda: PriceBreaks((0, 400), (3, 3)), "prices is (3, 3): it must be falling, one for each of 2 starts"),
        (
            lambda: lot_size_all_unit(8, 0, 1300, PriceBreaks((0,), (1,))),
            "holding_rate is 0.0: it must be a finite number above zero",
        ),
        (
            lambda: joint_replenishment(1, [1], [1, 2], [1]),
            "order_costs, holding_costs and demand_rates is of lengths (1, 2, 1): it must be of one length, not empty",
        ),
        (lambda: plan_lots([5, -1], 1, 1), "demands is -1.0: it must be a finite number, zero or above (element 1)"),
        (
            lambda: plan_lots([5, 1], [1, 2, 3], 1),
            "order_cost is of shape (3,): it must be one number, or one for each of 2 periods",
        ),
    ],
)
def test_a_parameter_that_cannot_be_is_named_with_its_value(ask: object, message: str) -> None:
    with pytest.raises(ParameterError) as refused:
        ask()  # type: ignore[operator]
    assert str(refused.value) == message
