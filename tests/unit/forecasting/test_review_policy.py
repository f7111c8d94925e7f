"""(R, s, S) by simulation, and orders under a budget."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.distributions.counts import Poisson
from forecasting.parameters import ParameterError
from forecasting.simulation.budget import Budget
from forecasting.simulation.limits import Limits
from forecasting.simulation.optimise import best_review_policy, sampled
from forecasting.simulation.outcome import Costs
from forecasting.simulation.replay import History, Terms, replay
from forecasting.simulation.rules import MinMax, OrderUpTo, constant
from forecasting.stock_policy.min_max import MinMaxProblem, best_min_max, min_max_cost

COSTS = Costs(holding=1, order=64, waiting=9)


def test_the_cheapest_by_simulation_costs_what_the_exact_best_does() -> None:  # row 20
    means = np.array([10.0, 21.0, 64.0])
    paths = sampled(Poisson(means), 3000, seed=1)
    found = best_review_policy(paths, Terms(lead_time=0), COSTS, run_in=50)
    for place, mean in enumerate(means.tolist()):
        problem = MinMaxProblem(Poisson(mean), 64, 1, 9)
        exact = min_max_cost(int(found.reorder_point[place]), int(found.order_up_to[place]), problem)
        assert exact <= best_min_max(problem).cost * 1.005  # what it really costs, not what it seemed to
        assert found.cost[place] == pytest.approx(exact, rel=0.02)


def test_with_seldom_reviews_and_drawn_lead_times_no_neighbour_is_cheaper_on_other_demand() -> None:
    chance = np.random.default_rng(2)
    means, periods = np.array([3.0, 12.0]), 2000
    terms = Terms(chance.integers(1, 5, (2, periods)), review=4)
    found = best_review_policy(sampled(Poisson(means), periods, seed=3), terms, COSTS, run_in=40)
    other = sampled(Poisson(means), periods, seed=4)
    shifts = [(0.0, 0.0), (-0.4, -0.4), (0.4, 0.4), (0.0, 0.5), (0.0, -0.25)]
    points, tops = (
        np.stack([level + shift * found.order_up_to for shift in column], axis=1)
        for level, column in zip((found.reorder_point, found.order_up_to), zip(*shifts, strict=True), strict=True)
    )
    rule = MinMax(constant(points), constant(np.maximum(tops, points + 1)))
    cost = replay(History(other), rule, terms, len(shifts), [range(40, periods)])[0].cost(COSTS)
    assert (cost.argmin(axis=1) == 0).all()


def test_several_paths_of_a_short_history_serve_as_one_long_one() -> None:
    paths = sampled(Poisson(np.full(60, 8.0)), 100, seed=5).reshape(1, 60, 100)
    found = best_review_policy(paths, Terms(lead_time=0), COSTS, run_in=20)
    problem = MinMaxProblem(Poisson(8), 64, 1, 9)
    assert min_max_cost(int(found.reorder_point[0]), int(found.order_up_to[0]), problem) <= best_min_max(problem).cost * 1.01
    with pytest.raises(ParameterError, match="run_in is 100"):
        best_review_policy(paths, Terms(lead_time=0), COSTS, run_in=100)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_no_review_spends_more_than_its_budget_and_every_order_is_one(seed: int) -> None:
    chance = np.random.default_rng(seed)
    series, minimum, multiple = 6, float(chance.integers(0, 8)), float(chance.integers(1, 5))
    limits, price = Limits(minimum, multiple), chance.integers(0, 6, series).astype(float)
    need, position = chance.integers(-5, 40, (series, 3)).astype(float), chance.integers(-9, 30, (series, 3)).astype(float)
    units = limits.ordered(need)
    budget = Budget(float(chance.integers(1, 300)), price)
    kept = budget.cut(units, need, position, limits)
    assert ((kept * price[:, None]).sum(axis=0) <= budget.most + 1e-9).all()
    assert ((kept == 0) | ((kept >= minimum) & (kept % multiple == 0) & (kept <= units))).all()
    assert (kept[price == 0] == units[price == 0]).all()
    enough = (units * price[:, None]).sum(axis=0) <= budget.most
    assert (kept[:, enough] == units[:, enough]).all()


def test_the_sku_that_misses_most_of_its_level_comes_first() -> None:
    budget = Budget(100, np.array([10.0, 10.0, 10.0]))
    need, position = np.array([[6.0], [6.0], [6.0]]), np.array([[30.0], [0.0], [4.0]])
    kept = budget.cut(need.copy(), need, position, Limits())
    assert kept[:, 0].tolist() == [0, 6, 4]
    assert budget.cut(need.copy(), need, position, Limits(minimum=5))[:, 0].tolist() == [0, 6, 0]
    demand = History(np.full((3, 8), 4.0), initial=np.full((3, 1), 8.0))
    terms = Terms(1, limits=Limits(), budget=budget)
    (found,) = replay(demand, OrderUpTo(constant(12.0)), terms, 1, [range(8)])
    assert found.ordered.sum() <= 80
    with pytest.raises(ParameterError, match="least order of B is 12 units at 10 each, 120"):
        budget.refuse_dear(Limits(minimum=np.array([1.0, 12.0, 3.0])), ["A", "B", "C"])
