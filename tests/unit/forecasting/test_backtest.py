"""Rolling origin: what is asked, what is kept, and that nothing leaks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from forecasting.backtest import backtest, latest_cutoffs
from forecasting.baselines.baseline import BASELINES
from forecasting.baselines.classes import classify
from forecasting.forecast import Forecast, Horizon
from forecasting.metrics import LEVELS
from forecasting.panel.panel import Panel
from forecasting.panel.periods import Frequency
from forecasting.parameters import ParameterError
from forecasting.scores import Measure, beside, forecast_table, score_table
from tests.unit.forecasting.panels import full_panel, panel_of

NAN = float("nan")


def spoiled(panel: Panel, after: int, seed: int) -> Panel:
    """The same history up to a cut-off, and another one after it: units, stock, price, promotion, who is on sale."""
    other = full_panel(len(panel), len(panel.periods), seed)
    late = np.arange(len(panel.periods)) >= after
    cells = {}
    for name in ("units", "in_stock_share", "price", "promotion"):
        mine, theirs = getattr(panel, name), getattr(other, name)
        cells[name] = np.where(late, 10 * theirs, mine).astype(np.float32)
    return replace(panel, **cells)


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize("frequency", Frequency)
def test_nothing_after_a_cut_off_changes_a_forecast_made_at_it(name: str, frequency: Frequency) -> None:
    panel, horizon = full_panel(40, 60, 1, frequency), Horizon(2, 1)
    cutoffs = (5, 30, 57)
    said = backtest(panel, {name: BASELINES[name]}, cutoffs, horizon).forecasts[name]
    for number, cutoff in enumerate(cutoffs):
        other = backtest(spoiled(panel, cutoff, 2), {name: BASELINES[name]}, (cutoff,), horizon).forecasts[name]
        np.testing.assert_array_equal(other.mean[0], said.mean[number])
        np.testing.assert_array_equal(other.quantiles[0], said.quantiles[number])


def test_a_forecaster_sees_a_copy_that_ends_at_the_cut_off() -> None:
    panel, seen = full_panel(10, 20, 1), []

    def watching(history: Panel, horizon: Horizon) -> Forecast:
        seen.append((history, horizon))
        answer = BASELINES["experience"](history, horizon)
        history.units[:] = 0  # changes nobody else's history
        return answer

    before = panel.units.copy()
    backtest(panel, {"watching": watching, "again": watching}, (7, 9), Horizon(1, 1))
    assert [len(history.periods) for history, _ in seen] == [7, 7, 9, 9]
    np.testing.assert_array_equal(panel.units, before)
    for history, horizon in seen:
        for cells in (history.units, history.in_stock_share, history.price, history.promotion):
            assert cells is not None
            assert cells.base is None
        assert horizon.plan == {}


def test_a_plan_shows_only_what_is_planned() -> None:
    panel, plans = full_panel(10, 20, 1), []

    def planning(history: Panel, horizon: Horizon) -> Forecast:
        plans.append(horizon.plan)
        return BASELINES["experience"](history, horizon)

    backtest(panel, {"planning": planning}, (7,), Horizon(2, 1), known_beforehand=("promotion",))
    assert panel.promotion is not None
    assert list(plans[0]) == ["promotion"]
    np.testing.assert_array_equal(plans[0]["promotion"], panel.promotion[:, 7:10])
    with pytest.raises(ParameterError, match="demand is not known beforehand"):
        backtest(panel, {"planning": planning}, (7,), Horizon(2, 1), known_beforehand=("units",))


def test_the_target_is_the_sum_right_after_the_cut_off() -> None:
    panel = panel_of([[1, 2, 3, 4, 5], [NAN, NAN, NAN, 4, 5], [7, 7, 7, 7, NAN]])
    result = backtest(panel, {"naive": BASELINES["mean of 4"]}, (2, 3), Horizon(1, 1))
    np.testing.assert_array_equal(result.actual, [[7, NAN, 14], [9, NAN, NAN]])
    assert result.cutoffs == (date(2024, 1, 14), date(2024, 1, 21))
    np.testing.assert_allclose(result.forecasts["naive"].mean[:, 0], [3, 4])


def test_periods_without_stock_are_not_judged() -> None:
    panel = replace(panel_of([[1, 2, 3, 4, 5]]), in_stock_share=np.array([[1, 1, 1, 0.4, 1]], np.float32))
    result = backtest(panel, {"experience": BASELINES["experience"]}, (1, 2, 3), Horizon(1, 1))
    np.testing.assert_array_equal(result.actual, [[5], [NAN], [NAN]])


def test_the_table_of_scores_is_worked_out_by_hand() -> None:
    panel = panel_of([[2, 4, 2, 4, 6, 8], [1, 1, 1, 1, 1, 1]])
    table = score_table(backtest(panel, {"naive": BASELINES["experience"]}, (2, 4), Horizon(1, 1)))

    def score(target: str, metric: str, cutoff: date | None) -> float:
        rows = table.filter(target=target, metric=metric)
        return float(rows.filter(rows["cutoff"].eq_missing(cutoff))["score"].item())

    # forecasts 6 and 6 for what came as 6 and 14; 2 and 2 for 2 and 2
    assert score("sum", "wape", None) == pytest.approx(8 / 24)
    assert score("sum", "wape", date(2024, 1, 14)) == 0
    assert score("sum", "bias", date(2024, 1, 28)) == pytest.approx(-8 / 16)
    # single periods: |3 - 2|, |3 - 4|, |3 - 6|, |3 - 8|
    assert score("period", "wape", None) == pytest.approx((1 + 1 + 3 + 5) / 24)
    # scale of single periods 2: (1 + 1) / 4 and (9 + 25) / 4, two of each
    assert score("period", "rmsse", None) == pytest.approx(np.sqrt((0.25 + 0.25 + 9 / 4 + 25 / 4) / 4))


def test_every_score_has_an_interval_around_it() -> None:
    panel = full_panel(200, 60, 3)
    result = backtest(panel, {name: BASELINES[name] for name in ("experience", "TSB")}, (40, 44, 48, 52), Horizon(2, 1))
    table = score_table(result)
    assert table.height == 2 * 5 * (3 + 3 * len(LEVELS) + 3)
    inside = table.filter((table["low"] <= table["score"]) & (table["score"] <= table["high"]))
    assert inside.height == table.height
    assert table.equals(score_table(result))


def test_scores_of_one_class_are_those_of_its_series() -> None:
    panel = full_panel(100, 60, 3)
    result = backtest(panel, BASELINES, (50,), Horizon(2, 1))
    rare = classify(panel.up_to(50).target().astype(np.float64)) == "intermittent"
    own = backtest(panel.select(rare), BASELINES, (50,), Horizon(2, 1))
    assert score_table(own).height
    assert score_table(result.select(rare)).equals(score_table(own))
    assert score_table(result.select(rare & False)).is_empty()


def test_one_forecaster_stands_beside_another() -> None:
    panel = full_panel(200, 80, 4)
    result = backtest(panel, BASELINES, (50, 60, 70), Horizon(2, 1))
    found = beside(result, "experience", "seasonal naive")
    assert found.low < found.saved < found.high
    assert found.saved > 0.1
    assert found.chance == 1
    assert beside(result, "TSB", "TSB", Measure("sum", "scaled pinball", 0.95)).saved == 0


def test_forecasts_are_written_beside_what_came() -> None:
    panel = panel_of([[2, 4, 2, 4], [NAN, NAN, 1, 1]])
    table = forecast_table(backtest(panel, {"e": BASELINES["experience"]}, (2, 3), Horizon(1, 0)), "e")
    assert table.columns == ["sku", "location", "cutoff", "mean", "p50", "p70", "p80", "p90", "p95", "p97.5", "p99", "actual"]
    assert table.select("sku", "cutoff", "actual").rows() == [
        ("sku 0", date(2024, 1, 14), 2.0),
        ("sku 0", date(2024, 1, 21), 4.0),
        ("sku 1", date(2024, 1, 21), 1.0),
    ]


def test_a_panel_that_is_too_short_says_how_long_it_must_be() -> None:
    panel = panel_of(np.ones((2, 12)))
    assert latest_cutoffs(panel, 8, 3) == tuple(range(2, 10))
    assert latest_cutoffs(panel, 3, 3, step=4) == (1, 5, 9)
    with pytest.raises(ParameterError, match="at least 13 for 10 cut-offs 1 apart and 3 ahead"):
        latest_cutoffs(panel, 10, 3)
    with pytest.raises(ParameterError, match="cut-off is 10"):
        backtest(panel, BASELINES, (10,), Horizon(2, 1))


@pytest.mark.parametrize(
    ("mean", "quantiles"),
    [(NAN, [1.0] * 7), (-1.0, [1.0] * 7), (1.0, [3.0, 2, 3, 4, 5, 6, 7]), (1.0, [NAN] * 7), (1.0, [1.0] * 6)],
)
def test_a_forecast_that_is_none_names_its_forecaster(mean: float, quantiles: list[float]) -> None:
    def broken(history: Panel, horizon: Horizon) -> Forecast:
        return Forecast(np.full(len(history), mean), np.tile(quantiles, (len(history), 1)))

    with pytest.raises(ParameterError, match="broken at 2024-02-25"):
        backtest(panel_of(np.ones((2, 12))), {"broken": broken}, (8,), Horizon(2, 1))


@pytest.mark.parametrize(("lead_time", "review"), [(-1, 2), (0, 0), (1, -1)])
def test_a_protection_period_has_a_length(lead_time: int, review: int) -> None:
    with pytest.raises(ParameterError, match="lead_time and review"):
        Horizon(lead_time, review)
