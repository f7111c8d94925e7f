"""Ordering several SKUs of one supplier together: how often, and which take part each time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecasting.parameters import Floats, ParameterError, not_negative, positive


@dataclass(frozen=True, slots=True)
class JointReplenishment:
    """An order every `cycle` units of time; SKU n takes part in every `multiples[n]`-th, with `quantities[n]` units."""

    cycle: float
    multiples: tuple[int, ...]
    quantities: tuple[float, ...]
    cost: float


def joint_replenishment(
    shared_order_cost: float, order_costs: Sequence[float], holding_costs: Sequence[float], demand_rates: Sequence[float]
) -> JointReplenishment:
    """Silver's heuristic: the SKU that wants the shortest cycle sets it, the others take whole multiples.

    m_n = sqrt(k_n/(h_n d_n) * h_1 d_1/(K + k_1)), rounded to the nearest whole number above zero. Silver 1976; Silver,
    Pyke and Peterson, p. 428.

    Args:
        shared_order_cost: K, once for each order; above zero.
        order_costs: k_n, for SKU n in an order; zero or above.
        holding_costs: h_n, for each unit and unit of time; above zero.
        demand_rates: d_n, units in each unit of time; above zero.
    Raises:
        ParameterError: one of them is out of range, or the three do not have the same length.
    """
    positive(shared_order_cost=shared_order_cost, holding_costs=holding_costs, demand_rates=demand_rates)
    not_negative(order_costs=order_costs)
    if not len(order_costs) == len(holding_costs) == len(demand_rates) > 0:
        lengths = (len(order_costs), len(holding_costs), len(demand_rates))
        raise ParameterError("order_costs, holding_costs and demand_rates", f"of lengths {lengths}", "of one length, not empty")
    own, demand = np.asarray(order_costs, np.float64), np.asarray(demand_rates, np.float64)
    holding = np.asarray(holding_costs, np.float64) * demand
    first = int(np.argmin(own / holding))
    wanted = np.sqrt(own / holding * holding[first] / (shared_order_cost + own[first]))
    multiples = np.maximum(np.floor(wanted + 0.5), 1.0)
    multiples[first] = 1.0
    return _joined(shared_order_cost, own, holding, demand, multiples)


def _joined(shared: float, own: Floats, holding: Floats, demand: Floats, multiples: Floats) -> JointReplenishment:
    """The best cycle for given multiples: T = sqrt(2 (K + sum k/m) / sum h d m)."""
    ordering, carrying = float(shared + np.sum(own / multiples)), float(np.sum(holding * multiples))
    cycle = (2 * ordering / carrying) ** 0.5
    quantities = tuple(float(units) for units in demand * multiples * cycle)
    return JointReplenishment(cycle, tuple(int(m) for m in multiples), quantities, (2 * ordering * carrying) ** 0.5)
