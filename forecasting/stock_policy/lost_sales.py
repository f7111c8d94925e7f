"""Where what finds no stock is lost: how far demand eats into stock until an order arrives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.parameters import Floats, ParameterError, not_negative


@dataclass(frozen=True, slots=True, eq=False)
class Arrivals:
    """What is on its way, shape (arrivals,).

    Attributes:
        items: places of the items that come.
        days: from now until they come, zero or above; what is overdue is expected at once.
        units: of each.
    """

    items: NDArray[np.int64]
    days: Floats
    units: Floats

    def __post_init__(self) -> None:
        if not len(self.items) == len(self.days) == len(self.units):
            raise ParameterError("items, days, units", f"{len(self.items)}, {len(self.days)}, {len(self.units)}", "as many")
        not_negative(days=self.days, units=self.units)


def left_of(stock: Floats, wanted: Floats) -> Floats:
    """Stock after a stretch without arrivals: never below zero because of it. Below zero are customers who wait already: what
    is lost meanwhile adds nothing to them."""
    return np.minimum(stock, np.maximum(stock - wanted, 0.0))


def lost_until(until_days: Floats, stock: Floats, per_day: Floats, coming: Arrivals) -> Floats:
    """Units of each item that are expected to be wanted, to find no stock and to be lost before a day.

    Args:
        until_days: days from now to that day, zero or above, shape (items,).
        stock: free to be sold now, shape (items,); below zero as many are waited for.
        per_day: expected to be wanted, zero or above, shape (items,).
        coming: goods are there for the demand of the day on which they come.
    Returns:
        Shape (items,), between zero and all that is wanted until then.
    """
    not_negative(until_days=until_days, per_day=per_day)
    left, lost, before = np.array(stock, np.float64), np.zeros(len(stock)), 0.0
    last = float(np.max(until_days, initial=0.0))
    for day in [*np.unique(coming.days[coming.days < last]).tolist(), last]:
        wanted = per_day * np.maximum(np.minimum(day, until_days) - before, 0.0)
        after = left_of(left, wanted)
        lost += wanted - (left - after)
        here = coming.days == day
        left = after + np.bincount(coming.items[here], coming.units[here], len(left))
        before = day
    return lost
