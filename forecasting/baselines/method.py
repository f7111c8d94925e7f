"""What a simple method is: a rule that is followed through time, for all series at once.

Arrays have shape (time, series), float64: a step in time is one row. NaN before a series is on sale and where its demand is not
known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np

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
