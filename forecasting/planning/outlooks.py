"""A forecast of one protection period, turned into the demand that an order of each item has to last for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from forecasting.distributions.empirical import QuantileTable
from forecasting.lead_times.seen import Seen
from forecasting.lead_times.uncertain import mixed_quantiles
from forecasting.parameters import Floats, ParameterError, positive
from forecasting.suggestions.outlook import Outlook
from forecasting.work import ranges

MOST_LENGTHS: Final = 12
"""Equally likely lead times that stand for a distribution."""
AT_ONCE: Final = 2_000
"""Items whose lead times are mixed at a time: 13 KB for each."""


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """A forecast of the sum over `days` days, of items.

    Attributes:
        mean: shape (items,).
        quantiles: shape (items, levels).
        levels: of the quantiles, the first is the median.
        days: that the sum is over.
    """

    mean: Floats
    quantiles: Floats
    levels: tuple[float, ...]
    days: float

    def over(self, days: Floats | float) -> tuple[Floats, Floats]:
        """Mean and quantiles of the sum over another number of days.

        The mean grows with the days, the spread about it with their root, as for days that are independent of each other.
        """
        positive(days=days)
        ratio = np.broadcast_to(np.asarray(days, np.float64) / self.days, self.mean.shape)
        mean = self.mean * ratio
        quantiles = mean[:, None] + (self.quantiles - self.mean[:, None]) * np.sqrt(ratio)[:, None]
        return mean, np.sort(np.maximum(quantiles, 0.0), axis=1)

    def at(self, rows: np.ndarray) -> Known:
        """Some of the items."""
        return Known(self.mean[rows], self.quantiles[rows], self.levels, self.days)


def outlook(known: Known, lead_times: Sequence[Seen], review_days: Floats | float, target: Floats) -> Outlook:
    """The outlook of each item.

    Args:
        known: the forecast.
        lead_times: of each item, in days; items with equally many of them are worked out together.
        review_days: until the next order can be placed, above zero; shape (items,), or one for all.
        target: chance of covering lead time plus review, shape (items,).
    """
    positive(review_days=review_days)
    if len(lead_times) != len(known.mean):
        raise ParameterError("lead_times", f"{len(lead_times)} of them", f"one for each of {len(known.mean)} items")
    review_days = np.broadcast_to(np.asarray(review_days, np.float64), known.mean.shape)
    means = {key: float(seen.sample.mean) for key, seen in _distinct(lead_times).items()}
    expected = np.array([means[id(seen)] for seen in lead_times])
    _, usual = known.over(np.maximum(expected + review_days, 1e-9))
    sure = _mixed(known, lead_times, review_days)
    per_day = known.mean / known.days
    tables = QuantileTable(known.levels, usual), QuantileTable(known.levels, np.maximum.accumulate(sure, axis=1))
    return Outlook(per_day * expected, per_day * review_days, *tables, target, expected + review_days)


def _mixed(known: Known, lead_times: Sequence[Seen], review_days: Floats) -> Floats:
    """Quantiles over the lead times seen of each item, shape (items, levels)."""
    spread = {key: _lengths(seen) for key, seen in _distinct(lead_times).items()}
    of_item = [spread[id(seen)] for seen in lead_times]
    counts = np.array([len(lengths) for lengths, _ in of_item])
    found = np.empty(known.quantiles.shape)
    for count in np.unique(counts).tolist():
        alike = np.flatnonzero(counts == count)
        for part in ranges(len(alike), AT_ONCE):
            rows = alike[part]
            lengths, chances = (np.stack([of_item[row][which] for row in rows.tolist()]) for which in (0, 1))
            ours = known.at(rows)
            parts = [ours.over(length + review_days[rows])[1] for length in lengths.T]
            found[rows] = parts[0] if count == 1 else mixed_quantiles(parts, np.array(known.levels), chances)
    return found


def _distinct(lead_times: Sequence[Seen]) -> dict[int, Seen]:
    """Each object once: many items share their supplier's."""
    return {id(seen): seen for seen in lead_times}


def _lengths(seen: Seen) -> tuple[Floats, Floats]:
    """Lead times that stand for those seen, at most `MOST_LENGTHS`, and their chances."""
    lengths = np.unique(seen.values)
    if len(lengths) > MOST_LENGTHS:
        at = (np.arange(MOST_LENGTHS) + 0.5) / MOST_LENGTHS
        lengths, counts = np.unique(np.asarray(seen.sample.quantile(at)), return_counts=True)
        return lengths, counts / counts.sum()
    return lengths, np.array([seen.chances[seen.values == length].sum() for length in lengths])
