"""Events that lie in the days forecast: which they are, what they add, and the same days without them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecasting.calendar.event import Event, within
from forecasting.panel.periods import Days, Periods
from forecasting.parameters import Floats

EVENTS: Final = "demand event"
"""What the part of the demand that comes of them is called; their names follow it."""
LONGEST_KIND: Final = 30
"""Characters of a type that a name has room for."""
_FAR: Final = date(9000, 1, 1)
"""Where an event is put that shall not be near: its type keeps its features, which then say that there is none."""
_DAY: Final = timedelta(1)


class EventAhead(NamedTuple):
    """A type of event that is about one series: from its first to its last day within those forecast, and the units of the mean
    that come of it, below zero where it takes away."""

    kind: str
    first: date
    last: date
    units: float


@dataclass(frozen=True, slots=True, eq=False)
class EventsAhead:
    """What events of the days forecast add to the means of series, by type.

    Attributes:
        kinds: those that a forecaster looks at, by name.
        first, last: of these days, shape (series, kinds); NaT where no event of the type is about the series.
        units: of the mean, shape (series, kinds); 0 where none is.
    """

    kinds: tuple[str, ...]
    first: Days
    last: Days
    units: Floats

    @property
    def touches(self) -> NDArray[np.bool_]:
        """Which types are about which series, shape (series, kinds)."""
        return ~np.isnat(self.first)

    @property
    def total(self) -> Floats:
        """Units of each series' mean that come of all of them, shape (series,)."""
        return np.asarray(self.units.sum(axis=1))

    def times(self, factor: Floats) -> EventsAhead:
        """The same of means that are so many times as high, shape (series,)."""
        return replace(self, units=self.units * factor[:, None])

    def of(self, row: int) -> tuple[EventAhead, ...]:
        """Those that are about one series."""
        places = np.flatnonzero(self.touches[row]).tolist()
        columns = zip(self.first[row].tolist(), self.last[row].tolist(), self.units[row].tolist(), strict=True)
        cells = list(columns)
        return tuple(EventAhead(self.kinds[place], *cells[place]) for place in places)


def found_ahead(events: Iterable[Event], skus: Sequence[str], days: Periods) -> EventsAhead:
    """Events that touch some days, of which nothing is known to come yet.

    Args:
        skus: of the series, in their order.
    """
    touching = within(events, days.first, days.last_day)
    kinds = tuple(sorted({event.kind for event in touching}))
    first, last = (np.full((len(skus), len(kinds)), "NaT", "datetime64[D]") for _ in range(2))
    rows: dict[str, list[int]] = {}
    for row, sku in enumerate(skus):
        rows.setdefault(sku, []).append(row)
    for event in touching:
        about = range(len(skus)) if event.skus is None else [row for sku in event.skus for row in rows.get(sku, ())]
        cells = np.array(about, np.intp), kinds.index(event.kind)
        first[cells] = np.fmin(first[cells], np.datetime64(max(event.start, days.first), "D"))
        last[cells] = np.fmax(last[cells], np.datetime64(min(event.end, days.last_day), "D"))
    return EventsAhead(kinds, first, last, np.zeros(first.shape))


def put_off(events: Iterable[Event], kinds: Collection[str], days: Periods) -> tuple[Event, ...]:
    """The same events with those of some types that touch some days put off for ever; what of them is over by then stays."""
    found: list[Event] = []
    for event in events:
        if event.kind not in kinds or event.end < days.first or event.start > days.last_day:
            found.append(event)
            continue
        if event.start < days.first:
            found.append(replace(event, end=days.first - _DAY))
        found.append(replace(event, start=_FAR, end=_FAR))
    return tuple(found)


def one_below_the_other(parts: Sequence[EventsAhead]) -> EventsAhead:
    """Those of ranges of series, which have the same types, as of all of them."""
    first, last, units = (np.concatenate([getattr(part, name) for part in parts]) for name in ("first", "last", "units"))
    return EventsAhead(parts[0].kinds, first, last, units)


def named(told: Sequence[EventAhead]) -> str | None:
    """The one that moves most units, and how many others: `demand event Singles' Day 2026-11-11 and 2 more`; None of none."""
    if not told:
        return None
    most = max(told, key=lambda one: abs(one.units))
    more = f" and {len(told) - 1} more" if len(told) > 1 else ""
    return f"{EVENTS} {short(most.kind)} {days_of(most.first, most.last)}{more}"


def short(kind: str) -> str:
    """A type on one line, cut where it is long."""
    line = " ".join(kind.split())
    return line if len(line) <= LONGEST_KIND else f"{line[: LONGEST_KIND - 1]}…"


def days_of(first: date, last: date) -> str:
    """`2026-11-11`, `2026-11-09 to 2026-11-11`."""
    return str(first) if first == last else f"{first} to {last}"
