"""Newsvendor, (r, Q) and (s, S): the textbook's numbers, and that no neighbour is cheaper."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.distributions.continuous import Gamma, Lognormal, Normal
from forecasting.distributions.counts import NegativeBinomial, Poisson
from forecasting.distributions.distribution import Distribution
from forecasting.distributions.empirical import Sample
from forecasting.distributions.lead_time import protection_moments
from forecasting.parameters import ParameterError
from forecasting.stock_policy.approximations import (
    expected_inventory_level,
    loss_function_approximation,
    lot_size_plus_safety_stock,
    lot_size_with_backorders_approximation,
)
from forecasting.stock_policy.continuous_review import ReorderPolicy, ReviewCosts, best_reorder_policy, reorder_policy_cost
from forecasting.stock_policy.lot_size import lot_size_with_backorders
from forecasting.stock_policy.min_max import MinMaxProblem, best_min_max, min_max_cost
from forecasting.stock_policy.newsvendor import base_stock_cost, newsvendor, newsvendor_for_profit
from forecasting.stock_policy.power_approximation import power_approximation

BOTTLES = ReviewCosts(order_cost=8, holding_cost=0.225, shortage_cost=7.5, demand_rate=1300)
BOTTLES_IN_A_MONTH = Normal(1300 / 12, 150 / sqrt(12))


@pytest.mark.parametrize(
    ("demand", "holding", "shortage", "level", "cost"),
    [
        (Normal(50, 8), 0.18, 0.70, 56.60396, 1.997605),
        (Normal(*protection_moments(50, 8, lead_time=4, review=1)), 0.18, 0.70, 264.76689, 4.466781),
        (Poisson(50), 0.18, 0.70, 56, 1.797235),
        (Poisson(6), 1, 4, 8, 3.570107),
        (Lognormal(6, 0.3), 1, 0.1765, 295.6266, 29.44254),
    ],
    ids=["10 normal", "10 normal with a lead time", "11 Poisson", "12 Poisson", "13 lognormal"],
)
def test_the_newsvendor_is_the_textbooks(
    demand: Distribution, holding: float, shortage: float, level: float, cost: float
) -> None:
    best = newsvendor(demand, holding, shortage)
    assert best.level == pytest.approx(level, rel=2e-7)
    assert best.cost == pytest.approx(cost, rel=1e-6)


def test_another_level_costs_what_the_textbook_says() -> None:  # row 12
    assert base_stock_cost(5, Poisson(6), 1, 4) == pytest.approx(6.590296, abs=1e-6)


def test_the_newsvendors_profit_is_the_textbooks() -> None:  # row 14
    best = newsvendor_for_profit(Normal(50, 8), price=1, unit_cost=0.3, salvage=0.12)
    assert best.level == pytest.approx(56.60396, abs=1e-5)
    assert best.profit == pytest.approx(33.00239, abs=1e-5)


@pytest.mark.parametrize(
    ("point", "quantity", "cost"), [(126.8, 328.5, 78.071163), (100, 250, 87.346478)], ids=["15", "15 another"]
)
def test_a_reorder_policy_costs_what_the_textbook_says(point: float, quantity: float, cost: float) -> None:
    assert reorder_policy_cost(point, quantity, BOTTLES_IN_A_MONTH, BOTTLES) == pytest.approx(cost, abs=1e-6)


@pytest.mark.parametrize(
    ("method", "point", "quantity", "cost"),
    [
        (expected_inventory_level, 213.9704, 318.5902, 92.28688),
        (lot_size_with_backorders_approximation, 128.6378, 308.5738, 78.20243),
        (lot_size_plus_safety_stock, 190.3370, 304.0468, 87.04837),
        (loss_function_approximation, 126.8671, 328.4491, 78.07115),
    ],
    ids=["16 expected inventory level", "16 backorders", "16 safety stock", "16 loss function"],
)
def test_an_approximation_gives_the_textbooks_policy(
    method: Callable[[Distribution, ReviewCosts], ReorderPolicy], point: float, quantity: float, cost: float
) -> None:
    policy = method(BOTTLES_IN_A_MONTH, BOTTLES)
    assert policy.reorder_point == pytest.approx(point, abs=1e-4)
    assert policy.quantity == pytest.approx(quantity, abs=1e-4)
    assert policy.cost == pytest.approx(cost, abs=1e-5)
    assert policy.cost >= best_reorder_policy(BOTTLES_IN_A_MONTH, BOTTLES).cost


def test_the_best_reorder_policy_in_whole_units_is_the_textbooks() -> None:  # row 17
    best = best_reorder_policy(Poisson(1.5 * 2), ReviewCosts(100, 20, 150, 1.5))
    assert (best.reorder_point, best.quantity) == (3, 5)
    assert best.cost == pytest.approx(107.92358, abs=1e-5)


@settings(max_examples=40)
@given(
    st.sampled_from([Normal(100, 30), Gamma(2, 40), Lognormal(4, 0.8), Poisson(3), Poisson(90), NegativeBinomial(2, 0.1)]),
    st.floats(1, 500),
    st.floats(0.1, 10),
    st.floats(0.5, 200),
)
def test_no_neighbour_of_the_best_reorder_policy_is_cheaper(
    demand: Distribution, order_cost: float, holding: float, shortage: float
) -> None:
    costs = ReviewCosts(order_cost, holding, shortage, demand_rate=50)
    best = best_reorder_policy(demand, costs)
    step = 1.0 if demand.is_whole else 0.02 * best.quantity
    assert reorder_policy_cost(best.reorder_point, best.quantity, demand, costs) == pytest.approx(best.cost)
    for across in (-2, -1, 0, 1, 2):
        for more in (-2, -1, 0, 1, 2):
            if best.quantity + more * step > 0:
                point, quantity = best.reorder_point + across * step, best.quantity + more * step
                assert reorder_policy_cost(point, quantity, demand, costs) >= best.cost * (1 - 1e-9)


@pytest.mark.parametrize(
    ("mean", "order_cost", "holding", "shortage", "point", "top", "cost", "within"),
    [
        (6, 5, 1, 4, 4, 10, 8.034112, 1e-6),
        (4, 150, 40, 125, 2, 7, 223.57483, 1e-5),
        (10, 64, 1, 9, 6, 40, 35.022, 1e-3),
        (15, 64, 1, 9, 10, 49, 42.698, 1e-3),
        (20, 64, 1, 9, 14, 62, 49.173, 1e-3),
        (25, 64, 1, 9, 19, 56, 54.262, 1e-3),
        (50, 64, 1, 9, 42, 108, 70.975, 1e-3),
        (75, 64, 1, 9, 67, 86, 79.554, 1e-3),
        (21, 64, 1, 9, 15, 65, 50.406, 1e-3),
        (64, 64, 1, 9, 55, 74, 78.402, 1e-3),
    ],
    ids=["18", "19", *(f"20 mean {mean}" for mean in (10, 15, 20, 25, 50, 75, 21, 64))],
)
def test_the_best_min_max_is_the_published_one(
    mean: float, order_cost: float, holding: float, shortage: float, point: int, top: int, cost: float, within: float
) -> None:
    best = best_min_max(MinMaxProblem(Poisson(mean), order_cost, holding, shortage))
    assert (best.reorder_point, best.order_up_to) == (point, top)
    assert best.cost == pytest.approx(cost, abs=within)


def test_another_min_max_costs_what_the_textbook_says() -> None:  # row 18
    assert min_max_cost(6, 18, MinMaxProblem(Poisson(6), 5, 1, 4)) == pytest.approx(10.193799, abs=1e-6)


@settings(max_examples=40)
@given(
    st.sampled_from([Poisson(0.4), Poisson(7), NegativeBinomial(1.5, 0.2), Sample([0, 0, 0, 4, 4, 12])]),
    st.floats(0.5, 300),
    st.floats(0.1, 5),
    st.floats(0.2, 60),
    st.booleans(),
)
def test_no_neighbour_of_the_best_min_max_is_cheaper(
    demand: Distribution, order_cost: float, holding: float, shortage: float, waits: bool
) -> None:
    problem = MinMaxProblem(demand, order_cost, holding, shortage, Poisson(3 * float(demand.mean)) if waits else None)
    best = best_min_max(problem)
    for point in range(best.reorder_point - 4, best.reorder_point + 5):
        for top in range(best.order_up_to - 6, best.order_up_to + 7):
            if point < top:
                assert min_max_cost(point, top, problem) >= best.cost * (1 - 1e-9)


def test_a_simulated_min_max_costs_what_the_formula_says() -> None:
    generator, stock, total, periods = np.random.default_rng(7), 10, 0.0, 200_000
    for demand in generator.poisson(6, periods).tolist():
        if stock <= 4:
            stock, total = 10, total + 5
        stock -= demand
        total += max(stock, 0) * 1 + max(-stock, 0) * 4
    assert total / periods == pytest.approx(8.034112, rel=0.005)


def test_the_power_approximation_is_the_textbooks() -> None:  # row 21
    levels = power_approximation(50, 8, order_cost=2.5, holding_cost=0.18, shortage_cost=0.7)
    assert levels.reorder_point == pytest.approx(40.194617, abs=1e-6)
    assert levels.order_up_to == pytest.approx(74.290170, abs=1e-6)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: newsvendor(Normal(1, 1), -1, 2), "holding_cost is -1.0: it must be a finite number above zero"),
        (lambda: newsvendor_for_profit(Normal(1, 1), 1, 2, 0), "unit_cost is 2: it must be below the price of 1"),
        (lambda: newsvendor_for_profit(Normal(1, 1), 3, 2, 2), "salvage is 2: it must be below the unit cost of 2"),
        (lambda: ReviewCosts(1, 1, 0, 1), "shortage_cost is 0.0: it must be a finite number above zero"),
        (
            lambda: best_reorder_policy(Normal(1, 1), ReviewCosts(0, 1, 1, 1)),
            "order_cost is 0.0: it must be a finite number above zero",
        ),
        (lambda: reorder_policy_cost(1, 0, Normal(1, 1), BOTTLES), "quantity is 0.0: it must be a finite number above zero"),
        (lambda: reorder_policy_cost(1.5, 2, Poisson(1), BOTTLES), "reorder_point is 1.5: it must be a whole number"),
        (
            lambda: expected_inventory_level(Normal(100, 1), ReviewCosts(8, 5, 0.001, 1300)),
            "shortage_cost is 0.001: it must be above 0.248069 for this method",
        ),
        (lambda: MinMaxProblem(Normal(5, 1), 1, 1, 1), "demand is Normal: it must be demand in whole units"),
        (lambda: MinMaxProblem(Poisson(0), 1, 1, 1), "demand is always zero: it must be above zero at times"),
        (
            lambda: min_max_cost(5, 5, MinMaxProblem(Poisson(1), 1, 1, 1)),
            "reorder_point is 5: it must be below the level to order up to, 5",
        ),
        (lambda: power_approximation(50, 0, 1, 1, 1), "demand_sd is 0.0: it must be a finite number above zero"),
    ],
)
def test_a_parameter_that_cannot_be_is_named_with_its_value(ask: Callable[[], object], message: str) -> None:
    with pytest.raises(ParameterError) as refused:
        ask()
    assert str(refused.value) == message


def test_without_chance_the_best_reorder_policy_is_the_lot_size_with_backorders() -> None:
    best, lot = best_reorder_policy(Normal(100, 0), BOTTLES), lot_size_with_backorders(8, 0.225, 7.5, 1300)
    assert best.quantity == pytest.approx(lot.quantity)
    assert best.reorder_point == pytest.approx(100 - lot.quantity * lot.backordered_share)
    assert best.cost == pytest.approx(lot.cost)
