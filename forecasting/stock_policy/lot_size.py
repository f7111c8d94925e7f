"""How much to order when demand is steady and certain: the economic order quantity and its relatives.

All arguments are numbers or arrays that broadcast, one element for each SKU. Snyder and Shen, chapter 3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.parameters import Numbers, ParameterError, not_negative, positive


@dataclass(frozen=True, slots=True)
class LotSize:
    """Units to order each time, and the cost of ordering and holding per unit of time."""

    quantity: Numbers
    cost: Numbers


@dataclass(frozen=True, slots=True)
class BackorderedLotSize:
    """A lot size of which a share (0 to 1) is promised already when it arrives."""

    quantity: Numbers
    backordered_share: Numbers
    cost: Numbers


def economic_order_quantity(order_cost: Numbers, holding_cost: Numbers, demand_rate: Numbers) -> LotSize:
    """Q = sqrt(2 K d / h), cost sqrt(2 K d h). Harris 1913; Snyder and Shen (3.4).

    Args:
        order_cost: K, for each order; zero or above.
        holding_cost: h, for each unit and unit of time; above zero.
        demand_rate: d, units in each unit of time; zero or above.
    """
    not_negative(order_cost=order_cost, demand_rate=demand_rate)
    positive(holding_cost=holding_cost)
    quantity = np.sqrt(2.0 * order_cost * demand_rate / holding_cost)
    return LotSize(quantity, quantity * holding_cost)


def lot_size_cost(quantity: Numbers, order_cost: Numbers, holding_cost: Numbers, demand_rate: Numbers) -> Numbers:
    """K d / Q + h Q / 2: the cost per unit of time of ordering `quantity` (above zero) each time."""
    not_negative(order_cost=order_cost, demand_rate=demand_rate)
    positive(quantity=quantity, holding_cost=holding_cost)
    return order_cost * demand_rate / quantity + holding_cost * quantity / 2


def lot_size_with_backorders(
    order_cost: Numbers, holding_cost: Numbers, backorder_cost: Numbers, demand_rate: Numbers
) -> BackorderedLotSize:
    """Lot size when customers wait: Q = sqrt(2 K d (h + p) / (h p)), share h / (h + p). Snyder and Shen (3.27).

    Args:
        backorder_cost: p, for each unit that waits and unit of time; above zero. The others as for the plain lot size.
    """
    not_negative(order_cost=order_cost, demand_rate=demand_rate)
    positive(holding_cost=holding_cost, backorder_cost=backorder_cost)
    both = np.add(holding_cost, backorder_cost)
    quantity = np.sqrt(2.0 * order_cost * demand_rate * both / (holding_cost * np.asarray(backorder_cost)))
    cost = np.sqrt(2.0 * order_cost * demand_rate * holding_cost * backorder_cost / both)
    return BackorderedLotSize(quantity, holding_cost / both, cost)


def economic_production_quantity(
    order_cost: Numbers, holding_cost: Numbers, demand_rate: Numbers, production_rate: Numbers
) -> LotSize:
    """Lot size when goods arrive at a rate while they are sold: Q = sqrt(2 K d / (h (1 - d/m))).

    Raises:
        ParameterError: the production rate is not above the demand rate.
    """
    not_negative(order_cost=order_cost, demand_rate=demand_rate)
    positive(holding_cost=holding_cost, production_rate=production_rate)
    if np.any(np.less_equal(production_rate, demand_rate)):
        raise ParameterError("production_rate", production_rate, f"above the demand rate of {demand_rate}")
    return economic_order_quantity(order_cost, holding_cost * (1 - np.divide(demand_rate, production_rate)), demand_rate)
