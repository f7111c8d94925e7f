"""What is unusual about a suggestion, and how soon somebody should look at it."""

from __future__ import annotations

from datetime import date
from enum import IntEnum, StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecasting.parameters import Floats
from forecasting.suggestions.ordering import Limits, Ordered
from forecasting.suggestions.position import OpenOrder, Positions, Units

LEAST_PER_DAY: Final = 1e-9
"""Less than this is no demand."""
OVERSTOCK_DAYS: Final = 365.0
"""More days of supply than this are told, whatever was meant."""


class Warn(StrEnum):
    """What a planner should look at before saying yes."""

    OUT_OF_STOCK = "out_of_stock"
    """Nothing can be promised now, and something is wanted."""
    RUNS_OUT = "runs_out"
    """Stock and what is due in time are expected to be gone before an order placed now can arrive."""
    LATE_ORDER = "late_order"
    """An open order should have been here."""
    LIMITS_CONTRADICT = "limits_contradict"
    """The supplier's least order is above the most that may be ordered."""
    BUDGET = "budget"
    """The budget takes some away."""
    OVERSTOCK = "overstock"
    """There is more than a year's demand."""
    PHASE_OUT = "phase_out"
    """It is not on sale any more, and some is left or still to come."""


class Severity(IntEnum):
    """How soon somebody should look; a suggestion has that of its most severe warning."""

    NONE = 0
    INFORMATION = 1
    """Nothing is lost by waiting."""
    SOON = 2
    """Something is not as it was agreed or wanted."""
    URGENT = 3
    """Customers are, or will be, sent away."""


SEVERITY_OF: Final = {
    Warn.OUT_OF_STOCK: Severity.URGENT,
    Warn.RUNS_OUT: Severity.URGENT,
    Warn.LATE_ORDER: Severity.SOON,
    Warn.LIMITS_CONTRADICT: Severity.SOON,
    Warn.BUDGET: Severity.SOON,
    Warn.OVERSTOCK: Severity.INFORMATION,
    Warn.PHASE_OUT: Severity.INFORMATION,
}


def severity_of(warnings: tuple[Warn, ...]) -> Severity:
    """That of the most severe one."""
    return max((SEVERITY_OF[warn] for warn in warnings), default=Severity.NONE)


def warnings_of(
    positions: Positions, order: Ordered, final: Units, limits: Limits, until_arrival: Floats, per_day: Floats, today: date,
    phased_out: NDArray[np.bool_],
) -> list[tuple[Warn, ...]]:  # fmt: skip
    """The warnings of each item, the most severe first.

    Args:
        final: units to order in the end.
        until_arrival: demand expected until an order placed now arrives; `per_day` of a day.
        phased_out: not on sale any more.
    """
    free = positions.on_hand - positions.on_hold - positions.reserved
    wanted = per_day > LEAST_PER_DAY
    days = np.where(wanted, positions.units / np.where(wanted, per_day, 1.0), np.inf)
    out = (free <= 0) & (wanted | (positions.backordered > 0))
    late = [any(one.due < today for one in orders) for orders in positions.open_orders]
    left = (positions.on_hand > 0) | (positions.on_order > 0)
    told = {
        Warn.OUT_OF_STOCK: out,
        Warn.RUNS_OUT: wanted & ~out & _runs_out(positions, until_arrival, per_day, today),
        Warn.LATE_ORDER: np.array(late, bool),
        Warn.LIMITS_CONTRADICT: limits.contradict & (order.needed > 0),
        Warn.BUDGET: final < order.within_most,
        Warn.OVERSTOCK: (days > OVERSTOCK_DAYS) & np.isfinite(days),
        Warn.PHASE_OUT: phased_out & left,
    }
    return [tuple(warn for warn, which in told.items() if which[item]) for item in range(len(positions))]


def _runs_out(positions: Positions, until_arrival: Floats, per_day: Floats, today: date) -> NDArray[np.bool_]:
    """Where the expected demand finds nothing left before an order placed now arrives."""
    stock = positions.on_hand - positions.on_hold - positions.reserved - positions.backordered
    arrival = until_arrival / np.maximum(per_day, LEAST_PER_DAY)
    found = [
        _gone_before(float(stock[item]), positions.open_orders[item], float(per_day[item]), float(arrival[item]), today)
        for item in range(len(positions))
    ]
    return np.array(found, bool)


def _gone_before(stock: float, orders: tuple[OpenOrder, ...], per_day: float, arrival_days: float, today: date) -> bool:
    """Whether so much stock is gone before so many days are over. An open order helps from the day on which it is due; one
    that is late does not: nobody knows when it comes."""
    wanted = 0.0
    for order in orders:
        wait = (order.due - today).days
        if wait < 0:
            continue
        if wait >= arrival_days:
            break
        wanted = per_day * wait
        if stock < wanted - 1e-9:
            return True
        stock += order.units
    return stock < per_day * arrival_days - 1e-9
