"""Suppliers' calendars as planning asks for them: by the rule that purchase orders are due by."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any, Final

import msgspec

from actors.procurement import calendar as rule
from actors.procurement.calendar import Calendar

_read: Final = msgspec.json.Decoder(dict[str, Any]).decode


class SupplierCalendars:
    """The `Calendars` of planning; a text is that of a supplier's row, the empty one of a supplier that has said nothing."""

    def order_day(self, calendar: str, day: date) -> date:
        """The first day from `day` on that an order is taken on."""
        return rule.order_day(calendar_of(calendar), day)

    def due_day(self, calendar: str, placed: date, lead_time_days: int) -> date:
        """When goods of an order of that day are due."""
        return rule.due_day(calendar_of(calendar), placed, lead_time_days)

    def delivery_day(self, calendar: str, day: date) -> date:
        """The first day from `day` on that goods can come on."""
        return _delivery_day(calendar, day)


@lru_cache(maxsize=100_000)
def _delivery_day(calendar: str, day: date) -> date:
    """Of a supplier with many items the same few days are asked for again and again."""
    return rule.delivery_day(calendar_of(calendar), day)


@lru_cache(maxsize=10_000)
def calendar_of(text: str) -> Calendar:
    """A calendar as its supplier's row has it."""
    return Calendar(**{name: tuple(days) for name, days in _read(text).items()}) if text else Calendar()
