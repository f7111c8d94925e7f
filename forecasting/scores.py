"""The table of scores of a backtest: every forecaster, cut-off and metric, each with its interval."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import polars as pl

from forecasting.backtest import Backtest, Judged
from forecasting.bootstrap import Comparison, Draws, compare, draws, middle
from forecasting.metrics import LEVELS, Score, bias, coverage, rmsse, scaled_pinball, wape, weighted_pinball
from forecasting.parameters import Floats

SCHEMA: Final = {
    "forecaster": pl.String,
    "cutoff": pl.Date,
    "target": pl.String,
    "metric": pl.String,
    "quantile": pl.Float64,
    "score": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "series": pl.Int64,
}


@dataclass(frozen=True, slots=True)
class Measure:
    """Which score is meant: of the `sum` or of a single `period`, by what metric, at which quantile if any."""

    target: str
    metric: str
    quantile: float | None = None


WAPE: Final = Measure("sum", "wape")
MEAN_PINBALL: Final = tuple(Measure("sum", "scaled pinball", level) for level in LEVELS)


def score_table(result: Backtest, resamples: int = 200, seed: int = 0) -> pl.DataFrame:
    """Score every forecaster at each cut-off and over all of them.

    Returns:
        One row for each forecaster, cut-off (its last known day; null over all of them) and measure: `target` (`sum` or
        `period`), `metric`, `quantile` (null for those of the mean), `score`, its 95 % interval `low` to `high` over series
        (and cut-offs, where all are meant), and how many `series` were scored. NaN where nothing could be scored; no rows
        without series.
    """
    if result.series.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    drawn = draws(len(result.cutoffs), result.series.height, resamples, seed)
    rows: list[tuple[object, ...]] = []
    for name, judged in result.forecasts.items():
        for measure, score in scores_of(result, judged):
            what = (measure.target, measure.metric, measure.quantile)
            rows.append((name, None, *what, score.value, *middle(drawn.scores(score)), score.series))
            each = drawn.scores_at_each(score)
            for number, day in enumerate(result.cutoffs):
                one = score.at(number)
                rows.append((name, day, *what, one.value, *middle(each[:, number]), one.series))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def scores_of(result: Backtest, judged: Judged) -> Iterator[tuple[Measure, Score]]:
    """Every score of one forecaster."""
    actual = result.actual
    yield WAPE, wape(actual, judged.mean)
    yield Measure("sum", "bias"), bias(actual, judged.mean)
    yield Measure("sum", "rmsse"), rmsse(actual, judged.mean, result.scale_of_sum[2])
    for number, level in enumerate(LEVELS):
        quantile = judged.quantiles[..., number]
        yield Measure("sum", "scaled pinball", level), scaled_pinball(actual, quantile, level, result.scale_of_sum[1])
        yield Measure("sum", "weighted pinball", level), weighted_pinball(actual, quantile, level)
        yield Measure("sum", "coverage", level), coverage(actual, quantile)
    if judged.by_period is not None:
        came, scale = result.actual_by_period, result.scale_of_period[2][:, None, :]
        yield Measure("period", "wape"), wape(came, judged.by_period).over_periods()
        yield Measure("period", "bias"), bias(came, judged.by_period).over_periods()
        yield Measure("period", "rmsse"), rmsse(came, judged.by_period, scale).over_periods()


def beside(result: Backtest, challenger: str, champion: str, measure: Measure = WAPE, drawn: Draws | None = None) -> Comparison:
    """How much lower the challenger's score is than the champion's, paired over series and cut-offs.

    Raises:
        KeyError: no such forecaster or measure.
    """
    drawn = drawn or draws(len(result.cutoffs), result.series.height)
    ours, theirs = (dict(scores_of(result, result.forecasts[name]))[measure] for name in (challenger, champion))
    return compare(ours, theirs, drawn)


def mean_pinball(result: Backtest, judged: Judged) -> Score:
    """Scaled pinball, the mean over the levels as over series: one figure for the whole distribution."""
    every = [
        scaled_pinball(result.actual, judged.quantiles[..., number], level, result.scale_of_sum[1])
        for number, level in enumerate(LEVELS)
    ]
    over: Floats = np.mean([score.over for score in every], axis=0)
    return Score(over, every[0].under, every[0].scored)


def trees_told(judged: Judged) -> str:
    """Whose trees a model forecast with, as `all series at 6 cut-offs, each location: east, west at 2`; empty without any."""
    counts = Counter(trees for trees in judged.trees if trees)
    return ", ".join(f"{trees} at {count} cut-off{'s' if count > 1 else ''}" for trees, count in counts.most_common())


def forecast_table(result: Backtest, forecaster: str) -> pl.DataFrame:
    """What one forecaster said and what came.

    Returns:
        One row for each cut-off and series on sale there: `sku`, `location`, `cutoff`, `mean`, the quantiles (`p50`, `p97.5`)
        and `actual` (null where it is not known), all of the sum, in units.
    """
    judged = result.forecasts[forecaster]
    tables = [_at(result, judged, number, day) for number, day in enumerate(result.cutoffs)]
    return pl.concat(tables).filter(pl.col("mean").is_not_nan()).with_columns(pl.col("actual").fill_nan(None))


def _at(result: Backtest, judged: Judged, number: int, day: date) -> pl.DataFrame:
    columns = {f"p{100 * level:g}": judged.quantiles[number, :, place] for place, level in enumerate(LEVELS)}
    values = {"mean": judged.mean[number], **columns, "actual": result.actual[number]}
    return result.series.with_columns(pl.lit(day).alias("cutoff"), *(pl.Series(name, value) for name, value in values.items()))
