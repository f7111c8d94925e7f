"""The time axis of a panel: days, weeks or months without gaps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from forecasting.parameters import ParameterError

Days = NDArray[np.datetime64]


class Frequency(StrEnum):
    """How long one period is; the value is the name of the column in a long table."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    @property
    def season(self) -> int:
        """Periods after which demand is expected to repeat: 7 days, 52 weeks, 12 months."""
        return {"day": 7, "week": 52, "month": 12}[self.value]


@dataclass(frozen=True, slots=True)
class Periods:
    """`count` (>= 0) periods in a row. `first` is the first day of the first one; a week starts on any weekday."""

    frequency: Frequency
    first: date
    count: int

    def __len__(self) -> int:
        return self.count

    @property
    def starts(self) -> Days:
        """First day of every period, shape (count,), datetime64[D]."""
        return self._day(np.arange(self.count))

    @property
    def ends(self) -> Days:
        """Last day of every period, shape (count,), datetime64[D]."""
        return self._day(np.arange(1, self.count + 1)) - np.timedelta64(1, "D")

    @property
    def last_day(self) -> date:
        """The last day of the last period: what the cut-off of a history is called by."""
        last: date = self.ends[-1].item()
        return last

    def up_to(self, count: int) -> Periods:
        """The first `count` periods."""
        if not 0 <= count <= self.count:
            raise ParameterError("count", count, f"from 0 to {self.count}")
        return Periods(self.frequency, self.first, count)

    def ahead(self, count: int) -> Periods:
        """The `count` periods that follow the last."""
        first: date = self._day(np.array([self.count]))[0].item()
        return Periods(self.frequency, first, count)

    def index(self, days: Days) -> NDArray[np.int64]:
        """Which period each day lies in, from 0; negative before the first, `count` or more after the last."""
        if self.frequency is Frequency.MONTH:
            return (days.astype("datetime64[M]") - np.datetime64(self.first, "M")).astype(np.int64)
        since = (days.astype("datetime64[D]") - np.datetime64(self.first, "D")).astype(np.int64)
        return since // 7 if self.frequency is Frequency.WEEK else since

    def _day(self, steps: NDArray[np.int64]) -> Days:
        if self.frequency is Frequency.MONTH:
            return (np.datetime64(self.first, "M") + steps).astype("datetime64[D]")
        length = 7 if self.frequency is Frequency.WEEK else 1
        return np.datetime64(self.first, "D") + steps * length


def spanning(frequency: Frequency, days: Days) -> Periods:
    """The periods from the earliest of `days` (first days of periods, at least one) to the latest."""
    first: date = days.min().item()
    start = Periods(frequency, first, 0)
    return Periods(frequency, first, int(start.index(days.max(keepdims=True))[0]) + 1)
