"""Days of events of one type, series by series: how deep, how far to the next and since the last one, of every period."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecasting.calendar.event import Event
from forecasting.panel.panel import Cells
from forecasting.panel.periods import Days, Periods

FURTHEST_DAYS: Final = 60
"""Days to and since an event are not told apart beyond this: two months ahead is when buyers begin to prepare."""
ALL: Final = "all"
"""The one row of events that are about every series."""
_NEVER: Final = np.int64(1) << 40


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """One entry for each event and series that it is about.

    Attributes:
        count: of the series.
        row: the series of each entry, shape (entries,).
        first, last: its days, shape (entries,).
        depth: shape (entries,).
    """

    count: int
    row: NDArray[np.int64]
    first: Days
    last: Days
    depth: NDArray[np.float64]

    @classmethod
    def of(cls, events: Iterable[Event], rows: Mapping[str, Sequence[int]], count: int) -> Spans:
        """Events by the rows of their SKUs; of those about all SKUs by the rows of `ALL`."""
        about: list[int] = []
        told: list[tuple[str, str, float, int]] = []
        for event in events:
            ours = [row for sku in ((ALL,) if event.skus is None else event.skus) for row in rows.get(sku, ())]
            about += ours
            told.append((event.start.isoformat(), event.end.isoformat(), event.depth, len(ours)))
        first, last, depth, times = zip(*told, strict=True) if told else ((), (), (), ())
        begins, ends = (np.repeat(np.array(days, "datetime64[D]"), times) for days in (first, last))
        return cls(count, np.array(about, np.int64), begins, ends, np.repeat(np.array(depth, np.float64), times))

    def block(self, rows: slice) -> Spans:
        """Those of some series."""
        start, stop, step = rows.indices(self.count)
        ours = (self.row >= start) & (self.row < stop) & ((self.row - start) % step == 0)
        row = (self.row[ours] - start) // step
        return Spans(len(range(start, stop, step)), row, self.first[ours], self.last[ours], self.depth[ours])

    def daily(self, periods: Periods) -> Cells:
        """Depth of the deepest event on every day from the first period's first to the last one's last, (series, days)."""
        origin, days = periods.starts[0], int((periods.ends[-1] - periods.starts[0]).astype(np.int64)) + 1
        found = np.zeros((self.count, days), np.float32)
        first = np.maximum((self.first - origin).astype(np.int64), 0)
        length = np.maximum(np.minimum((self.last - origin).astype(np.int64), days - 1) - first + 1, 0)
        order = np.argsort(self.depth, kind="stable")  # of two on one day the deeper is written last
        row, first, length = self.row[order], first[order], length[order]
        within = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
        found[np.repeat(row, length), np.repeat(first, length) + within] = np.repeat(self.depth[order], length)
        return found

    def depths(self, periods: Periods) -> Cells:
        """Mean over the days of each period, shape (series, periods)."""
        return mean_of_days(self.daily(periods), periods)

    def usual_depth(self, periods: Periods) -> float:
        """Mean depth of the periods that an event is on, as if none began within one; 0 when there are none."""
        if not len(periods):
            return 0.0
        ours = (self.first <= periods.ends[-1]) & (self.last >= periods.starts[0])
        length = float((periods.ends[-1] - periods.starts[-1]).astype(np.int64)) + 1
        days = (self.last - self.first).astype(np.int64)[ours] + 1
        return float((self.depth[ours] * np.minimum(days / length, 1)).mean()) if ours.any() else 0.0

    def days_to(self, periods: Periods) -> NDArray[np.int64]:
        """From the last day of each period to the next event that starts after it; 0 when one is on."""
        following = np.full((self.count, len(periods) + 1), _NEVER)
        starts, ends = _numbers(self.first), _numbers(periods.ends)
        np.minimum.at(following, (self.row, np.searchsorted(ends, starts)), starts)
        later = np.minimum.accumulate(following[:, :0:-1], axis=1)[:, ::-1]
        return np.where(self._on(periods), 0, np.minimum(later - ends, FURTHEST_DAYS))

    def days_since(self, periods: Periods) -> NDArray[np.int64]:
        """From the last day of the latest event that is over to the first day of each period; 0 when one is on."""
        before = np.full((self.count, len(periods) + 1), -_NEVER)
        ends, starts = _numbers(self.last), _numbers(periods.starts)
        np.maximum.at(before, (self.row, np.searchsorted(starts, ends, side="right")), ends)
        earlier = np.maximum.accumulate(before, axis=1)[:, :-1]
        return np.where(self._on(periods), 0, np.minimum(starts - earlier, FURTHEST_DAYS))

    def _on(self, periods: Periods) -> NDArray[np.bool_]:
        return self.depths(periods) > 0


def by_sku(skus: Sequence[str]) -> dict[str, list[int]]:
    """Rows of each SKU, several where it is sold at several locations."""
    rows: dict[str, list[int]] = {}
    for row, sku in enumerate(skus):
        rows.setdefault(sku, []).append(row)
    return rows


def of_all(events: Iterable[Event]) -> Spans:
    """Events about every series, as of one."""
    return Spans.of(events, {ALL: [0]}, 1)


def mean_of_days(daily: Cells, periods: Periods) -> Cells:
    """The mean over each period, shape (series, periods)."""
    lengths = (periods.ends - periods.starts).astype(np.int64) + 1
    return np.asarray(np.add.reduceat(daily, first_days(periods), axis=1, dtype=np.float64) / lengths, np.float32)


def first_days(periods: Periods) -> NDArray[np.int64]:
    """Where each period starts among the days."""
    places: NDArray[np.int64] = (periods.starts - periods.starts[0]).astype(np.int64)
    return places


def _numbers(days: Days) -> NDArray[np.int64]:
    return days.astype("datetime64[D]").astype(np.int64)
