"""Methods for demand that is mostly zero: how much when there is any, and how often."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np

from forecasting.baselines.method import Rates, followed, running_sums
from forecasting.parameters import Floats, share

ALPHA: Final = 0.1
"""Weight of the latest demand; .05 to .2 are usual, Syntetos and Boylan 2005."""


def croston(alpha: float = ALPHA) -> Rates:
    """Mean size over mean interval, both smoothed when there is demand. Croston 1972. Biased upwards."""
    share(alpha=alpha)
    return partial(_croston, alpha=alpha, factor=1.0)


def croston_sba(alpha: float = ALPHA) -> Rates:
    """Croston's with its bias taken off: times 1 - alpha / 2. Syntetos and Boylan 2005."""
    share(alpha=alpha)
    return partial(_croston, alpha=alpha, factor=1 - alpha / 2)


def tsb(alpha: float = ALPHA, beta: float = ALPHA) -> Rates:
    """Mean size times the chance of demand, which falls while there is none. Teunter, Syntetos and Babai 2011.

    `alpha` is the weight of the latest size, `beta` that of the latest period in the chance.
    """
    share(alpha=alpha, beta=beta)
    return partial(_tsb, alpha=alpha, beta=beta)


def _croston(demand: Floats, alpha: float, factor: float) -> Floats:
    """Sizes and intervals start at the first ones seen; before any demand the rate is zero."""
    size, interval, since = np.zeros(demand.shape[1]), np.ones(demand.shape[1]), np.zeros(demand.shape[1])
    rates = np.empty_like(demand)
    for now, units in enumerate(demand):
        since += ~np.isnan(units)
        sold = units > 0
        weight = np.where(size > 0, alpha, 1.0) * sold
        size += weight * (np.where(sold, units, 0.0) - size)
        interval += weight * (since - interval)
        since[sold] = 0.0
        rates[now] = factor * size / interval
    return _on_sale(rates, demand)


def _tsb(demand: Floats, alpha: float, beta: float) -> Floats:
    """The size starts at the first one, the chance at one over the first interval."""
    known, sold = ~np.isnan(demand), demand > 0
    first, seen = sold & (running_sums(sold) == 1), running_sums(known)
    size = followed(np.where(sold, demand, 0.0), np.where(first, 1.0, alpha * sold))
    chance = followed(np.where(first, 1 / np.maximum(seen, 1), sold), np.where(first, 1.0, beta * known))
    return _on_sale(size * chance, demand)


def _on_sale(rates: Floats, demand: Floats) -> Floats:
    """No rate before anything is known of the series."""
    return np.where(running_sums(~np.isnan(demand)) > 0, rates, np.nan)
