"""Ordering from a supplier that is sometimes down. Snyder and Shen, chapter 9."""

from __future__ import annotations

from math import ceil, log, log1p

import numpy as np
from scipy.optimize import brentq

from forecasting.parameters import Floats, Numbers, not_negative, positive, share
from forecasting.stock_policy.lot_size import LotSize
from forecasting.stock_policy.newsvendor import BaseStock


def lot_size_with_disruptions(
    order_cost: float,
    holding_cost: float,
    shortage_cost: float,
    demand_rate: float,
    disruption_rate: float,
    recovery_rate: float,
) -> LotSize:
    """The best lot size when the supplier fails now and then and sales are lost meanwhile.

    Up and down times are exponential; an order is placed at zero stock and waits for the supplier. Parlar and Berkin 1991,
    corrected by Berk and Arreola-Risa 1994; the cost has one minimum, found where its slope is zero.

    Args:
        order_cost: K, for each order; holding_cost: h, for each unit and unit of time; shortage_cost: p, for each unit lost.
        demand_rate: d, units in each unit of time.
        disruption_rate, recovery_rate: 1 over the mean time up, 1 over the mean time down. All are above zero.
    """
    positive(order_cost=order_cost, holding_cost=holding_cost, shortage_cost=shortage_cost, demand_rate=demand_rate)
    positive(disruption_rate=disruption_rate, recovery_rate=recovery_rate)
    rates = disruption_rate + recovery_rate

    def slope(quantity: float) -> float:
        """Sign of the slope of the cost: N' D - N D'."""
        waiting = _chance_down(quantity, demand_rate, disruption_rate, recovery_rate) / recovery_rate
        more = disruption_rate / demand_rate * np.exp(-rates * quantity / demand_rate) / recovery_rate
        money = order_cost + holding_cost * quantity**2 / (2 * demand_rate) + shortage_cost * demand_rate * waiting
        rise = holding_cost * quantity / demand_rate + shortage_cost * demand_rate * more
        return float(rise * (quantity / demand_rate + waiting) - money * (1 / demand_rate + more))

    low = high = approximate_lot_size_with_disruptions(
        order_cost, holding_cost, shortage_cost, demand_rate, disruption_rate, recovery_rate
    ).quantity
    while slope(float(low)) > 0:
        low = low / 2
    while slope(float(high)) < 0:
        high = high * 2
    quantity = float(low) if low == high else float(brentq(slope, low, high, xtol=1e-12 * high, rtol=1e-14))
    cost = disrupted_cost(quantity, order_cost, holding_cost, shortage_cost, demand_rate, disruption_rate, recovery_rate)
    return LotSize(quantity, float(cost))


def approximate_lot_size_with_disruptions(
    order_cost: float,
    holding_cost: float,
    shortage_cost: float,
    demand_rate: float,
    disruption_rate: float,
    recovery_rate: float,
) -> LotSize:
    """The same in closed form, as if the supplier's state were forgotten between orders; cost h Q. Snyder 2014."""
    positive(order_cost=order_cost, holding_cost=holding_cost, shortage_cost=shortage_cost, demand_rate=demand_rate)
    positive(disruption_rate=disruption_rate, recovery_rate=recovery_rate)
    lost = disruption_rate / (disruption_rate + recovery_rate) * demand_rate / recovery_rate
    quantity = np.sqrt(lost**2 + 2 * demand_rate / holding_cost * (order_cost + shortage_cost * lost)) - lost
    return LotSize(float(quantity), float(quantity * holding_cost))


def disrupted_cost(
    quantity: Numbers,
    order_cost: float,
    holding_cost: float,
    shortage_cost: float,
    demand_rate: float,
    disruption_rate: float,
    recovery_rate: float,
) -> Floats:
    """Cost per unit of time, Snyder and Shen (9.5): (K + h Q^2/2d + p d w) / (Q/d + w), w the expected wait for an order."""
    not_negative(order_cost=order_cost)
    positive(quantity=quantity, holding_cost=holding_cost, shortage_cost=shortage_cost, demand_rate=demand_rate)
    positive(disruption_rate=disruption_rate, recovery_rate=recovery_rate)
    waiting = _chance_down(quantity, demand_rate, disruption_rate, recovery_rate) / recovery_rate
    money = order_cost + holding_cost * np.square(quantity) / (2 * demand_rate) + shortage_cost * demand_rate * waiting
    return money / (np.divide(quantity, demand_rate) + waiting)


def base_stock_with_disruptions(
    holding_cost: float, backorder_cost: float, demand: float, disruption_chance: float, recovery_chance: float
) -> BaseStock:
    """The best base stock for certain demand when a supplier fails and recovers by chance from period to period.

    S = d (1 + n), n the first with F(n) >= p/(p + h), F(n) = 1 - a/(a + b) (1 - b)^n. Snyder and Shen (9.18).

    Args:
        holding_cost: h, backorder_cost: p, each for a unit and a period; demand: d, units in a period. Above zero.
        disruption_chance: a, that an up period is followed by a down one; recovery_chance: b, the reverse. In (0, 1).
    """
    positive(holding_cost=holding_cost, backorder_cost=backorder_cost, demand=demand)
    share(disruption_chance=disruption_chance, recovery_chance=recovery_chance)
    ever_down = disruption_chance / (disruption_chance + recovery_chance)
    missing = holding_cost / (holding_cost + backorder_cost) / ever_down
    periods = max(0, ceil(log(missing) / log1p(-recovery_chance) - 1e-9)) if missing < 1 else 0
    stock = demand * (1 + periods)
    cost = base_stock_cost_with_disruptions(stock, holding_cost, backorder_cost, demand, disruption_chance, recovery_chance)
    return BaseStock(stock, cost)


def base_stock_cost_with_disruptions(
    stock: float, holding_cost: float, backorder_cost: float, demand: float, disruption_chance: float, recovery_chance: float
) -> float:
    """Cost per period: sum over n periods down of pi_n [h (S - (n+1) d)+ + p ((n+1) d - S)+]. Snyder and Shen (9.14).

    Summed exactly: only the periods that stock covers are listed, the geometric tail beyond them is closed.
    """
    positive(holding_cost=holding_cost, backorder_cost=backorder_cost, demand=demand)
    share(disruption_chance=disruption_chance, recovery_chance=recovery_chance)
    down = disruption_chance / (disruption_chance + recovery_chance)
    covered = np.arange(max(0, ceil(stock / demand)) + 1.0)
    chances = np.where(covered == 0, 1 - down, down * recovery_chance * (1 - recovery_chance) ** (covered - 1))
    left = float(np.sum(chances * np.maximum(stock - (covered + 1) * demand, 0.0)))
    needed = demand * (1 + down / recovery_chance)  # E[(n + 1) d]
    return holding_cost * left + backorder_cost * (left + needed - stock)


def _chance_down(quantity: Numbers, demand_rate: float, disruption_rate: float, recovery_rate: float) -> Floats:
    """That the supplier is down when the stock of an order runs out."""
    rates = disruption_rate + recovery_rate
    return np.asarray(disruption_rate / rates * -np.expm1(np.multiply(quantity, -rates / demand_rate)))[()]
