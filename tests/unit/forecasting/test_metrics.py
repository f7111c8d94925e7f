"""Scores against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.bootstrap import compare, draws, interval
from forecasting.metrics import (
    Score,
    bias,
    coverage,
    naive_scale,
    pinball,
    rmsse,
    rolling_sums,
    scaled_pinball,
    wape,
    weighted_pinball,
)
from forecasting.parameters import ParameterError

NAN = float("nan")
ACTUAL = np.array([[10.0, 0.0, 4.0], [6.0, 2.0, NAN]])
FORECAST = np.array([[8.0, 1.0, 4.0], [9.0, 2.0, 5.0]])


def test_wape_is_missed_units_over_wanted_units() -> None:
    assert wape(ACTUAL, FORECAST).value == pytest.approx((2 + 1 + 0 + 3 + 0) / (10 + 0 + 4 + 6 + 2))
    assert wape(ACTUAL, 0 * FORECAST).value == 1


def test_bias_is_positive_when_too_much_is_forecast() -> None:
    assert bias(ACTUAL, FORECAST).value == pytest.approx((-2 + 1 + 0 + 3 + 0) / 22)


def test_what_is_not_known_is_not_scored() -> None:
    assert wape(ACTUAL, FORECAST).series == 3
    assert wape(ACTUAL, FORECAST).at(1).series == 2
    assert np.isnan(wape(np.array([NAN]), np.array([1.0])).value)


def test_the_naive_scale_is_what_the_naive_forecast_misses() -> None:
    history = np.array([[1.0, 3.0, 0.0, 4.0], [NAN, 2.0, 2.0, 5.0], [NAN, NAN, NAN, 1.0]])
    np.testing.assert_allclose(naive_scale(history, 1, 1), [(2 + 3 + 4) / 3, 1.5, NAN])
    np.testing.assert_allclose(naive_scale(history, 1, 2), [np.sqrt((4 + 9 + 16) / 3), np.sqrt(4.5), NAN])
    np.testing.assert_allclose(naive_scale(history, 2, 1), [0, NAN, NAN])  # 4 after 4: (0 + 4) - (1 + 3)


def test_rolling_sums_are_missing_where_a_period_is() -> None:
    np.testing.assert_array_equal(rolling_sums(np.array([[1.0, 2.0, NAN, 3.0, 4.0]]), 2), [[3, NAN, NAN, 7]])
    assert rolling_sums(np.ones((2, 3)), 4).shape == (2, 0)


def test_rmsse_takes_the_root_over_cut_offs_and_the_mean_over_series() -> None:
    scale = np.array([2.0, 0.0, 1.0])  # the second series never changed: it has no scale
    score = rmsse(ACTUAL, FORECAST, scale)
    assert score.value == pytest.approx((np.sqrt((1 + 2.25) / 2) + 0) / 2)
    assert score.series == 2


def test_single_periods_are_scored_over_the_horizon() -> None:
    actual = np.array([[[1.0, 2.0], [3.0, NAN]]])  # one cut-off, two periods, two series
    forecast = np.array([[[2.0, 2.0], [1.0, 9.0]]])
    assert wape(actual, forecast).over_periods().value == pytest.approx(3 / 6)
    score = rmsse(actual, forecast, np.array([[[1.0, 1.0]]])).over_periods()
    assert score.value == pytest.approx((np.sqrt((1 + 4) / 2) + 0) / 2)


@pytest.mark.parametrize(("actual", "quantile", "loss"), [(10, 7, 2.7), (7, 10, 0.3), (5, 5, 0)])
def test_pinball_loss_is_dear_above_a_high_quantile(actual: float, quantile: float, loss: float) -> None:
    assert pinball(np.array([float(actual)]), np.array([float(quantile)]), 0.9)[0] == pytest.approx(loss)


def test_scaled_and_weighted_pinball() -> None:
    actual, quantile = np.array([10.0, 7.0, NAN]), np.array([7.0, 10.0, 1.0])
    assert scaled_pinball(actual, quantile, 0.9, np.array([2.0, 1.0, 1.0])).value == pytest.approx((1.35 + 0.3) / 2)
    assert weighted_pinball(actual, quantile, 0.9).value == pytest.approx(2 * 3.0 / 17)
    assert weighted_pinball(ACTUAL, FORECAST, 0.5).value == pytest.approx(wape(ACTUAL, FORECAST).value)


def test_coverage_counts_what_the_quantile_held() -> None:
    assert coverage(np.array([1.0, 2.0, 3.0, NAN]), np.array([1.0, 1.0, 4.0, 9.0])).value == pytest.approx(2 / 3)


def test_a_resample_of_everything_once_is_the_score_itself() -> None:
    scale = np.array([2.0, 0.0, 1.0])
    once = draws(2, 3, 1)
    once = type(once)(np.ones((1, 2)), np.ones((1, 3)))
    for score in (wape(ACTUAL, FORECAST), rmsse(ACTUAL, FORECAST, scale)):
        assert once.scores(score)[0] == pytest.approx(score.value)
        assert once.scores_at_each(score)[0] == pytest.approx([score.at(0).value, score.at(1).value])


def test_a_series_drawn_twice_counts_twice() -> None:
    drawn = type(draws(1, 1))(np.array([[2.0, 0.0]]), np.array([[1.0, 0.0, 2.0]]))
    assert drawn.scores(wape(ACTUAL, FORECAST))[0] == pytest.approx((2 + 2 * 0) / (10 + 2 * 4))


def test_the_interval_of_a_mean_is_about_two_standard_errors_wide() -> None:
    chance = np.random.default_rng(1)
    values = chance.exponential(1.0, (1, 4000))
    low, high = interval(Score(values, np.ones_like(values), values > 0), draws(1, 4000, 1000))
    assert low < values.mean() < high
    assert high - low == pytest.approx(2 * 1.96 / np.sqrt(4000), rel=0.15)


def test_intervals_repeat_with_the_seed() -> None:
    score = wape(ACTUAL, FORECAST)
    assert interval(score, draws(2, 3, seed=7)) == interval(score, draws(2, 3, seed=7))


def test_a_comparison_is_paired() -> None:
    chance = np.random.default_rng(2)
    actual = chance.gamma(2.0, 50.0, (8, 500))
    noise = chance.normal(0, 20, actual.shape)
    champion, challenger = wape(actual, actual + noise), wape(actual, actual + 0.95 * noise)
    found = compare(challenger, champion, draws(8, 500))
    assert found.saved == pytest.approx(0.05)
    assert found.low == pytest.approx(0.05)
    assert found.chance == 1
    alone = interval(champion, draws(8, 500))
    assert alone[1] / alone[0] - 1 > 0.05  # unpaired, the two could not be told apart


def test_a_comparison_keeps_what_nobody_wanted() -> None:
    actual = np.array([[0.0, 10.0]])
    found = compare(wape(actual, np.array([[0.0, 10.0]])), wape(actual, np.array([[5.0, 10.0]])), draws(1, 2))
    assert found.saved == 1


def test_only_the_same_cut_offs_and_series_can_be_compared() -> None:
    with pytest.raises(ParameterError, match="challenger"):
        compare(wape(ACTUAL[:, :2], FORECAST[:, :2]), wape(ACTUAL, FORECAST), draws(2, 3))
