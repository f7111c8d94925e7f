"""Days as the site counts them: from local midnight to local midnight, 23 to 25 hours long."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from forecasting.parameters import ParameterError


class SiteDays:
    """The calendar of a time zone."""

    def __init__(self, time_zone: str) -> None:
        """`time_zone`: an IANA name, `Europe/London`.

        Raises:
            ParameterError: there is no such zone.
        """
        try:
            self._zone = ZoneInfo(time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ParameterError("time_zone", time_zone, "a name of the IANA time zones, such as Europe/London") from None
        self.time_zone = time_zone

    def begins(self, day: date) -> int:
        """Its first instant, in ms since 1970 UTC."""
        return self._at(day, time())

    def day_of(self, at: int) -> date:
        """The day that an instant lies in; `at` in ms since 1970 UTC."""
        return datetime.fromtimestamp(at / 1000, self._zone).date()

    def next_time(self, after: int, of_day: time) -> int:
        """The next instant after another (ms since 1970 UTC) at which the clocks show a time of day.

        Where they skip it in spring they are then as much later as they skip; of the hour that comes twice it is the first.
        """
        day = self.day_of(after)
        found = [self._at(day + timedelta(number), of_day) for number in range(2)]
        return next(at for at in found if at > after)

    def _at(self, day: date, of_day: time) -> int:
        return int(datetime.combine(day, of_day, self._zone).timestamp() * 1000)


def every_day(first: date, last: date) -> Iterator[date]:
    """From the first day to the last."""
    for number in range((last - first).days + 1):
        yield first + timedelta(number)
