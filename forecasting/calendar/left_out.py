"""Events that people told of and that a forecast leaves out, because its model was not trained with their type."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import timedelta

from forecasting.calendar.ahead import EVENTS, days_of, short
from forecasting.calendar.event import Event, known_at, within
from forecasting.panel.periods import Periods


def left_out(told: Iterable[Event], learned: Collection[str], days: Periods) -> list[Event]:
    """Those in the days forecast that are of none of the types `learned`, as told by the day before these, in order of time."""
    known = known_at(told, days.first - timedelta(1))
    return [event for event in within(known, days.first, days.last_day) if event.kind not in learned]


def of_left_out(events: Sequence[Event], who: str) -> Iterator[str]:
    """What a planner has to know of events that are left out, a line for each type; `who` is what the forecaster is called."""
    why = "which has not learned what this type does: a demand model that is trained once there has been one does"
    for kind in sorted({event.kind for event in events}):
        ours = [event for event in events if event.kind == kind]
        when = days_of(min(event.start for event in ours), max(event.end for event in ours))
        yield f"{EVENTS} {short(kind)} {when} has no effect on {who}, {why}"
