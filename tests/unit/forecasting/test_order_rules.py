"""From need to order: minimum, pack, price break, budget, supplier's minimum, shelf life."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from itertools import product
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.distributions.continuous import Normal
from forecasting.distributions.counts import Poisson
from forecasting.parameters import ParameterError
from forecasting.stock_policy.allocation import OrderLine, cut_to_budget, fill_to_minimum, shortage_avoided, spend
from forecasting.stock_policy.newsvendor import base_stock_cost
from forecasting.stock_policy.rounding import ContradictoryLimits, OrderLimits, Rounding, order_quantity, order_quantity_by_cost
from forecasting.stock_policy.shelf_life import expected_expired, most_before_expiry

NO_LIMITS = OrderLimits()
limits = st.builds(OrderLimits, st.integers(0, 60), st.integers(1, 24), st.none() | st.integers(90, 400))


@pytest.mark.parametrize(
    ("need", "rules", "up", "down", "skip"),
    [
        (0, OrderLimits(50, 12), 0, 0, 0),
        (5, OrderLimits(), 5, 5, 5),
        (5, OrderLimits(0, 12), 12, 0, 0),
        (12, OrderLimits(0, 12), 12, 12, 12),
        (31, OrderLimits(0, 12), 36, 24, 36),
        (31, OrderLimits(50, 1), 50, 50, 0),
        (31, OrderLimits(50, 12), 60, 60, 0),
        (55, OrderLimits(50, 12), 60, 60, 0),
        (61, OrderLimits(50, 12), 72, 60, 72),
        (100, OrderLimits(0, 12, 70), 60, 60, 60),
        (100, OrderLimits(60, 12, 60), 60, 60, 60),
    ],
)
def test_a_need_is_ordered_in_packs_within_the_limits(need: int, rules: OrderLimits, up: int, down: int, skip: int) -> None:
    assert [order_quantity(need, rules, rounding) for rounding in (Rounding.UP, Rounding.DOWN, Rounding.SKIP)] == [
        up,
        down,
        skip,
    ]


@given(st.integers(0, 500), limits, st.sampled_from(Rounding))
def test_an_order_is_never_below_the_need_unless_told(need: int, rules: OrderLimits, rounding: Rounding) -> None:
    quantity = order_quantity(need, rules, rounding)
    assert quantity % rules.multiple == 0
    assert quantity == 0 or quantity >= rules.minimum
    assert rules.most is None or quantity <= rules.most
    if rounding is Rounding.UP and (rules.most is None or need <= rules.most - rules.multiple):
        assert need <= quantity < max(need, rules.minimum) + rules.multiple


@pytest.mark.parametrize(("position", "ordered"), [(3.0, 24), (9.0, 12), (20.0, 0)])
def test_a_part_of_a_pack_is_rounded_to_what_costs_least(position: float, ordered: int) -> None:
    demand, need = Normal(20, 6), 14
    costs = {units: float(base_stock_cost(position + units, demand, 1, 4)) for units in (0, 12, 24)}
    assert order_quantity_by_cost(need, OrderLimits(0, 12), lambda units: costs[units]) == ordered
    assert costs[ordered] == min(costs.values())


def line(
    sku: str, units: int, price: float, mean: float, rules: OrderLimits = NO_LIMITS, shortage_cost: float = 5
) -> OrderLine:
    return OrderLine(sku, units, price, shortage_avoided(Poisson(mean), 0.0, shortage_cost, 1e-9), rules)


def test_a_budget_cuts_what_is_missed_least() -> None:
    lines = [line("dear to be without", 12, 1.0, 9, shortage_cost=50), line("cheap to be without", 12, 1.0, 9)]
    units = cut_to_budget(lines, 18)
    assert sum(units) == 18
    assert units[0] > units[1]
    assert cut_to_budget(lines, 24) == [12, 12]
    assert cut_to_budget(lines, 0) == [0, 0]


def test_a_line_below_its_least_order_is_dropped_and_its_money_goes_to_others() -> None:
    lines = [line("minimum of ten", 10, 3.0, 2, OrderLimits(10)), line("singles", 20, 1.0, 18)]
    assert cut_to_budget(lines, 30) == [0, 20]


NOISE: Final = 1e-6
"""What a line is worth is the difference of two integrals of some hundreds: units that are worth nothing differ in the last digits."""

small_lines = st.lists(
    st.tuples(st.integers(0, 4), st.integers(1, 3), st.floats(0.5, 9), st.floats(0.2, 12), st.floats(1, 40)),
    min_size=1,
    max_size=3,
)


@given(small_lines, st.floats(0, 60))
def test_a_cut_order_is_within_the_budget_and_within_a_pack_of_the_best(
    cases: list[tuple[int, int, float, float, float]], budget: float
) -> None:
    lines = [
        line(str(place), packs * size, price, mean, OrderLimits(0, size), cost)
        for place, (packs, size, price, mean, cost) in enumerate(cases)
    ]
    units = cut_to_budget(lines, budget)
    asked = [each.units for each in lines]
    assert all(0 <= count <= most for count, most in zip(units, asked, strict=True))
    assert spend(lines, asked) > budget or units == asked
    assert spend(lines, units) <= budget * (1 + 1e-9)
    # no plan that costs a pack less than the budget is worth more
    worth = sum(each.worth(count) for each, count in zip(lines, units, strict=True))
    dearest = max(each.limits.multiple * each.unit_price for each in lines)
    for plan in product(*(range(0, each.units + 1, each.limits.multiple) for each in lines)):
        if spend(lines, plan) <= budget - dearest:
            assert sum(each.worth(count) for each, count in zip(lines, plan, strict=True)) <= worth + NOISE


def test_a_suppliers_minimum_is_filled_with_what_is_worth_most() -> None:
    lines = [line("fast", 10, 2.0, 20), line("slow", 10, 2.0, 3), line("not needed yet", 0, 2.0, 1, OrderLimits(6))]
    units = fill_to_minimum(lines, 56)
    assert units == [18, 10, 0]
    assert fill_to_minimum(lines, 40) == [10, 10, 0]
    assert fill_to_minimum(lines, 0) == [10, 10, 0]


@given(small_lines, st.floats(0, 90))
def test_a_filled_order_reaches_the_minimum_by_less_than_a_pack(
    cases: list[tuple[int, int, float, float, float]], minimum: float
) -> None:
    lines = [
        line(str(place), packs * size, price, mean, OrderLimits(0, size), cost)
        for place, (packs, size, price, mean, cost) in enumerate(cases)
    ]
    units = fill_to_minimum(lines, minimum)
    before = spend(lines, [each.units for each in lines])
    assert all(count >= each.units for count, each in zip(units, lines, strict=True))
    assert spend(lines, units) >= minimum * (1 - 1e-9)
    dearest = max(each.limits.multiple * each.unit_price for each in lines)
    assert spend(lines, units) <= max(before, minimum + dearest) * (1 + 1e-9)


def test_goods_are_ordered_only_as_far_as_they_sell_before_they_expire() -> None:
    demand = Poisson(40)
    most = most_before_expiry(10, demand, 0.05)
    assert demand.cdf(10 + most - 1) <= 0.05 < demand.cdf(10 + most)
    assert most_before_expiry(10, demand, 0.05, multiple=6) == most // 6 * 6
    assert most_before_expiry(100, demand, 0.05) == 0
    assert expected_expired(most, 10, demand) < 0.2
    assert expected_expired(5, 1000, demand) == pytest.approx(5)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: order_quantity(-1, NO_LIMITS), "need is -1: it must be a whole number of units, zero or above"),
        (lambda: order_quantity(2.5, NO_LIMITS), "need is 2.5: it must be a whole number of units, zero or above"),  # type: ignore[arg-type]
        (lambda: OrderLimits(-5), "minimum is -5: it must be a whole number of units, zero or above"),
        (lambda: OrderLimits(0, 0), "multiple is 0: it must be 1 or above"),
        (lambda: order_quantity(1, OrderLimits(50, 12, 59)), "most is 59: it must be no less than the least order, 60"),
        (lambda: line("nail", 13, 1, 1, OrderLimits(0, 12)), "units of nail is 13: it must be 12 or above in steps of 12"),
        (lambda: line("nail", 24, 1, 1, OrderLimits(0, 12, 12)), "units of nail is 24: it must be 12 at most"),
        (lambda: line("nail", 1, -1, 1), "unit_price is -1.0: it must be a finite number, zero or above"),
        (lambda: cut_to_budget([], float("nan")), "budget is nan: it must be a finite number, zero or above"),
        (
            lambda: fill_to_minimum([line("nail", 1, 2.0, 1, OrderLimits(0, 1, 3))], 7),
            "minimum is 7: it must be 6.00 or less, which all lines together can reach",
        ),
        (lambda: most_before_expiry(0, Poisson(1), 0), "risk is 0.0: it must be between 0 and 1"),
    ],
)
def test_a_parameter_that_cannot_be_is_named_with_its_value(ask: Callable[[], object], message: str) -> None:
    with pytest.raises(ParameterError) as refused:
        ask()
    assert str(refused.value) == message
    assert isinstance(pickle.loads(pickle.dumps(refused.value)), type(refused.value))


def test_limits_that_contradict_each_other_are_told_from_bad_ones() -> None:
    with pytest.raises(ContradictoryLimits):
        order_quantity(1, OrderLimits(50, 12, 59))
    assert order_quantity(0, OrderLimits(50, 12, 59)) == 0
