"""Baselines on a real shop: the protocol of the demand forecasts, and how good experience is there."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from forecasting.backtest import Backtest, backtest
from forecasting.baselines.baseline import BASELINES
from forecasting.forecast import Horizon
from forecasting.scores import beside, score_table
from tests.benchmarks.forecasting.online_retail import CUTOFFS, IS_THERE, TOP, top_sellers

pytestmark = pytest.mark.skipif(not IS_THERE, reason="SKULD_DATASETS does not hold the real file")


@pytest.fixture(scope="module")
def result() -> Backtest:
    """Lead time 2 weeks, review 1."""
    return backtest(top_sellers(), BASELINES, CUTOFFS, Horizon(lead_time=2, review=1))


def test_what_the_baselines_score(result: Backtest) -> None:
    table = score_table(result, resamples=50).filter(pl.col("cutoff").is_null(), pl.col("target") == "sum")
    wape = dict(table.filter(metric="wape").select("forecaster", "score").iter_rows())
    bias = dict(table.filter(metric="bias").select("forecaster", "score").iter_rows())
    assert wape["experience"] == pytest.approx(0.585, abs=0.002)
    assert wape["exponential smoothing"] == pytest.approx(0.570, abs=0.002)
    assert bias["experience"] == pytest.approx(-0.107, abs=0.002)  # autumn grows
    assert set(table.filter(metric="wape")["series"]) == {TOP}


def test_the_huge_orders_that_were_cancelled_are_not_demand(result: Backtest) -> None:
    assert np.nanmax(result.actual) < 20_000


def test_exponential_smoothing_is_hardly_better_than_experience(result: Backtest) -> None:
    found = beside(result, "exponential smoothing", "experience")
    assert found.low < 0 < found.saved < found.high
