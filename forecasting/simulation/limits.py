"""Minimum, multiple and most of an order, for many SKUs and values at once: `order_quantity` on arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.parameters import Floats, Numbers, not_negative, positive
from forecasting.stock_policy.rounding import ContradictoryLimits, Rounding

NEARLY = 1e-9
"""So much of a multiple is taken for rounding of floats, not for a need."""


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """What may be ordered of each SKU: numbers, or arrays of shape (series,).

    Attributes:
        minimum: the least that may be ordered when anything is, units.
        multiple: orders are whole multiples of it; 0 when any quantity may be ordered.
        most: the most that may be ordered, above zero.
        rounding: what becomes of a part of a multiple or of the minimum.
    """

    minimum: Numbers = 0.0
    multiple: Numbers = 1.0
    most: Numbers | None = None
    rounding: Rounding = Rounding.UP

    def __post_init__(self) -> None:
        not_negative(minimum=self.minimum, multiple=self.multiple)
        if self.most is None:
            return
        positive(most=self.most)
        least, most = np.broadcast_arrays(self._up(np.maximum(self.minimum, 0), self.multiple), self.most)
        wrong = np.maximum(least, self.multiple) > most
        if wrong.any():
            first = int(np.argmax(wrong))
            needed = float(np.maximum(least, self.multiple).flat[first])
            raise ContradictoryLimits("most", float(most.flat[first]), f"no less than the least order, {needed:g}")

    def ordered(self, need: Floats) -> Floats:
        """Units ordered for a need, shape (series, values); a need of zero or less, or NaN, orders nothing."""
        minimum, multiple = _column(self.minimum), _column(self.multiple)
        wanted = np.maximum(need, minimum)
        if self.rounding is Rounding.DOWN:
            units = self._down(wanted, multiple)
            units = np.where((units < minimum) & (minimum > 0), self._up(minimum, multiple), units)
        else:
            units = self._up(wanted, multiple)
        asked = need > 0
        if self.rounding is Rounding.SKIP:
            asked &= need >= np.maximum(self._up(minimum, multiple), multiple)
        if self.most is not None:
            units = np.minimum(units, self._down(_column(self.most), multiple))
        return np.where(asked, units, 0.0)

    def within(self, units: float, series: int) -> float:
        """The largest order of one series within so many units; nothing where that is no order."""
        minimum, multiple = (float(np.ravel(one)[series if np.ndim(one) else 0]) for one in (self.minimum, self.multiple))
        whole = float(self._down(units, multiple))
        return whole if whole >= minimum else 0.0

    @staticmethod
    def _up(units: Numbers, multiple: Numbers) -> Floats:
        step = np.where(np.equal(multiple, 0), 1.0, multiple)
        return np.where(np.equal(multiple, 0), units, np.ceil(units / step - NEARLY) * step)

    @staticmethod
    def _down(units: Numbers, multiple: Numbers) -> Floats:
        step = np.where(np.equal(multiple, 0), 1.0, multiple)
        return np.where(np.equal(multiple, 0), units, np.floor(units / step + NEARLY) * step)


def _column(value: Numbers) -> Floats:
    """One for each series, against arrays of shape (series, values)."""
    array = np.asarray(value, np.float64)
    return array[:, None] if array.ndim == 1 else array
