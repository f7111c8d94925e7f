"""Demand over a lead time that may be short or long: a forecaster asked for each length, its answers mixed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecasting.distributions.distribution import Distribution
from forecasting.distributions.mixture import Mixture
from forecasting.forecast import Forecast, Forecaster, Horizon
from forecasting.lead_times.seen import Seen
from forecasting.panel.panel import Panel
from forecasting.parameters import Floats, ParameterError, not_negative, whole

LONGEST_KEPT: Final = 12
"""Lengths that demand is worked out for: more are put together into so many equally likely ones."""
POINTS: Final = 64
"""Equally likely values that stand for each length's distribution; the outermost levels are those of the forecast."""


@dataclass(frozen=True, slots=True, eq=False)
class UncertainLeadTime:
    """A `Forecaster` of the sum over an uncertain lead time plus review: the mixture of the sums over each length.

    Exact where mean and variance mislead (`Mixture`); what it is asked for must have the longest lead time.

    Attributes:
        forecasters: for each length that was seen, the one that is asked for it: a model that keeps its fit needs its own.
        lead_times: whole periods, as they were seen, at least one.
    """

    forecasters: Mapping[int, Forecaster]
    lead_times: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.lead_times:
            raise ParameterError("lead_times", self.lead_times, "at least one")
        whole(lead_times=self.lead_times)
        not_negative(lead_times=self.lead_times)
        if missing := set(self.lead_times) - set(self.forecasters):
            raise ParameterError("forecasters", f"none for {sorted(missing)}", "one for each lead time")

    def __call__(self, history: Panel, horizon: Horizon) -> Forecast:
        """Forecast every series; `by_period` is that of the longest."""
        lengths, counts = np.unique(self.lead_times, return_counts=True)
        if horizon.lead_time != lengths[-1]:
            raise ParameterError("lead_time", horizon.lead_time, f"the longest that was seen, {lengths[-1]}")
        asked = [int(length) for length in lengths if length + horizon.review]
        said = [self.forecasters[length](history, _shorter(horizon, length)) for length in asked]
        chances = counts[-len(said) :] / counts[-len(said) :].sum()
        mean = np.tensordot(chances, np.stack([forecast.mean for forecast in said]), 1)
        levels = said[-1].levels
        quantiles = mixed_quantiles([forecast.quantiles for forecast in said], np.array(levels), chances)
        return Forecast(mean, quantiles, said[-1].by_period, levels)


def demand_over(lead_times: Seen, demand: Callable[[int], Distribution], review: int = 0) -> Mixture:
    """Demand over an uncertain lead time plus review: the mixture over the lengths seen.

    Args:
        lead_times: in periods; rounded up to whole ones, for an order is there at the start of a period or not.
        demand: distribution of the sum over so many periods, one or more.
        review: periods.
    Raises:
        ParameterError: a lead time of zero without a review: nothing to cover.
    """
    lengths, place = np.unique(np.ceil(lead_times.values).astype(np.int64) + review, return_inverse=True)
    if lengths[0] < 1:
        raise ParameterError("lead time plus review", int(lengths[0]), "1 or more periods")
    chances = np.bincount(place, weights=lead_times.chances)
    return Mixture([demand(int(length)) for length in lengths], chances)


def whole_periods(lead_times: Seen, days_in_period: float, most: int = LONGEST_KEPT) -> tuple[int, ...]:
    """Equally likely lead times in whole periods, for `UncertainLeadTime` and a replay, from a distribution in days."""
    levels = (np.arange(most) + 0.5) / most
    return tuple(np.maximum(np.ceil(lead_times.sample.quantile(levels) / days_in_period), 1).astype(int).tolist())


def _shorter(horizon: Horizon, lead_time: int) -> Horizon:
    plan = {name: cells[:, : lead_time + horizon.review] for name, cells in horizon.plan.items()}
    return replace(horizon, lead_time=lead_time, plan=plan)


def mixed_quantiles(parts: list[Floats], levels: Floats, chances: Floats) -> Floats:
    """Quantiles of a mixture, shape (series, levels), from those of its parts, likewise, and their chances, shape (parts,) or
    (series, parts).

    Each part is read at finely spaced levels, on straight lines between the known ones; beyond the last it is the last. Below
    the first, the median, it mirrors what is above it, in ratios: m^2 / q, the lower half of a lognormal. NaN where a part is.

    Raises:
        ParameterError: the first level is not the median.
    """
    if levels[0] != 0.5:
        raise ParameterError("levels", levels[0], "0.5 and above")
    grid = _fine(levels)
    upper = np.concatenate([[0.5], (grid[1:] + grid[:-1]) / 2, [1.0]])
    weights = np.diff(np.concatenate([1 - upper[:0:-1], upper]))
    values = np.concatenate([_both_halves(_interpolated(part, levels, grid)) for part in parts], axis=1)
    mass = (np.broadcast_to(chances, (len(values), len(parts)))[:, :, None] * weights).reshape(values.shape)
    order = np.argsort(values, axis=1, kind="stable")
    ordered = np.take_along_axis(values, order, axis=1)
    mass = np.take_along_axis(mass, order, axis=1)
    ahead = np.cumsum(mass, axis=1) - mass / 2  # each value stands in the middle of its mass
    found = np.empty((len(ordered), levels.size))
    for number, level in enumerate(levels):
        place = np.clip((ahead < level).sum(axis=1), 1, ordered.shape[1] - 1)[:, None]
        below, above = (np.take_along_axis(ahead, place - step, 1)[:, 0] for step in (1, 0))
        low, high = (np.take_along_axis(ordered, place - step, 1)[:, 0] for step in (1, 0))
        part_of = np.clip((level - below) / np.maximum(above - below, 1e-300), 0.0, 1.0)
        found[:, number] = low + part_of * (high - low)
    return np.maximum.accumulate(found, axis=1)


def _both_halves(upper: Floats) -> Floats:
    middle = upper[:, :1]
    lower = middle**2 / np.where(upper > 0, upper, 1.0)
    return np.concatenate([lower[:, ::-1], upper], axis=1)


def _fine(levels: Floats) -> Floats:
    """Levels at which the parts are read: the known ones and even ones between the first and the last."""
    even = np.linspace(levels[0], levels[-1], POINTS)
    return np.unique(np.concatenate([levels, even]))


def _interpolated(quantiles: Floats, levels: Floats, grid: Floats) -> Floats:
    place: NDArray[np.int64] = np.clip(np.searchsorted(levels, grid, side="right") - 1, 0, levels.size - 2)
    part = (grid - levels[place]) / (levels[place + 1] - levels[place])
    return np.asarray(quantiles[:, place] + part * (quantiles[:, place + 1] - quantiles[:, place]))
