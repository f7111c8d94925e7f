"""Features of periods that are known in the future: where in the year, and how far from which event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forecasting.calendar.event import Event
from forecasting.calendar.kinds import is_make_up_workday
from forecasting.calendar.spans import Spans, by_sku, first_days, of_all
from forecasting.panel.panel import Cells
from forecasting.panel.periods import Frequency, Periods


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
        spans = of_all(event for event in shared if event.kind == kind)
        columns += [
            pl.Series(f"days in {kind}", _counted(spans.daily(periods)[0] > 0, periods)),
            pl.Series(f"days to {kind}", spans.days_to(periods)[0]),
            pl.Series(f"days since {kind}", spans.days_since(periods)[0]),
        ]
    return pl.DataFrame(columns)


def sku_features(periods: Periods, skus: Sequence[str], events: Iterable[Event]) -> Iterator[tuple[str, Cells]]:
    """Features of events that are about some SKUs: promotions.

    Args:
        periods: of the history, or those ahead of it.
        skus: of the series, in the order of their rows.
        events: those about all SKUs are left out; see `period_features`.
    Yields:
        For each kind `depth of K` (the deepest at a time, the mean over the period's days), `days to K` and `days since K`,
        each of shape (series, periods); one after the other, for of many types all together are large.
    """
    rows, own = by_sku(skus), dict[str, list[Event]]()
    for event in events:
        if event.skus is not None:
            own.setdefault(event.kind, []).append(event)
    for kind in sorted(own):
        spans = Spans.of(own[kind], rows, len(skus))
        yield f"depth of {kind}", spans.depths(periods)
        yield f"days to {kind}", spans.days_to(periods).astype(np.float32)
        yield f"days since {kind}", spans.days_since(periods).astype(np.float32)


def _workdays(periods: Periods, events: Sequence[Event]) -> NDArray[np.int64]:
    days = np.arange(periods.starts[0], periods.ends[-1] + np.timedelta64(1, "D"))
    works = np.is_busday(days)
    worked = [event for event in events if is_make_up_workday(event.kind)]
    off = [event for event in events if event.day_off and not is_make_up_workday(event.kind)]
    works &= of_all(off).daily(periods)[0] == 0
    works |= of_all(worked).daily(periods)[0] > 0
    return _counted(works, periods)


def _counted(marked: NDArray[np.bool_], periods: Periods) -> NDArray[np.int64]:
    """How many days of each period are marked."""
    counts: NDArray[np.int64] = np.add.reduceat(marked.astype(np.int64), first_days(periods))
    return counts
