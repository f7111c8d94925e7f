"""Whether to buy up to a cheaper price: what the goods cost less against the holding of what comes early."""

from __future__ import annotations

from math import ceil

from forecasting.parameters import positive
from forecasting.stock_policy.discounts import PriceBreaks, all_unit_cost
from forecasting.stock_policy.rounding import OrderLimits, order_quantity, whole_units


def quantity_at_best_price(
    need: int, limits: OrderLimits, breaks: PriceBreaks, demand_rate: float, holding_rate: float, order_cost: float = 0.0
) -> int:
    """The need as it can be ordered, or the price break above it that is cheaper in the long run; the smaller of equals.

    Each quantity is judged by what a unit of time would cost if it were always ordered: purchases, holding and orders, the
    same measure that `lot_size_all_unit` minimises (Snyder and Shen, chapter 3). Nothing below the need is considered.

    Args:
        need: units, before minimum and multiple; zero or above.
        breaks: all-unit prices.
        demand_rate: units in each unit of time, above zero.
        holding_rate: share of the price that holding a unit costs in a unit of time, above zero.
        order_cost: for each order, zero or above.
    Raises:
        ParameterError, ContradictoryLimits: as for `order_quantity`.
    """
    whole_units(need=need)
    positive(demand_rate=demand_rate, holding_rate=holding_rate)
    wanted = order_quantity(need, limits)
    if wanted == 0:
        return 0
    choices = {wanted} | {order_quantity(ceil(start), limits) for start in breaks.starts if start > wanted}
    return min(sorted(choices), key=lambda units: float(all_unit_cost(units, order_cost, holding_rate, demand_rate, breaks)))
