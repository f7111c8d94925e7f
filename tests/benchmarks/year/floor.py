"""How a warehouse stands in the morning of a day, by plain arithmetic."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np

from tests.benchmarks.year.demand import Demand
from tests.benchmarks.year.diary import Purchase, Units
from tests.benchmarks.year.plain import Days
from tests.benchmarks.year.supply import Supply
from tests.benchmarks.year.terms import Terms


@dataclass(slots=True, eq=False)
class Floor:
    """Units of shape (SKUs,).

    Attributes:
        received: so far, shape (days, SKUs).
        days: what has been, replayed; its rows before today are true.
        purchases: placed so far.
        drafts: of suppliers, what has gathered and is not placed.
    """

    demand: Demand
    terms: Terms
    supply: Supply
    opening: np.ndarray
    received: np.ndarray
    days: Days
    purchases: list[Purchase] = field(default_factory=list)
    drafts: dict[str, Units] = field(default_factory=dict)

    def position(self, day: int) -> np.ndarray:
        """On hand and on order, less what waits."""
        stock = self.days.on_hand[day - 1] - self.days.waiting[day - 1] if day else self.opening
        return stock + self._on_order(self.demand.days[day])

    def _on_order(self, today: date) -> np.ndarray:
        column = {sku: number for number, sku in enumerate(self.demand.skus)}
        found = np.zeros_like(self.opening)
        for one in self.purchases:
            if one.comes_on >= today:
                for sku, units in one.units.items():
                    found[column[sku]] += units
        return found
