"""The items that are suggested for together, and all that is known of them: arrays and lists in one order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from forecasting.parameters import Floats, not_negative
from forecasting.suggestions.buying import Buying, Items
from forecasting.suggestions.ordering import Limits
from forecasting.suggestions.outlook import LEAST_PER_DAY, Outlook
from forecasting.suggestions.position import Positions, Units


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """Money for a unit of each item, shape (items,): what it costs, and what being one short costs."""

    cost: Floats
    shortage: Floats

    def __post_init__(self) -> None:
        not_negative(cost=self.cost, shortage=self.shortage)


@dataclass(frozen=True, slots=True, eq=False)
class LeftOut:
    """Whether the forecast leaves out an event that names an item, shape (items,), or one that is about all of them: that is
    told where something is ordered, or every item would have to be looked at."""

    by_name: NDArray[np.bool_]
    about_all: bool


@dataclass(frozen=True, eq=False)
class Assortment:
    """Items in one order.

    Attributes:
        positions: what there is of each, and what is to come.
        outlook: the demand that an order has to last for.
        limits: what may be ordered.
        phased_out: items that are not on sale any more; None: all are.
        buying: how they are sold; None: nothing is known but `prices`, and nothing is bought before it is needed.
        left_out: about which of them there are events that the forecast leaves out; None: there are none.
        lost: whole units of each that are expected to find no stock and to be lost before an order placed now arrives; None:
            customers wait.
    """

    positions: Positions
    outlook: Outlook
    limits: Limits
    prices: Prices
    phased_out: NDArray[np.bool_] | None = None
    buying: Buying | None = None
    left_out: LeftOut | None = None
    lost: Units | None = None

    def __len__(self) -> int:
        return len(self.positions)

    @cached_property
    def position(self) -> Units:
        """The inventory position of each."""
        return self.positions.units

    @cached_property
    def projected(self) -> Units:
        """The position that is compared with the level: demand that is lost before an order arrives takes nothing from it."""
        return self.position if self.lost is None else self.position + self.lost

    @cached_property
    def lifted(self) -> Units:
        """Units by which a floor lies above the level that covers the demand."""
        level = self.outlook.level.astype(np.int64)
        return np.zeros_like(level) if self.limits.floor is None else np.maximum(self.limits.floor - level, 0)

    @cached_property
    def aim(self) -> Units:
        """The position that is aimed at."""
        return self.outlook.level.astype(np.int64) + self.lifted

    @property
    def below_floor(self) -> NDArray[np.bool_]:
        """Whose projected position is below its floor."""
        none = np.zeros(len(self), bool)
        return none if self.limits.floor is None else np.asarray(self.projected < self.limits.floor)

    @property
    def days_of_supply(self) -> Floats:
        """The position over the expected demand of a day; infinite without demand."""
        per_day = self.outlook.per_day
        wanted = per_day > LEAST_PER_DAY
        return np.where(wanted, self.position / np.where(wanted, per_day, 1.0), np.inf)

    @property
    def is_phased_out(self) -> NDArray[np.bool_]:
        """Whether each is not on sale any more."""
        return np.zeros(len(self), bool) if self.phased_out is None else self.phased_out

    def lacks_event(self, ordered: Units) -> NDArray[np.bool_]:
        """Whether the forecast of each leaves out an event that is to be told, when so many are ordered."""
        if self.left_out is None:
            return np.zeros(len(self), bool)
        return np.asarray(self.left_out.by_name | (self.left_out.about_all & (ordered > 0)))

    def sold(self, buying: Buying) -> Items:
        """The items as their suppliers sell them."""
        return Items(self.projected - self.aim, self.outlook.per_day, self.limits, buying)

    def spend(self, units: Units) -> Floats:
        """Money for so many of each."""
        return units * self.prices.cost if self.buying is None else self.sold(self.buying).spend(units)
