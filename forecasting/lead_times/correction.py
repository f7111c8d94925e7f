"""What is learned, corrected by how what was learned before was kept: conformal prediction, Romano, Patterson and Candès 2019.

At each quarter of the latest two years lead times are learned from what was known then, and each order placed in the quarter
after it is held against them: by how many spreads of its supplier it came later than each quantile. The part of these errors
that the quantile has to cover says how far it has to move. All suppliers are judged together, for what moves lead times moves
them together; in spreads of their own, so that who is always on time stays so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

import numpy as np

from forecasting.lead_times.purchases import Purchases, of_each
from forecasting.lead_times.seen import Seen, survival
from forecasting.parameters import Floats

QUARTERS: Final = 8
QUARTER_DAYS: Final = 91
FEWEST_RECEIPTS: Final = 10
"""That must have been known at a quarter for something to be learned at it."""
FEWEST_JUDGED: Final = 40
"""Orders that must have come since they were judged: of fewer nobody can tell what one in twenty will do."""
LEVELS: Final = np.array([0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95])
SPREAD: Final = np.array([0.1, 0.9])
"""A supplier's spread is what lies between these quantiles."""
MOST_MOVED: Final = 1.0
"""Spreads. Where most are on time to the day a spread says little of the few that are late by weeks."""

Correct = Callable[[Seen], Seen]


class Learned(Protocol):
    """What `of` a supplier was learned."""

    def of(self, supplier: str) -> Seen:
        """Of all where the supplier is not known."""
        ...


def no_correction(seen: Seen) -> Seen:
    """What was learned, as it is."""
    return seen


def correction_by(purchases: Purchases, learn: Callable[[Purchases], Learned]) -> Correct:
    """The correction by what is known today of orders placed in these quarters; none where that is too little."""
    errors, is_open = [], []
    for quarter in range(1, QUARTERS + 1):
        ago = quarter * QUARTER_DAYS
        known = purchases.as_known(ago)
        if known.received < FEWEST_RECEIPTS:
            break
        after = purchases.only((purchases.ages < ago) & (purchases.ages >= ago - QUARTER_DAYS))
        learned = learn(known)
        for supplier, rows in of_each(after.suppliers):
            seen = learned.of(supplier)
            if (spread := _spread(seen)) > 0:
                errors.append((after.lengths[rows, None] - seen.quantile(LEVELS)) / spread)
                is_open.append(after.is_open[rows])
    if sum(int((~each).sum()) for each in is_open) < FEWEST_JUDGED:
        return no_correction
    table, waiting = np.concatenate(errors), np.concatenate(is_open)
    places = [slice(place, place + 1) for place in range(LEVELS.size)]
    moves = np.concatenate([survival(table[:, one].ravel(), waiting).quantile(LEVELS[one]) for one in places])
    return lambda seen: _moved(seen, np.clip(moves, -MOST_MOVED, MOST_MOVED))


def _spread(seen: Seen) -> float:
    low, high = seen.quantile(SPREAD)
    return float(high - low)


def _moved(seen: Seen, moves: Floats) -> Seen:
    """Each value moved as the level at its middle is; beyond the outermost levels as they are. Never below zero."""
    middle = np.cumsum(seen.chances) - seen.chances / 2
    moved = seen.values + _spread(seen) * np.interp(middle, LEVELS, moves)
    return Seen(np.maximum(np.maximum.accumulate(moved), 0.0), seen.chances, seen.receipts)
