"""(s, S) by formula: the revised power approximation of Ehrhardt and Mosier 1984, Management Science 30, 618-622."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.parameters import Numbers, not_negative, positive


@dataclass(frozen=True, slots=True)
class MinMaxLevels:
    """Order up to `order_up_to` when the position is `reorder_point` or less."""

    reorder_point: Numbers
    order_up_to: Numbers


def power_approximation(
    demand_mean: Numbers,
    demand_sd: Numbers,
    order_cost: Numbers,
    holding_cost: Numbers,
    shortage_cost: Numbers,
    lead_time: Numbers = 0.0,
) -> MinMaxLevels:
    """Near-best levels for many SKUs at once. Snyder and Shen (4.77) to (4.80).

    Q = 1.30 m^.494 (K/h)^.506 (1 + s_L^2/m^2)^.116; z = sqrt(Q h / (s_L p)); s = .973 m_L + s_L (.183/z + 1.063 - 2.192 z);
    S = s + Q, with m_L and s_L over lead time plus one review. When Q is small against demand (Q/m <= 1.5) the authors cap
    both levels at the newsvendor's; that refinement is left out, as in the textbook.

    Args:
        demand_mean, demand_sd: in one review period; above zero.
        order_cost: K, for an order; holding_cost, shortage_cost: h and p, for each unit at the end of a period. Above zero.
        lead_time: review periods until an order arrives; zero or above.
    """
    positive(demand_mean=demand_mean, demand_sd=demand_sd, order_cost=order_cost)
    positive(holding_cost=holding_cost, shortage_cost=shortage_cost)
    not_negative(lead_time=lead_time)
    mean, sd = np.multiply(demand_mean, np.add(lead_time, 1)), np.multiply(demand_sd, np.sqrt(np.add(lead_time, 1)))
    spread = (1 + np.square(sd / np.asarray(demand_mean))) ** 0.116
    quantity = 1.30 * np.power(demand_mean, 0.494) * np.power(np.divide(order_cost, holding_cost), 0.506) * spread
    z = np.sqrt(quantity / sd * np.divide(holding_cost, shortage_cost))
    point = 0.973 * mean + sd * (0.183 / z + 1.063 - 2.192 * z)
    return MinMaxLevels(point, point + quantity)
