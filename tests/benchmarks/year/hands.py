"""The hands of the clock: a benchmark moves them day by day, between them time runs as it does."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime


class Hands:
    """A clock. It never goes back as long as days are passed faster than they last."""

    def __init__(self) -> None:
        self._shown = 0
        self._moved = 0

    def move(self, day: date, hour: int) -> None:
        """Show an hour of a day, UTC."""
        self._shown, self._moved = int(datetime(day.year, day.month, day.day, hour, tzinfo=UTC).timestamp() * 1000), _ms()

    def now(self) -> int:
        """Ms since 1970 UTC, as shown."""
        return self._shown + _ms() - self._moved


def _ms() -> int:
    return time.monotonic_ns() // 1_000_000
