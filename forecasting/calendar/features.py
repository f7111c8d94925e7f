"""Features of periods that are known in the future: where in the year, and how far from which event."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forecasting.calendar.event import Event
from forecasting.calendar.kinds import is_make_up_workday
from forecasting.panel.panel import Cells
from forecasting.panel.periods import Days, Frequency, Periods

FURTHEST_DAYS: Final = 60
"""Days to and since an event are not told apart beyond this: two months ahead is when buyers begin to prepare."""


def period_features(periods: Periods, events: Iterable[Event]) -> pl.DataFrame:
    """Features that all series share.

    Args:
        periods: of the history, or those ahead of it.
        events: holidays and the like, those around the periods too; the ones about some SKUs only are left out.
    Returns:
        One row for each period: `start`; `month` 1 to 12 and `week_of_year` 1 to 53 (ISO) of its middle day;
        `day_of_week` 1 (Monday) to 7, for days; `workdays` (Monday to Friday less days off, and make-up workdays, also those
        that a rule takes for days off: who decrees them knows better); and for each kind of event `days in K`, `days to K` and
        `days since K` (0 within, `FURTHEST_DAYS` when as far or never).
    """
    shared = [event for event in events if event.skus is None]
    middle = pl.Series("middle", periods.starts + (periods.ends - periods.starts) // 2).cast(pl.Date)
    columns = [
        pl.Series("start", periods.starts).cast(pl.Date),
        middle.dt.month().alias("month"),
        middle.dt.week().alias("week_of_year"),
        pl.Series("workdays", _workdays(periods, shared)),
    ]
    if periods.frequency is Frequency.DAY:
        columns.append(middle.dt.weekday().alias("day_of_week"))
    for kind in sorted({event.kind for event in shared}):
        of_kind = [event for event in shared if event.kind == kind]
        columns += [
            pl.Series(f"days in {kind}", _days_within(periods, of_kind)),
            pl.Series(f"days to {kind}", _days_to(periods, of_kind)),
            pl.Series(f"days since {kind}", _days_since(periods, of_kind)),
        ]
    return pl.DataFrame(columns)


def sku_features(periods: Periods, skus: Sequence[str], events: Iterable[Event]) -> dict[str, Cells]:
    """Features of events that are about some SKUs: promotions.

    Args:
        periods: of the history, or those ahead of it.
        skus: of the series, in the order of their rows.
        events: those about all SKUs are left out; see `period_features`.
    Returns:
        For each kind `depth of K` (the deepest at a time, the mean over the period's days), `days to K` and `days since K`,
        each of shape (series, periods).
    """
    rows: dict[str, list[int]] = {}
    for row, sku in enumerate(skus):
        rows.setdefault(sku, []).append(row)
    own = [event for event in events if event.skus is not None]
    features: dict[str, Cells] = {}
    for kind in sorted({event.kind for event in own}):
        depth, to, since = (
            np.full((len(skus), len(periods)), value, np.float32) for value in (0, FURTHEST_DAYS, FURTHEST_DAYS)
        )
        by_sku: dict[str, list[Event]] = {}
        for event in own:
            for sku in event.skus or ():
                if event.kind == kind and sku in rows:
                    by_sku.setdefault(sku, []).append(event)
        for sku, about in by_sku.items():
            depth[rows[sku]], to[rows[sku]] = _depth(periods, about), _days_to(periods, about)
            since[rows[sku]] = _days_since(periods, about)
        features |= {f"depth of {kind}": depth, f"days to {kind}": to, f"days since {kind}": since}
    return features


def _bounds(events: Sequence[Event]) -> tuple[Days, Days]:
    starts, ends = (
        [day.isoformat() for day in days] for days in zip(*((event.start, event.end) for event in events), strict=True)
    )
    return np.array(starts, "datetime64[D]"), np.array(ends, "datetime64[D]")


def _days_to(periods: Periods, events: Sequence[Event]) -> NDArray[np.int64]:
    """From the last day of each period to the next event that starts after it; 0 when one is on."""
    starts, ends = _bounds(events)
    starts_in_order = np.sort(starts)
    place = np.searchsorted(starts_in_order, periods.ends, side="right")
    following = np.append(starts_in_order, np.datetime64("9999-12-31"))[place]
    days = (following - periods.ends).astype(np.int64)
    return np.where(_is_on(periods, starts, ends), 0, np.minimum(days, FURTHEST_DAYS))


def _days_since(periods: Periods, events: Sequence[Event]) -> NDArray[np.int64]:
    """From the last day of the latest event that is over to the first day of each period; 0 when one is on."""
    starts, ends = _bounds(events)
    ends_in_order = np.sort(ends)
    place = np.searchsorted(ends_in_order, periods.starts, side="left")
    before = np.insert(ends_in_order, 0, np.datetime64("0001-01-01"))[place]
    days = (periods.starts - before).astype(np.int64)
    return np.where(_is_on(periods, starts, ends), 0, np.minimum(days, FURTHEST_DAYS))


def _is_on(periods: Periods, starts: Days, ends: Days) -> NDArray[np.bool_]:
    on: NDArray[np.bool_] = np.logical_or.reduce((starts[:, None] <= periods.ends) & (ends[:, None] >= periods.starts), axis=0)
    return on


def _days_within(periods: Periods, events: Sequence[Event]) -> NDArray[np.int64]:
    """Days of each period on which one of the events is on."""
    return _counted(_daily(periods, events) > 0, periods)


def _depth(periods: Periods, events: Sequence[Event]) -> NDArray[np.float64]:
    """Depth of the deepest event of each day, the mean over each period."""
    lengths = (periods.ends - periods.starts).astype(np.int64) + 1
    return np.add.reduceat(_daily(periods, events), _first_days(periods)) / lengths


def _workdays(periods: Periods, events: Sequence[Event]) -> NDArray[np.int64]:
    days = np.arange(periods.starts[0], periods.ends[-1] + np.timedelta64(1, "D"))
    works = np.is_busday(days)
    worked = [event for event in events if is_make_up_workday(event.kind)]
    off = [event for event in events if event.day_off and not is_make_up_workday(event.kind)]
    if off:
        works &= _daily(periods, off) == 0
    if worked:
        works |= _daily(periods, worked) > 0
    return _counted(works, periods)


def _counted(marked: NDArray[np.bool_], periods: Periods) -> NDArray[np.int64]:
    """How many days of each period are marked."""
    counts: NDArray[np.int64] = np.add.reduceat(marked.astype(np.int64), _first_days(periods))
    return counts


def _daily(periods: Periods, events: Sequence[Event]) -> NDArray[np.float64]:
    """Depth of the deepest event on every day from the first period's first to the last one's last."""
    origin: date = periods.starts[0].item()
    depth = np.zeros(int((periods.ends[-1] - periods.starts[0]).astype(np.int64)) + 1)
    for event in events:
        first, last = (event.start - origin).days, (event.end - origin).days
        if last >= 0:
            span = slice(max(first, 0), last + 1)
            depth[span] = np.maximum(depth[span], event.depth)
    return depth


def _first_days(periods: Periods) -> NDArray[np.int64]:
    """Where each period starts among the days."""
    places: NDArray[np.int64] = (periods.starts - periods.starts[0]).astype(np.int64)
    return places
