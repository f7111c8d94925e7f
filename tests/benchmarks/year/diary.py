"""What was done and answered in a run, day by day: units by SKU."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

Units = dict[str, int]
ByDay = defaultdict[date, defaultdict[str, int]]


def _by_day() -> ByDay:
    return defaultdict(lambda: defaultdict(int))


@dataclass(frozen=True, slots=True)
class Purchase:
    """An order at a supplier that was placed, the day on which it comes, and the money for it."""

    purchase_id: str
    supplier: str
    placed_on: date
    comes_on: date
    units: Units
    spent: float


@dataclass(slots=True)
class Diary:
    """
    Attributes:
        opening: units counted in before the first day.
        at_once: of each day, units that orders found in stock; `waiting` those that had to wait, `lost` those given up.
        received, shipped: of each day.
        left: of orders that are not complete, what has left.
        purchases: in the order in which they were placed.
    """

    opening: Units
    at_once: ByDay = field(default_factory=_by_day)
    waiting: ByDay = field(default_factory=_by_day)
    lost: ByDay = field(default_factory=_by_day)
    received: ByDay = field(default_factory=_by_day)
    shipped: ByDay = field(default_factory=_by_day)
    left: dict[str, Units] = field(default_factory=dict)
    purchases: list[Purchase] = field(default_factory=list)


def grid(entries: ByDay, days: Sequence[date], skus: Sequence[str]) -> np.ndarray:
    """Units, shape (days, SKUs)."""
    column = {sku: number for number, sku in enumerate(skus)}
    found = np.zeros((len(days), len(skus)), np.int64)
    for row, day in enumerate(days):
        for sku, units in entries.get(day, {}).items():
            found[row, column[sku]] += units
    return found
