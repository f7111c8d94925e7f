"""Suppliers' calendars as planning asks for them: by the rule that purchase orders are due by."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from typing import Any, Final

import msgspec

from actors.procurement import calendar as rule
from actors.procurement.calendar import Calendar

_read: Final = msgspec.json.Decoder(dict[str, Any]).decode


class SupplierCalendars:
    """The `Calendars` of planning; a text is that of a supplier's row, the empty one of a supplier that has said nothing."""

    def __init__(self, zone: tzinfo = UTC) -> None:
        """`zone` is the site's: an order is placed, and goods come, on one of its days."""
        self._zone = zone

    def day_of(self, at: int) -> date:
        """The site's day of an instant, in ms since 1970 UTC."""
        return datetime.fromtimestamp(at / 1000, self._zone).date()

    def order_day(self, calendar: str, day: date) -> date:
        """The first day from `day` on that an order is taken on."""
        return rule.order_day(calendar_of(calendar), day)

    def due_day(self, calendar: str, placed: date, lead_time_days: int) -> date:
        """When goods of an order of that day are due."""
        return _due_day(calendar, placed, lead_time_days)

    def days_taken(self, calendar: str, placed: date, received: date, agreed: int = 0) -> int:
        """Working days from the day on which an order was taken to the one on which it came."""
        return _days_taken(calendar, placed, received, agreed)


# Of a supplier with many items the same few days are asked for again and again.


@lru_cache(maxsize=100_000)
def _due_day(calendar: str, placed: date, lead_time_days: int) -> date:
    return rule.due_day(calendar_of(calendar), placed, lead_time_days)


@lru_cache(maxsize=100_000)
def _days_taken(calendar: str, placed: date, received: date, agreed: int) -> int:
    return rule.days_taken(calendar_of(calendar), placed, received, agreed)


@lru_cache(maxsize=10_000)
def calendar_of(text: str) -> Calendar:
    """A calendar as its supplier's row has it."""
    return Calendar(**{name: tuple(days) for name, days in _read(text).items()}) if text else Calendar()
