"""Models as forecasters that a backtest can judge."""

from __future__ import annotations

from dataclasses import dataclass, field

from forecasting.forecast import Forecast, Horizon
from forecasting.model.fit import fit
from forecasting.model.model import Model
from forecasting.model.settings import Settings
from forecasting.panel.panel import Panel


@dataclass(frozen=True, slots=True)
class Fresh:
    """A `Forecaster` that fits anew at each call."""

    settings: Settings = field(default_factory=Settings)

    def __call__(self, history: Panel, horizon: Horizon) -> Forecast:
        """Fit on the history and forecast what follows it."""
        return fit(history, horizon, self.settings).forecast(history, horizon)


@dataclass(slots=True)
class Reused:
    """A `Forecaster` that fits at one call and forecasts with that fit at it and the next ones, `calls` in all.

    For many cut-offs in rising order; the fit never knows more than the cut-off it was made at. It fits anew when the
    cut-off goes back, or another protection period is asked.
    """

    calls: int
    settings: Settings = field(default_factory=Settings)
    _model: Model | None = None
    _used: int = 0
    _periods: int = 0

    def __call__(self, history: Panel, horizon: Horizon) -> Forecast:
        """Forecast what follows the history, with the latest fit or a new one."""
        if self._model is None or not self._fits(history, horizon):
            self._model, self._used = fit(history, horizon, self.settings), 0
        self._used, self._periods = self._used + 1, len(history.periods)
        return self._model.forecast(history, horizon)

    def _fits(self, history: Panel, horizon: Horizon) -> bool:
        assert self._model is not None
        same = (self._model.lead_time, self._model.review) == (horizon.lead_time, horizon.review)
        same &= self._model.frequency is history.periods.frequency and len(history.periods) >= self._periods
        return same and self._used < self.calls
