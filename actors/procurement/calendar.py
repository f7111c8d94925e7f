"""Days on which a supplier works, and the day on which goods that take so many of them are due. Days are ISO texts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

from actors.kernel.messages import Message

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_SEARCH_DAYS: Final = 4_000
"""A week has a working day, and a calendar closes at most a thousand days: a working day is found long before."""
LATEST_YEAR: Final = 9_000


class Calendar(Message, frozen=True, array_like=True, gc=False):
    """A week, and the days on which it does not hold: `closed` ones, and `open` ones that would be none of the week's."""

    working_days: tuple[str, ...] = WEEKDAYS[:5]
    closed: tuple[str, ...] = ()
    open: tuple[str, ...] = ()

    def works_on(self, day: date) -> bool:
        """Whether it is a working day."""
        name = day.isoformat()
        return name in self.open or (WEEKDAYS[day.weekday()] in self.working_days and name not in self.closed)


def contradiction(calendar: Calendar) -> str:
    """What cannot be in a calendar; empty when all can."""
    if not calendar.working_days:
        return "no day of the week is a working day"
    both = sorted(set(calendar.open) & set(calendar.closed))
    return f"{both[0]} is both open and closed" if both else ""


def day_of(at: int) -> str:
    """The day of a moment (ms), in UTC."""
    return datetime.fromtimestamp(at / 1000, UTC).date().isoformat()


def due_on(calendar: Calendar, placed_at: int, lead_time_days: int) -> str:
    """The last of so many working days after the day of `placed_at` (ms); of none: the first working day from then on."""
    day = datetime.fromtimestamp(placed_at / 1000, UTC).date()
    left, searched = lead_time_days, 0
    while searched < LONGEST_SEARCH_DAYS + 7 * lead_time_days and day.year < LATEST_YEAR:
        if left <= 0 and calendar.works_on(day):
            break
        day += timedelta(days=1)
        searched += 1
        if left > 0 and calendar.works_on(day):
            left -= 1
    return day.isoformat()
