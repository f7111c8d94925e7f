"""The base stock for a supplier that fails and recovers by chance from period to period. Snyder and Shen, chapter 9."""

from __future__ import annotations

from math import ceil, log, log1p

import numpy as np

from forecasting.parameters import positive, share
from forecasting.stock_policy.newsvendor import BaseStock


def base_stock_with_disruptions(
    holding_cost: float, backorder_cost: float, demand: float, disruption_chance: float, recovery_chance: float
) -> BaseStock:
    """The cheapest base stock for certain demand.

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
