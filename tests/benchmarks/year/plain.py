"""The same days in a few lines of arithmetic, for what the system says to be compared with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Grid = np.ndarray
"""Units, shape (days, SKUs)."""


@dataclass(frozen=True, slots=True, eq=False)
class Days:
    """
    Attributes:
        wanted, at_once: ordered, and found in stock.
        on_hand: at the end of each day, when all that is promised has left.
        waiting: owed to customers at the end of each day.
        shipped: left.
    """

    wanted: Grid
    at_once: Grid
    on_hand: Grid
    waiting: Grid
    shipped: Grid


def replay(opening: np.ndarray, received: Grid, wanted: Grid, *, lost_sales: bool) -> Days:
    """Each day: goods come, those who wait are served first, then the orders of the day; what is served leaves."""
    stock, owed = opening.copy(), np.zeros_like(opening)
    grids = [np.zeros_like(wanted) for _ in range(4)]
    at_once, on_hand, waiting, shipped = grids
    for day in range(len(wanted)):
        stock = stock + received[day]
        late = np.minimum(owed, stock)
        at_once[day] = np.minimum(wanted[day], stock - late)
        stock = stock - late - at_once[day]
        owed = owed - late + (0 if lost_sales else wanted[day] - at_once[day])
        on_hand[day], waiting[day], shipped[day] = stock, owed, late + at_once[day]
    return Days(wanted, at_once, on_hand, waiting, shipped)
