"""Errors of simple methods, pooled by size, beside the quantile heads: tails that a few dates cannot teach a tree.

Heads know what sets a series apart, but each of their tails is learned from the few rows of a leaf; the errors of all series
of a like size know the tail and nothing else. The mean of both loses less than either (Bates and Granger 1969).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecasting.baselines.combination import LONGEST, first_fair, past_sums
from forecasting.baselines.errors_by_size import ErrorsBySize, errors_by_size
from forecasting.baselines.method import sums_that_followed
from forecasting.features.view import History
from forecasting.metrics import LEVELS, pinball
from forecasting.model.rhythm import RHYTHMS
from forecasting.parameters import Floats

SHARE: Final = 0.5
"""Of the pooled errors, unless the heads alone are clearly better."""
BETTER: Final = 0.95
"""What the heads alone must reach of the loss of both on the held-out rows to stay alone: where promotions are planned, say,
which simple methods do not see."""
FEWEST_ROWS: Final = 300
MOST_CELLS: Final = 3_000_000
"""Series times periods that errors are taken of: of more, every so-manieth series."""


@dataclass(frozen=True, slots=True)
class Pooled:
    """Errors by size (None when there are too few) and, for each rhythm, how much they weigh, 0 to 1."""

    errors: ErrorsBySize | None = None
    shares: tuple[float, ...] = (0.0,) * len(RHYTHMS)

    def mixed(self, quantiles: Floats, mean: Floats, rhythm: NDArray[np.int64]) -> Floats:
        """Quantiles of the heads, shape (rows, levels), and of the pooled errors about the mean, weighed by rhythm."""
        if self.errors is None:
            return quantiles
        share = np.array(self.shares)[rhythm][:, None]
        return np.asarray((1 - share) * quantiles + share * self.errors.about(mean))


def pooled_errors(history: History, count: int) -> ErrorsBySize | None:
    """Errors of the weighted simple methods about their sums, of the first `count` periods; None when too little is known.

    The methods see ordinary demand, and what they expect is taken times the factor of the periods that follow.
    """
    first, last = max(count - LONGEST[history.periods.frequency.value], 0), count
    every = slice(None, None, max(-(-history.wanted[:, :count].size // MOST_CELLS), 1))
    wanted = history.wanted[every, first:last].astype(np.float64)
    if wanted.shape[1] <= history.protection or not len(wanted):
        return None
    expected, _ = past_sums(history.demand[every, first:last].astype(np.float64), history.protection)
    came = sums_that_followed(np.ascontiguousarray(wanted.T), history.protection)
    if history.factor is not None:
        expected = expected * history.factor.ahead[every, first:last].T
    begun = first_fair(history.periods.frequency)
    return errors_by_size(expected[begun : len(came)], came[begun:], LEVELS)


def weighed(
    early: ErrorsBySize | None,
    whole: ErrorsBySize | None,
    quantiles: Floats,
    mean: Floats,
    sums: Floats,
    scale: Floats,
    rhythm: NDArray[np.int64],
) -> Pooled:
    """How much the pooled errors weigh for each rhythm, by what the early ones were worth on the held-out rows.

    Args:
        early: errors known before the held-out rows; None when those cannot be judged.
        whole: errors that the model goes on with.
        quantiles, mean: what the heads say of the held-out rows, units.
        sums, scale, rhythm: of those rows.
    """
    shares = []
    for place in range(len(RHYTHMS)):
        ours = rhythm == place
        both = SHARE
        if early is not None and ours.sum() >= FEWEST_ROWS:
            beside = (1 - SHARE) * quantiles[ours] + SHARE * early.about(mean[ours])
            alone = _loss(quantiles[ours], sums[ours], scale[ours])
            both = 0.0 if alone < BETTER * _loss(beside, sums[ours], scale[ours]) else SHARE
        shares.append(both)
    return Pooled(whole, tuple(shares))


def _loss(quantiles: Floats, sums: Floats, scale: Floats) -> float:
    over = scale + scale.mean()
    return float(np.mean([(pinball(sums, quantiles[:, number], level) / over).mean() for number, level in enumerate(LEVELS)]))
