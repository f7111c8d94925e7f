"""Errors of simple methods, pooled by size, beside the heads of the demand model."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from forecasting.baselines import combination
from forecasting.baselines.combination import COMBINATION, Combination
from forecasting.baselines.errors_by_size import FEWEST_PAIRS, ErrorsBySize, errors_by_size
from forecasting.features.view import history_of
from forecasting.forecast import Horizon
from forecasting.metrics import LEVELS
from forecasting.model.pooled import SHARE, Pooled, pooled_errors, weighed
from forecasting.panel.periods import Frequency
from tests.unit.forecasting.panels import full_panel, panel_of

ROWS = 2_000
RHYTHM: NDArray[np.int64] = np.repeat(np.array([0, 1]), ROWS // 2)


def test_quantiles_of_a_size_are_those_of_past_sums_of_that_size() -> None:
    chance = np.random.default_rng(1)
    expected = np.repeat([2.0, 200.0], 20_000)
    came = np.concatenate([chance.poisson(2.0, 20_000), chance.poisson(200.0, 20_000)]).astype(float)
    found = errors_by_size(expected, came, LEVELS)
    assert found is not None
    small, large = found.about(np.array([2.0, 200.0]))
    np.testing.assert_allclose(small, np.quantile(came[:20_000], LEVELS), atol=0.01)
    np.testing.assert_allclose(large, np.quantile(came[20_000:], LEVELS), rtol=0.01)
    assert np.isnan(found.about(np.array([np.nan]))).all()


def test_sums_of_a_size_are_never_told_apart_by_the_order_they_stand_in() -> None:
    came = np.zeros(20_000)
    came[:400] = 30.0  # the first that was ever seen
    expected = np.zeros(20_000)
    expected[-2_000:], came[-2_000:] = 8.0, 8.0
    forwards, backwards = (
        errors_by_size(expected[order], came[order], LEVELS) for order in (slice(None), slice(None, None, -1))
    )
    assert forwards == backwards
    assert forwards is not None
    assert forwards.about(np.zeros(1))[0, -2] == 0.0  # 400 of 18,000


def test_what_is_wanted_no_more_is_told_from_what_is_wanted_seldom() -> None:
    chance = np.random.default_rng(5)
    expected = np.repeat([0.002, 0.4], 10_000)
    came = np.concatenate([np.zeros(10_000), chance.poisson(0.4, 10_000)]).astype(float)
    found = errors_by_size(expected, came, LEVELS)
    assert found is not None
    gone, seldom = found.about(np.array([0.002, 0.4]))
    np.testing.assert_allclose(gone, 0.0, atol=1e-9)
    np.testing.assert_allclose(seldom, np.quantile(came[10_000:], LEVELS), atol=1e-6)


def test_shops_that_open_again_say_nothing_of_small_ones() -> None:
    chance = np.random.default_rng(6)
    expected = np.concatenate([chance.uniform(1, 50, 200), chance.uniform(800, 1_000, 12_000)])
    came = np.concatenate([np.full(200, 900.0), expected[200:] * chance.uniform(0.9, 1.1, 12_000)])
    found = errors_by_size(expected, came, LEVELS)
    assert found is not None
    assert found.about(np.array([800.0]))[0, -1] < 1.2 * 800
    assert found.about(np.array([5.0]))[0, -1] > 500  # one that is shut may open


def test_the_combination_is_the_same_however_many_series_are_followed_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    panel = full_panel(50, 40, 3)
    whole = COMBINATION(panel, Horizon(2, 1))
    monkeypatch.setattr(combination, "AT_ONCE", 7)
    parts = COMBINATION(panel, Horizon(2, 1))
    np.testing.assert_array_equal(parts.mean, whole.mean)
    np.testing.assert_array_equal(parts.quantiles, whole.quantiles)


def test_too_few_past_sums_tell_nothing() -> None:
    few = np.ones(FEWEST_PAIRS - 1)
    assert errors_by_size(few, few, LEVELS) is None
    assert errors_by_size(np.full(500, np.nan), np.ones(500), LEVELS) is None
    assert pooled_errors(history_of(panel_of(np.ones((40, 3))), Horizon(2, 1), ()), 3) is None


def test_the_combination_reads_its_quantiles_from_the_same_errors() -> None:
    panel = full_panel(40, 60, 1)
    plain = history_of(panel, Horizon(2, 1), (), is_adjusted=False)
    forecast, errors = Combination(LEVELS)(panel, Horizon(2, 1)), pooled_errors(plain, 60)
    assert errors is not None
    np.testing.assert_array_equal(forecast.quantiles, errors.about(forecast.mean))
    np.testing.assert_array_equal(COMBINATION(panel, Horizon(2, 1)).quantiles[:, : len(LEVELS)], forecast.quantiles)


def test_days_on_which_nothing_had_been_seen_yet_say_nothing_of_errors() -> None:
    units = np.random.default_rng(4).poisson(900, (40, 120)).astype(float)
    units[:, 0] = 0  # closed on the first day: whatever follows is infinitely more than was expected
    forecast = Combination(LEVELS)(panel_of(units, Frequency.DAY), Horizon(9, 1))
    assert (forecast.quantiles[:, -1] < 1.2 * forecast.mean).all()


@pytest.mark.parametrize(("width", "share"), [(1.0, SHARE), (30.0, 0.0)])
def test_pooled_errors_weigh_half_unless_the_heads_alone_are_clearly_better(width: float, share: float) -> None:
    chance = np.random.default_rng(2)
    mean = chance.uniform(20, 60, ROWS)
    sums = chance.poisson(mean).astype(float)
    heads = np.stack([mean + np.sqrt(mean) * score for score in (0, 0.52, 0.84, 1.28, 1.64, 1.96, 2.33)], axis=1)
    pool = errors_by_size(mean, np.maximum(mean + width * (sums - mean), 0), LEVELS)
    found = weighed(pool, pool, heads, mean, sums, mean, RHYTHM)
    assert found.shares == (share, share, SHARE)  # of the last there are no rows: as usual
    mixed = found.mixed(heads, mean, RHYTHM)
    assert pool is not None
    np.testing.assert_allclose(mixed, (1 - share) * heads + share * pool.about(mean))


def test_without_errors_the_heads_stand_alone() -> None:
    heads = np.ones((3, len(LEVELS)))
    assert Pooled().mixed(heads, np.ones(3), np.zeros(3, np.int64)) is heads
    one = ErrorsBySize((0.0,), (tuple(range(1, 8)),))
    np.testing.assert_allclose(Pooled(one, (1.0,) * 3).mixed(heads, np.ones(3), np.zeros(3, np.int64))[0], range(1, 8))
