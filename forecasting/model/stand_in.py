"""Who forecasts where there is too little history for a model: the simple method that did best so far, on ordinary demand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from forecasting.backtest import backtest
from forecasting.baselines.baseline import BASELINES
from forecasting.baselines.combination import Combination
from forecasting.features.view import History, history_of
from forecasting.forecast import Forecast, Forecaster, Horizon
from forecasting.metrics import LEVELS
from forecasting.panel.panel import Panel
from forecasting.scores import mean_pinball

USUAL: Final = "exponential smoothing"
"""Stands in unless another one did clearly better."""
CANDIDATES: Final[Mapping[str, Forecaster]] = {
    **{name: BASELINES[name] for name in (USUAL, "seasonal naive", "mean of 8", "experience", "TSB, counts")},
    "combination": Combination(LEVELS),
}
BETTER: Final = 0.95
"""What another one must reach of the usual one's pinball loss."""
CUTOFFS: Final = 6
FEWEST_BEFORE: Final = 2
"""Protection periods before the first of them."""


def chosen(history: Panel, horizon: Horizon) -> str:
    """The candidate that did best at the latest cut-offs, each told what was planned."""
    protection, count = horizon.protection, len(history.periods)
    first = max(FEWEST_BEFORE * protection, 1)
    cutoffs = tuple(sorted({count - protection * back for back in range(1, CUTOFFS + 1) if count - protection * back >= first}))
    if not cutoffs or not len(history):
        return USUAL
    columns = tuple(name for name in horizon.plan if name in ("promotion", "price"))
    asked = {name: _OnOrdinary(name, columns) for name in CANDIDATES}
    result = backtest(history, asked, cutoffs, Horizon(horizon.lead_time, horizon.review), columns)
    losses = {name: mean_pinball(result, said).value for name, said in result.forecasts.items()}
    usual = losses[USUAL]
    best = min(losses, key=lambda name: losses[name] if losses[name] == losses[name] else np.inf)
    return best if losses[best] < BETTER * usual else USUAL


def forecast_by(name: str, history: Panel, horizon: Horizon, columns: tuple[str, ...]) -> Forecast:
    """What a candidate says of ordinary demand, times what is planned and the days of the week make of it."""
    seen = history_of(history, horizon, columns)
    if seen.factor is None:
        return CANDIDATES[name](history, horizon)
    said = CANDIDATES[name](_ordinary(history, seen), horizon)
    factor = seen.factor.each[:, len(history.periods) :].astype(np.float64)
    even = said.mean[:, None] / horizon.protection * np.ones(horizon.protection)
    by_period = (even if said.by_period is None else said.by_period) * factor
    mean = by_period.sum(axis=1)
    scale = np.where(said.mean > 0, mean / np.where(said.mean > 0, said.mean, 1.0), factor.mean(axis=1))
    return Forecast(mean, said.quantiles * scale[:, None], by_period, said.levels)


def _ordinary(history: Panel, seen: History) -> Panel:
    """The panel with ordinary demand for units: of a share of stock as before."""
    assert seen.factor is not None
    return replace(history, units=seen.factor.ordinary(history.units))


@dataclass(frozen=True, slots=True)
class _OnOrdinary:
    """A candidate as a forecaster."""

    name: str
    columns: tuple[str, ...]

    def __call__(self, history: Panel, horizon: Horizon) -> Forecast:
        """See `forecast_by`."""
        return forecast_by(self.name, history, horizon, self.columns)
