"""The distribution of a length of time, by what was seen of it; what is still under way is known to take longer than so far.

Left out, as if it did not exist, an open order would make lead times look short: Kaplan and Meier 1958.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecasting.distributions.empirical import Sample
from forecasting.parameters import Floats

MOST_LENT: Final = 200
"""Values that stand for a distribution where it is lent to many."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """By its values, rising, and their chances, which sum to 1; `receipts` of its own, weighed, stand behind it."""

    values: Floats
    chances: Floats
    receipts: float
    _sample: Sample | None = field(default=None, init=False, repr=False)

    @property
    def sample(self) -> Sample:
        """As a distribution: its quantiles, mean and spread; made once, when it is first asked for."""
        if self._sample is None:
            object.__setattr__(self, "_sample", Sample(self.values, self.chances))
        assert self._sample is not None
        return self._sample

    def quantile(self, levels: Floats) -> Floats:
        """The least values not exceeded with these chances, as `sample` has them; quicker, for each item asks but once."""
        place = np.searchsorted(np.cumsum(self.chances), levels * (1 - 1e-12))
        return np.asarray(self.values[np.minimum(place, self.values.size - 1)], np.float64)

    def condensed(self) -> Seen:
        """Of at most `MOST_LENT` equally likely values, where there are more."""
        if self.values.size <= MOST_LENT:
            return self
        levels = (np.arange(MOST_LENT) + 0.5) / MOST_LENT
        return Seen(self.quantile(levels), np.full(MOST_LENT, 1 / MOST_LENT), self.receipts)

    def backed_by(self, parent: Seen, fewest: float) -> Seen:
        """With as much of the parent's distribution as receipts are missing to `fewest`."""
        missing = max(fewest - self.receipts, 0)
        if not missing:
            return self
        values = np.concatenate([self.values, parent.values])
        chances = np.concatenate([self.chances * self.receipts, parent.chances * missing]) / (self.receipts + missing)
        order = np.argsort(values, kind="stable")
        return Seen(values[order], chances[order], self.receipts)


def survival(lengths: Floats, is_open: NDArray[np.bool_], weights: Floats | None = None) -> Seen:
    """Kaplan and Meier's distribution: the chance of each length, the open orders spread over what is longer.

    What is left beyond the longest receipt, because older orders are open, lies on the oldest of them.

    Args:
        lengths: shape (orders,); of an open order, its age so far.
        is_open: likewise.
        weights: how much each counts, above zero; else one each.
    """
    weigh = np.ones(lengths.size) if weights is None else weights
    values, place = np.unique(lengths, return_inverse=True)
    ended = np.bincount(place, weights=weigh * ~is_open, minlength=values.size)
    at_risk = np.cumsum(np.bincount(place, weights=weigh, minlength=values.size)[::-1])[::-1]
    after = np.cumprod(1 - np.minimum(ended / at_risk, 1.0))
    chances = np.concatenate([[1.0], after[:-1]]) - after
    chances[-1] += after[-1]
    kept = chances > 0
    return Seen(values[kept], chances[kept] / chances[kept].sum(), float(ended.sum()))
