"""What a supplier asks for a unit, by how many are ordered."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from forecasting.parameters import ParameterError, not_negative


@dataclass(frozen=True, slots=True)
class PriceList:
    """All units of an order have the price of the last step that it reaches: `(from how many units on, price)`, rising in
    units. Without a step nobody has said."""

    steps: tuple[tuple[int, float], ...] = ()

    def __post_init__(self) -> None:
        not_negative(price=[price for _, price in self.steps])
        if not all(low < high for (low, _), (high, _) in pairwise(self.steps)):
            raise ParameterError("steps", self.steps, "rising in units")

    def at(self, units: int) -> float | None:
        """The price of a unit when so many are ordered; None when it is not known."""
        return next((price for start, price in reversed(self.steps) if start <= units), None)

    def spend(self, units: int) -> float:
        """Money for so many; nothing where the price is not known."""
        return units * (self.at(units) or 0.0)

    def starts_above(self, units: int) -> list[int]:
        """Quantities above that from which on another price holds."""
        return [start for start, _ in self.steps if start > units]

    def step_of(self, units: int) -> int:
        """From how many units on the price of so many holds."""
        return next((start for start, _ in reversed(self.steps) if start <= units), 0)

    def dearest_from(self, units: int) -> float | None:
        """The highest price of as many or more."""
        found = [self.at(units), *[price for start, price in self.steps if start > units]]
        return max((price for price in found if price is not None), default=None)
