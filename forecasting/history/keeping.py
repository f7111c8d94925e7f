"""Keeps the history up with the system of record: each night the latest days, or all of them anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Final

import polars as pl
from sqlalchemy import Connection

from forecasting.history.daily import SCHEMA, demand_by_day
from forecasting.history.record import began_at, first_movement, read_rows, rows_at
from forecasting.history.site_days import SiteDays, every_day
from forecasting.history.store import HistoryStore, Progress
from forecasting.parameters import ParameterError

OPEN_DAYS: Final = 7
"""Customers cancel: the latest days are written again each night, older ones only when rows of theirs came late."""
DAYS_AT_ONCE: Final = 7
"""Rows of so many days are in memory."""

Told = Callable[[date, int, int], None]
"""Told a day that was written, how many are, and of how many."""


def keep_up(
    store: HistoryStore,
    connection: Connection,
    site: SiteDays,
    now: int,
    tell: Told = lambda *_: None,
    *,
    stock_outs_hide: bool = True,
) -> list[date]:
    """Write every day that is over: those not written yet, and again the latest `OPEN_DAYS` that are.

    Rows are written behind, and may have stood still for long when the days were read. So it is kept how far they were, and
    days that later rows may be of are written again too. A second run gives the same files. Days are written in order, so that
    one that was interrupted goes on where it ended. After `store.clear_days` all are written anew; what was imported stays.

    Args:
        now: ms since 1970 UTC; the day it lies in is not over.
        stock_outs_hide: nobody orders what is out of stock, so that time without stock says nothing of demand. Where orders
            come all the same, and wait or are refused, they are all that was wanted: then no day counts as without stock.
    Returns:
        The days that were written.
    Raises:
        ParameterError: the days that are there are those of another time zone.
        HistoryError: a file is damaged.
    """
    known = store.progress() or Progress(site.time_zone)
    if known.time_zone != site.time_zone:
        raise ParameterError("time_zone", site.time_zone, f"{known.time_zone}, whose days are recorded; or rebuild the history")
    beginning = began_at(connection)
    if beginning is None:
        return []
    stand = rows_at(connection)  # before the rows themselves: what is written meanwhile is late
    last = site.day_of(now) - timedelta(1)
    first, above = site.day_of(beginning), known.movements_above
    if known.last is not None:
        late = _late(known.rows_at, stand, site, first)
        if late < known.last:
            above = 0  # what it says is told of the days since
        first = max(first, min(known.last, late) - timedelta(OPEN_DAYS - 1))
    days = list(every_day(first, last))
    for start in range(0, len(days), DAYS_AT_ONCE):
        some = days[start : start + DAYS_AT_ONCE]
        rows = read_rows(connection, site.begins(some[0]), site.begins(some[-1] + timedelta(1)), above)
        rows = rows if stock_outs_hide else rows._replace(out=rows.out.clear())
        by_day = demand_by_day(rows, site, some).partition_by("day", as_dict=True)
        for number, day in enumerate(some, start=start + 1):
            store.write_day(day, by_day.get((day,), pl.DataFrame(schema=SCHEMA)))
            tell(day, number, len(days))
        store.keep_progress(Progress(site.time_zone, some[-1], above, known.rows_at))
    if days:
        store.keep_progress(Progress(site.time_zone, last, _above(connection, site, last, above), stand))
    return days


def _late(before: Mapping[str, int], now: Mapping[str, int], site: SiteDays, first: date) -> date:
    """The earliest day that rows which have come since may be of; the end of time when none has.

    What an owner's rows did not have was not before the newest event that they had. Of rows of an earlier release that is not
    known (-1); where there were none (0) it may be the `first` day.
    """
    moved = [at for owner, at in before.items() if at >= 0 and now.get(owner, at) != at]
    return min((site.day_of(at) if at else first for at in moved), default=date.max)


def _above(connection: Connection, site: SiteDays, last: date, above: int) -> int:
    """Movements up to this number are older than all days that will be written from now on, as far as rows are not late.

    Where nothing has moved lately it stays: of two transactions under way the one with the lower numbers may end last.
    """
    found = first_movement(connection, site.begins(last - timedelta(OPEN_DAYS - 1)), above)
    return above if found is None else found - 1
