"""Public holidays of mainland China and the shopping festivals, by rule.

The State Council moves weekends next to holidays by decree each year: make-up workdays follow no rule and come from an event
table, or from the system's events, as type `make-up workday`.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from forecasting.calendar.event import Event, day_off, shopping_day
from forecasting.calendar.lunar import DRAGON_BOAT, LUNAR_NEW_YEAR, MID_AUTUMN, festival

LUNAR_NEW_YEAR_DAYS: Final = 7
"""The eve and six days: people travel, couriers and suppliers stand still."""


def china(year: int) -> list[Event]:
    """Holidays and shopping festivals of one year, 2000 to 2050."""
    eve = festival(LUNAR_NEW_YEAR, year) - timedelta(days=1)
    return [
        day_off("New Year", date(year, 1, 1)),
        Event("Lunar New Year", eve, eve + timedelta(days=LUNAR_NEW_YEAR_DAYS - 1), day_off=True),
        day_off("Qingming", qingming(year)),
        day_off("Labour Day", date(year, 5, 1)),
        day_off("Dragon Boat", festival(DRAGON_BOAT, year)),
        shopping_day("618", date(year, 6, 18)),
        day_off("Mid-Autumn", festival(MID_AUTUMN, year)),
        Event("National Day", date(year, 10, 1), date(year, 10, 7), day_off=True),
        shopping_day("Singles' Day", date(year, 11, 11)),
        shopping_day("Double 12", date(year, 12, 12)),
    ]


def qingming(year: int) -> date:
    """The fifth solar term, 4 or 5 April: floor(.2422 y + 4.81) - floor(y / 4), y the year of the century. 2000 to 2099."""
    y = year % 100
    return date(year, 4, int(0.2422 * y + 4.81) - y // 4)
