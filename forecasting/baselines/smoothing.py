"""Simple exponential smoothing, with a weight for each series chosen from its own past errors."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np

from forecasting.baselines.method import Rates
from forecasting.parameters import Floats, share

ALPHAS: Final = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7)


def smoothed(alpha: float) -> Rates:
    """Level l + alpha (y - l), from the first demand known on. Brown 1959; Hyndman and Athanasopoulos, section 8.1."""
    share(alpha=alpha)
    return partial(_best_level, alphas=(alpha,))


def smoothed_best(alphas: tuple[float, ...] = ALPHAS) -> Rates:
    """The same, each series at each period with the weight whose one-step squared errors up to there are the smallest.

    Nothing later than a period chooses its weight, so that past errors of this method are honest.
    """
    share(alphas=alphas)
    return partial(_best_level, alphas=alphas)


def _best_level(demand: Floats, alphas: tuple[float, ...]) -> Floats:
    weights = np.array(alphas)[:, None]
    levels = np.full((len(alphas), demand.shape[1]), np.nan)
    squares, rates = np.zeros_like(levels), np.empty_like(demand)
    every = np.arange(demand.shape[1])
    for now, units in enumerate(demand):
        error = np.where(np.isnan(units), 0.0, units - levels)  # unknown demand moves nothing
        started = np.isnan(levels[0])
        if started.any():
            levels[:, started] = units[started]
            error[:, started] = 0.0
        levels += weights * error
        error *= error
        squares += error
        rates[now] = levels[squares.argmin(axis=0), every]
    return rates
