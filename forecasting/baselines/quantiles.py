"""From a mean to quantiles of the sum: by the method's own past errors, or by a count distribution."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np

from forecasting.distributions.counts import NegativeBinomial, Poisson
from forecasting.parameters import Floats

Head: TypeAlias = Callable[[Floats, Floats, tuple[float, ...]], Floats]
"""From the mean of the sum, shape (series,), and past errors of sums, actual less expected, shape (origins, series), to
quantiles of the sum, shape (series, levels)."""

FEWEST_ERRORS: Final = 8
"""With fewer past errors a series has no quantiles of its own, and a count distribution stands in."""
MOST_CERTAIN: Final = 1.000_001
"""Variance over mean below which a negative binomial is a Poisson in all but name."""


def empirical_quantiles(mean: Floats, errors: Floats, levels: tuple[float, ...]) -> Floats:
    """The mean plus quantiles of the errors at (n + 1) p, never below zero.

    Weibull's plotting positions (type 6 of Hyndman and Fan 1996), as conformal prediction takes them too. Beyond the largest
    error, where n of them say nothing, a count distribution does unless it is lower. NaN errors are left out.
    """
    ordered = np.sort(errors if len(errors) else np.full((1, mean.size), np.nan), axis=0)  # NaN last
    count = (~np.isnan(errors)).sum(axis=0)
    quantiles = np.empty((mean.size, len(levels)))
    for number, level in enumerate(levels):
        place = np.clip((count + 1) * level - 1, 0, np.maximum(count - 1, 0))
        low = np.floor(place).astype(np.int64)
        high = np.minimum(low + 1, np.maximum(count - 1, 0))
        lower, upper = (np.take_along_axis(ordered, row[None], 0)[0] for row in (low, high))
        quantiles[:, number] = np.maximum(mean + lower + (place - low) * (upper - lower), 0.0)
    variance, known = variances(mean, errors), ~np.isnan(mean)
    few = (count < FEWEST_ERRORS) & known
    quantiles[few] = _counts(mean[few], variance[few], levels)
    for number, level in enumerate(levels):
        beyond = ((count + 1) * level > count) & known & ~few
        tail = _counts(mean[beyond], variance[beyond], (level,))[:, 0]
        quantiles[beyond, number] = np.maximum(quantiles[beyond, number], tail)
    return np.maximum.accumulate(quantiles, axis=1)


def count_quantiles(mean: Floats, errors: Floats, levels: tuple[float, ...]) -> Floats:
    """Negative binomial with this mean and the `variances` of the past errors; Poisson when they are below the mean.

    Snyder, Ord and Beaumont 2012. Demand of mean zero is zero at every level; NaN stays NaN.
    """
    return _counts(mean, variances(mean, errors), levels)


def variances(mean: Floats, errors: Floats) -> Floats:
    """Mean square of each series' past errors, shape (series,).

    A series with fewer than `FEWEST_ERRORS` is filled up to so many with the variance over mean that the others have all
    together (1, a Poisson's, when there are no others): a new SKU is as uncertain as old ones, not certain.
    """
    known = ~np.isnan(errors)
    count, squares = known.sum(axis=0), (np.where(known, errors, 0.0) ** 2).sum(axis=0)
    old = (count >= FEWEST_ERRORS) & (mean > 0)
    ratio = max((squares[old] / count[old]).sum() / mean[old].sum(), 1.0) if old.any() else 1.0
    missing = np.maximum(FEWEST_ERRORS - count, 0)
    filled: Floats = (squares + missing * ratio * np.nan_to_num(mean)) / (count + missing)
    return filled


def _counts(mean: Floats, variance: Floats, levels: tuple[float, ...]) -> Floats:
    quantiles = np.where(np.isnan(mean), np.nan, 0.0)[:, None].repeat(len(levels), axis=1)
    at = np.array(levels)
    wide = (mean > 0) & (variance > mean * MOST_CERTAIN)
    if wide.any():
        head = NegativeBinomial.from_mean_sd(mean[wide, None], np.sqrt(variance[wide, None]))
        quantiles[wide] = head.quantile(at)
    tame = (mean > 0) & ~wide
    if tame.any():
        quantiles[tame] = Poisson(mean[tame, None]).quantile(at)
    return quantiles
