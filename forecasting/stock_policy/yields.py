"""Ordering from a supplier that delivers more or less than was ordered. Snyder and Shen, chapter 9."""

from __future__ import annotations

import numpy as np

from forecasting.distributions.distribution import Distribution
from forecasting.parameters import Numbers, finite, not_negative, positive
from forecasting.stock_policy.lot_size import LotSize
from forecasting.stock_policy.newsvendor import BaseStock


def lot_size_with_added_yield(
    order_cost: Numbers, holding_cost: Numbers, demand_rate: Numbers, yield_mean: Numbers, yield_sd: Numbers
) -> LotSize:
    """An order of Q brings Q + Y. Q = sqrt(2 K d / h + Var Y) - E[Y], cost h (Q + E[Y]). Snyder and Shen (9.22), (9.23).

    Args:
        order_cost: K, for each order; holding_cost: h, for each unit and unit of time; demand_rate: d.
        yield_mean: E[Y], units, below zero when less arrives than was ordered; yield_sd: its standard deviation.
    """
    positive(order_cost=order_cost, holding_cost=holding_cost, demand_rate=demand_rate)
    finite(yield_mean=yield_mean)
    not_negative(yield_sd=yield_sd)
    arriving = np.sqrt(2.0 * order_cost * demand_rate / holding_cost + np.square(yield_sd))
    return LotSize(arriving - yield_mean, holding_cost * arriving)


def lot_size_with_yield_share(
    order_cost: Numbers, holding_cost: Numbers, demand_rate: Numbers, share_mean: Numbers, share_sd: Numbers
) -> LotSize:
    """An order of Q brings Q Z. Q = sqrt(2 K d / (h E[Z^2])), cost h Q E[Z^2] / E[Z]. Snyder and Shen (9.24), (9.25).

    Args:
        share_mean: E[Z], above zero: 1 when on average all arrives; share_sd: its standard deviation.
    """
    positive(order_cost=order_cost, holding_cost=holding_cost, demand_rate=demand_rate, share_mean=share_mean)
    not_negative(share_sd=share_sd)
    square = np.square(share_mean) + np.square(share_sd)
    quantity = np.sqrt(2.0 * order_cost * demand_rate / (holding_cost * square))
    return LotSize(quantity, holding_cost * quantity * square / share_mean)


def base_stock_with_added_yield(
    holding_cost: float, shortage_cost: float, demand: float, added_yield: Distribution
) -> BaseStock:
    """Certain demand, an order up to S that brings Y more: S = d - F_Y^-1(h / (h + p)). Snyder and Shen (9.27), (9.28).

    Args:
        added_yield: distribution of Y in units; it may lie below zero.
    """
    positive(holding_cost=holding_cost, shortage_cost=shortage_cost, demand=demand)
    missing = added_yield.quantile(holding_cost / (holding_cost + shortage_cost))
    cost = shortage_cost * added_yield.surplus(missing) + holding_cost * added_yield.shortage(missing)
    return BaseStock(demand - float(missing), float(cost))
