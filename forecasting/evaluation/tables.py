"""An evaluation as tables: forecasts ahead, forecasts of the past against what came, and classes of demand."""

from __future__ import annotations

import numpy as np
import polars as pl

from forecasting.backtest import Backtest
from forecasting.baselines.classes import DemandClass, classify
from forecasting.evaluation.evaluate import MODEL, Evaluation
from forecasting.forecast import Forecast
from forecasting.panel.panel import Panel
from forecasting.scores import forecast_table, mean_pinball


def ahead_table(panel: Panel, forecast: Forecast, horizon: int) -> pl.DataFrame:
    """What is expected next: one row for each series on sale.

    Returns:
        `sku`, `location`, `first` and `last` day of the horizon, of the sum over it `mean` and quantiles (`p50`, `p97.5`), and
        `by_period`, the means of its periods; units.
    """
    ahead = panel.periods.ahead(horizon)
    columns = {f"p{100 * level:g}": forecast.quantiles[:, place] for place, level in enumerate(forecast.levels)}
    table = panel.series.with_columns(
        pl.lit(ahead.first).alias("first"),
        pl.lit(ahead.last_day).alias("last"),
        pl.Series("mean", forecast.mean),
        *(pl.Series(name, values) for name, values in columns.items()),
    )
    if forecast.by_period is not None:
        kind = pl.List(pl.Float64)
        table = table.with_columns(pl.Series("by_period", forecast.by_period.tolist(), dtype=kind, strict=False))
    return table.filter(pl.col("mean").is_not_nan())


def past_table(evaluation: Evaluation) -> pl.DataFrame:
    """What every forecaster said at each cut-off and what came; see `forecast_table`."""
    names = evaluation.result.forecasts
    every = [forecast_table(evaluation.result, name).with_columns(pl.lit(name).alias("forecaster")) for name in names]
    return pl.concat(every)


def class_table(panel: Panel, result: Backtest, other: str) -> pl.DataFrame:
    """For each class of demand how many series it has, and the mean scaled pinball loss of the model and of another one."""
    classes = classify(panel.target().astype(np.float64))
    rows = []
    for kind in DemandClass:
        ours = classes == kind
        if ours.any():
            part = result.select(ours)
            losses = (mean_pinball(part, part.forecasts[name]).value for name in (MODEL, other))
            rows.append((str(kind), int(ours.sum()), *losses))
    schema = {"demand": pl.String, "series": pl.Int64, MODEL: pl.Float64, other: pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")
