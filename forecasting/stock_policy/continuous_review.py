"""(r, Q): order Q when the inventory position falls to r. Exact cost and optimum. Snyder and Shen, chapter 5.

Customers wait for what is missing; h and p are paid for each unit and unit of time on hand and waiting. The position is spread
evenly over what lies above r, so the cost is the mean of the newsvendor's cost g over it, plus K d / Q. For whole demand units
arrive one at a time: the position takes r + 1 to r + Q.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from forecasting.distributions.distribution import Distribution
from forecasting.parameters import Floats, Numbers, finite, not_negative, positive, whole
from forecasting.stock_policy.lot_size import lot_size_with_backorders
from forecasting.stock_policy.newsvendor import base_stock_cost, newsvendor


@dataclass(frozen=True, slots=True)
class ReorderPolicy:
    """Order `quantity` when the inventory position falls to `reorder_point`; expected cost per unit of time."""

    reorder_point: float
    quantity: float
    cost: float


@dataclass(frozen=True, slots=True)
class ReviewCosts:
    """What (r, Q) is judged by: K for each order, h and p for each unit and unit of time, d units demanded in it."""

    order_cost: float
    holding_cost: float
    shortage_cost: float
    demand_rate: float

    def __post_init__(self) -> None:
        not_negative(order_cost=self.order_cost)
        positive(holding_cost=self.holding_cost, shortage_cost=self.shortage_cost, demand_rate=self.demand_rate)

    def of_position(self, position: Numbers, lead_time_demand: Distribution) -> Floats:
        """g(y): holding and shortage per unit of time, a lead time after the position was y."""
        return base_stock_cost(position, lead_time_demand, self.holding_cost, self.shortage_cost)


def reorder_policy_cost(reorder_point: float, quantity: float, lead_time_demand: Distribution, costs: ReviewCosts) -> float:
    """(K d + integral of g from r to r + Q) / Q; for whole demand the sum of g over r + 1 to r + Q. Snyder and Shen (5.7).

    Args:
        quantity: above zero; whole, like the reorder point, when demand is.
    """
    finite(reorder_point=reorder_point)
    positive(quantity=quantity)
    fixed = costs.order_cost * costs.demand_rate
    if lead_time_demand.is_whole:
        whole(reorder_point=reorder_point, quantity=quantity)
        positions = reorder_point + np.arange(1.0, quantity + 1)
        return float((fixed + costs.of_position(positions, lead_time_demand).sum()) / quantity)
    return float((fixed + _area(reorder_point, reorder_point + quantity, lead_time_demand, costs)) / quantity)


def best_reorder_policy(lead_time_demand: Distribution, costs: ReviewCosts) -> ReorderPolicy:
    """The cheapest (r, Q), exactly. The order cost is above zero.

    Continuous demand: g(r) = g(r + Q) = the cost itself (Zheng 1992). Whole demand: positions are taken in, cheapest
    first, as long as they lower the mean (Federgruen and Zheng 1992).
    """
    positive(order_cost=costs.order_cost)
    if lead_time_demand.is_whole:
        return _best_whole(lead_time_demand, costs)
    lowest = float(newsvendor(lead_time_demand, costs.holding_cost, costs.shortage_cost).cost)

    def unspent(level: float) -> float:
        """What lies between a level of cost and g, less the order cost it must pay for; zero at the best."""
        low, high = _positions_at(level, lead_time_demand, costs)
        return level * (high - low) - _area(low, high, lead_time_demand, costs) - costs.order_cost * costs.demand_rate

    highest = lowest + float(_cost_without_chance(costs))
    while unspent(highest) < 0:
        highest *= 2
    level = float(brentq(unspent, lowest, highest, xtol=1e-13 * highest, rtol=1e-14))
    low, high = _positions_at(level, lead_time_demand, costs)
    return ReorderPolicy(low, high - low, level)


def best_reorder_point(quantity: float, lead_time_demand: Distribution, costs: ReviewCosts) -> float:
    """The best r for a given Q and continuous demand: g(r) = g(r + Q). Snyder and Shen (5.9)."""
    positive(quantity=quantity)
    middle = float(newsvendor(lead_time_demand, costs.holding_cost, costs.shortage_cost).level)

    def falls(point: float) -> float:
        ends = costs.of_position(np.array([point, point + quantity]), lead_time_demand)
        return float(ends[0] - ends[1])

    return float(brentq(falls, middle - quantity, middle, xtol=1e-12 * (abs(middle) + quantity), rtol=1e-14))


def _cost_without_chance(costs: ReviewCosts) -> Numbers:
    return lot_size_with_backorders(costs.order_cost, costs.holding_cost, costs.shortage_cost, costs.demand_rate).cost


def _area(low: float, high: float, demand: Distribution, costs: ReviewCosts) -> float:
    """Integral of g: h (y - E[X]) + (h + p) ES(y), and the integral of ES from y up is half the square shortage."""
    held = costs.holding_cost * (high - low) * ((low + high) / 2 - float(demand.mean))
    short = float(demand.half_square_shortage(low) - demand.half_square_shortage(high))
    return held + (costs.holding_cost + costs.shortage_cost) * short


def _positions_at(level: float, demand: Distribution, costs: ReviewCosts) -> tuple[float, float]:
    """Where g equals `level`, on both sides of its lowest point; g lies above p (E[X] - y) and h (y - E[X])."""
    middle, mean = float(newsvendor(demand, costs.holding_cost, costs.shortage_cost).level), float(demand.mean)

    def over(position: float) -> float:
        return float(costs.of_position(position, demand)) - level

    if over(middle) >= 0:
        return middle, middle
    low, high = mean - level / costs.shortage_cost, mean + level / costs.holding_cost
    tolerance = 1e-13 * (abs(low) + abs(high))
    ends = ((min(low, middle) - tolerance, middle), (middle, max(high, middle) + tolerance))
    left, right = (
        float(brentq(over, *end, xtol=tolerance, rtol=1e-14)) if over(end[0]) * over(end[1]) < 0 else end[side]
        for side, end in enumerate(ends)
    )
    return left, right


def _best_whole(demand: Distribution, costs: ReviewCosts) -> ReorderPolicy:
    first = float(newsvendor(demand, costs.holding_cost, costs.shortage_cost).level)
    low = high = first  # the positions from low to high are taken in
    total = costs.order_cost * costs.demand_rate + float(costs.of_position(first, demand))
    below, above = (float(costs.of_position(first + side, demand)) for side in (-1, 1))
    while min(below, above) < total / (high - low + 1):
        total += min(below, above)
        if below <= above:
            low -= 1
            below = float(costs.of_position(low - 1, demand))
        else:
            high += 1
            above = float(costs.of_position(high + 1, demand))
    quantity = high - low + 1
    return ReorderPolicy(low - 1, quantity, total / quantity)
