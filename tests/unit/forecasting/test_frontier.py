"""Levels from forecasts, the curve of stock against fill rate, tuning, classes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri

from forecasting.baselines.baseline import BASELINES
from forecasting.baselines.combination import COMBINATION, Combination
from forecasting.distributions.counts import NegativeBinomial
from forecasting.distributions.empirical import QuantileTable
from forecasting.forecast import Forecast, Horizon, refuse_bad
from forecasting.metrics import LEVELS
from forecasting.panel.panel import Panel
from forecasting.parameters import Floats, ParameterError
from forecasting.simulation.frontier import Frontier, compare_stock, crossing
from forecasting.simulation.levels import (
    COARSE_COVERS,
    COARSE_PRICES,
    COARSE_SCORES,
    at_quantile,
    by_worth,
    cover,
    level_for_shortage,
    quantile_at,
    same_fill,
)
from forecasting.simulation.limits import Limits
from forecasting.simulation.replay import History, Terms, replay
from forecasting.simulation.rolling import Rolled, rolled
from forecasting.simulation.rules import OrderUpTo, constant
from forecasting.simulation.trial import Shape, Trial, Windows, set_up
from forecasting.simulation.tuning import tune
from forecasting.stock_policy.classes import Floors, abc, xyz
from tests.unit.forecasting.panels import full_panel, panel_of

HORIZON = Horizon(lead_time=2, review=1)
WHOLE = Terms(lead_time=2, limits=Limits())


def known(means: Floats, spread: float, periods: int) -> Rolled:
    """A forecaster that knows the negative binomial demand comes from."""
    head = NegativeBinomial.from_mean_sd(3 * means, np.sqrt(3 * means * spread))
    quantiles = np.stack([head.quantile(level) for level in LEVELS], axis=1)
    one = (np.broadcast_to(3 * means, (1, len(means))), quantiles[None], np.repeat(means[None, :, None], 3, axis=2))
    return Rolled((1,), *one, LEVELS)


def demand_of(means: Floats, spread: float, periods: int, seed: int) -> Floats:
    chance = np.random.default_rng(seed).uniform(1e-9, 1 - 1e-9, (len(means), periods))
    return np.asarray(NegativeBinomial.from_mean_sd(means[:, None], np.sqrt(means * spread)[:, None]).quantile(chance))


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=50, deadline=None)
def test_the_level_for_a_shortage_is_that_of_the_quantile_table(seed: int) -> None:
    chance = np.random.default_rng(seed)
    values = np.sort(np.where(chance.random((4, 7)) < 0.4, 0.0, chance.gamma(1, 20, (4, 7))), axis=1)
    allowed = chance.uniform(0.01, 30, (4, 5))
    found = level_for_shortage(values, np.array(LEVELS), allowed)
    for row in range(4):
        # the table goes down at its first slope, the level reads zero: join them by a quantile next to zero
        table = QuantileTable((1e-9, *LEVELS), np.concatenate([[0.0], values[row]]))
        assert table.shortage(found[row]) == pytest.approx(np.minimum(allowed[row], float(table.mean)), abs=1e-5)


def test_quantiles_run_straight_in_standard_scores_and_on_beyond_the_last() -> None:
    scores = ndtri(np.array(LEVELS))
    normal = (50 + 8 * scores)[None].repeat(2, axis=0)
    wanted = np.array([-1.0, 0.3, 1.7, 4.0])
    assert quantile_at(normal, scores, wanted) == pytest.approx(np.array([50 + 8 * wanted] * 2))
    each = np.array([[0.3], [4.0]])
    assert quantile_at(normal, scores, each) == pytest.approx(50 + 8 * each)
    assert quantile_at(normal, scores, np.array([-9.0])).min() == 0


def test_the_curve_goes_through_the_policies_it_was_drawn_from() -> None:
    means = np.array([2.0, 5, 9])
    demand = demand_of(means, 4, 400, seed=1)
    forecast = known(means, 4, 400)

    def run(values: Floats) -> Frontier:
        return Frontier(
            values, replay(History(demand), OrderUpTo(at_quantile(forecast)(values)), WHOLE, len(values), [range(10, 400)])[0]
        )

    drawn = run(COARSE_SCORES)
    place = 11
    fill = float(drawn.outcome.fill_rate[place])
    point = drawn.at(fill)
    assert point is not None
    assert drawn.between(drawn.parameters, point) == pytest.approx(COARSE_SCORES[place])
    assert drawn.stock(fill)[0] == pytest.approx(drawn.outcome.average_on_hand[place])
    assert drawn.at(0.999_999_9) is None or drawn.outcome.fill_rate[-1] == 1
    assert run(COARSE_SCORES[8:]).at(0.5) is None  # even the lowest serves more


@given(st.lists(st.floats(0, 1), min_size=2, max_size=9), st.floats(0.01, 0.99))
def test_a_fill_rate_is_reached_between_two_values_or_not_at_all(fill: list[float], target: float) -> None:
    place, part = crossing(np.array([fill]), target)
    if np.isnan(part[0]):
        assert max(fill) < target or fill[0] > target
    else:
        rising = np.maximum.accumulate(fill)
        low = rising[max(place[0] - 1, 0)]
        assert low + part[0] * (rising[place[0]] - low) == pytest.approx(target)


def test_one_critical_ratio_for_all_needs_less_stock_than_one_fill_rate_for_each_or_one_cover() -> None:
    chance = np.random.default_rng(3)
    means = chance.gamma(0.8, 10, 300) + 0.05
    demand, forecast = demand_of(means, 6, 160, seed=4), known(means, 6, 160)
    trial = Trial(panel_of(demand), np.arange(300), {}, History(demand), HORIZON, Windows(1, 5, 20), WHOLE, (1,))
    ratio = trial.frontier(at_quantile(forecast), COARSE_SCORES)
    fill = trial.frontier(same_fill(forecast, 1 / 3), COARSE_SCORES)
    covers = trial.frontier(cover(forecast), COARSE_COVERS)
    for rate in (0.9, 0.95, 0.98):
        assert compare_stock(ratio, fill, rate).low > 0.02
        assert compare_stock(ratio, covers, rate).low > (-0.01 if rate == 0.9 else 0.005)
    busy = means > 2  # the others are short of a unit now and then, or of none
    for rate in (0.9, 0.98):  # the other rule gives each SKU its share, which is what it was asked for
        apart = [_spread_of_fill(drawn, rate, busy) for drawn in (fill, ratio, covers)]
        assert apart[0] < apart[1] < apart[2]


def _spread_of_fill(drawn: Frontier, rate: float, rows: np.ndarray) -> float:
    point = drawn.at(rate)
    assert point is not None
    return float(np.std(drawn.outcome.fill_rate_of_each[rows, point.place]))


def test_ratios_by_worth_need_less_money_and_one_ratio_for_all_fewer_units() -> None:
    chance = np.random.default_rng(6)
    means, worth = np.full(300, 6.0), np.exp(chance.normal(0, 1.2, 300))
    demand, forecast = demand_of(means, 5, 160, seed=7), known(means, 5, 160)
    trial = Trial(panel_of(demand), np.arange(300), {}, History(demand), HORIZON, Windows(1, 5, 20), WHOLE, (1,))
    ratio = trial.frontier(at_quantile(forecast), COARSE_SCORES)
    money = trial.frontier(by_worth(forecast, worth), COARSE_PRICES)
    for rate in (0.9, 0.95):
        assert compare_stock(money, ratio, rate, worth=worth).low > 0.05
        assert compare_stock(ratio, money, rate).low > 0.01


def test_a_policy_is_not_better_than_itself() -> None:
    means = np.full(20, 4.0)
    outcome = replay(History(demand_of(means, 3, 60, 1)), OrderUpTo(constant(np.arange(0.0, 40, 4))), WHOLE, 10, [range(60)])[0]
    itself = Frontier(np.arange(10.0), outcome)
    found = compare_stock(itself, itself, 0.95)
    assert (found.saved, found.low, found.high, found.chance) == (0, 0, 0, 0)
    fewer = Frontier(np.arange(10.0), outcome.select(np.arange(20) < 5))
    with pytest.raises(ParameterError, match="challenger is of 5 series"):
        compare_stock(fewer, itself, 0.95)


@pytest.fixture(scope="module")
def trial() -> Trial:
    """Sparse and busy series with censored weeks, some new."""
    return set_up(full_panel(60, 60, 7), HORIZON, Windows(20, 28, 36), WHOLE)


def test_what_comes_later_changes_no_level(trial: Trial) -> None:
    panel = trial.panel
    changed = panel.units.copy()
    changed[:, 40:] = changed[:, 40:] * 3 + 5
    other = replace(panel, units=changed)
    for forecaster in (BASELINES["experience"], COMBINATION):
        one, two = (rolled(which, forecaster, trial.asked, HORIZON) for which in (panel, other))
        upto = one.place(40) + 1
        np.testing.assert_array_equal(one.quantiles[:upto], two.quantiles[:upto])
        assert not np.array_equal(one.quantiles, two.quantiles)


def test_series_without_enough_history_are_named_and_get_no_level() -> None:
    units = np.ones((4, 40))
    units[1, :33] = np.nan  # 3 periods known when judging begins
    units[2, 20:] = np.nan  # withdrawn
    units[3, :] = np.nan
    found = set_up(panel_of(units), HORIZON, Windows(12, 20, 36), WHOLE)
    assert found.rows.tolist() == [0]
    assert found.left_out == {
        1: "3 periods known before judging begins, 8 needed",
        2: "withdrawn before judging begins",
        3: "not on sale before judging begins",
    }
    with pytest.raises(ParameterError, match="history is of 40 periods: it must be of one SKU at least with 50 known"):
        set_up(panel_of(units), HORIZON, Windows(12, 20, 36), WHOLE, least_history=50)
    with pytest.raises(ParameterError, match="judge is 40: it must be below the 40 periods"):
        set_up(panel_of(units), HORIZON, Windows(12, 20, 40), WHOLE)


def test_a_series_opens_when_enough_of_it_is_known_and_censored_weeks_do_not_count() -> None:
    units = np.ones((2, 40))
    units[1, :15] = np.nan
    panel = panel_of(units)
    stocked = np.ones((2, 40), np.float32)
    stocked[0, 30] = 0.1
    found = set_up(replace(panel, in_stock_share=stocked), HORIZON, Windows(12, 20, 26), WHOLE)
    assert found.history.opens is not None
    assert found.history.opens.tolist() == [12, 23]
    _, later = found.run(OrderUpTo(constant([5.0])), 1)
    assert later.periods.tolist() == [13, 14]


def test_every_shape_of_policy_replays_a_forecast(trial: Trial) -> None:
    forecast = rolled(trial.panel, BASELINES["exponential smoothing"], trial.asked, HORIZON)
    lot = np.maximum(np.nanmean(trial.panel.units[:, :36], axis=1), 1)[:, None] * 3
    stock = {}
    for shape in (Shape(), Shape("min-max", lot), Shape("lot", lot)):
        drawn = trial.frontier(at_quantile(forecast), COARSE_SCORES, shape, (0.9,))
        stock[shape.kind] = drawn.stock(0.9)[0]
        assert 0 < stock[shape.kind] < 1e6
    assert stock["order-up-to"] < stock["min-max"]  # bigger orders lie longer
    with pytest.raises(ParameterError, match="policy is 'weekly'"):
        Shape("weekly")


def test_tuning_gives_each_class_what_its_shortage_is_worth_and_keeps_floors() -> None:
    means = np.full(200, 8.0)
    spread = np.where(np.arange(200) < 100, 1.5, 30.0)
    demand = demand_of(means, 1.5, 120, 1)
    demand[100:] = demand_of(means[100:], 30.0, 120, 2)
    wrong = known(means, 6, 1)  # one spread for all: too wide for the calm half, too narrow for the wild one
    trial = Trial(panel_of(demand), np.arange(200), {}, History(demand), HORIZON, Windows(1, 5, 60), WHOLE, (1,))
    groups = np.where(spread < 2, "AX", "AZ")
    scores = np.arange(-2, 5.01, 0.1)
    earlier, _ = trial.run(OrderUpTo(at_quantile(wrong)(scores)), len(scores))
    found = tune(earlier, scores, groups, trust=1.0)
    assert found.offsets["AX"] < -0.3 < 0.1 < found.offsets["AZ"]
    common = trial.frontier(at_quantile(wrong), COARSE_SCORES)
    tuned = trial.frontier(found.applied(at_quantile(wrong), groups), COARSE_SCORES)
    assert compare_stock(tuned, common, 0.95).low > 0.02
    floored = tune(earlier, scores, groups, floors={"AX": 0.97})
    _, later = trial.run(OrderUpTo(floored.applied(at_quantile(wrong), groups)(np.array([-3.0]))), 1)
    assert later.select(groups == "AX").fill_rate[0] == pytest.approx(0.97, abs=0.015)
    assert later.select(groups == "AZ").fill_rate[0] < 0.9
    assert tune(earlier.chosen(np.zeros((200, 3), np.int64)), scores[:3], groups).offsets == {}  # never reached: nothing said


def test_a_combination_keeps_what_forecasts_promise_however_little_there_is() -> None:
    for panel in (full_panel(40, 60, 1), full_panel(3, 5, 2), panel_of(np.zeros((5, 30))), panel_of([[4.0]])):
        for count in (1, len(panel.periods)):
            history = panel.up_to(count)
            on_sale = history.on_sale()[:, -1]
            refuse_bad(COMBINATION(history, HORIZON), "combination", on_sale)


def test_pooled_quantiles_cover_what_they_should() -> None:
    chance = np.random.default_rng(8)
    means = chance.gamma(1, 8, 400) + 0.1
    units = demand_of(means, 5, 63, seed=9)
    panel: Panel = panel_of(units)
    forecast: Forecast = Combination(LEVELS)(panel.up_to(60), HORIZON)
    came = units[:, 60:].sum(axis=1)
    for number, level in enumerate(LEVELS):
        covered = np.mean(came <= forecast.quantiles[:, number])
        assert level - 0.04 < covered < level + 0.1  # whole demand: at least


def test_classes_by_value_and_variation() -> None:
    assert abc(np.array([5.0, 70, 20, 4, 1, np.nan])).tolist() == ["B", "A", "A", "C", "C", "C"]
    assert abc(np.zeros(2)).tolist() == ["C", "C"]
    flat, wavy, wild, none = [4.0] * 8, [1.0, 7] * 4, [0.0] * 7 + [9], [0.0] * 8
    assert xyz(np.array([flat, wavy, wild, none])).tolist() == ["X", "Y", "Z", "Z"]
    floors = Floors({"A": 0.97, "Z": 0.9, "AZ": 0.95})
    assert [floors.of(pair) for pair in ("AX", "AZ", "CZ", "CX")] == [0.97, 0.95, 0.9, None]
    with pytest.raises(ParameterError, match="shares is"):
        abc(np.ones(3), (0.9, 0.8))
    with pytest.raises(ParameterError, match="class is 'D'"):
        Floors({"D": 0.9})
    with pytest.raises(ParameterError, match=r"floor of A is 1\.2"):
        Floors({"A": 1.2})
