"""(r, Q) by the approximations in use, for continuous demand. Snyder and Shen, chapter 5.

Their `cost` is the exact one of the policy they give, so that they can be compared; the best is `best_reorder_policy`.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

from forecasting.distributions.distribution import Distribution
from forecasting.parameters import ParameterError, positive
from forecasting.solving import first_reaching
from forecasting.stock_policy.continuous_review import ReorderPolicy, ReviewCosts, best_reorder_point, reorder_policy_cost
from forecasting.stock_policy.lot_size import economic_order_quantity, lot_size_with_backorders
from forecasting.stock_policy.newsvendor import newsvendor

ROUNDS = 1000


def expected_inventory_level(lead_time_demand: Distribution, costs: ReviewCosts) -> ReorderPolicy:
    """EIL: r = F^-1(1 - Q h / (p d)), Q = sqrt(2 d (K + p n(r)) / h), in turns. Whitin 1953; Hadley and Whitin 1963.

    The shortage cost counts here for each unit short, not for the time it waits. Snyder and Shen (5.17), (5.18).

    Raises:
        ParameterError: the shortage cost is too low for any stock to be worth its holding.
    """

    def point_for(quantity: float) -> float:
        missed = quantity * costs.holding_cost / (costs.shortage_cost * costs.demand_rate)
        if missed >= 1:
            raise ParameterError(
                "shortage_cost", costs.shortage_cost, f"above {missed * costs.shortage_cost:.6g} for this method"
            )
        return float(lead_time_demand.quantile(1 - missed))

    def quantity_for(point: float) -> float:
        short = costs.shortage_cost * float(lead_time_demand.shortage(point))
        return sqrt(2 * costs.demand_rate * (costs.order_cost + short) / costs.holding_cost)

    return _in_turns(lead_time_demand, costs, point_for, quantity_for)


def loss_function_approximation(lead_time_demand: Distribution, costs: ReviewCosts) -> ReorderPolicy:
    """n(r) = h Q / (h + p), Q = sqrt(2 (K d + (h + p) n2(r)) / h), in turns. Hadley and Whitin 1963; (5.28), (5.29)."""
    both = costs.holding_cost + costs.shortage_cost
    mean, width = float(lead_time_demand.mean), float(lead_time_demand.sd) + 1e-9

    def point_for(quantity: float) -> float:
        short = costs.holding_cost * quantity / both
        return float(first_reaching(lambda x: -lead_time_demand.shortage(x), -short, mean, width))

    def quantity_for(point: float) -> float:
        short = both * float(lead_time_demand.half_square_shortage(point))
        return sqrt(2 * (costs.order_cost * costs.demand_rate + short) / costs.holding_cost)

    return _in_turns(lead_time_demand, costs, point_for, quantity_for)


def lot_size_with_backorders_approximation(lead_time_demand: Distribution, costs: ReviewCosts) -> ReorderPolicy:
    """EOQB: the lot size with backorders, and the best r for it. At most an eighth above the best cost (Zheng 1992)."""
    lot = lot_size_with_backorders(costs.order_cost, costs.holding_cost, costs.shortage_cost, costs.demand_rate)
    quantity = float(lot.quantity)
    return _costed(best_reorder_point(quantity, lead_time_demand, costs), quantity, lead_time_demand, costs)


def lot_size_plus_safety_stock(lead_time_demand: Distribution, costs: ReviewCosts) -> ReorderPolicy:
    """EOQ + SS: the economic order quantity, and the newsvendor's level as r. Snyder and Shen (5.21)."""
    quantity = float(economic_order_quantity(costs.order_cost, costs.holding_cost, costs.demand_rate).quantity)
    point = float(newsvendor(lead_time_demand, costs.holding_cost, costs.shortage_cost).level)
    return _costed(point, quantity, lead_time_demand, costs)


def _costed(point: float, quantity: float, demand: Distribution, costs: ReviewCosts) -> ReorderPolicy:
    return ReorderPolicy(point, quantity, reorder_policy_cost(point, quantity, demand, costs))


def _in_turns(
    demand: Distribution, costs: ReviewCosts, point_for: Callable[[float], float], quantity_for: Callable[[float], float]
) -> ReorderPolicy:
    """From the economic order quantity, r and Q in turns until neither moves."""
    positive(order_cost=costs.order_cost)
    quantity = float(economic_order_quantity(costs.order_cost, costs.holding_cost, costs.demand_rate).quantity)
    for _ in range(ROUNDS):
        point = point_for(quantity)
        quantity, before = quantity_for(point), quantity
        if abs(quantity - before) <= 1e-12 * quantity:
            break
    return _costed(point_for(quantity), quantity, demand, costs)
