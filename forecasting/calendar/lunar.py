"""Chinese festivals of the lunar calendar, 2000 to 2050.

The dates follow from the new moons at Beijing and the leap months of GB/T 33661-2017. The first days of the year were checked
against new moons by Meeus, Astronomical Algorithms, chapter 49; the other two festivals were derived from those.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from forecasting.parameters import ParameterError

FIRST_YEAR: Final = 2000


def _dates(table: str) -> tuple[date, ...]:
    days = (day.split("-") for day in table.split())
    return tuple(date(FIRST_YEAR + number, int(month), int(day)) for number, (month, day) in enumerate(days))


LUNAR_NEW_YEAR: Final = _dates(
    "02-05 01-24 02-12 02-01 01-22 02-09 01-29 02-18 02-07 01-26 02-14 02-03 01-23 02-10 01-31 02-19 02-08 "
    "01-28 02-16 02-05 01-25 02-12 02-01 01-22 02-10 01-29 02-17 02-06 01-26 02-13 02-03 01-23 02-11 01-31 "
    "02-19 02-08 01-28 02-15 02-04 01-24 02-12 02-01 01-22 02-10 01-30 02-17 02-06 01-26 02-14 02-02 01-23"
)
"""First day of the first month."""

DRAGON_BOAT: Final = _dates(
    "06-06 06-25 06-15 06-04 06-22 06-11 05-31 06-19 06-08 05-28 06-16 06-06 06-23 06-12 06-02 06-20 06-09 "
    "05-30 06-18 06-07 06-25 06-14 06-03 06-22 06-10 05-31 06-19 06-09 05-28 06-16 06-05 06-24 06-12 06-01 "
    "06-20 06-10 05-30 06-18 06-07 05-27 06-14 06-03 06-22 06-11 05-31 06-19 06-08 05-29 06-15 06-04 06-23"
)
"""Fifth day of the fifth month."""

MID_AUTUMN: Final = _dates(
    "09-12 10-01 09-21 09-11 09-28 09-18 10-06 09-25 09-14 10-03 09-22 09-12 09-30 09-19 09-08 09-27 09-15 "
    "10-04 09-24 09-13 10-01 09-21 09-10 09-29 09-17 10-06 09-25 09-15 10-03 09-22 09-12 10-01 09-19 09-08 "
    "09-27 09-16 10-04 09-24 09-13 10-02 09-20 09-10 09-28 09-17 10-05 09-25 09-15 10-04 09-22 09-11 09-30"
)
"""Fifteenth day of the eighth month."""

LAST_YEAR: Final = FIRST_YEAR + len(LUNAR_NEW_YEAR) - 1


def festival(table: tuple[date, ...], year: int) -> date:
    """The date in `year`.

    Raises:
        ParameterError: the tables do not reach that year.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ParameterError("year", year, f"from {FIRST_YEAR} to {LAST_YEAR}: the lunar tables end there")
    return table[year - FIRST_YEAR]
