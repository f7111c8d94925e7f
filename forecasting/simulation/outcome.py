"""What came of a replay: sums over the periods that are scored, for each SKU and value, and the figures made of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from forecasting.parameters import Floats, Numbers, not_negative


@dataclass(frozen=True, slots=True, eq=False)
class Costs:
    """Prices of a policy: numbers, or arrays of shape (series,). None is negative.

    Attributes:
        holding: for each unit on hand at the end of a period.
        order: for each order.
        shortage: for each unit not served at once, lost or late.
        waiting: for each unit that waits at the end of a period.
    """

    holding: Numbers = 1.0
    order: Numbers = 0.0
    shortage: Numbers = 0.0
    waiting: Numbers = 0.0

    def __post_init__(self) -> None:
        not_negative(holding=self.holding, order=self.order, shortage=self.shortage, waiting=self.waiting)


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """Sums over scored periods: of shape (series, values), but for `periods` and `demand`, which have shape (series,).

    Attributes:
        periods: scored.
        demand: units wanted.
        served: units served at once from stock.
        on_hand: mean of the stock after receipts and at the end of each period, summed.
        closing: stock at the end of each period, summed: what textbooks charge for.
        waiting: units backordered at the end of each period, summed.
        stock_outs: periods in which demand found too little.
        cycles: replenishment cycles that ended, each with a receipt.
        clean_cycles: those without a stock-out.
        orders: placed.
        ordered: units of them.
    """

    periods: Floats
    demand: Floats
    served: Floats
    on_hand: Floats
    closing: Floats
    waiting: Floats
    stock_outs: Floats
    cycles: Floats
    clean_cycles: Floats
    orders: Floats
    ordered: Floats

    @property
    def fill_rate(self) -> Floats:
        """Share of units served at once, over all SKUs, shape (values,)."""
        return _ratio(self.served.sum(axis=0), self.demand.sum())

    @property
    def fill_rate_of_each(self) -> Floats:
        """The same for each SKU, shape (series, values); NaN without demand."""
        return _ratio(self.served, self.demand[:, None])

    @property
    def cycle_service(self) -> Floats:
        """Share of replenishment cycles that ended without a stock-out, shape (values,)."""
        return _ratio(self.clean_cycles.sum(axis=0), self.cycles.sum(axis=0))

    @property
    def average_on_hand(self) -> Floats:
        """Units on hand in an average period, all SKUs together, shape (values,)."""
        return np.asarray(self.average_on_hand_of_each.sum(axis=0))

    @property
    def average_on_hand_of_each(self) -> Floats:
        """The same for each SKU, shape (series, values); 0 where no period is scored."""
        return self.on_hand / np.maximum(self.periods, 1.0)[:, None]

    def turns(self, periods_per_year: float) -> Floats:
        """Times a year that the average stock is used up, shape (values,). Demand is counted, served or not."""
        each = self.demand / np.maximum(self.periods, 1.0)
        return _ratio(np.full(self.served.shape[1], each.sum() * periods_per_year), self.average_on_hand)

    def cost(self, costs: Costs) -> Floats:
        """Holding, orders, shortage and waiting of each SKU over all scored periods, shape (series, values)."""
        short = self.demand[:, None] - self.served
        parts = (
            (costs.holding, self.closing),
            (costs.order, self.orders),
            (costs.shortage, short),
            (costs.waiting, self.waiting),
        )
        return np.asarray(sum(_each(price) * units for price, units in parts))

    def select(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> Outcome:
        """Some of the series."""
        return self._of(lambda part: part[rows], lambda part: part[rows])

    def chosen(self, values: NDArray[np.int64]) -> Outcome:
        """Each series with values of its own: places, shape (series, choices)."""
        return self._of(lambda part: part, lambda part: np.take_along_axis(part, values, axis=1))

    def _of(self, of_series: Callable[[Floats], Floats], of_values: Callable[[Floats], Floats]) -> Outcome:
        parts = {field.name: getattr(self, field.name) for field in fields(self)}
        return Outcome(**{name: of_series(part) if part.ndim == 1 else of_values(part) for name, part in parts.items()})


def beside(outcomes: Sequence[Outcome]) -> Outcome:
    """Outcomes of the same SKUs and periods under further values, as one."""
    parts = {field.name: [getattr(one, field.name) for one in outcomes] for field in fields(Outcome)}
    return Outcome(**{name: part[0] if part[0].ndim == 1 else np.concatenate(part, axis=1) for name, part in parts.items()})


def _each(price: Numbers) -> Floats:
    array = np.asarray(price, np.float64)
    return array[:, None] if array.ndim == 1 else array


def _ratio(over: Floats, under: Numbers) -> Floats:
    return np.where(np.equal(under, 0), np.nan, over / np.where(np.equal(under, 0), 1.0, under))
