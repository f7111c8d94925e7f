"""The demand that an order placed now has to last for, and how sure we want to be of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from forecasting.distributions.empirical import QuantileTable
from forecasting.parameters import Floats, ParameterError, not_negative, share

LEAST_PER_DAY: Final = 1e-9
"""Less than this is no demand."""


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """Demand over lead time plus review, for many items at once: arrays and distributions of shape (items,).

    Attributes:
        until_arrival: expected over the lead time, units.
        over_review: expected from the arrival to that of the next order.
        usual: demand over lead time plus review when the lead time is the expected one.
        sure: the same when it is as uncertain as it is.
        target: chance of covering it, between 0 and 1; for a cost h of holding and p of shortage p / (p + h).
        days: lead time plus review.
        of_plan: part of what is expected over both that comes of planned promotions and prices; None where nobody looks at any.
        of_events: part of the rest that comes of events of these days; None likewise.
    """

    until_arrival: Floats
    over_review: Floats
    usual: QuantileTable
    sure: QuantileTable
    target: Floats
    days: Floats
    of_plan: Floats | None = None
    of_events: Floats | None = None

    def __post_init__(self) -> None:
        not_negative(until_arrival=self.until_arrival, over_review=self.over_review)
        share(target=self.target)
        if not (np.asarray(self.days) > 0).all():
            raise ParameterError("days", float(np.min(self.days)), "above zero: an order has to last for some time")

    @property
    def per_day(self) -> Floats:
        """Units expected to be wanted on a day."""
        return np.asarray((self.until_arrival + self.over_review) / self.days)

    @property
    def level(self) -> Floats:
        """Units that cover the demand with the target's chance; the smallest whole number."""
        return np.ceil(np.asarray(self.sure.quantile(self.target)) - 1e-9)

    def cost(self, stock: Floats) -> Floats:
        """Expected cost of a position, in shares of p + h: short and left over, each at its price."""
        short, left = np.asarray(self.sure.shortage(stock)), np.asarray(self.sure.surplus(stock))
        return np.asarray(self.target * short + (1 - self.target) * left)
