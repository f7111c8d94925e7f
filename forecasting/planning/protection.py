"""When an order of each item can be placed and is expected to arrive, and how long it has to last: by its supplier's calendar.

The order is taken on the first order day, arrives after the lead time's working days on a day of delivery, and has to last
until the next order arrives, which is placed on the first order day after the review.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Final

import numpy as np
import polars as pl

from forecasting.lead_times.seen import Seen
from forecasting.parameters import Floats
from forecasting.planning.calendars import Calendars
from forecasting.planning.record import Books
from forecasting.planning.reliability import learned_lead_times

MOST_REVIEWS: Final = 400
"""Order days that are looked at for one whose goods come later than those of the first."""


@dataclass(frozen=True, slots=True, eq=False)
class Protection:
    """How long an order has to last.

    Attributes:
        order_by: the first day on which the supplier takes it.
        expected_on: when it is expected to arrive.
        due_on: when it is due, by what was agreed.
        lead_time: days from today to its arrival, waiting for the order day included.
        review_days: from its arrival to that of the next order, above zero.
        working_days: of its supplier, that it is expected to take.
    """

    order_by: date
    expected_on: date
    due_on: date
    lead_time: Seen
    review_days: float
    working_days: int


def protections(items: pl.DataFrame, review_days: Floats, books: Books, today: date, calendars: Calendars) -> list[Protection]:
    """Of each item, in order. How suppliers keep to agreed lead times is learned from receipts and open orders. Items of one
    calendar, lead time and review share one.

    Args:
        items: `sku`, `supplier`, `lead_time_days`, `calendar`.
        review_days: between two orders, shape (items,).
    """
    lead_time_of = learned_lead_times(books, today, calendars)
    found: dict[tuple[str, int, float], Protection] = {}
    kept = []
    columns = items.select("sku", "supplier", "lead_time_days", "calendar").rows()
    for (sku, supplier, days, calendar), review in zip(columns, review_days.tolist(), strict=True):
        lead_time = lead_time_of(supplier, sku, days)
        key = calendar, id(lead_time), review
        if key not in found:
            found[key] = _protection(calendar, lead_time, days, review, today, calendars)
        kept.append(found[key])
    return kept


def _protection(
    calendar: str, lead_time: Seen, agreed: int, review_days: float, today: date, calendars: Calendars
) -> Protection:  # fmt: skip
    order_by = calendars.order_day(calendar, today)
    usual = int(lead_time.sample.mean + 0.5)
    arrives = calendars.due_day(calendar, order_by, usual)
    ends = [calendars.due_day(calendar, order_by, int(length)) for length in lead_time.values.tolist()]
    days = np.array([float((end - today).days) for end in ends])
    until_next = _until_next(calendar, usual, order_by, arrives, review_days, calendars)
    seen = Seen(days, lead_time.chances, lead_time.receipts)
    due = calendars.due_day(calendar, order_by, agreed)
    return Protection(order_by, arrives, due, seen, until_next, usual)


def lasting_of(items: pl.DataFrame, covered: Sequence[Protection], calendars: Calendars) -> Callable[[int, float], float]:
    """Of the place of an item, and so many days until the next order of it is placed: the days from the arrival of this order
    to that of the next one.

    Args:
        items: `calendar`.
        covered: as `protections` gives them, of the same items.
    """
    calendar_of = items["calendar"].to_list()

    @cache
    def lasts(one: Protection, calendar: str, days: float) -> float:
        return _until_next(calendar, one.working_days, one.order_by, one.expected_on, days, calendars)

    return lambda item, days: lasts(covered[item], calendar_of[item], days)


def _until_next(
    calendar: str, lead_time_days: int, order_by: date, arrives: date, review_days: float, calendars: Calendars
) -> float:
    """Days from the arrival of this order to that of the next one that comes later."""
    whole = int(review_days)
    placed = calendars.order_day(calendar, order_by + timedelta(days=whole))
    for _ in range(MOST_REVIEWS):
        days = (calendars.due_day(calendar, placed, lead_time_days) - arrives).days + review_days - whole
        if days > 0:
            return days
        placed = calendars.order_day(calendar, placed + timedelta(days=1))
    return review_days
