"""Keeps the history up with the system of record: each night the latest days, or all of them anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

import polars as pl
from sqlalchemy import Connection

from forecasting.history.daily import SCHEMA, demand_by_day
from forecasting.history.record import began_at, first_movement, newest_movement, read_rows
from forecasting.history.site_days import SiteDays, every_day
from forecasting.history.store import HistoryStore, Progress
from forecasting.parameters import ParameterError

OPEN_DAYS: Final = 7
"""Customers cancel, and rows may have been late: the latest days are written again each night, older ones never."""
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

    A second run gives the same files. Days are written in order, so that one that was interrupted goes on where it ended. After
    `store.clear_days` all are written anew; what was imported stays.

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
    last = site.day_of(now) - timedelta(1)
    first = site.day_of(beginning)
    if known.last is not None:
        first = max(first, known.last - timedelta(OPEN_DAYS - 1))
    days = list(every_day(first, last))
    above = known.movements_above
    for start in range(0, len(days), DAYS_AT_ONCE):
        some = days[start : start + DAYS_AT_ONCE]
        rows = read_rows(connection, site.begins(some[0]), site.begins(some[-1] + timedelta(1)), above)
        rows = rows if stock_outs_hide else rows._replace(out=rows.out.clear())
        by_day = demand_by_day(rows, site, some).partition_by("day", as_dict=True)
        for number, day in enumerate(some, start=start + 1):
            store.write_day(day, by_day.get((day,), pl.DataFrame(schema=SCHEMA)))
            tell(day, number, len(days))
        store.keep_progress(Progress(site.time_zone, some[-1], above))
    if days:
        store.keep_progress(Progress(site.time_zone, last, _above(connection, site, last, above)))
    return days


def _above(connection: Connection, site: SiteDays, last: date, above: int) -> int:
    """Movements up to this number are older than all days that will be written from now on."""
    found = first_movement(connection, site.begins(last - timedelta(OPEN_DAYS - 1)), above)
    return newest_movement(connection) if found is None else found - 1
