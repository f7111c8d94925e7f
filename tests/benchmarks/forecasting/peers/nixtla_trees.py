"""mlforecast with LightGBM, as its documentation shows it, and tuned as far as its options go without a search."""

from __future__ import annotations

from typing import Any, Final

import polars as pl
from lightgbm import LGBMRegressor
from long_tables import FREQUENCY, named, summed
from mlforecast import MLForecast
from mlforecast.lag_transforms import ExpandingMean, RollingMean, RollingStd
from mlforecast.target_transforms import Differences
from worker import Contestant, Task

LAGS: Final = {"day": [1, 2, 3, 7, 14, 28], "week": [1, 2, 3, 4, 8, 13], "month": [1, 2, 3, 6, 12]}
WINDOWS: Final = {"day": (7, 28), "week": (4, 13), "month": (3, 12)}
DATES: Final = {"day": ["weekday", "month"], "week": ["month"], "month": ["month"]}
TREES: Final = {"n_estimators": 200, "learning_rate": 0.05, "min_child_samples": 50}
"""Of the tuned form: more and smaller steps, larger leaves."""


def quick_start(history: pl.DataFrame, task: Task) -> pl.DataFrame:
    """Lags, lag transforms and date features of the quick start, in periods of ours; LightGBM's own defaults, one step fed to the next."""
    return _flat(history, task, {"mean": _trees(task)}, [])


def differenced(history: pl.DataFrame, task: Task) -> pl.DataFrame:
    """The same with the first differences that the quick start takes."""
    return _flat(history, task, {"mean": _trees(task)}, [Differences([1])])


def _flat(history: pl.DataFrame, task: Task, models: dict[str, Any], transforms: list[Any]) -> pl.DataFrame:
    short, long = WINDOWS[task.unit]
    engine = MLForecast(
        models=models,
        freq=FREQUENCY[task.unit],
        lags=LAGS[task.unit],
        lag_transforms={1: [ExpandingMean(), RollingMean(long)], short: [RollingMean(short)]},
        date_features=DATES[task.unit],
        target_transforms=transforms,
        num_threads=task.threads,
    )
    engine.fit(named(history), static_features=[])
    return summed(engine.predict(task.protection), list(models), history)


def tuned(history: pl.DataFrame, task: Task) -> pl.DataFrame:
    """A model for each step ahead, Tweedie for demand with many zeros, spread and middle features, short series kept."""
    return _direct(history, task, {"mean": _trees(task, objective="tweedie", **TREES)})


def with_quantiles(history: pl.DataFrame, task: Task) -> pl.DataFrame:
    """A Tweedie mean and a quantile regression for each level, for each step ahead; a quantile of the sum is the sum of those of
    its steps. LightGBM's own number of trees, for three times seven of them are enough to wait for."""
    levels = {f"p{100 * level:g}": _trees(task, objective="quantile", alpha=level) for level in task.levels}
    return _direct(history, task, {"mean": _trees(task, objective="tweedie"), **levels})


def _direct(history: pl.DataFrame, task: Task, models: dict[str, Any]) -> pl.DataFrame:
    short, long = WINDOWS[task.unit]
    engine = MLForecast(
        models=models,
        freq=FREQUENCY[task.unit],
        lags=LAGS[task.unit],
        lag_transforms={
            1: [
                ExpandingMean(),
                *(RollingMean(window, min_samples=1) for window in (short, 2 * short, long)),
                RollingStd(long, min_samples=2),
            ]
        },
        date_features=DATES[task.unit],
        num_threads=task.threads,
    )
    engine.fit(named(history), static_features=[], dropna=False, max_horizon=task.protection)
    return summed(engine.predict(task.protection), list(models), history)


def _trees(task: Task, **options: Any) -> LGBMRegressor:
    return LGBMRegressor(random_state=task.seed, verbosity=-1, n_jobs=task.threads, **options)


CONTESTANTS: Final[dict[str, Contestant]] = {
    "quick start": quick_start,
    "differenced": differenced,
    "tuned": tuned,
    "quantiles": with_quantiles,
}
