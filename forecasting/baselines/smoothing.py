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
    known, every = ~np.isnan(demand), np.arange(demand.shape[1])
    begins = known.argmax(axis=0)  # there the level is the demand, and the error nothing; before it, too, but nobody asks
    levels = np.tile(demand[begins, every], (len(alphas), 1))
    weights, squares = np.array(alphas)[:, None], np.zeros_like(levels)
    error, rates = np.empty_like(levels), np.empty_like(demand)
    for now, (units, counts) in enumerate(zip(np.where(known, demand, 0.0), known.astype(np.float64), strict=True)):
        np.subtract(units, levels, out=error)
        error *= counts  # unknown demand moves nothing
        levels += weights * error
        squares += np.square(error, out=error)
        rates[now] = levels[squares.argmin(axis=0), every]
    return np.where(np.arange(len(demand))[:, None] >= begins, rates, np.nan)
