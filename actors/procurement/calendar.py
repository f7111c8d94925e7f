"""Days on which a supplier works, takes orders and delivers; and by them the day on which goods are due. Days are ISO texts in
what is kept.

One rule for purchase orders and for planning: an order is taken on the first order day from its own day on, so many working
days of lead time follow, and goods come on the first delivery day from then on.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

from actors.kernel.messages import Message

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_SEARCH_DAYS: Final = 7_100
"""A week has a day of each kind, and a calendar closes at most a thousand days: one that is open is found before."""
LATEST_YEAR: Final = 9_000
LONGEST_SHUT_DAYS: Final = 366
"""A supplier that takes no order, or delivers nothing, for longer has a calendar that nobody meant."""


class Calendar(Message, frozen=True, array_like=True, gc=False):
    """A week, and the days on which it does not hold: `closed` ones, and `open` ones that would be none of the week's.

    `order_days` and `delivery_days` are those of the week on which orders are taken, and goods delivered, when the supplier
    works. Empty, orders are taken on any day, and goods come on any working day.
    """

    working_days: tuple[str, ...] = WEEKDAYS[:5]
    closed: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    order_days: tuple[str, ...] = ()
    delivery_days: tuple[str, ...] = ()

    def works_on(self, day: date) -> bool:
        """Whether it is a working day."""
        name = day.isoformat()
        return name in self.open or (WEEKDAYS[day.weekday()] in self.working_days and name not in self.closed)

    def takes_orders_on(self, day: date) -> bool:
        """Whether an order of that day is taken on it."""
        return not self.order_days or (WEEKDAYS[day.weekday()] in self.order_days and self.works_on(day))

    def delivers_on(self, day: date) -> bool:
        """Whether goods can come on it."""
        return self.works_on(day) and (not self.delivery_days or WEEKDAYS[day.weekday()] in self.delivery_days)


def contradiction(calendar: Calendar) -> str:
    """What cannot be in a calendar; empty when all can."""
    if not calendar.working_days:
        return "no day of the week is a working day"
    for name in ("order_days", "delivery_days"):
        days = getattr(calendar, name)
        if days and not set(days) & set(calendar.working_days):
            return f"{name} has {', '.join(days)}, of which none is a working day"
    both = sorted(set(calendar.open) & set(calendar.closed))
    return f"{both[0]} is both open and closed" if both else ""


def shut(calendar: Calendar, today: date) -> tuple[str, str]:
    """What a calendar leaves no day open for within a year, and the first day that it does; two empty texts when it does."""
    for what, first in (("takes orders", order_day(calendar, today)), ("delivers", delivery_day(calendar, today))):
        if (first - today).days > LONGEST_SHUT_DAYS:
            return what, first.isoformat()
    return "", ""


def day_of(at: int, zone: tzinfo = UTC) -> str:
    """The day of a moment (ms), by the clocks of a zone."""
    return datetime.fromtimestamp(at / 1000, zone).date().isoformat()


def due_on(calendar: Calendar, placed_on: str, lead_time_days: int) -> str:
    """When goods of an order are due that was placed on a day: `due_day`."""
    return due_day(calendar, date.fromisoformat(placed_on), lead_time_days).isoformat()


def order_day(calendar: Calendar, day: date) -> date:
    """The first day from `day` on that an order is taken on."""
    return _first(calendar.takes_orders_on, day)


def due_day(calendar: Calendar, placed: date, lead_time_days: int) -> date:
    """When goods are due: so many working days after the order is taken (of none: the first working day from then on), and from
    then on the first day of delivery."""
    day = order_day(calendar, placed)
    for _ in range(lead_time_days):
        day = _first(calendar.works_on, day + timedelta(days=1))
    return delivery_day(calendar, day)


def days_taken(calendar: Calendar, placed: date, received: date, agreed: int = 0) -> int:
    """Working days that an order took, as `due_day` counts them; one that came on a day off counts as there on the next.

    Goods that are ready wait for a day of delivery: of all numbers of days that come to one arrival it is the one nearest to
    what was agreed.
    """
    day, longest = order_day(calendar, placed), 0
    while day < received:
        day, longest = _first(calendar.works_on, day + timedelta(days=1)), longest + 1
    shortest = longest
    while calendar.delivery_days and shortest > 0 and due_day(calendar, placed, shortest - 1) >= received:
        shortest -= 1
    return min(max(agreed, shortest), longest)


def delivery_day(calendar: Calendar, day: date) -> date:
    """The first day from `day` on that goods can come on."""
    return _first(calendar.delivers_on, day)


def _first(holds: Callable[[date], bool], day: date) -> date:
    searched = 0
    while searched < LONGEST_SEARCH_DAYS and day.year < LATEST_YEAR and not holds(day):
        day += timedelta(days=1)
        searched += 1
    return day
