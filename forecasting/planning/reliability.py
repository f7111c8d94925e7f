"""How suppliers keep to the lead times that they have agreed, learned from receipts.

Each receipt is told in working days of its supplier, from the day on which the order was taken, as a share of those agreed; of
an order that was to come later, as a share of those until then. So neither the wait for an order day or a day of delivery, nor
a holiday, nor an early order is learned as slowness, and whoever has few receipts borrows from others how they keep their
word, not how far away they are.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache

import numpy as np
import polars as pl

from forecasting.lead_times.learned import LeadTimes, learn
from forecasting.lead_times.purchases import Purchases
from forecasting.lead_times.seen import Seen
from forecasting.parameters import Floats
from forecasting.planning.calendars import Calendars
from forecasting.planning.record import Books

LeadTimeOf = Callable[[str, str, int], Seen]
"""Of a supplier, a SKU and the working days agreed: the working days that an order is expected to take, whole ones."""


def learned_lead_times(books: Books, today: date, calendars: Calendars) -> LeadTimeOf:
    """What receipts and open orders teach; of suppliers without a receipt it is what was agreed."""
    kept = _learned(books, today, calendars)

    @cache
    def agreed(days: int) -> Seen:
        return Seen(np.array([float(days)]), np.ones(1), 0)

    @cache
    def of_item(supplier: str, sku: str) -> Seen | None:
        return kept.of(supplier, sku) if kept is not None and supplier in kept.of_supplier else None

    known: dict[tuple[int, int], Seen] = {}

    def of(supplier: str, sku: str, days: int) -> Seen:
        shares = of_item(supplier, sku)
        if shares is None:
            return agreed(days)
        key = id(shares), days
        if key not in known:
            known[key] = _in_days(shares, days)
        return known[key]

    return of


def _in_days(shares: Seen, agreed: int) -> Seen:
    """Shares of what was agreed, as whole working days; of those that come to the same the chances are put together."""
    lengths, place = np.unique(np.floor(shares.values * max(agreed, 1) + 0.5), return_inverse=True)
    chances = np.asarray(np.bincount(place, weights=shares.chances), np.float64)
    return Seen(lengths, chances, shares.receipts)


def _learned(books: Books, today: date, calendars: Calendars) -> LeadTimes | None:
    """The shares of what was agreed, once there is a receipt.

    Goods that came on the day of their order, though days were agreed, were there before somebody wrote the order: they tell
    nothing.
    """
    came = [calendars.day_of(at) for at in books.receipts["received_at"].to_list()]
    done = _taken(books.receipts, came, calendars, is_there=True)
    done = done.filter((pl.col("taken") > 0) | (pl.col("lead_time_days") == 0))
    if done.is_empty():
        return None
    both = pl.concat([done, _taken(books.waiting, [today] * len(books.waiting), calendars, is_there=False)], how="diagonal")
    shares = (both["taken"] / both["lead_time_days"].clip(1)).to_numpy()
    is_open = np.arange(len(both)) >= len(done)
    ages, lasted = (_days(both["placed"], until) for until in (pl.Series([today] * len(both), dtype=pl.Date), both["until"]))
    names, items = (both[name].to_numpy().astype(np.str_) for name in ("supplier", "sku"))
    return learn(Purchases(names, shares, is_open, ages, lasted, items))


def _days(start: pl.Series, end: pl.Series) -> Floats:
    """From one day to another, never below zero."""
    return (end - start).dt.total_days().clip(0).to_numpy().astype(np.float64)


def _taken(orders: pl.DataFrame, until: list[date], calendars: Calendars, *, is_there: bool) -> pl.DataFrame:
    """Orders with the working days that were agreed, where some were, and those that they took, or have been waiting.

    Of goods that are not there nobody knows whether they are ready: they have waited for as few days as can be.
    """
    told = orders.with_columns(pl.Series("until", until, pl.Date)).filter(pl.col("lead_time_days").is_not_null())
    columns = told.select("calendar", "placed_at", "until", "lead_time_days", "due_on").rows()
    days, agreed, taken = [], [], []
    for calendar, at, day, usual, due_on in columns:
        placed = calendars.day_of(at)
        later = calendars.days_taken(calendar, placed, date.fromisoformat(due_on), usual) if due_on else usual
        days.append(placed)
        agreed.append(max(usual, later))
        taken.append(calendars.days_taken(calendar, placed, day, agreed[-1] if is_there else 0))
    kept = pl.Series("lead_time_days", agreed, pl.Int64), pl.Series("taken", taken, pl.Int64)
    return told.select("supplier", "sku", "until").with_columns(*kept, pl.Series("placed", days, pl.Date))
