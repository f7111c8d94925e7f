"""Stock of many SKUs under many parameter values: what lies there, what is on its way, what customers wait for."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from forecasting.parameters import Floats
from forecasting.stock_policy.lost_sales import left_of

Whole = NDArray[np.int64]


@dataclass(slots=True)
class Stock:
    """Arrays of shape (series, values), in units.

    Attributes:
        net: on hand less backordered.
        on_order: placed and not yet received.
        due: what arrives in each period to come, shape (longest lead time + 1, series, values), a ring.
        promised: the same as planners expect it, by the planned lead time; None when nobody asks.
    """

    net: Floats
    on_order: Floats
    due: Floats
    promised: Floats | None = None
    _rows: Whole = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._rows = np.arange(len(self.net))

    @classmethod
    def empty(cls, series: int, values: int, longest: int, planned: int | None = None) -> Stock:
        """Nothing anywhere; `planned` is the lead time by which orders are expected, when that matters."""
        nothing = np.zeros((series, values))
        promised = None if planned is None else np.zeros((planned + 1, series, values))
        return cls(nothing, nothing.copy(), np.zeros((longest + 1, series, values)), promised)

    @property
    def position(self) -> Floats:
        """Inventory position: on hand and on order, less backordered."""
        return self.net + self.on_order

    def place(self, units: Floats, now: int, lead_time: int | Whole) -> None:
        """Order `units`; they arrive after `lead_time` periods, one number or one for each series."""
        self.on_order += units
        if isinstance(lead_time, np.ndarray):
            self.due[(now + lead_time) % len(self.due), self._rows] += units
        else:
            self.due[(now + lead_time) % len(self.due)] += units
        if self.promised is not None:
            planned = len(self.promised) - 1
            self.promised[(now + planned) % len(self.promised)] += units

    def receive(self, now: int) -> Floats:
        """What is due arrives; customers who wait are served from it. Returns the units that came."""
        slot = now % len(self.due)
        arrived: Floats = self.due[slot].copy()
        self.net += arrived
        self.on_order -= arrived
        self.due[slot] = 0.0
        if self.promised is not None:
            self.promised[now % len(self.promised)] = 0.0
        return arrived

    def expected_on_arrival(self, now: int, expected: Floats, *, lost_sales: bool) -> Floats:
        """Stock when an order placed now arrives, before it is added, if demand is as `expected`, shape (series, lead time).

        With lost sales no period ends below zero. What is overdue is expected at once.
        """
        ahead: Floats = self.net + self.on_order
        if not lost_sales:
            return np.asarray(ahead - expected.sum(axis=1)[:, None])
        assert self.promised is not None, "made without a planned lead time"
        slots = [(now + step) % len(self.promised) for step in range(expected.shape[1] + 1)]
        later = self.promised[slots[1:]].sum(axis=0)
        ahead = ahead - later  # on hand, due now and overdue
        for step in range(expected.shape[1]):
            ahead = left_of(ahead, expected[:, step : step + 1]) + self.promised[slots[step + 1]]
        return ahead
