"""What planning asks of suppliers' calendars, and of the site's clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final, Protocol


class Calendars(Protocol):
    """What suppliers' calendars say; each is a text as the rows have it."""

    def day_of(self, at: int) -> date:
        """The site's day of an instant, in ms since 1970 UTC."""

    def order_day(self, calendar: str, day: date) -> date:
        """The first day from `day` on that an order is taken on."""

    def due_day(self, calendar: str, placed: date, lead_time_days: int) -> date:
        """When goods of an order of that day are due, after so many working days."""

    def days_taken(self, calendar: str, placed: date, received: date, agreed: int = 0) -> int:
        """Working days from the day on which an order was taken to the one on which it came; none when it came before. Of those
        that come to the same day of delivery it is the number nearest to what was agreed."""


class EveryDay:
    """Every day is a working day, an order day and a day of delivery; the site's days are those of UTC."""

    def day_of(self, at: int) -> date:
        """That of UTC."""
        return datetime.fromtimestamp(at / 1000, UTC).date()

    def order_day(self, calendar: str, day: date) -> date:
        """That day."""
        return day

    def due_day(self, calendar: str, placed: date, lead_time_days: int) -> date:
        """So many days later."""
        return placed + timedelta(days=lead_time_days)

    def days_taken(self, calendar: str, placed: date, received: date, agreed: int = 0) -> int:
        """Days in between."""
        return max((received - placed).days, 0)


EVERY_DAY: Final = EveryDay()
