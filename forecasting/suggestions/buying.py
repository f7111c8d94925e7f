"""How suppliers sell many items: their prices, their minimum orders, and what may be bought before it is needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from forecasting.parameters import Floats, ParameterError, not_negative, positive
from forecasting.stock_policy.early import Early
from forecasting.stock_policy.price_list import PriceList
from forecasting.stock_policy.rounding import OrderLimits
from forecasting.suggestions.ordering import Limits
from forecasting.suggestions.outlook import LEAST_PER_DAY
from forecasting.suggestions.position import Units

DAYS_OF_A_YEAR: Final = 365.25


@dataclass(frozen=True, slots=True)
class Basket:
    """Items that one supplier sells to one warehouse, by their places; the least money it takes an order of, and the money of
    what is gathered for it already."""

    items: tuple[int, ...]
    minimum: float
    gathered: float = 0.0

    def __post_init__(self) -> None:
        positive(minimum=self.minimum)
        not_negative(gathered=self.gathered)


@dataclass(frozen=True, slots=True)
class OrderCosts:
    """Items that one supplier sells to one warehouse, by their places; the money that an order there costs, and a line of each
    of them in it. `begun`: an order is being gathered already."""

    items: tuple[int, ...]
    order: float
    lines: tuple[float, ...]
    begun: bool = False

    def __post_init__(self) -> None:
        not_negative(order=self.order, lines=self.lines)
        if len(self.lines) != len(self.items):
            raise ParameterError("lines", f"{len(self.lines)} of them", f"one for each of {len(self.items)} items")


Lasting = Callable[[int, float], float]
"""Of an item, and days until the next order of it is placed: days from the arrival of this order to that of the next one."""


@dataclass(frozen=True, slots=True, eq=False)
class Buying:
    """Of items in one order.

    Attributes:
        lists: prices of each.
        baskets: of suppliers with a minimum order; no item is in two.
        review_days: between two orders, shape (items,).
        holding: share of its price that holding a unit for a year costs.
        early_days: nothing is bought more days before it is needed.
        order_costs: of suppliers whose orders cost something; no item is in two.
        lasting: by suppliers' calendars; None: every day is like any other.
    """

    lists: Sequence[PriceList]
    baskets: Sequence[Basket]
    review_days: Floats
    holding: float
    early_days: float
    order_costs: Sequence[OrderCosts] = ()
    lasting: Lasting | None = None

    def __post_init__(self) -> None:
        positive(review_days=self.review_days)
        not_negative(holding=self.holding, early_days=self.early_days)
        for name in ("baskets", "order_costs"):
            places = [item for group in getattr(self, name) for item in group.items]
            if len(set(places)) != len(places):
                raise ParameterError(name, "sharing an item", "of items of their own")


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """The same items before their orders, shape (items,).

    Attributes:
        above: position less the level aimed at.
        per_day: units expected to be wanted.
    """

    above: Units
    per_day: Floats
    limits: Limits
    buying: Buying

    @property
    def holding_per_day(self) -> float:
        """Share of its price that holding a unit for a day costs."""
        return self.buying.holding / DAYS_OF_A_YEAR

    def early(self, item: int) -> Early:
        """What buying one of them early costs; it has to be wanted."""
        review = float(self.buying.review_days[item])
        return Early(float(self.above[item]), float(self.per_day[item]), review, self.holding_per_day)

    def allowed(self, item: int, units: int) -> OrderLimits:
        """What an order of so many may be raised within: its limits, and not too early."""
        most = min(int(self.limits.most[item]), self.early(item).within(self.buying.early_days))
        return OrderLimits(int(self.limits.minimum[item]), int(self.limits.multiple[item]), max(most, units))

    def more_days(self, item: int, days: float) -> float:
        """By how many days an order lasts longer when the next is placed so many days after it, not after a review."""
        lasting = self.buying.lasting
        return max((days if lasting is None else lasting(item, days)) - float(self.buying.review_days[item]), 0.0)

    def drafted(self, item: int) -> int:
        """Units that its supplier's draft has already."""
        return self.buying.lists[item].begun

    def price(self, item: int, units: int) -> float:
        """Of a unit when so many are ordered; zero where nobody has said."""
        return self.buying.lists[item].at(units) or 0.0

    def is_priced(self, item: int) -> bool:
        """Whether the price of its least order is known."""
        least = OrderLimits(int(self.limits.minimum[item]), int(self.limits.multiple[item])).least
        return self.buying.lists[item].at(least) is not None

    def may_come_early(self, item: int) -> bool:
        """Whether more of it may be bought than is needed now."""
        return bool(self.per_day[item] > LEAST_PER_DAY) and self.is_priced(item)

    def has_steps(self, item: int) -> bool:
        """Whether many of it may be cheaper than few."""
        return len(self.buying.lists[item].steps) > 1 and self.may_come_early(item)

    def spend(self, units: Units) -> Floats:
        """Money for so many of each."""
        found = np.zeros(len(units))
        for item in np.flatnonzero(units).tolist():
            found[item] = self.buying.lists[item].spend(int(units[item]))
        return found
