"""How much to order when larger orders are cheaper: all-unit and incremental discounts. Snyder and Shen, chapter 3."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from forecasting.parameters import Floats, Numbers, ParameterError, not_negative, positive


@dataclass(frozen=True, slots=True)
class PriceBreaks:
    """The unit price from each quantity on: `starts` rises from zero, `prices` fall, one for each start."""

    starts: tuple[float, ...]
    prices: tuple[float, ...]

    def __post_init__(self) -> None:
        positive(prices=self.prices)
        if not self.starts or self.starts[0] != 0 or not all(low < high for low, high in pairwise(self.starts)):
            raise ParameterError("starts", self.starts, "rising from 0")
        if len(self.prices) != len(self.starts) or not all(dear > cheap for dear, cheap in pairwise(self.prices)):
            raise ParameterError("prices", self.prices, f"falling, one for each of {len(self.starts)} starts")

    def region(self, quantity: Numbers) -> NDArray[np.intp]:
        """The place in `starts` of the break that `quantity` reaches."""
        return np.asarray(np.searchsorted(self.starts, quantity, side="right") - 1)

    def all_unit_spend(self, quantity: Numbers) -> Floats:
        """Money for `quantity` when every unit has the price of the break reached."""
        spend: Floats = np.asarray(self.prices)[self.region(quantity)] * np.asarray(quantity)
        return spend

    def incremental_spend(self, quantity: Numbers) -> Floats:
        """Money for `quantity` when a break's price holds only for the units beyond it."""
        region = self.region(quantity)
        spend: Floats = self.surcharges()[region] + np.asarray(self.prices)[region] * np.asarray(quantity)
        return spend

    def surcharges(self) -> Floats:
        """What the dearer units below each break cost above that break's price."""
        steps = -np.diff(self.prices) * np.asarray(self.starts[1:])
        return np.concatenate([[0.0], np.cumsum(steps)])


@dataclass(frozen=True, slots=True)
class DiscountedLotSize:
    """Units to order each time, the break they reach, and the cost per unit of time, purchases included."""

    quantity: float
    region: int
    cost: float


def all_unit_cost(quantity: Numbers, order_cost: float, holding_rate: float, demand_rate: float, breaks: PriceBreaks) -> Floats:
    """c d + K d / Q + i c Q / 2 with c the price of every unit. `quantity` is above zero."""
    return _cost(quantity, breaks.all_unit_spend(quantity), order_cost, holding_rate, demand_rate)


def incremental_cost(
    quantity: Numbers, order_cost: float, holding_rate: float, demand_rate: float, breaks: PriceBreaks
) -> Floats:
    """The same with c the average price of the order. `quantity` is above zero."""
    return _cost(quantity, breaks.incremental_spend(quantity), order_cost, holding_rate, demand_rate)


def lot_size_all_unit(order_cost: float, holding_rate: float, demand_rate: float, breaks: PriceBreaks) -> DiscountedLotSize:
    """The cheapest lot size when a break's price holds for the whole order.

    In each region the best is the economic quantity at its price, or the break itself when that lies below it; a region
    whose economic quantity lies beyond it is beaten by the next one.

    Args:
        order_cost: K, for each order; above zero.
        holding_rate: i, share of the price that holding a unit costs in a unit of time; above zero.
        demand_rate: d, units in each unit of time; above zero.
    """
    positive(order_cost=order_cost, holding_rate=holding_rate, demand_rate=demand_rate)
    wanted = np.sqrt(2 * order_cost * demand_rate / (holding_rate * np.asarray(breaks.prices)))
    quantity = np.maximum(wanted, breaks.starts)
    cost = all_unit_cost(quantity, order_cost, holding_rate, demand_rate, breaks)
    return _cheapest(quantity, cost, breaks)


def lot_size_incremental(order_cost: float, holding_rate: float, demand_rate: float, breaks: PriceBreaks) -> DiscountedLotSize:
    """The cheapest lot size when a break's price holds for the units beyond it. Arguments as for all units.

    The dearer units below a break act as a part of the order cost: Q_j = sqrt(2 (K + e_j) d / (i c_j)). The best never
    lies on a break.
    """
    positive(order_cost=order_cost, holding_rate=holding_rate, demand_rate=demand_rate)
    fixed = order_cost + breaks.surcharges()
    quantity = np.sqrt(2 * fixed * demand_rate / (holding_rate * np.asarray(breaks.prices)))
    cost = incremental_cost(quantity, order_cost, holding_rate, demand_rate, breaks)
    return _cheapest(quantity, cost, breaks)


def _cost(quantity: Numbers, spend: Floats, order_cost: float, holding_rate: float, demand_rate: float) -> Floats:
    positive(quantity=quantity, holding_rate=holding_rate, demand_rate=demand_rate)
    not_negative(order_cost=order_cost)
    return (spend + order_cost) * demand_rate / quantity + holding_rate * spend / 2


def _cheapest(quantity: Floats, cost: Floats, breaks: PriceBreaks) -> DiscountedLotSize:
    """Every candidate is costed at the price it really reaches, so one outside its region is an honest candidate too."""
    best = int(np.argmin(cost))
    return DiscountedLotSize(float(quantity[best]), int(breaks.region(quantity[best])), float(cost[best]))
