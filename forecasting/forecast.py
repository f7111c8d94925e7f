"""What a forecaster is asked and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from forecasting.calendar.ahead import EventsAhead
from forecasting.metrics import LEVELS
from forecasting.panel.panel import Cells, Panel
from forecasting.parameters import Floats, ParameterError


@dataclass(frozen=True, slots=True, eq=False)
class Horizon:
    """The protection period: what an order placed at the cut-off has to last for.

    Attributes:
        lead_time: periods from placing an order to stock available, >= 0.
        review: periods until the next order can be placed, >= 0; not both zero.
        plan: what is known of these periods beforehand (`promotion`, `price`): shape (series, protection).
    """

    lead_time: int
    review: int
    plan: Mapping[str, Cells] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.lead_time < 0 or self.review < 0 or self.protection < 1:
            raise ParameterError("lead_time and review", (self.lead_time, self.review), "whole, not negative, not both 0")

    @property
    def protection(self) -> int:
        """Lead time plus review, in periods."""
        return self.lead_time + self.review


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """Demand over the protection period; NaN for series that are not on sale at the cut-off.

    Attributes:
        mean: of the sum, shape (series,), >= 0.
        quantiles: of the sum, shape (series, levels), not falling along the levels, >= 0.
        by_period: mean of each period, shape (series, protection); None when only the sum was forecast.
        levels: of the quantiles.
        of_plan: part of the mean that comes of what is planned, shape (series,), below zero where it takes away: the mean less
            that with no promotion and the usual price. None when the forecaster looks at no plan.
        events: what of the mean with nothing planned comes of events of these days; None when there are none, or
            the forecaster looks at none. What is left without both is the mean with neither.
        trees: whose trees it comes of, `all series` or those of pools; empty when of none.
    """

    mean: Floats
    quantiles: Floats
    by_period: Floats | None = None
    levels: tuple[float, ...] = LEVELS
    of_plan: Floats | None = None
    events: EventsAhead | None = None
    trees: str = ""


class Forecaster(Protocol):
    """From history up to a cut-off to demand over the protection period that follows it."""

    def __call__(self, history: Panel, horizon: Horizon) -> Forecast:
        """Forecast every series of `history`; it holds at least one period and nothing after the cut-off."""
        ...


def refuse_bad(forecast: Forecast, name: str, on_sale: np.ndarray) -> None:
    """Raise ParameterError when a forecast breaks what `Forecast` promises for the series `on_sale`, a mask."""
    mean, quantiles = forecast.mean[on_sale], forecast.quantiles[on_sale]
    if quantiles.shape[1:] != (len(forecast.levels),):
        raise ParameterError(f"{name}: quantiles", f"of shape {forecast.quantiles.shape}", f"at {len(forecast.levels)} levels")
    broken = ~(np.isfinite(mean) & (mean >= 0)) | ~np.isfinite(quantiles).all(axis=1) | (quantiles < 0).any(axis=1)
    broken |= (np.diff(quantiles, axis=1) < 0).any(axis=1)
    if forecast.by_period is not None:
        broken |= ~np.isfinite(forecast.by_period[on_sale]).all(axis=1)
    if broken.any():
        place = int(np.flatnonzero(on_sale)[np.argmax(broken)])
        value = f"{forecast.mean[place]:g} with quantiles {forecast.quantiles[place].tolist()}"
        value += "" if forecast.by_period is None else f" and periods {forecast.by_period[place].tolist()}"
        raise ParameterError(f"{name}: forecast of series {place}", value, "finite, not negative, with rising quantiles")
