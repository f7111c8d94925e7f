"""Quantiles from past errors of all series of a like size: one alone has too few for its tail, all together have thousands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from forecasting.parameters import Floats

FEWEST_PAIRS: Final = 60
"""Past sums in all below which they tell nothing."""
MOST_PAIRS: Final = 200_000
"""Past sums that quantiles are read from: of more, every so-manieth."""
PAIRS_PER_BIN: Final = 400
MOST_BINS: Final = 16
LEAST_MEAN: Final = 0.5
"""Units below which an error is measured in parts of these: not of next to nothing."""
LEAST_SIZE: Final = 1e-3
"""Units below which sizes are alike: nothing is wanted any more."""
WIDEST: Final = 4.0
"""So many times its least size is the largest of a bin,"""
FEWEST_IN_BIN: Final = 50
"""unless this would leave fewer pairs in one."""
SOME: Final = 0.01
"""Beside a ratio whose logarithm is taken: many are zero."""


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
        """Quantiles of sums that are expected to be `mean`, units, shape (series, levels); NaN where that is NaN.

        Between two sizes logarithms of ratios are taken: next to nothing may be followed by a thousand times as much, and says
        little of what is much larger.
        """
        size = np.maximum(np.nan_to_num(mean), LEAST_SIZE)
        logs = np.log1p(np.array(self.ratios) / SOME)
        between = [SOME * np.expm1(np.interp(np.log(size), self.sizes, column)) for column in logs.T]
        found = np.maximum(size, LEAST_MEAN)[:, None] * np.stack(between, axis=1)
        return np.where(np.isnan(mean)[:, None], np.nan, np.maximum.accumulate(found, axis=1))


def errors_by_size(expected: Floats, came: Floats, levels: tuple[float, ...]) -> ErrorsBySize | None:
    """Learn them from past sums, arrays of one shape, NaN where not known; None with fewer than `FEWEST_PAIRS`."""
    usable = ~np.isnan(came) & ~np.isnan(expected)
    pairs = int(usable.sum())
    if pairs < FEWEST_PAIRS:
        return None
    every = slice(None, None, -(-pairs // MOST_PAIRS))
    size = np.maximum(expected[usable][every], LEAST_SIZE)
    ratio = came[usable][every] / np.maximum(size, LEAST_MEAN)
    rank = np.zeros(len(size), np.uint8)
    for border in _borders(np.sort(size), int(np.clip(pairs // PAIRS_PER_BIN, 1, MOST_BINS))):
        rank += size >= border
    bins = np.split(np.argsort(rank, kind="stable"), np.cumsum(np.bincount(rank))[:-1])
    sizes = tuple(float(np.log(size[bin_]).mean()) for bin_ in bins)
    ratios = tuple(tuple(np.quantile(ratio[bin_], levels, method="weibull").tolist()) for bin_ in bins)
    return ErrorsBySize(sizes, ratios)


def _borders(ordered: Floats, bins: int) -> list[float]:
    """Least sizes of all bins but the first: of as many pairs each, where no bin but the last, of the few that are large, is
    wider than `WIDEST`, for errors of a shut shop are not those of a small one; equal sizes stay together, for nothing tells
    them apart."""
    parts = np.array_split(ordered, bins)
    found = [float(part[0]) for part in parts]
    parts.pop()
    while parts:
        part = parts.pop()
        place = int(np.searchsorted(part, np.sqrt(part[0] * part[-1])))
        if part[-1] > WIDEST * part[0] and FEWEST_IN_BIN <= place <= len(part) - FEWEST_IN_BIN:
            found.append(float(part[place]))
            parts += [part[:place], part[place:]]
    return sorted(set(found) - {found[0]})
