"""What buying before it is needed costs: units above the level aimed at are held until reviews would have bought them."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from forecasting.parameters import finite, not_negative, positive


@dataclass(frozen=True, slots=True)
class Early:
    """One item before its order.

    Attributes:
        above: units by which its position is above the level aimed at; below zero when it is below.
        per_day: units expected to be wanted, above zero.
        review_days: between two orders, above zero.
        holding: share of its price that holding a unit for a day costs.
    """

    above: float
    per_day: float
    review_days: float
    holding: float

    def __post_init__(self) -> None:
        rates = self.above, self.per_day, self.review_days, self.holding
        if all(map(isfinite, rates)) and self.per_day > 0 and self.review_days > 0 and self.holding >= 0:
            return  # there is one for each item of a run: what says which of them is wrong takes its time
        finite(above=self.above)
        positive(per_day=self.per_day, review_days=self.review_days)
        not_negative(holding=self.holding)

    def unit_days(self, units: int) -> float:
        """For which units above the level are held when so many are ordered now: x (x / d + R) / 2.

        At each review the next order is smaller by what is above the level, so x units are there for one review, x - d R for
        the next and so on: R (x + (x - d R) + (x - 2 d R) + ...), which for whole reviews' demand is this.
        """
        early = max(self.above + units, 0.0)
        return early * (early / self.per_day + self.review_days) / 2

    def cost(self, units: int, unit_price: float, instead_of: int = 0) -> float:
        """Money for holding them early, when so many are ordered now instead of so many."""
        return self.holding * unit_price * (self.unit_days(units) - self.unit_days(instead_of))

    def within(self, days: float) -> int:
        """Units that can be ordered so that none is bought more than so many days before it is needed."""
        return max(int(self.per_day * days - self.above + 1e-9), 0)
