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
    ordered = np.array_split(np.sort(size), int(np.clip(pairs // PAIRS_PER_BIN, 1, MOST_BINS)))
    sizes = tuple(float(np.log(part).mean()) for part in ordered)
    bins = np.array_split(_by_parts(size, [part[0] for part in ordered[1:]]), len(ordered))
    ratios = tuple(tuple(np.quantile(ratio[bin_], levels, method="weibull").tolist()) for bin_ in bins)
    return ErrorsBySize(sizes, ratios)


def _by_parts(size: Floats, borders: list[float]) -> NDArray[np.int64]:
    """Places of the sizes below each border, then of those that are equal to it, then above, each in the order they stand in.

    Cut into parts they hold the same sizes as if all had been sorted, equals in order, which takes ten times as long.
    """
    rank = np.zeros(len(size), np.uint8)
    for border in borders:
        rank += size >= border
        rank += size > border
    return np.argsort(rank, kind="stable")
