"""What is unusual about a suggestion, and how soon somebody should look at it."""

from __future__ import annotations

from datetime import date
from enum import IntEnum, StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecasting.suggestions.assortment import Assortment
from forecasting.suggestions.ordering import Ordered
from forecasting.suggestions.outlook import LEAST_PER_DAY, Outlook
from forecasting.suggestions.position import OpenOrder, Positions
from forecasting.suggestions.raising import Raised

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
    BELOW_MINIMUM = "below_minimum"
    """Its supplier's minimum order is not reached, and cannot be; or a price is missing, so that nobody can tell."""
    PRICE_BREAK = "price_break"
    """More than is needed now, for a cheaper price."""
    FILLS_MINIMUM = "fills_minimum"
    """More than is needed now, so that its supplier takes the order."""
    WAITS_FOR_MINIMUM = "waits_for_minimum"
    """It is put off to the next review: filling its supplier's minimum order now would cost more."""
    LASTS_CYCLE = "lasts_cycle"
    """More than is needed now, so that its supplier is ordered from less often: an order costs more than holding it."""
    WAITS_FOR_ORDER = "waits_for_order"
    """It is put off to the next review: an order of its supplier for so little costs more than waiting for it."""
    EVENT_LEFT_OUT = "event_left_out"
    """A demand event lies in the days forecast, and the forecast leaves it out: its model was not trained with the type."""


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
    Warn.BELOW_MINIMUM: Severity.SOON,
    Warn.PRICE_BREAK: Severity.INFORMATION,
    Warn.FILLS_MINIMUM: Severity.INFORMATION,
    Warn.WAITS_FOR_MINIMUM: Severity.INFORMATION,
    Warn.LASTS_CYCLE: Severity.INFORMATION,
    Warn.WAITS_FOR_ORDER: Severity.INFORMATION,
    Warn.EVENT_LEFT_OUT: Severity.INFORMATION,
}


def severity_of(warnings: tuple[Warn, ...]) -> Severity:
    """That of the most severe one."""
    return max((SEVERITY_OF[warn] for warn in warnings), default=Severity.NONE)


def sent_away(positions: Positions, outlook: Outlook, today: date) -> dict[Warn, NDArray[np.bool_]]:
    """Where customers are sent away, or will be before an order placed now arrives: the urgent warnings."""
    free = positions.on_hand - positions.on_hold - positions.reserved
    wanted = outlook.per_day > LEAST_PER_DAY
    out = (free <= 0) & (wanted | (positions.backordered > 0))
    return {Warn.OUT_OF_STOCK: out, Warn.RUNS_OUT: wanted & ~out & _runs_out(positions, outlook, today)}


def warnings_of(
    here: Assortment, urgent: dict[Warn, NDArray[np.bool_]], order: Ordered, more: Raised, today: date
) -> list[tuple[Warn, ...]]:
    """The warnings of each item, the most severe first.

    Args:
        urgent: from `sent_away`.
        order: what is needed; `more` what became of it.
    """
    positions, days, phased_out = here.positions, here.days_of_supply, here.is_phased_out
    late = [any(one.due < today for one in orders) for orders in positions.open_orders]
    left = (positions.on_hand > 0) | (positions.on_order > 0)
    told = {
        **urgent,
        Warn.LATE_ORDER: np.array(late, bool),
        Warn.LIMITS_CONTRADICT: here.limits.contradict & (order.needed > 0),
        Warn.BUDGET: more.budgeted < order.within_most,
        Warn.BELOW_MINIMUM: more.below,
        Warn.OVERSTOCK: (days > OVERSTOCK_DAYS) & np.isfinite(days),
        Warn.PHASE_OUT: phased_out & left,
        Warn.PRICE_BREAK: (more.at_break > more.for_cycle) & ~more.waits,
        Warn.FILLS_MINIMUM: more.fills,
        Warn.WAITS_FOR_MINIMUM: more.waits,
        Warn.LASTS_CYCLE: (more.for_cycle > more.budgeted) & ~more.waits,
        Warn.WAITS_FOR_ORDER: (more.for_cycle < more.budgeted) & ~more.fills,
        Warn.EVENT_LEFT_OUT: here.lacks_event(more.for_minimum) & ~phased_out,
    }
    return [tuple([warn for warn, which in told.items() if which[item]]) for item in range(len(positions))]


def _runs_out(positions: Positions, outlook: Outlook, today: date) -> NDArray[np.bool_]:
    """Where the expected demand finds nothing left before an order placed now arrives."""
    stock, per_day = positions.net, outlook.per_day
    arrival = outlook.until_arrival / np.maximum(per_day, LEAST_PER_DAY)
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
