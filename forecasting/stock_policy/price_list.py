"""What a supplier asks for a unit, by how many are ordered."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from forecasting.parameters import ParameterError, not_negative
from forecasting.stock_policy.rounding import whole_units


@dataclass(frozen=True, slots=True)
class PriceList:
    """All units of an order have the price of the last step that it reaches: `(from how many units on, price)`, rising in
    units. Without a step nobody has said. What is asked about comes on top of the units `begun`: those on the
    order already."""

    steps: tuple[tuple[int, float], ...] = ()
    begun: int = 0

    def __post_init__(self) -> None:
        whole_units(begun=self.begun)
        not_negative(price=[price for _, price in self.steps])
        if not all(low < high for (low, _), (high, _) in pairwise(self.steps)):
            raise ParameterError("steps", self.steps, "rising in units")

    def at(self, units: int) -> float | None:
        """The price of a unit when so many are ordered; None when it is not known."""
        return next((price for start, price in reversed(self.steps) if start <= self.begun + units), None)

    def spend(self, units: int) -> float:
        """Money for so many; nothing where the price is not known. It may be below zero: what is begun becomes cheaper too."""
        money = units * (self.at(units) or 0.0)
        return money + self.begun * ((self.at(units) or 0.0) - (self.at(0) or 0.0)) if self.begun and units else money

    def starts_above(self, units: int) -> list[int]:
        """Quantities above that from which on another price holds."""
        return [start - self.begun for start, _ in self.steps if start > self.begun + units]

    def dearest_from(self, units: int) -> float | None:
        """The highest price of as many or more."""
        found = [self.at(units), *[price for start, price in self.steps if start > self.begun + units]]
        return max((price for price in found if price is not None), default=None)
