"""A champion as old as it is: what it was fitted with, fitted on a history that ended some periods ago."""

from __future__ import annotations

from dataclasses import dataclass, replace

from forecasting.backtest import planned
from forecasting.forecast import Forecast, Horizon
from forecasting.model.fit import fit
from forecasting.model.model import Model
from forecasting.model.settings import Settings
from forecasting.panel.panel import Panel


@dataclass(slots=True)
class Aged:
    """A `Forecaster` for backtests: at every cut-off its fit is `age` periods old.

    A model cannot be judged on the periods it was trained on. Fitted anew at each cut-off, as old there as the champion is now,
    it can, beside a challenger of age 0: what a fresh fit is worth, and other settings, is then seen out of sample.

    Attributes:
        settings: of the fit.
        age: periods that the fit does not know.
        calls: for so many cut-offs, in rising order, one fit serves.
        planned: columns that it looks ahead at, of those that are told.
    """

    settings: Settings
    age: int = 0
    calls: int = 1
    planned: tuple[str, ...] = ()
    _model: Model | None = None
    _used: int = 0
    _periods: int = 0

    def __call__(self, history: Panel, horizon: Horizon) -> Forecast:
        """Forecast what follows the history."""
        horizon = replace(horizon, plan={name: cells for name, cells in horizon.plan.items() if name in self.planned})
        count = len(history.periods)
        if self._model is None or self._used >= self.calls or count < self._periods:
            known = max(count - self.age, 1)
            ahead = replace(horizon, plan=planned(history, known, horizon, tuple(horizon.plan)))
            self._model, self._used = fit(history.up_to(known), ahead, self.settings), 0
        self._used, self._periods = self._used + 1, count
        return self._model.forecast(history, horizon)
