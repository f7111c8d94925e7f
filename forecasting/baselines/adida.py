"""ADIDA: add up periods into buckets long enough to hold demand, forecast the buckets, spread them evenly again."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecasting.baselines.classes import intervals
from forecasting.baselines.method import Rates
from forecasting.parameters import Floats, share

LONGEST_BUCKET: Final = 26


def adida(alpha: float = 0.1) -> Rates:
    """Buckets as long as the mean interval between demands, smoothed with weight `alpha`. Nikolopoulos et al. 2011.

    The buckets of each origin end with it. Intervals are those of the whole history that is given.
    """
    share(alpha=alpha)
    return partial(_adida, alpha=alpha)


def _adida(demand: Floats, alpha: float) -> Floats:
    length = _lengths(demand)
    every = np.arange(demand.shape[1])
    totals = np.vstack([np.zeros(demand.shape[1]), np.cumsum(np.where(np.isnan(demand), 0.0, demand), axis=0)])
    known = np.vstack([np.zeros(demand.shape[1]), np.cumsum(~np.isnan(demand), axis=0)])
    levels = np.empty_like(demand)
    for now in range(len(demand)):
        before = now + 1 - length
        start = np.maximum(before, 0)
        count = known[now + 1] - known[start, every]
        mean = (totals[now + 1] - totals[start, every]) / np.maximum(count, 1)  # per period that is known
        last = levels[np.maximum(before - 1, 0), every]
        has_last = (before >= 1) & ~np.isnan(last)
        fresh = np.where(has_last, last + alpha * (mean - last), mean)
        levels[now] = np.where(count > 0, fresh, last if now else np.nan)
    return levels


def _lengths(demand: Floats) -> NDArray[np.int64]:
    """Periods in a bucket: the mean interval rounded, 1 to `LONGEST_BUCKET`."""
    mean = np.nan_to_num(intervals(demand.T), nan=LONGEST_BUCKET)
    return np.clip(np.rint(mean), 1, LONGEST_BUCKET).astype(np.int64)
