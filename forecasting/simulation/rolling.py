"""Forecasts as a planner would have had them: the forecaster is asked again and again, each time with what was known then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from forecasting.backtest import planned
from forecasting.forecast import Forecast, Forecaster, Horizon, refuse_bad
from forecasting.panel.panel import Panel
from forecasting.parameters import Floats, ParameterError

Progress: TypeAlias = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done and how much there is."""


def silent(phase: str, done: int, total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True, eq=False)
class Rolled:
    """What a forecaster said at each asking; NaN for series that were not on sale then.

    Attributes:
        asked: periods known at each, rising, shape (askings,).
        mean: of the sum over the protection period, shape (askings, series).
        quantiles: of the sum, shape (askings, series, levels).
        expected: mean of each of the first periods, as many as were asked for, shape (askings, series, periods).
        levels: of the quantiles.
    """

    asked: tuple[int, ...]
    mean: Floats
    quantiles: Floats
    expected: Floats
    levels: tuple[float, ...]

    def place(self, now: int) -> int:
        """Which asking was the latest with `now` periods known; the first when there was none yet."""
        return max(int(np.searchsorted(self.asked, now, side="right")) - 1, 0)

    def select(self, rows: np.ndarray) -> Rolled:
        """Some of the series, by row numbers or a mask."""
        return replace(self, mean=self.mean[:, rows], quantiles=self.quantiles[:, rows], expected=self.expected[:, rows])


def rolled(
    panel: Panel,
    forecaster: Forecaster,
    asked: tuple[int, ...],
    horizon: Horizon,
    known_beforehand: tuple[str, ...] = (),
    name: str = "forecaster",
    progress: Progress = silent,
    expected: int = 0,
) -> Rolled:
    """Ask a forecaster at each of `asked`, periods known and at least 1, with a copy of the history that ends there.

    `expected`: of so many first periods the means are kept.

    Raises:
        ParameterError: nothing is asked, or a forecast is none.
    """
    if not asked or min(asked) < 1 or max(asked) > len(panel.periods):
        raise ParameterError("asked", asked, f"from 1 to {len(panel.periods)}, at least one")
    said: list[Forecast] = []
    sold = []
    for number, count in enumerate(asked):
        progress(name, number, len(asked))
        history = panel.up_to(count)
        on_sale = history.on_sale()[:, -1]
        ahead = replace(horizon, plan=planned(panel, count, horizon, known_beforehand))
        forecast = forecaster(history, ahead)
        refuse_bad(forecast, f"{name} at {history.periods.last_day}", on_sale)
        said.append(forecast)
        sold.append(on_sale)
    progress(name, len(asked), len(asked))
    return _gathered(asked, said, np.array(sold), horizon.protection, expected)


def _gathered(asked: tuple[int, ...], said: list[Forecast], on_sale: np.ndarray, protection: int, ahead: int) -> Rolled:
    mean = np.where(on_sale, np.stack([forecast.mean for forecast in said]), np.nan)
    quantiles = np.where(on_sale[..., None], np.stack([forecast.quantiles for forecast in said]), np.nan)
    each = [
        np.broadcast_to(forecast.mean[:, None] / protection, (len(forecast.mean), ahead))
        if forecast.by_period is None
        else forecast.by_period[:, :ahead]
        for forecast in said
    ]
    expected = np.where(on_sale[..., None], np.maximum(np.stack(each), 0.0), np.nan)
    return Rolled(asked, mean, quantiles, expected, said[0].levels)
