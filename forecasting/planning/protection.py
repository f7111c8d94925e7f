"""When an order of each item can be placed and is expected to arrive, and how long it has to last: by its supplier's calendar.

The order is taken on the first order day, arrives after the lead time on a day of delivery, and has to last until the next
order arrives, which is placed on the first order day after the review.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Final, Protocol

import numpy as np
import polars as pl

from forecasting.lead_times.learned import LeadTimes, Purchases, Seen, learn
from forecasting.parameters import Floats
from forecasting.planning.record import Books

DAY_MS: Final = 86_400_000
MOST_REVIEWS: Final = 400
"""Order days that are looked at for one whose goods come later than those of the first."""


class Calendars(Protocol):
    """What suppliers' calendars say; each is a text as the rows have it."""

    def order_day(self, calendar: str, day: date) -> date:
        """The first day from `day` on that an order is taken on."""

    def due_day(self, calendar: str, placed: date, lead_time_days: int) -> date:
        """When goods of an order of that day are due, after so many working days."""

    def delivery_day(self, calendar: str, day: date) -> date:
        """The first day from `day` on that goods can come on."""


class EveryDay:
    """Every day is a working day, an order day and a day of delivery."""

    def order_day(self, calendar: str, day: date) -> date:
        """That day."""
        return day

    def due_day(self, calendar: str, placed: date, lead_time_days: int) -> date:
        """So many days later."""
        return placed + timedelta(days=lead_time_days)

    def delivery_day(self, calendar: str, day: date) -> date:
        """That day."""
        return day


EVERY_DAY: Final = EveryDay()


@dataclass(frozen=True, slots=True, eq=False)
class Protection:
    """How long an order has to last.

    Attributes:
        order_by: the first day on which the supplier takes it.
        expected_on: when it is expected to arrive.
        lead_time: days from today to its arrival, waiting for the order day included.
        review_days: from its arrival to that of the next order, above zero.
    """

    order_by: date
    expected_on: date
    lead_time: Seen
    review_days: float


def protections(
    items: pl.DataFrame, review_days: Floats, books: Books, now: int, today: date, calendars: Calendars
) -> list[Protection]:
    """Of each item, in order. Lead times are learned from receipts and open orders of its supplier; until there are some, they
    are as was agreed, in working days. Items of one calendar, lead time and review share one.

    Args:
        items: `sku`, `supplier`, `lead_time_days`, `calendar`.
        review_days: between two orders, shape (items,).
        now: ms since 1970 UTC.
    """
    learned = _learned(books, now)

    @cache
    def seen_of(supplier: str, sku: str) -> Seen | None:
        return learned.of(supplier, sku) if learned is not None and supplier in learned.of_supplier else None

    found: dict[tuple[str, int, float], Protection] = {}
    kept = []
    columns = items.select("sku", "supplier", "lead_time_days", "calendar").rows()
    for (sku, supplier, days, calendar), review in zip(columns, review_days.tolist(), strict=True):
        seen = seen_of(supplier, sku)
        key = calendar, id(seen) if seen is not None else -days - 1, review
        if key not in found:
            found[key] = _protection(calendar, seen if seen is not None else days, review, today, calendars)
        kept.append(found[key])
    return kept


def _protection(calendar: str, lead_time: Seen | int, review_days: float, today: date, calendars: Calendars) -> Protection:
    order_by = calendars.order_day(calendar, today)
    arrives = _arrival(calendar, lead_time, order_by, calendars)
    wait = (order_by - today).days
    if isinstance(lead_time, int):
        seen = Seen(np.array([float((arrives - today).days)]), np.ones(1), 0)
    else:
        later = [_shift(calendar, order_by, length, calendars) for length in lead_time.values.tolist()]
        seen = Seen(wait + lead_time.values + later, lead_time.chances, lead_time.receipts, lead_time.is_backed)
    return Protection(order_by, arrives, seen, _until_next(calendar, lead_time, order_by, arrives, review_days, calendars))


def _arrival(calendar: str, lead_time: Seen | int, placed: date, calendars: Calendars) -> date:
    if isinstance(lead_time, int):
        return calendars.due_day(calendar, placed, lead_time)
    return calendars.delivery_day(calendar, placed + timedelta(days=int(lead_time.sample.mean)))


def _shift(calendar: str, placed: date, length: float, calendars: Calendars) -> int:
    """Days that goods wait for a day of delivery."""
    day = placed + timedelta(days=int(length))
    return (calendars.delivery_day(calendar, day) - day).days


def _until_next(
    calendar: str, lead_time: Seen | int, order_by: date, arrives: date, review_days: float, calendars: Calendars
) -> float:
    """Days from the arrival of this order to that of the next one that comes later."""
    whole = int(review_days)
    placed = calendars.order_day(calendar, order_by + timedelta(days=whole))
    for _ in range(MOST_REVIEWS):
        days = (_arrival(calendar, lead_time, placed, calendars) - arrives).days + review_days - whole
        if days > 0:
            return days
        placed = calendars.order_day(calendar, placed + timedelta(days=1))
    return review_days


def _learned(books: Books, now: int) -> LeadTimes | None:
    """What receipts tell, in days from placing to the receipt that made a line complete; None without receipts."""
    done, open_ = books.receipts, books.waiting
    if done.is_empty():
        return None
    ended = (done["received_at"] - done["placed_at"]).to_numpy() / DAY_MS
    lengths = np.concatenate([ended, (now - open_["placed_at"]).to_numpy() / DAY_MS])
    suppliers = [*done["supplier"].to_list(), *open_["supplier"].to_list()]
    skus = [*done["sku"].to_list(), *open_["sku"].to_list()]
    return learn(Purchases(suppliers, np.maximum(lengths, 0.0), np.arange(len(skus)) >= len(done), skus))
