"""Sums and means over windows of time that end at given origins, each the difference of two running totals."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from forecasting.panel.panel import Cells
from forecasting.parameters import Floats

Places = NDArray[np.int64]
Number = TypeVar("Number", np.float32, np.float64)


class Windows:
    """Windows over `values`, shape (series, periods); NaN is not counted. What leaves has shape (series, origins)."""

    __slots__ = ("_counts", "_origins", "_totals")

    def __init__(self, values: Cells, origins: Places) -> None:
        """`origins` are the periods the windows end with, unless told otherwise."""
        known = ~np.isnan(values)
        self._totals = running(np.where(known, values, np.float32(0)))
        self._counts = running(known)
        self._origins = origins

    def total(self, length: int, lag: int = 0) -> Floats:
        """Sum of the `length` periods that end `lag` periods before each origin (after it when negative)."""
        first, last = self._bounds(length, lag)
        return self._totals[:, last] - self._totals[:, first]

    def count(self, length: int, lag: int = 0) -> Floats:
        """How many of those periods are known."""
        first, last = self._bounds(length, lag)
        return self._counts[:, last] - self._counts[:, first]

    def mean(self, length: int, lag: int = 0) -> Floats:
        """Mean of those that are known; NaN when none is."""
        count = self.count(length, lag)
        return np.where(count > 0, self.total(length, lag) / np.maximum(count, 1), np.nan)

    def full(self, length: int, lag: int = 0) -> Floats:
        """Sum of those periods; NaN unless every one is known."""
        return np.where(self.count(length, lag) == length, self.total(length, lag), np.nan)

    def _bounds(self, length: int, lag: int) -> tuple[Places, Places]:
        last = np.clip(self._origins + 1 - lag, 0, self._totals.shape[1] - 1)
        return np.clip(self._origins + 1 - lag - length, 0, last), last


def running(values: Cells | NDArray[np.bool_]) -> Floats:
    """Running totals along time with a zero in front, shape (series, periods + 1)."""
    totals = np.zeros((values.shape[0], values.shape[1] + 1))
    np.cumsum(values, axis=1, dtype=np.float64, out=totals[:, 1:])
    return totals


def since_last(marked: NDArray[np.bool_], origins: Places) -> Floats:
    """Periods from the latest one that is marked to each origin, 0 when the origin is; NaN when none was."""
    time = np.arange(marked.shape[1], dtype=np.int32)
    latest = np.maximum.accumulate(np.where(marked, time, np.int32(-1)), axis=1)[:, origins]
    return np.where(latest >= 0, origins - latest, np.nan)


def recent(values: Cells, length: int, origins: Places) -> Cells:
    """The latest `length` values at each origin, shape (length, series, origins), its own first; NaN before the start."""
    window = np.full((length, len(values), len(origins)), np.nan, np.float32)
    for back in range(min(length, values.shape[1])):
        seen = origins >= back
        window[back][:, seen] = values[:, origins[seen] - back]
    return window


def carried(values: NDArray[Number]) -> NDArray[Number]:
    """Where a value is missing, the one before it; NaN until the first. Shape (series, periods)."""
    place = np.maximum.accumulate(np.where(np.isnan(values), 0, np.arange(values.shape[1])), axis=1)
    return np.take_along_axis(values, place, axis=1)
