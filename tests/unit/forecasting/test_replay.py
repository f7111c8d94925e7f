"""The replay of stock policies: the textbooks' numbers by simulation, and unit for unit a slow one in plain Python."""

from __future__ import annotations

from dataclasses import asdict
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from forecasting.distributions.continuous import Normal
from forecasting.distributions.counts import NegativeBinomial, Poisson
from forecasting.distributions.distribution import Distribution
from forecasting.parameters import Floats, ParameterError
from forecasting.simulation.limits import Limits
from forecasting.simulation.outcome import Costs, beside
from forecasting.simulation.replay import History, Terms, replay
from forecasting.simulation.rules import FixedLot, MinMax, OrderUpTo, ProjectedOrderUpTo, Rule, constant
from forecasting.stock_policy.continuous_review import ReviewCosts, best_reorder_policy, reorder_policy_cost
from forecasting.stock_policy.min_max import MinMaxProblem, best_min_max, min_max_cost
from forecasting.stock_policy.rounding import OrderLimits, Rounding
from forecasting.stock_policy.service import fill_rate_of_base_stock
from tests.unit.forecasting.slow_replay import slow_replay

PERIODS, PATHS, RUN_IN = 1000, 150, 100


def drawn(demand: Distribution, seed: int, paths: int = PATHS, periods: int = PERIODS) -> Floats:
    """Independent demand, shape (paths, periods)."""
    chance = np.random.default_rng(seed)
    return np.asarray(demand.quantile(chance.uniform(1e-12, 1 - 1e-12, (paths, periods))))


def of_long_run(demand: Floats, rule: Rule, terms: Terms, values: int = 1) -> Any:
    return replay(History(demand), rule, terms, values, [range(RUN_IN, demand.shape[1])])[0]


@pytest.mark.parametrize(("sd", "level", "fill"), [(4, 360, 0.993561), (8, 380, 0.987122)])
def test_the_fill_rate_of_base_stock_is_the_one_worked_out(sd: float, level: float, fill: float) -> None:  # row 26
    demand = Normal(20, sd)
    # days below zero would be returns; they are rare and only lower demand, as in the formula
    path = np.maximum(drawn(demand, seed=1, paths=400, periods=3500), 0.0)
    # the order of a day is there for the demand of the tenth day after it: lead time 10, review every 7 days
    found = of_long_run(path, OrderUpTo(constant(level)), Terms(lead_time=10, review=7))
    exact = fill_rate_of_base_stock(level, Normal(340, sd * 17**0.5), Normal(200, sd * 10**0.5), 140)
    assert exact == pytest.approx(fill, abs=1e-6)
    assert found.fill_rate[0] == pytest.approx(fill, abs=3e-4)


@pytest.mark.parametrize(("mean", "order_cost", "holding", "shortage"), [(6, 5, 1, 4), (4, 150, 40, 125), (10, 64, 1, 9)])
def test_min_max_costs_what_the_exact_one_does(mean: float, order_cost: float, holding: float, shortage: float) -> None:
    problem = MinMaxProblem(Poisson(mean), order_cost, holding, shortage)  # rows 18, 19, 20
    best = best_min_max(problem)
    pairs = [(best.reorder_point, best.order_up_to), (best.reorder_point - 1, best.order_up_to + 4)]
    rule = MinMax(constant([pair[0] for pair in pairs]), constant([pair[1] for pair in pairs]))
    found = of_long_run(drawn(Poisson(mean), seed=2), rule, Terms(lead_time=0), 2)
    costs = found.cost(Costs(holding=holding, order=order_cost, waiting=shortage)).sum(axis=0) / found.periods.sum()
    assert costs == pytest.approx([min_max_cost(*pair, problem) for pair in pairs], rel=0.01)


def test_min_max_with_a_lead_time_costs_what_the_exact_one_does() -> None:
    demand, covered = NegativeBinomial(3, 0.5), NegativeBinomial(12, 0.5)
    problem = MinMaxProblem(demand, 20, 1, 9, covered)
    best = best_min_max(problem)
    rule = MinMax(constant(best.reorder_point), constant(best.order_up_to))
    found = of_long_run(drawn(demand, seed=3), rule, Terms(lead_time=3))
    cost = found.cost(Costs(holding=1, order=20, waiting=9)).sum() / found.periods.sum()
    assert cost == pytest.approx(best.cost, rel=0.01)


def test_fixed_lots_cost_what_the_exact_ones_do() -> None:  # row 17: watched continuously, so in small steps of time
    steps, costs = 50, ReviewCosts(order_cost=100, holding_cost=20, shortage_cost=150, demand_rate=1.5)
    best = best_reorder_policy(Poisson(3), costs)
    assert best.cost == pytest.approx(107.92358, abs=1e-4)
    points, lots = np.array([best.reorder_point, 2.0]), np.array([best.quantity, 8.0])
    demand = drawn(Poisson(1.5 / steps), seed=4, paths=150, periods=8000)
    rule = FixedLot(constant(points), lots)
    found = of_long_run(demand, rule, Terms(lead_time=2 * steps - 1), 2)  # an order is placed at the start of the next step
    prices = Costs(holding=20 / steps, order=100, waiting=150 / steps)
    cost = found.cost(prices).sum(axis=0) / found.periods.sum() * steps
    exact = [reorder_policy_cost(point, lot, Poisson(3), costs) for point, lot in zip(points, lots, strict=True)]
    assert cost == pytest.approx(exact, rel=0.015)


def small_shops(draw: st.DrawFn) -> dict[str, Any]:
    series, periods, values = draw(st.integers(1, 3)), draw(st.integers(1, 14)), 2
    cells = st.lists(st.integers(0, 9), min_size=periods, max_size=periods)
    flags = st.lists(st.booleans(), min_size=periods, max_size=periods)
    times = st.lists(st.integers(0, 4), min_size=periods, max_size=periods)
    minimum, multiple = draw(st.integers(0, 9)), draw(st.integers(1, 5))
    least = OrderLimits(minimum, multiple).least
    return {
        "demand": [draw(cells) for _ in range(series)],
        "scored": [draw(flags) for _ in range(series)],
        "lead_times": [draw(times) for _ in range(series)],
        "review": draw(st.integers(1, 3)),
        "opens": [draw(st.integers(0, periods)) for _ in range(series)],
        "lost_sales": draw(st.booleans()),
        "limits": OrderLimits(minimum, multiple, draw(st.none() | st.integers(least, 30))),
        "rounding": draw(st.sampled_from(Rounding)),
        "kind": draw(st.sampled_from(["lot", "up to", "min max"])),
        "points": draw(st.lists(st.integers(-3, 15), min_size=values, max_size=values)),
        "above": draw(st.lists(st.integers(1, 12), min_size=values, max_size=values)),
        "trend": draw(st.integers(-2, 2)),
    }


@settings(max_examples=200, deadline=None)
@given(shop=st.composite(small_shops)())
def test_every_policy_is_unit_for_unit_the_one_in_plain_python(shop: dict[str, Any]) -> None:
    note(str(shop))
    limits, periods = shop["limits"], len(shop["demand"][0])
    points, above, trend = np.array(shop["points"], float), np.array(shop["above"], float), shop["trend"]

    def rule_and_need(value: int) -> Any:
        point, more = shop["points"][value], shop["above"][value]

        def need(now: int, position: int) -> int:
            low = point + trend * now
            if shop["kind"] == "lot":
                lots = 0
                while position + lots * more <= low:
                    lots += 1
                return lots * more
            if shop["kind"] == "up to":
                return low - position
            return low + more - position if position <= low else 0

        return need

    rules: dict[str, Rule] = {
        "lot": FixedLot(lambda now: points + trend * now, above),
        "up to": OrderUpTo(lambda now: points + trend * now),
        "min max": MinMax(lambda now: points + trend * now, lambda now: points + above + trend * now),
    }
    most = None if limits.most is None else float(limits.most)
    fast_limits = Limits(float(limits.minimum), float(limits.multiple), most, shop["rounding"])
    terms = Terms(np.array(shop["lead_times"]), shop["review"], lost_sales=shop["lost_sales"], limits=fast_limits)
    history = History(np.array(shop["demand"], float), np.array(shop["scored"]), np.array(shop["opens"]))
    (found,) = replay(history, rules[shop["kind"]], terms, 2, [range(periods)])
    for row, value in product(range(len(shop["demand"])), range(2)):
        slow = slow_replay(
            shop["demand"][row], shop["scored"][row], rule_and_need(value), shop["lead_times"][row], shop["review"],
            shop["opens"][row], shop["lost_sales"], limits, shop["rounding"],
        )  # fmt: skip
        for name, expected in asdict(slow).items():
            cells = getattr(found, name)
            assert (cells[row] if cells.ndim == 1 else cells[row, value]) == expected, name


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_looking_ahead_changes_nothing_where_customers_wait_and_orders_less_where_they_do_not(seed: int) -> None:
    chance = np.random.default_rng(seed)
    demand = chance.poisson(4, (5, 30)).astype(float)
    expected = np.full((5, 3), 4.0)
    level, ahead = constant(chance.integers(5, 25, 4)), constant(expected)
    for lost_sales in (False, True):
        terms = Terms(3, lost_sales=lost_sales, planned_lead_time=3)
        plain, looking = (
            replay(History(demand), rule, terms, 4, [range(30)])[0]
            for rule in (OrderUpTo(level), ProjectedOrderUpTo(level, ahead, lost_sales=lost_sales))
        )
        if lost_sales:
            assert (looking.on_hand <= plain.on_hand + 1e-9).all()
        else:
            assert looking.served == pytest.approx(plain.served)
            assert looking.on_hand == pytest.approx(plain.on_hand)


def test_orders_that_cross_arrive_each_on_its_day() -> None:
    demand, lead = np.array([[0.0, 2, 0, 0, 0]]), np.array([[4, 1, 1, 1, 1]])
    history = History(demand, initial=np.zeros((1, 1)))
    (found,) = replay(history, OrderUpTo(constant(3)), Terms(lead), 1, [range(5)])
    # 3 ordered on day 0 come on day 4; 2 ordered on day 2 come before them, on day 3, to those who have waited since day 1
    assert (found.served[0, 0], found.waiting[0, 0], found.cycles[0, 0], found.clean_cycles[0, 0]) == (0, 4, 2, 1)
    assert found.closing[0, 0] == 3


def test_a_series_without_a_level_orders_nothing() -> None:
    level = np.array([[np.nan], [5.0]])
    for rule in (OrderUpTo(constant(level)), MinMax(constant(level), constant(level + 1)), FixedLot(constant(level), 2.0)):
        (found,) = replay(History(np.ones((2, 6))), rule, Terms(1, limits=Limits(4.0, 2.0)), 1, [range(6)])
        assert found.ordered[0, 0] == 0 == found.served[0, 0]
        assert found.served[1, 0] == 6


def test_windows_are_summed_apart_and_values_lie_beside_each_other() -> None:
    demand = drawn(Poisson(3), seed=5, paths=6, periods=40)
    rule, terms = OrderUpTo(constant([6.0, 9.0])), Terms(1)
    first, second, whole = replay(History(demand), rule, terms, 2, [range(15), range(15, 40), range(40)])
    assert first.served + second.served == pytest.approx(whole.served)
    alone = [replay(History(demand), OrderUpTo(constant(level)), terms, 1, [range(40)])[0] for level in (6.0, 9.0)]
    assert beside(alone).on_hand == pytest.approx(whole.on_hand)
    assert whole.chosen(np.array([[1]] * 6)).served == pytest.approx(alone[1].served)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"demand": np.array([[1.0, -2.0]])}, "demand of series 0 in period 1 is -2.0"),
        ({"demand": np.array([[1.0, np.nan]])}, "demand of series 0 in period 1 is nan"),
        ({"demand": np.empty((0, 3))}, "demand is of shape (0, 3)"),
    ],
)
def test_demand_that_is_none_is_refused_by_place_and_value(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message.replace("(", r"\(").replace(")", r"\)")):
        History(**arguments)


def test_limits_that_contradict_each_other_are_refused_by_value() -> None:
    with pytest.raises(ParameterError, match=r"most is 10\.0: it must be no less than the least order, 12"):
        Limits(minimum=10.0, multiple=6.0, most=10.0)
    with pytest.raises(ParameterError, match="review is 0"):
        Terms(1, review=0)
    with pytest.raises(ParameterError, match="lead_time is -1"):
        Terms(-1)
    with pytest.raises(ParameterError, match="window is 0 to 9"):
        replay(History(np.ones((1, 4))), OrderUpTo(constant(1)), Terms(1), 1, [range(9)])
