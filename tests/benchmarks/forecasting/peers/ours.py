"""Skuld as a contestant: from a long table to forecasts, reading into a panel included."""

from __future__ import annotations

from typing import Final

import polars as pl
from worker import Contestant, Task

from forecasting.baselines.combination import Combination
from forecasting.forecast import Forecaster, Horizon
from forecasting.metrics import LEVELS
from forecasting.model.forecaster import Fresh
from forecasting.model.settings import Settings
from forecasting.panel.long_table import panel_from


def _forecast(forecaster: Forecaster, history: pl.DataFrame, task: Task) -> pl.DataFrame:
    panel = panel_from(history.rename({"start": task.unit}))
    found = forecaster(panel, Horizon(task.protection - 1, 1))
    columns = {f"p{100 * level:g}": found.quantiles[:, place] for place, level in enumerate(LEVELS)}
    return panel.series.select("sku").with_columns(pl.Series("mean", found.mean), *(pl.Series(*one) for one in columns.items()))


def model(history: pl.DataFrame, task: Task) -> pl.DataFrame:
    """The demand model as it is: nine heads, fitted twice, calibrated."""
    return _forecast(Fresh(Settings(seed=task.seed, threads=task.threads)), history, task)


def combination(history: pl.DataFrame, task: Task) -> pl.DataFrame:
    """The forecaster that `skuld suggest` takes unless it is told otherwise."""
    return _forecast(Combination(LEVELS), history, task)


CONTESTANTS: Final[dict[str, Contestant]] = {"model": model, "combination": combination}
