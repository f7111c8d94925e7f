"""Quantiles from past errors of all series of a like size: one alone has too few for its tail, all together have thousands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecasting.parameters import Floats

FEWEST_PAIRS: Final = 60
"""Past sums in all below which they tell nothing."""
MOST_PAIRS: Final = 200_000
"""Past sums that quantiles are read from: of more, every so-manieth."""
PAIRS_PER_BIN: Final = 400
MOST_BINS: Final = 16
LEAST_MEAN: Final = 0.5
"""Units below which sizes are alike: an error is not measured in parts of next to nothing."""


@dataclass(frozen=True, slots=True)
class ErrorsBySize:
    """What came over what was expected, by how much was.

    Attributes:
        sizes: logarithm of what was expected, units, in the middle of each bin.
        ratios: quantiles of what came over that, for each bin, one for each level.
    """

    sizes: tuple[float, ...]
    ratios: tuple[tuple[float, ...], ...]

    def about(self, mean: Floats) -> Floats:
        """Quantiles of sums that are expected to be `mean`, units, shape (series, levels); NaN where that is NaN."""
        scale = np.maximum(np.nan_to_num(mean), LEAST_MEAN)
        between = [np.interp(np.log(scale), self.sizes, column) for column in np.array(self.ratios).T]
        found = scale[:, None] * np.stack(between, axis=1)
        return np.where(np.isnan(mean)[:, None], np.nan, np.maximum.accumulate(found, axis=1))


def errors_by_size(expected: Floats, came: Floats, levels: tuple[float, ...]) -> ErrorsBySize | None:
    """Learn them from past sums, arrays of one shape, NaN where not known; None with fewer than `FEWEST_PAIRS`."""
    usable = ~np.isnan(came) & ~np.isnan(expected)
    pairs = int(usable.sum())
    if pairs < FEWEST_PAIRS:
        return None
    every = slice(None, None, -(-pairs // MOST_PAIRS))
    size = np.maximum(expected[usable][every], LEAST_MEAN)
    ratio = came[usable][every] / size
    bins = _bins(size, int(np.clip(pairs // PAIRS_PER_BIN, 1, MOST_BINS)))
    sizes = tuple(float(np.log(size[bin_]).mean()) for bin_ in bins)
    ratios = tuple(tuple(np.quantile(ratio[bin_], levels, method="weibull").tolist()) for bin_ in bins)
    return ErrorsBySize(sizes, ratios)


def _bins(size: Floats, count: int) -> list[NDArray[np.int64]]:
    """Places of `count` parts that are as large as each other, from the smallest sizes to the largest; of equals the first ones go first.

    As `np.array_split(np.argsort(size, kind="stable"), count)`, by the quicker sort that mixes up equals: only those on
    both sides of a border have to be told apart.
    """
    order = np.argsort(size)
    bins = np.array_split(order, count)
    ordered = size[order]
    for border in np.cumsum([len(one) for one in bins[:-1]]).tolist():
        if ordered[border - 1] == ordered[border]:
            first, last = np.searchsorted(ordered, ordered[border], "left"), np.searchsorted(ordered, ordered[border], "right")
            order[first:last].sort()  # the bins are views of it
    return bins
