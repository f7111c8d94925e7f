"""Simple methods on a real panel of intermittent demand: the table in the data's README, to three digits."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from forecasting.backtest import backtest
from forecasting.baselines.baseline import BASELINES
from forecasting.baselines.classes import classify
from forecasting.baselines.intermittent import croston, croston_sba, tsb
from forecasting.baselines.method import Flat, Method
from forecasting.baselines.moving import moving_average, moving_median, naive
from forecasting.baselines.smoothing import smoothed
from forecasting.forecast import Horizon
from forecasting.metrics import naive_scale, rmsse
from forecasting.panel.panel import Panel
from forecasting.scores import score_table
from tests.benchmarks.forecasting.car_parts import IS_THERE, MONTHS_JUDGED, sold_throughout

pytestmark = pytest.mark.skipif(not IS_THERE, reason="SKULD_DATASETS does not hold the real file")


@pytest.fixture(scope="module")
def parts() -> Panel:
    """The parts that were on sale all the time."""
    return sold_throughout()


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        pytest.param(Flat(moving_median(12)), 0.704, id="median of last 12"),
        pytest.param(Flat(moving_average(12)), 0.712, id="mean of last 12"),
        pytest.param(Flat(smoothed(0.1)), 0.715, id="SES 0.1"),
        pytest.param(Flat(np.zeros_like), 0.721, id="zero"),
        pytest.param(Flat(tsb(0.1, 0.1)), 0.725, id="TSB"),
        pytest.param(Flat(croston_sba(0.1)), 0.802, id="SBA"),
        pytest.param(Flat(croston(0.1)), 0.812, id="Croston"),
        pytest.param(naive, 0.875, id="naive"),
    ],
)
def test_the_table_of_the_readme(parts: Panel, method: Method, expected: float) -> None:
    known = len(parts.periods) - MONTHS_JUDGED
    history = parts.units[:, :known].astype(np.float64)
    _, ahead = method(np.ascontiguousarray(history.T), 12, MONTHS_JUDGED)
    score = rmsse(parts.units[:, known:].T.astype(np.float64), ahead, naive_scale(history, 1, 2))
    assert score.value == pytest.approx(expected, abs=0.001)


def test_the_backtest_gives_the_same_scores(parts: Panel) -> None:
    known = len(parts.periods) - MONTHS_JUDGED
    table = score_table(backtest(parts, BASELINES, (known,), Horizon(MONTHS_JUDGED - 1, 1)))
    scores = table.filter(target="period", metric="rmsse").filter(pl.col("cutoff").is_null())
    found = dict(scores.select("forecaster", "score").iter_rows())
    assert found["SBA"] == pytest.approx(0.802, abs=0.001)
    assert found["median of 12"] == pytest.approx(0.704, abs=0.001)


def test_most_parts_are_wanted_seldom(parts: Panel) -> None:
    names, counts = np.unique(classify(parts.units.astype(np.float64)), return_counts=True)
    found = dict(zip(names.tolist(), counts.tolist(), strict=True))
    assert found["intermittent"] + found["lumpy"] > 0.95 * len(parts)
