"""What promotions, prices and days of the week do to demand, learned from made-up demand of which it is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from forecasting.calendar.event import Event
from forecasting.features.effects import factors
from forecasting.features.occasions import MOST_TYPES, looked_at
from forecasting.features.regressors import MOST_KINDS, regressors
from forecasting.features.table import Rows, ahead
from forecasting.features.view import history_of
from forecasting.features.week import week_profile
from forecasting.forecast import Horizon
from forecasting.model.settings import Settings
from forecasting.model.training import ready_to_learn
from forecasting.panel.panel import Cells
from forecasting.panel.periods import Frequency
from tests.unit.forecasting.panels import full_panel, panel_of

SERIES, PERIODS, AHEAD = 60, 120, 3
chance = np.random.default_rng(7)


def demand_of(lift: np.ndarray, level: np.ndarray, size: float = 8.0) -> Cells:
    """Negative binomial demand, `lift` times the level."""
    mean = level * lift[:, :PERIODS]
    return chance.poisson(chance.gamma(size, mean / size)).astype(np.float32)


def flags(share: float) -> Cells:
    return (chance.random((SERIES, PERIODS + AHEAD)) < share).astype(np.float32)


def test_each_series_gets_the_lift_it_has() -> None:
    promotion, lifts = flags(0.12), chance.uniform(1.3, 4, (SERIES, 1))
    demand = demand_of(np.where(promotion > 0, lifts, 1.0), chance.uniform(10, 200, (SERIES, 1)))
    seen = regressors(None, promotion, PERIODS)
    assert seen is not None
    found = factors(demand, seen, Frequency.WEEK, PERIODS).each
    assert (found[promotion == 0] == 1).all()
    lift = np.array([row[on > 0].max() for row, on in zip(found, promotion, strict=True)])
    assert np.median(np.abs(lift / lifts[:, 0] - 1)) < 0.12
    assert np.corrcoef(lift, lifts[:, 0])[0, 1] > 0.85


def test_elasticities_are_learned_from_changes_of_price_and_lent_to_series_that_had_none() -> None:
    steps = np.repeat(chance.choice([0.7, 0.85, 1.0, 1.1], (SERIES, 41)), 3, axis=1)[:, : PERIODS + AHEAD]
    elasticity = chance.uniform(-2.5, -1.5, (SERIES, 1))
    price = (chance.uniform(1, 50, (SERIES, 1)) * steps).astype(np.float32)
    demand = demand_of(steps**elasticity, chance.uniform(5, 100, (SERIES, 1)))
    price[0] = price[0, 0]
    price[0, -AHEAD:] = 0.7 * price[0, 0]
    seen = regressors(price, None, PERIODS)
    assert seen is not None
    found = factors(demand, seen, Frequency.WEEK, PERIODS).each
    logs = np.log(found[1:] / found[1:, :1]), np.log(price[1:] / price[1:, :1])
    np.testing.assert_allclose((logs[0] * logs[1]).sum(axis=1) / (logs[1] ** 2).sum(axis=1), elasticity[1:, 0], atol=0.6)
    assert found[0, -1] / found[0, 0] == pytest.approx(0.7**-2.0, rel=0.15)


def test_rare_demand_is_lifted_too() -> None:
    promotion = flags(0.2)
    demand = demand_of(np.where(promotion > 0, 3.0, 1.0), np.full((SERIES, 1), 0.2), 1.0)
    seen = regressors(None, promotion, PERIODS)
    assert seen is not None
    found = factors(demand, seen, Frequency.WEEK, PERIODS).each
    assert np.median(found[promotion > 0]) == pytest.approx(3, rel=0.25)


def test_kinds_of_promotion_are_told_apart_and_depths_are_interpolated() -> None:
    kinds = chance.choice([0, 0, 0, 0, 1.1, 1.4], (SERIES, PERIODS + AHEAD)).astype(np.float32)
    depths = chance.choice([0, 0, 0, 0.1, 0.2, 0.3, 0.4, 0.5], kinds.shape).astype(np.float32)
    level = chance.uniform(20, 200, (SERIES, 1))
    of_kind = regressors(None, kinds, PERIODS)
    assert of_kind is not None
    assert of_kind.count == 2
    found = factors(
        demand_of(np.select([kinds > 1.2, kinds > 0], [3.0, 1.5], 1.0), level), of_kind, Frequency.WEEK, PERIODS
    ).each
    assert np.median(found[kinds > 1.2]) == pytest.approx(3, rel=0.1)
    assert np.median(found[(kinds > 0) & (kinds < 1.2)]) == pytest.approx(1.5, rel=0.1)
    of_depth = regressors(None, depths, PERIODS)
    assert of_depth is not None
    assert len(np.unique(depths)) - 1 > MOST_KINDS
    found = factors(demand_of(np.exp(2 * depths), level), of_depth, Frequency.WEEK, PERIODS).each
    for depth in (0.1, 0.3, 0.5):
        assert np.median(found[np.isclose(depths, depth)]) == pytest.approx(np.exp(2 * depth), rel=0.12)


def test_what_never_changes_has_no_effect() -> None:
    assert regressors(np.full((3, 20), 5, np.float32), np.zeros((3, 20), np.float32), 17) is None
    assert regressors(np.full((3, 20), np.nan, np.float32), None, 17) is None
    late = np.zeros((3, 20), np.float32)
    late[:, 18:] = 1
    assert regressors(None, late, 17) is None  # the first promotion ever is in what is ahead


def test_a_price_of_zero_or_none_is_the_one_before() -> None:
    price = np.array([[np.nan, 4, 0, np.nan, 8]], np.float32)
    seen = regressors(price, None, 5)
    assert seen is not None
    np.testing.assert_allclose(seen.of(slice(None))[0, 0], [0, 0, 0, 0, np.log(2)], atol=1e-6)


def test_factors_are_learned_from_what_was_known_alone() -> None:
    panel, other = full_panel(40, 100, 1, Frequency.DAY), full_panel(40, 100, 2, Frequency.DAY)
    late = np.arange(100) >= 70
    spoiled = replace(panel, units=np.where(late, 9 * other.units, panel.units))
    one, two = (history_of(p, Horizon(2, 1), ("promotion", "price"), learned=70).factor for p in (panel, spoiled))
    assert one is not None
    assert two is not None
    np.testing.assert_array_equal(one.each, two.each)


def test_rows_that_are_held_out_judge_the_factors_too() -> None:
    panel = full_panel(40, 100, 1)
    plan = {"promotion": np.zeros((40, 3), np.float32)}
    spoiled = replace(panel, units=np.where(np.arange(100) >= 85, 50, panel.units))
    one, two = (ready_to_learn(p, Horizon(2, 1, plan), Settings()).factor for p in (panel, spoiled))
    assert one is not None
    assert two is not None
    np.testing.assert_array_equal(one.each, two.each)


def test_days_that_are_always_closed_are_no_days() -> None:
    units = np.tile([30.0, 20, 20, 20, 20, 40, 0], (5, 12))
    np.testing.assert_allclose(week_profile(units.astype(np.float32))[0], np.array([30, 20, 20, 20, 20, 40, 0]) * 7 / 150)
    history = history_of(panel_of(units, Frequency.DAY), Horizon(1, 1), ())
    np.testing.assert_allclose(history.demand, 150 / 7, rtol=1e-5)
    origins = np.array([4, 5])  # Friday and Saturday: a weekend, Sunday and Monday
    np.testing.assert_allclose(ahead(history, Rows(np.zeros(2, np.int64), origins)) * 2 * 150 / 7, [40, 30], rtol=1e-5)


def test_what_is_not_planned_is_left_in_demand() -> None:
    panel = full_panel(20, 60, 1)
    assert history_of(panel, Horizon(2, 1), ()).factor is None
    plan = {"promotion": np.ones((20, 3), np.float32)}
    history = history_of(panel, Horizon(2, 1, plan), ("promotion",))
    assert history.factor is not None
    np.testing.assert_allclose(history.factor.ahead[:, -1], history.factor.each[:, -3:].mean(axis=1), rtol=1e-5)
    np.testing.assert_allclose(history.demand * history.factor.each[:, :60], history.wanted, rtol=1e-5)


def told_of(kinds: dict[str, list[int]], series: int, *, of_each: bool = False) -> list[Event]:
    """Events of whole weeks from the first of 2024 on, about all series, or each about one of them in turn."""
    found = []
    for kind, places in kinds.items():
        for number, week in enumerate(places):
            first = date(2024, 1, 1) + timedelta(7 * week)
            found.append(
                Event(kind, first, first + timedelta(6), skus=frozenset([f"sku {number % series}"]) if of_each else None)
            )
    return found


def test_a_type_that_has_been_once_counts_as_far_as_it_stands_out_of_what_all_series_do_at_times() -> None:
    shocks = np.exp(chance.normal(0, 0.15, PERIODS))
    shocks[60], shocks[80] = 3.0, 1.1
    panel = panel_of(chance.poisson(chance.uniform(20, 60, (SERIES, 1)) * shocks))
    events = told_of({"jubilee": [60, PERIODS], "moonlight": [80, PERIODS + 1]}, SERIES)
    history = history_of(panel, Horizon(2, 1), (), events, kinds=("jubilee", "moonlight"))
    assert history.factor is not None
    np.testing.assert_allclose(np.median(history.factor.each[:, -3:], axis=0), [3, 1.04, 1], rtol=0.25)
    assert np.median(history.factor.each[:, 80]) < 1.08, "a tenth more is what any week may bring"
    off = history.factor.without(["jubilee"])
    np.testing.assert_allclose(off.each[:, -3], 1, rtol=1e-6)
    np.testing.assert_allclose(off.each[:, :-3], history.factor.each[:, :-3])
    np.testing.assert_allclose(off.ahead[:, -1], off.each[:, -3:].mean(axis=1), rtol=1e-6)


def test_a_period_in_which_an_event_leaves_hardly_any_demand_tells_nothing_of_ordinary_ones() -> None:
    units = chance.poisson(20, (SERIES, 60)).astype(float)
    units[:, [20, 40]] = chance.poisson(0.5, (SERIES, 2))
    history = history_of(panel_of(units), Horizon(2, 1), (), told_of({"closure": [20, 40]}, SERIES), kinds=("closure",))
    assert np.isnan(history.demand[:, [20, 40]]).all()
    assert np.isnan(history.demand).sum() == 2 * SERIES
    assert not np.isnan(history.wanted).any()


def test_of_very_many_types_those_with_most_occasions_are_looked_at() -> None:
    panel = panel_of(chance.poisson(9, (8, 40)))
    kinds = {f"type {number:02}": list(range(2 + number % 30)) for number in range(60)}
    events = [*told_of(kinds, 8, of_each=True), *told_of({"fair": [3]}, 8), *told_of({"gala": [41]}, 8)]
    skus = panel.series["sku"].to_list()
    found = looked_at(events, skus, panel.periods)
    assert len(found) == MOST_TYPES
    assert ("type 29" in found, "type 00" in found) == (True, False)
    assert looked_at(events[-2:], skus, panel.periods) == ("fair",), "one that is to come has not been"


def test_chance_of_series_that_vary_much_is_not_what_an_event_does_to_them() -> None:
    draws, wide = np.random.default_rng(4), np.arange(SERIES) % 3 == 0
    rates = np.where(wide[:, None], draws.gamma(1.0, 60.0, (SERIES, 100)), 60.0)
    events = told_of({"fair": [40, 80]}, SERIES)
    history = history_of(panel_of(draws.poisson(rates)), Horizon(2, 1), (), events, kinds=("fair",))
    assert history.factor is not None
    assert np.abs(np.log(history.factor.each[:, 40])).max() < 0.1
