"""Means and medians of the latest periods, and the same season a cycle ago."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

import numpy as np

from forecasting.baselines.method import Flat, Rates, carried, running_sums
from forecasting.parameters import Floats

EXPERIENCE_PERIODS: Final = 13
"""What planners go by: a quarter of weeks."""


def moving_average(periods: int) -> Rates:
    """Mean of the latest `periods` periods that are known, of fewer when there are fewer."""
    return partial(_average, periods=periods)


def moving_averages(demand: Floats, several: Sequence[int]) -> list[Floats]:
    """The same for several numbers of periods at once: demand is added up once."""
    known = ~np.isnan(demand)
    totals, counts = running_sums(np.where(known, demand, 0.0)), running_sums(known)
    return [_mean_of_latest(totals, counts, periods) for periods in several]


def moving_median(periods: int) -> Rates:
    """Median of the latest `periods` periods that are known; for sparse demand it is zero."""
    return partial(_median, periods=periods)


def seasonal_naive(demand: Floats, season: int, protection: int) -> tuple[Floats, Floats]:
    """Each period like the one a season before; the latest period known where the history has none so old.

    A `Method`. Hyndman and Athanasopoulos, Forecasting: principles and practice, section 5.2.
    """
    latest = carried(demand)
    sums = np.zeros_like(demand)
    ahead = np.empty((protection, demand.shape[1]))
    for step in range(1, protection + 1):
        place = step - season * -(-step // season)  # periods from the origin back to the same place of the season
        seen = np.full_like(demand, np.nan)
        if place == 0:
            seen = demand
        elif -place < len(demand):
            seen[-place:] = demand[:place]
        expected = np.where(np.isnan(seen), latest, seen)
        sums += expected
        ahead[step - 1] = expected[-1]
    return sums, ahead


naive: Final = Flat(carried)
"""Every period like the latest one that is known."""


def _average(demand: Floats, periods: int) -> Floats:
    return moving_averages(demand, (periods,))[0]


def _mean_of_latest(totals: Floats, counts: Floats, periods: int) -> Floats:
    """From running sums of what is known, and of how much is."""
    total, count = _of_latest(totals, periods), _of_latest(counts, periods)
    means = np.maximum(total, 0.0) / np.where(count > 0, count, np.nan)
    return carried(means) if ((count == 0) & (counts > 0)).any() else means


def _of_latest(running: Floats, periods: int) -> Floats:
    latest = running.copy()
    latest[periods:] -= running[:-periods]
    return latest


def _median(demand: Floats, periods: int) -> Floats:
    """Each row sorts the windows of all series at once; what is not known sorts to the end."""
    filled = np.vstack([np.full((periods - 1, demand.shape[1]), np.inf), np.where(np.isnan(demand), np.inf, demand)])
    exchanges, every = _sorting_network(periods), np.arange(demand.shape[1])
    medians = np.empty_like(demand)
    for now in range(len(demand)):
        window = filled[now : now + periods].copy()
        for low, high in exchanges:
            lesser = np.minimum(window[low], window[high])
            np.maximum(window[low], window[high], out=window[high])
            window[low] = lesser
        count = np.isfinite(window).sum(axis=0)
        middle = window[np.maximum(count - 1, 0) // 2, every] + window[np.minimum(count // 2, periods - 1), every]
        medians[now] = np.where(count > 0, middle / 2, np.nan)
    return carried(medians)


def _sorting_network(size: int) -> list[tuple[int, int]]:
    """Places to compare and exchange, in order, so that `size` rows end sorted. Batcher 1968, odd-even merge sort."""
    exchanges: list[tuple[int, int]] = []
    width = 1
    while width < size:
        step = width
        while step:
            starts = range(step % width, size - step, 2 * step)
            lows = [low for start in starts for low in range(start, min(start + step, size - step))]
            exchanges += [(low, low + step) for low in lows if low // (2 * width) == (low + step) // (2 * width)]
            step //= 2
        width *= 2
    return exchanges
