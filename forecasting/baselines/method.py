"""What a simple method is: a rule that is followed through time, for all series at once.

Arrays have shape (time, series), float64: a step in time is one row. NaN before a series is on sale and where its demand is not
known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from forecasting.parameters import Floats

Rates: TypeAlias = Callable[[Floats], Floats]
"""From demand, shape (time, series), to what is expected per period as known after each period, likewise."""


class Method(Protocol):
    """Forecasts the sum at every origin of the history, so that its own past errors can be seen."""

    def __call__(self, demand: Floats, season: int, protection: int) -> tuple[Floats, Floats]:
        """Follow the rule through `demand`, shape (time, series).

        Args:
            demand: units; NaN where not known.
            season: periods after which demand repeats.
            protection: periods to be summed.
        Returns:
            The sum expected over the `protection` periods after each period, shape (time, series), made from that period and
            earlier ones alone; and the means of the single periods after the last one, shape (protection, series).
        """
        ...


@dataclass(frozen=True, slots=True)
class Flat:
    """A method that expects the same of every period to come."""

    rates: Rates

    def __call__(self, demand: Floats, season: int, protection: int) -> tuple[Floats, Floats]:
        """The rate, times the periods."""
        rates = self.rates(demand)
        return rates * protection, np.broadcast_to(rates[-1], (protection, demand.shape[1]))


def carried(values: Floats) -> Floats:
    """Where a value is missing, the one before it; NaN until the first."""
    held = values.copy()
    for now in range(1, len(held)):
        np.copyto(held[now], held[now - 1], where=np.isnan(held[now]))
    return held


def running_sums(values: Floats | NDArray[np.bool_]) -> Floats:
    """Sums of the values up to each period, all known, shape (time, series); row by row, for columns are far apart."""
    totals = values.astype(np.float64)
    for now in range(1, len(totals)):
        totals[now] += totals[now - 1]
    return totals


def followed(values: Floats, weights: Floats) -> Floats:
    """A level that goes towards the value of each period by its weight, level + weight (value - level), from zero on; a weight
    of 1 begins it anew. Values must be known, whatever their weight."""
    levels = np.zeros((len(values) + 1, values.shape[1]))
    for now, (value, weight) in enumerate(zip(values, weights, strict=True)):
        np.subtract(value, levels[now], out=levels[now + 1])
        levels[now + 1] *= weight
        levels[now + 1] += levels[now]
    return levels[1:]


def sums_that_followed(demand: Floats, protection: int) -> Floats:
    """What came in the `protection` periods after each one, as far as those are over; NaN where one of them is not known."""
    unknown = np.isnan(demand)
    totals, holes = running_sums(np.where(unknown, 0.0, demand)), running_sums(unknown)
    sums = totals[protection:] - totals[:-protection]
    sums[holes[protection:] > holes[:-protection]] = np.nan
    return sums
