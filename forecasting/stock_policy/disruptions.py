"""The lot size for a supplier that is sometimes down (EOQD). Snyder and Shen, chapter 9."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from forecasting.parameters import Floats, Numbers, positive
from forecasting.stock_policy.lot_size import LotSize


@dataclass(frozen=True, slots=True)
class DisruptedSupply:
    """Certain demand, and a supplier whose times up and down are exponential; what is wanted while stock is out is lost.

    order_cost: K, for each order; holding_cost: h, for each unit and unit of time; shortage_cost: p, for each unit lost.
    demand_rate: d, units in each unit of time.
    disruption_rate, recovery_rate: 1 over the mean time up, 1 over the mean time down. All are above zero.
    """

    order_cost: float
    holding_cost: float
    shortage_cost: float
    demand_rate: float
    disruption_rate: float
    recovery_rate: float

    def __post_init__(self) -> None:
        positive(order_cost=self.order_cost, holding_cost=self.holding_cost, shortage_cost=self.shortage_cost)
        positive(demand_rate=self.demand_rate, disruption_rate=self.disruption_rate, recovery_rate=self.recovery_rate)

    @property
    def longest_wait(self) -> float:
        """Expected wait of an order for the supplier if its state were forgotten since the last one."""
        return self.disruption_rate / (self.disruption_rate + self.recovery_rate) / self.recovery_rate

    def wait(self, quantity: Numbers) -> Floats:
        """Expected wait of an order when `quantity` was sold since the last one, at whose time the supplier was up."""
        rates = self.disruption_rate + self.recovery_rate
        return np.asarray(self.longest_wait * -np.expm1(np.multiply(quantity, -rates / self.demand_rate)))[()]


def lot_size_with_disruptions(supply: DisruptedSupply) -> LotSize:
    """The cheapest lot size, ordered when stock is out. The cost has one minimum, found where its slope is zero.

    Parlar and Berkin 1991, corrected by Berk and Arreola-Risa 1994.
    """
    low = high = float(approximate_lot_size_with_disruptions(supply).quantity)
    while _slope(low, supply) > 0:
        low /= 2
    while _slope(high, supply) < 0:
        high *= 2
    quantity = low if low == high else float(brentq(_slope, low, high, (supply,), xtol=1e-12 * high, rtol=1e-14))
    return LotSize(quantity, float(disrupted_cost(quantity, supply)))


def approximate_lot_size_with_disruptions(supply: DisruptedSupply) -> LotSize:
    """The same in closed form, as if the supplier's state were forgotten between orders; cost h Q. Snyder 2014."""
    missed = supply.longest_wait * supply.demand_rate
    money = supply.order_cost + supply.shortage_cost * missed
    quantity = (missed**2 + 2 * supply.demand_rate / supply.holding_cost * money) ** 0.5 - missed
    return LotSize(float(quantity), float(quantity * supply.holding_cost))


def disrupted_cost(quantity: Numbers, supply: DisruptedSupply) -> Floats:
    """Cost per unit of time, Snyder and Shen (9.5): (K + h Q^2/2d + p d w) / (Q/d + w), w the expected wait."""
    positive(quantity=quantity)
    return _cycle_cost(quantity, supply) / (np.divide(quantity, supply.demand_rate) + supply.wait(quantity))


def _cycle_cost(quantity: Numbers, supply: DisruptedSupply) -> Floats:
    held = supply.holding_cost * np.square(quantity) / (2 * supply.demand_rate)
    return supply.order_cost + held + supply.shortage_cost * supply.demand_rate * supply.wait(quantity)


def _slope(quantity: float, supply: DisruptedSupply) -> float:
    """The slope of the cost but for a factor above zero: N' D - N D'."""
    rates, demand = supply.disruption_rate + supply.recovery_rate, supply.demand_rate
    longer = supply.longest_wait * rates / demand * float(np.exp(-rates * quantity / demand))
    dearer = supply.holding_cost * quantity / demand + supply.shortage_cost * demand * longer
    length = quantity / demand + float(supply.wait(quantity))
    return dearer * length - float(_cycle_cost(quantity, supply)) * (1 / demand + longer)
