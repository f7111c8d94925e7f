"""statsforecast's AutoETS and AutoARIMA: a model for each series, chosen by AICc, without a season where there is none to see twice."""

from __future__ import annotations

from typing import Any, Final

import polars as pl
from long_tables import FREQUENCY, named, summed
from statsforecast import StatsForecast
from statsforecast.models import AutoARIMA, AutoETS, HistoricAverage
from worker import Contestant, Task

SEASONS: Final = {"day": 7, "week": 1, "month": 12}
"""A year of weeks is seen once at best."""


def ets(history: pl.DataFrame, task: Task) -> pl.DataFrame:
    """Error, trend and season by AICc."""
    return _each(AutoETS(season_length=SEASONS[task.unit]), history, task)


def arima(history: pl.DataFrame, task: Task) -> pl.DataFrame:
    """Orders by AICc, stepwise."""
    return _each(AutoARIMA(season_length=SEASONS[task.unit]), history, task)


def _each(model: Any, history: pl.DataFrame, task: Task) -> pl.DataFrame:
    """Quantiles of the sum are the sums of those of its steps, all that one call gives; simulated paths would fit a second time."""
    engine = StatsForecast(models=[model], freq=FREQUENCY[task.unit], n_jobs=task.threads, fallback_model=HistoricAverage())
    # the upper end of the middle 80 % is the .9 quantile
    widths = {f"p{100 * level:g}": round(200 * level - 100) for level in task.levels if level > 0.5}
    steps = engine.forecast(df=named(history), h=task.protection, level=sorted(widths.values()))
    columns = {repr(model): "mean", **{f"{model!r}-hi-{width}": name for name, width in widths.items()}}
    return summed(steps.rename(columns).with_columns(p50="mean"), ["mean", "p50", *widths], history)


CONTESTANTS: Final[dict[str, Contestant]] = {"AutoETS": ets, "AutoARIMA": arima}
