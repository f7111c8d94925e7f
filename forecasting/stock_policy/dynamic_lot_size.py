"""When to order how much for known demand that changes from period to period: Wagner and Whitin 1958."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forecasting.parameters import Floats, ParameterError, not_negative


@dataclass(frozen=True, slots=True)
class LotPlan:
    """Units to order at the start of each period, and the cost of all periods together."""

    quantities: tuple[float, ...]
    cost: float


def plan_lots(demands: Sequence[float], order_cost: ArrayLike, holding_cost: ArrayLike, unit_cost: ArrayLike = 0.0) -> LotPlan:
    """The cheapest plan that meets every demand in time, exactly. Snyder and Shen, chapter 3.

    Args:
        demands: units wanted in each period, zero or above.
        order_cost: for an order, in every period or one for each.
        holding_cost: for a unit left at the end of a period, likewise.
        unit_cost: for a unit ordered, likewise.
    Raises:
        ParameterError: one of them is negative or not a number, or a list of costs has another length.
    """
    not_negative(demands=demands, order_cost=order_cost, holding_cost=holding_cost, unit_cost=unit_cost)
    wanted = np.asarray(demands, np.float64)
    periods = wanted.size
    ordering = _each_period("order_cost", order_cost, periods)
    carrying = np.concatenate([[0.0], np.cumsum(_each_period("holding_cost", holding_cost, periods))])
    buying = _each_period("unit_cost", unit_cost, periods)
    best, until = np.zeros(periods + 1), np.zeros(periods, int)
    for first in reversed(range(periods)):
        units = np.cumsum(wanted[first:])
        kept = np.cumsum(wanted[first:] * (carrying[first:periods] - carrying[first]))
        cost = np.where(units > 0, ordering[first], 0.0) + buying[first] * units + kept + best[first + 1 :]
        until[first] = first + 1 + int(np.argmin(cost))  # one order in `first` serves the periods before `until`
        best[first] = cost[until[first] - first - 1]
    quantities, first = [0.0] * periods, 0
    while first < periods:
        quantities[first] = float(wanted[first : until[first]].sum())
        first = int(until[first])
    return LotPlan(tuple(quantities), float(best[0]))


def _each_period(name: str, cost: ArrayLike, periods: int) -> Floats:
    costs = np.asarray(cost, np.float64)
    if costs.shape not in ((), (periods,)):
        raise ParameterError(name, f"of shape {costs.shape}", f"one number, or one for each of {periods} periods")
    return np.broadcast_to(costs, periods)
