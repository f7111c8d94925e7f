"""The four stock policies, as rules that are asked at each review how much is needed.

Levels are functions of the period, because a forecast moves them: `Levels` gives the level in force from a period on, shape
(series, values) or what broadcasts to it; NaN for a series that has none, which orders nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from forecasting.parameters import Floats, Numbers, positive
from forecasting.simulation.stock import Stock

Levels: TypeAlias = Callable[[int], Floats]


class Rule(Protocol):
    """What a policy needs of each SKU at a review, before minimum and multiple."""

    def __call__(self, now: int, stock: Stock) -> Floats:
        """Units needed, shape (series, values); zero or less, or NaN, for none."""
        ...


def constant(level: ArrayLike) -> Levels:
    """A level that stays: a number, shape (values,), or (series, values)."""
    fixed = np.asarray(level, np.float64)
    return lambda now: fixed


@dataclass(frozen=True, slots=True)
class OrderUpTo:
    """(R, S): at each review up to `level`."""

    level: Levels

    def __call__(self, now: int, stock: Stock) -> Floats:
        """S less the position."""
        return self.level(now) - stock.position


@dataclass(frozen=True, slots=True)
class MinMax:
    """(s, S) when reviewed each period, (R, s, S) when seldom: when the position is `point` or less, up to `level`."""

    point: Levels
    level: Levels

    def __call__(self, now: int, stock: Stock) -> Floats:
        """S less the position, where that is s or less."""
        position = stock.position
        return np.where(position <= self.point(now), self.level(now) - position, 0.0)


@dataclass(frozen=True, slots=True)
class FixedLot:
    """(s, Q), reviewed each period: when the position is `point` or less, as many lots as bring it above.

    `lot`: units, above zero; a number, shape (series, 1) or (series, values).
    """

    point: Levels
    lot: Numbers

    def __post_init__(self) -> None:
        positive(lot=self.lot)

    def __call__(self, now: int, stock: Stock) -> Floats:
        """The smallest n with position + n Q above s, times Q; NaN points give NaN."""
        gap = self.point(now) - stock.position
        return np.where(gap >= 0, (np.floor(gap / self.lot) + 1) * self.lot, np.where(np.isnan(gap), np.nan, 0.0))


@dataclass(frozen=True, slots=True)
class ProjectedOrderUpTo:
    """(R, S) that looks ahead to the day the order arrives: what will be missing then from S less demand until then.

    Where customers wait this is (R, S) itself. With lost sales demand that finds nothing takes nothing away, so stock on
    arrival is never below zero and less is ordered.

    Attributes:
        level: S, for lead time plus review.
        expected: demand of each period until the order arrives, shape (series, lead time), from the period asked for on.
    """

    level: Levels
    expected: Levels
    lost_sales: bool = True

    def __call__(self, now: int, stock: Stock) -> Floats:
        """S less expected demand over the lead time, less what is expected to lie there when it is over."""
        expected = self.expected(now)
        wanted = self.level(now) - expected.sum(axis=1)[:, None]
        return np.asarray(wanted - stock.expected_on_arrival(now, expected, lost_sales=self.lost_sales))
