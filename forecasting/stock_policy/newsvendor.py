"""How much to have for one period when the rest is lost or waits: the newsvendor, which is also the base stock.

With a lead time L and a review every R, demand is that over L + R; see `protection_moments`. Snyder and Shen, chapter 4.
"""

from __future__ import annotations

from dataclasses import dataclass

from forecasting.distributions.distribution import Distribution
from forecasting.parameters import Floats, Numbers, ParameterError, finite, positive


@dataclass(frozen=True, slots=True)
class BaseStock:
    """The level to order up to, and the expected cost of a period with it."""

    level: Numbers
    cost: Numbers


@dataclass(frozen=True, slots=True)
class ProfitableStock:
    """The level to order up to, and the expected profit of a period with it."""

    level: Numbers
    profit: Numbers


def base_stock_cost(level: Numbers, demand: Distribution, holding_cost: Numbers, shortage_cost: Numbers) -> Floats:
    """h E[(S - X)+] + p E[(X - S)+].

    Args:
        level: S, units; any finite number.
        demand: over the period that the stock must cover.
        holding_cost: h, for each unit left; shortage_cost: p, for each unit short. Above zero.
    """
    finite(level=level)
    positive(holding_cost=holding_cost, shortage_cost=shortage_cost)
    return holding_cost * demand.surplus(level) + shortage_cost * demand.shortage(level)


def newsvendor(demand: Distribution, holding_cost: Numbers, shortage_cost: Numbers) -> BaseStock:
    """The cheapest level: the smallest S with P(X <= S) >= p / (p + h). Whole for whole demand."""
    positive(holding_cost=holding_cost, shortage_cost=shortage_cost)
    level = demand.quantile(shortage_cost / (shortage_cost + holding_cost))
    return BaseStock(level, base_stock_cost(level, demand, holding_cost, shortage_cost))


def newsvendor_for_profit(demand: Distribution, price: float, unit_cost: float, salvage: float) -> ProfitableStock:
    """The same from prices: holding costs unit cost less salvage, being short the margin.

    Raises:
        ParameterError: not salvage < unit cost < price.
    """
    finite(price=price, unit_cost=unit_cost, salvage=salvage)
    if not salvage < unit_cost:
        raise ParameterError("salvage", salvage, f"below the unit cost of {unit_cost}")
    if not unit_cost < price:
        raise ParameterError("unit_cost", unit_cost, f"below the price of {price}")
    best = newsvendor(demand, unit_cost - salvage, price - unit_cost)
    return ProfitableStock(best.level, (price - unit_cost) * demand.mean - best.cost)
