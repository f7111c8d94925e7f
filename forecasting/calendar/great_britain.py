"""Bank holidays of England and Wales by rule, and the shopping days around them.

Banking and Financial Dealings Act 1971, and the proclamations that moved or added a day (gov.uk/bank-holidays).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from forecasting.calendar.event import Event, day_off, nth_weekday, shopping_day

MONDAY, THURSDAY, SATURDAY = 0, 3, 5
MOVED_EARLY_MAY: Final = {1995: date(1995, 5, 8), 2020: date(2020, 5, 8)}
MOVED_SPRING: Final = {2002: date(2002, 6, 4), 2012: date(2012, 6, 4), 2022: date(2022, 6, 2)}
ONCE: Final = (
    date(1999, 12, 31),
    date(2002, 6, 3),
    date(2011, 4, 29),
    date(2012, 6, 5),
    date(2022, 6, 3),
    date(2022, 9, 19),
    date(2023, 5, 8),
)
"""Days granted one time: the millennium, jubilees, a wedding, a funeral, a coronation."""


def easter_sunday(year: int) -> date:
    """Gregorian computus, anonymous algorithm (Meeus, Astronomical Algorithms, chapter 8)."""
    golden, (century, rest) = year % 19, divmod(year, 100)
    leap, skipped = divmod(century, 4)
    moon_shift = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap - moon_shift + 15) % 30
    quarter, odd = divmod(rest, 4)
    weekday = (32 + 2 * skipped + 2 * quarter - epact - odd) % 7
    correction = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * correction + 114, 31)
    return date(year, month, day + 1)


def great_britain(year: int) -> list[Event]:
    """Holidays and shopping days of one year, 1978 or later; the days off of Christmas and New Year with their substitutes."""
    easter = easter_sunday(year)
    good_friday, easter_monday = easter - timedelta(days=2), easter + timedelta(days=1)
    early_may = MOVED_EARLY_MAY.get(year, nth_weekday(year, 5, MONDAY, 1))
    spring = MOVED_SPRING.get(year, nth_weekday(year, 5, MONDAY, -1))
    black_friday = nth_weekday(year, 11, THURSDAY, 4) + timedelta(days=1)
    return [
        *_new_year(year),
        shopping_day("Valentine's Day", date(year, 2, 14)),
        shopping_day("Mothering Sunday", easter - timedelta(days=21)),
        Event("Easter", good_friday, easter_monday, day_off=True),
        day_off("bank holiday", early_may),
        day_off("bank holiday", spring),
        day_off("bank holiday", nth_weekday(year, 8, MONDAY, -1)),
        *(day_off("bank holiday", day) for day in ONCE if day.year == year),
        Event("Black Friday", black_friday, black_friday + timedelta(days=3)),
        *_christmas(year),
    ]


def _new_year(year: int) -> list[Event]:
    day = date(year, 1, 1)
    days = [day_off("New Year", day)]
    if day.weekday() >= SATURDAY:
        days.append(day_off("bank holiday", day + timedelta(days=7 - day.weekday())))
    return days


def _christmas(year: int) -> list[Event]:
    """Each of the two days that falls on a weekend is made good on the first working days after both."""
    christmas, boxing = date(year, 12, 25), date(year, 12, 26)
    substitute = boxing + timedelta(days=1)
    days = [Event("Christmas", christmas, boxing, day_off=True)]
    for lost in (christmas, boxing):
        if lost.weekday() >= SATURDAY:
            while substitute.weekday() >= SATURDAY:
                substitute += timedelta(days=1)
            days.append(day_off("bank holiday", substitute))
            substitute += timedelta(days=1)
    return days
