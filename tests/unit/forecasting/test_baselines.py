"""Simple methods against numbers worked out by hand; arrays have time first."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from forecasting.baselines.adida import adida
from forecasting.baselines.baseline import BASELINES
from forecasting.baselines.classes import classify, intervals, size_variation
from forecasting.baselines.combination import COMBINATION
from forecasting.baselines.intermittent import croston, croston_sba, tsb
from forecasting.baselines.method import Flat, Rates
from forecasting.baselines.moving import moving_average, moving_median, naive, seasonal_naive
from forecasting.baselines.quantiles import count_quantiles, empirical_quantiles, variances
from forecasting.baselines.smoothing import smoothed, smoothed_best
from forecasting.distributions.counts import NegativeBinomial
from forecasting.forecast import Forecast, Horizon, refuse_bad
from forecasting.metrics import LEVELS
from forecasting.panel.panel import Panel
from forecasting.panel.periods import Frequency, Periods
from forecasting.parameters import Floats, ParameterError
from tests.unit.forecasting.panels import panel_of

NAN = float("nan")


def rates_of(rates: Rates, *units: float) -> list[float]:
    return rates(np.array(units, np.float64)[:, None])[:, 0].tolist()


def test_moving_average_takes_what_is_known_of_the_latest_periods() -> None:
    assert rates_of(moving_average(2), NAN, 4, 2, NAN, NAN, 9) == pytest.approx([NAN, 4, 3, 2, 2, 9], nan_ok=True)
    assert rates_of(moving_average(4), 1, 2, 3, 4, 5)[-1] == 3.5


def test_moving_median_is_the_middle_of_the_latest_periods() -> None:
    assert rates_of(moving_median(3), NAN, 5, 1, 3, 0, 0, NAN) == pytest.approx([NAN, 5, 3, 3, 1, 0, 0], nan_ok=True)


@pytest.mark.parametrize("periods", [1, 2, 3, 5, 8, 12, 13, 26])
def test_moving_median_agrees_with_numpy(periods: int) -> None:
    demand = np.random.default_rng(periods).poisson(3, (40, 7)).astype(float)
    medians = moving_median(periods)(demand)
    for now in range(40):
        np.testing.assert_allclose(medians[now], np.median(demand[max(now - periods + 1, 0) : now + 1], axis=0))


def test_seasonal_naive_repeats_the_season_before() -> None:
    demand = np.arange(1.0, 9.0)[:, None]
    sums, ahead = seasonal_naive(demand, 3, 4)
    assert ahead[:, 0].tolist() == [6, 7, 8, 6]
    assert sums[-1, 0] == 27
    assert sums[0, 0] == 1 + 1 + 1 + 1  # no season before: the latest period
    assert sums[3, 0] == 2 + 3 + 4 + 2


def test_naive_repeats_the_latest_period_known() -> None:
    sums, ahead = naive(np.array([[3.0], [5.0], [NAN]]), 12, 2)
    assert sums[:, 0].tolist() == [6, 10, 10]
    assert ahead[:, 0].tolist() == [5, 5]


def test_exponential_smoothing_moves_a_part_of_each_error() -> None:
    assert rates_of(smoothed(0.5), NAN, 4, 8, NAN, 2) == pytest.approx([NAN, 4, 6, 6, 4], nan_ok=True)


def test_the_smoothing_weight_is_the_one_with_the_smallest_errors_so_far() -> None:
    jump, noise = [0.0] * 5 + [10.0] * 5, [5.0, 9, 1, 8, 2, 9, 1, 8, 2, 5]
    both = np.array([jump, noise]).T
    chosen, slow, quick = (rates(both) for rates in (smoothed_best((0.1, 0.9)), smoothed(0.1), smoothed(0.9)))
    assert chosen[-1].tolist() == [quick[-1, 0], slow[-1, 1]]
    np.testing.assert_array_equal(smoothed_best((0.1, 0.9))(both[:7]), chosen[:7])  # later errors choose nothing before them


def test_croston_smooths_sizes_and_intervals_apart() -> None:
    # sizes 6, then 6 + .5 (2 - 6) = 4; intervals 2, then 2 + .5 (3 - 2) = 2.5
    assert rates_of(croston(0.5), 0, 6, 0, 0, 2) == pytest.approx([0, 3, 3, 3, 1.6])
    assert rates_of(croston_sba(0.5), 0, 6, 0, 0, 2) == pytest.approx([0, 2.25, 2.25, 2.25, 1.2])


def test_croston_does_not_count_periods_without_stock() -> None:
    assert rates_of(croston(0.5), 0, 6, NAN, 0, 0, 2) == pytest.approx([0, 3, 3, 3, 3, 1.6])


def test_tsb_lets_the_chance_of_demand_fall() -> None:
    # chance 1/2, .4, .32, then .32 + .2 (1 - .32) = .456; size 6, then 4
    assert rates_of(tsb(0.5, 0.2), 0, 6, 0, 0, 2) == pytest.approx([0, 3, 2.4, 1.92, 4 * 0.456])


def test_nothing_is_expected_before_a_series_is_on_sale() -> None:
    for rates in (croston(), tsb()):
        assert rates_of(rates, NAN, 0) == pytest.approx([NAN, 0], nan_ok=True)


def test_adida_smooths_buckets_as_long_as_the_mean_interval() -> None:
    # 3 demands in 6 periods: buckets of 2 that end at the origin, means 2, 1, 3: 2 + .5 (1 - 2) = 1.5, + .5 (3 - 1.5) = 2.25
    assert rates_of(adida(0.5), 4, 0, 2, 0, 0, 6)[-1] == pytest.approx(2.25)
    assert rates_of(adida(0.5), NAN, 3)[-1] == 3


def test_classes_of_syntetos_boylan_and_croston() -> None:
    demand = np.array(
        [
            [5, 5, 6, 5, 0, 5, 5, 5],
            [1, 9, 1, 9, 1, 9, 1, 0],
            [5, 0, 0, 5, 0, 0, 5, 0],
            [1, 0, 0, 9, 0, 0, 1, 0],
            [0, 0, 0, 0, NAN, NAN, 0, 0],
        ]
    )
    assert classify(demand).tolist() == ["smooth", "erratic", "intermittent", "lumpy", "none"]
    np.testing.assert_allclose(intervals(demand)[:4], [8 / 7, 8 / 7, 8 / 3, 8 / 3])
    assert size_variation(demand)[3] == pytest.approx(np.var([1, 9, 1]) / np.mean([1, 9, 1]) ** 2)


def test_empirical_quantiles_are_past_errors_at_their_places() -> None:
    errors = np.arange(-10.0, 9.0)[:, None]  # 19 of them: the p-quantile is number 20 p
    found = empirical_quantiles(np.array([50.0]), errors, (0.5, 0.7, 0.9))
    assert found[0].tolist() == [49, 53, 57]
    assert empirical_quantiles(np.array([2.0]), errors, (0.1,))[0, 0] == 0  # -9 + 1, not below zero


def test_beyond_the_largest_error_a_count_distribution_speaks() -> None:
    errors = np.array([-2.0, 3] * 6)[:, None]
    found = empirical_quantiles(np.array([4.0]), errors, LEVELS)[0]
    assert found[-1] == NegativeBinomial.from_mean_sd(4.0, np.sqrt(6.5)).quantile(0.99) > 7
    assert np.all(np.diff(found) >= 0)


def test_few_errors_leave_it_to_the_count_distribution() -> None:
    errors = np.array([[-2.0], [3.0]])
    mean = np.array([4.0])
    np.testing.assert_array_equal(empirical_quantiles(mean, errors, LEVELS), count_quantiles(mean, errors, LEVELS))


def test_a_new_series_is_as_uncertain_as_the_old_ones_together() -> None:
    errors = np.full((12, 3), NAN)
    errors[:, 0], errors[:, 1] = [-6.0, 6] * 6, [-2.0, 2] * 6  # variances 36 and 4, means 5 and 3: a ratio of 5
    errors[:3, 2] = [-2.0, 1, 2]
    mean = np.array([5.0, 3.0, 2.0])
    np.testing.assert_allclose(variances(mean, errors), [36, 4, (9 + 5 * 5 * 2) / 8])
    assert variances(mean[2:], errors[:, 2:])[0] == (9 + 5 * 2) / 8  # nobody to learn from: a Poisson's


def test_count_quantiles_have_the_mean_and_the_spread_of_the_errors() -> None:
    errors = np.tile([[-5.0, -1, 0, 0], [5.0, 1, 0, 0]], (6, 1))
    found = count_quantiles(np.array([4.0, 4.0, 0.0, NAN]), errors, (0.5, 0.95))
    assert found[0].tolist() == NegativeBinomial.from_mean_sd(4.0, 5.0).quantile(np.array([0.5, 0.95])).tolist()
    assert found[1].tolist() == [4, 8]  # Poisson(4)
    assert found[2].tolist() == [0, 0]
    assert np.isnan(found[3]).all()


@pytest.mark.parametrize("name", BASELINES)
def test_every_baseline_forecasts_every_kind_of_series(name: str) -> None:
    rows = [[0] * 30, [3] * 30, [NAN] * 29 + [2], [NAN] * 30, [0, 0, 0, 0, 9] * 6, [4] * 20 + [NAN] * 10]
    history = panel_of(rows)
    forecast = BASELINES[name](history, Horizon(2, 1))
    on_sale = np.array([True, True, True, False, True, False])
    np.testing.assert_array_equal(np.isnan(forecast.mean), ~on_sale)
    np.testing.assert_array_equal(np.isnan(forecast.quantiles).any(axis=1), ~on_sale)
    assert forecast.mean[:2].tolist() == [0, pytest.approx(9)] or name == "SBA"
    assert np.all(np.diff(forecast.quantiles[on_sale], axis=1) >= 0)
    assert forecast.by_period is not None
    np.testing.assert_allclose(forecast.by_period[on_sale].sum(axis=1), forecast.mean[on_sale])


@pytest.mark.parametrize("name", BASELINES)
def test_a_history_of_one_period_is_enough(name: str) -> None:
    forecast = BASELINES[name](panel_of([[4.0], [0.0]]), Horizon(1, 0))
    assert np.isfinite(forecast.quantiles).all()
    assert forecast.mean[1] == 0


@pytest.mark.parametrize("frequency", Frequency)
def test_a_series_that_was_never_in_stock_is_forecast_as_zero(frequency: Frequency) -> None:
    units = np.ones((1, 9), np.float32)
    periods = Periods(frequency, np.datetime64("2024-01-01").item(), 9)
    names = pl.DataFrame({"sku": ["a"], "location": [None]})
    history = Panel(names, periods, units, np.zeros(1, np.int64), in_stock_share=np.full((1, 9), 0.4, np.float32))
    forecast = BASELINES["exponential smoothing"](history, Horizon(1, 1))
    assert forecast.mean.tolist() == [0]
    assert forecast.by_period is not None
    assert forecast.by_period.tolist() == [[0, 0]]
    assert np.isfinite(forecast.quantiles).all()


def test_a_forecast_whose_periods_are_none_is_refused() -> None:
    broken = Forecast(np.array([1.0]), np.ones((1, len(LEVELS))), np.array([[np.nan, 1.0]]))
    with pytest.raises(ParameterError, match=r"by hand: forecast of series 0 is 1 .* and periods \[nan, 1.0\]"):
        refuse_bad(broken, "by hand", np.array([True]))


METHODS = {name: baseline.method for name, baseline in BASELINES.items() if "ADIDA" not in name}


@pytest.mark.parametrize("name", METHODS)
def test_past_forecasts_of_a_method_are_those_it_made_then(name: str) -> None:
    demand: Floats = np.random.default_rng(3).poisson(1.0, (60, 50)).astype(float)
    demand[:10, :10] = NAN
    demand[30:33, 20:30] = NAN
    sums, _ = METHODS[name](demand, 7, 3)
    for now in (12, 31, 45):
        np.testing.assert_allclose(METHODS[name](demand[:now], 7, 3)[0][-1], sums[now - 1])


@pytest.mark.parametrize("wrong", [0.0, 1.0, NAN])
def test_weights_are_shares(wrong: float) -> None:
    for method in (smoothed, croston, croston_sba, tsb, adida):
        with pytest.raises(ParameterError, match="alpha"):
            method(wrong)


def test_flat_multiplies_by_the_periods() -> None:
    sums, ahead = Flat(moving_average(2))(np.array([[1.0], [3.0]]), 12, 5)
    assert (sums[-1, 0], ahead.shape, ahead[0, 0]) == (10, (5, 1), 2)


def test_the_combination_bears_demand_of_which_nothing_was_seen_before_one_order() -> None:
    units = np.zeros((20, 34))
    units[0, 31] = 1e6
    said = COMBINATION(panel_of(units), Horizon(2, 1))
    assert np.isfinite(said.mean).all()
    assert (np.diff(said.quantiles, axis=1) >= 0).all()
