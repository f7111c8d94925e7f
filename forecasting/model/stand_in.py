"""Who forecasts where there is too little history for a model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from forecasting.baselines.baseline import BASELINES
from forecasting.baselines.combination import Combination
from forecasting.calendar.event import Event
from forecasting.features.view import History, history_of
from forecasting.forecast import Forecast, Forecaster, Horizon
from forecasting.metrics import LEVELS
from forecasting.model.blend import blend
from forecasting.panel.panel import Panel

BLEND: Final = "a blend of simple methods"
EARLIER: Final = "exponential smoothing"
"""Stands in for models of earlier releases, unless they say who does."""
OF_EARLIER_RELEASES: Final[Mapping[str, Forecaster]] = {
    **{name: BASELINES[name] for name in (EARLIER, "seasonal naive", "mean of 8", "experience", "TSB, counts")},
    "combination": Combination(LEVELS),
}


def forecast_by(
    name: str,
    history: Panel,
    horizon: Horizon,
    columns: tuple[str, ...],
    events: Iterable[Event] = (),
    kinds: tuple[str, ...] | None = None,
) -> Forecast:
    """What it says of ordinary demand, times what is planned of `columns` and days of the week make of it; of the blend also
    events of the types `kinds`."""
    if name == BLEND:
        return blend(history, horizon, columns, events, kinds)
    method, seen = OF_EARLIER_RELEASES[name], history_of(history, horizon, columns)
    if seen.factor is None:
        return method(history, horizon)
    said = method(_ordinary(history, seen), horizon)
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
