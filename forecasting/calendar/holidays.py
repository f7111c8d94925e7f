"""Holidays of a country over a stretch of time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

from forecasting.calendar.china import china
from forecasting.calendar.event import Event, within
from forecasting.calendar.great_britain import great_britain
from forecasting.parameters import ParameterError

COUNTRIES: Final[dict[str, Callable[[int], list[Event]]]] = {"GB": great_britain, "CN": china}
"""By ISO 3166 code. Everything else comes from an event table."""


def refuse_unknown(country: str) -> None:
    """Raise ParameterError when there are no rules for this country."""
    if country not in COUNTRIES:
        raise ParameterError("country", country, f"among {', '.join(COUNTRIES)}")


def holidays(country: str, first: date, last: date) -> Sequence[Event]:
    """Holidays and shopping days that touch the days from `first` to `last`, in order of time.

    Raises:
        ParameterError: no rules for this country, or for these years.
    """
    refuse_unknown(country)
    years = range(first.year, last.year + 1)
    return within((event for year in years for event in COUNTRIES[country](year)), first, last)
