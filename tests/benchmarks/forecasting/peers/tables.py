"""What came of a contest, as tables: accuracy and cost of each, and how much lower ours is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from forecasting.backtest import Backtest, Judged
from forecasting.bootstrap import compare, draws, interval
from forecasting.metrics import LEVELS, bias, coverage, rmsse, scaled_pinball, wape
from forecasting.scores import Measure, beside, mean_pinball
from tests.benchmarks.forecasting.peers.contest import Cost

OURS: Final = ("Skuld, model", "Skuld, combination")
SHOWN_LEVELS: Final = (0.5, 0.95)
RESAMPLES: Final = 500
RMSSE: Final = Measure("sum", "rmsse")


def rows_of(result: Backtest, costs: Mapping[str, Cost]) -> list[dict[str, Any]]:
    """A row for each contestant: scores of the sum over all cut-offs, seconds of a cut-off, and how many times those of ours.

    Seconds of a sample are times as many as the panel has series, for each of them is fitted by itself.
    """
    drawn = draws(len(result.cutoffs), result.series.height, RESAMPLES)
    rows = []
    for name, judged in result.forecasts.items():
        error = wape(result.actual, judged.mean)
        low, high = interval(error, drawn)
        cost = costs[name]
        times = result.series.height / cost.series
        row: dict[str, Any] = {"forecaster": name, "wape": error.value, "low": low, "high": high}
        row["bias"] = bias(result.actual, judged.mean).value
        row["rmsse"] = rmsse(result.actual, judged.mean, result.scale_of_sum[2]).value
        row |= _of_quantiles(result, judged)
        row |= {"seconds": cost.seconds * times, "cpu_seconds": cost.cpu_seconds * times, "peak_mb": cost.peak_mb}
        row["series"] = error.series
        rows.append(row)
    return rows


def _of_quantiles(result: Backtest, judged: Judged) -> dict[str, float | None]:
    """Pinball loss and coverage; None where there are no quantiles."""
    if np.isnan(judged.quantiles).all():
        return dict.fromkeys(("pinball", "pinball_.5", "pinball_.95", "covered_.95"))
    found: dict[str, float | None] = {"pinball": mean_pinball(result, judged).value}
    for level in SHOWN_LEVELS:
        quantile = judged.quantiles[..., LEVELS.index(level)]
        found[f"pinball_{level:g}".replace("0.", ".")] = scaled_pinball(
            result.actual, quantile, level, result.scale_of_sum[1]
        ).value
    at = judged.quantiles[..., LEVELS.index(0.95)]
    found["covered_.95"] = coverage(np.where(np.isnan(at), np.nan, result.actual), at).value
    return found


def compared(result: Backtest, costs: Mapping[str, Cost], ours: str) -> list[dict[str, Any]]:
    """Ours beside each other contestant, on the series that both forecast: how much lower WAPE, RMSSE and pinball loss are, in percent
    with 95 % intervals of the first and the last, and how many times as long, by the clock and in CPU seconds, the other one takes for a series."""
    drawn = draws(len(result.cutoffs), result.series.height, RESAMPLES)
    rows = []
    for name in (one for one in result.forecasts if one not in OURS):
        error = beside(result, ours, name, drawn=drawn)
        row: dict[str, Any] = {
            "beside": name,
            "wape_lower_%": 100 * error.saved,
            "low_%": 100 * error.low,
            "high_%": 100 * error.high,
        }
        row["rmsse_lower_%"] = 100 * beside(result, ours, name, RMSSE, drawn).saved
        theirs = result.forecasts[name]
        if not np.isnan(theirs.quantiles).all():
            loss = compare(mean_pinball(result, result.forecasts[ours]), mean_pinball(result, theirs), drawn)
            row |= {"pinball_lower_%": 100 * loss.saved, "from_%": 100 * loss.low, "to_%": 100 * loss.high}
        one, other = costs[ours], costs[name]
        row["times_as_long"] = (other.seconds / other.series) / (one.seconds / one.series)
        row["times_the_cpu"] = (other.cpu_seconds / other.series) / (one.cpu_seconds / one.series)
        rows.append(row)
    return rows
