"""The service that stock levels give: how often a cycle has no stock-out, and which share of units is served at once.

X_P is demand over the protection period P: the lead time L for (s, Q), lead time plus review for (R, S). Customers wait.
All are vectorised over SKUs. Silver, Pyke and Thomas, chapter 6; Axsäter, chapter 5.
"""

from __future__ import annotations

import numpy as np

from forecasting.distributions.distribution import Distribution
from forecasting.parameters import Floats, Numbers, finite, positive


def cycle_service(level: Numbers, protection_demand: Distribution) -> Floats:
    """P(X_P <= level): the chance that a replenishment cycle ends without a stock-out."""
    finite(level=level)
    return protection_demand.cdf(level)


def shortage_per_cycle(reorder_point: Numbers, lead_time_demand: Distribution) -> Floats:
    """ESC = ES(s): units short in a replenishment cycle of (s, Q)."""
    finite(reorder_point=reorder_point)
    return lead_time_demand.shortage(reorder_point)


def safety_stock(level: Numbers, protection_demand: Distribution) -> Floats:
    """Units held against uncertainty: the level less expected demand over the protection period. May be negative."""
    finite(level=level)
    return np.subtract(level, protection_demand.mean)


def fill_rate_of_reorder_point(reorder_point: Numbers, quantity: Numbers, lead_time_demand: Distribution) -> Floats:
    """(s, Q): 1 - [ES(s) - ES(s + Q)] / Q.

    Exact when the position hits s: demand is continuous or comes one by one. `quantity` is above zero; with n Q ordered it
    is one Q. The second term takes out what the cycle before was short already.
    """
    finite(reorder_point=reorder_point)
    positive(quantity=quantity)
    after = lead_time_demand.shortage(np.add(reorder_point, quantity))
    return 1 - (lead_time_demand.shortage(reorder_point) - after) / quantity


def fill_rate_of_base_stock(
    level: Numbers, protection_demand: Distribution, lead_time_demand: Distribution, review_demand: Numbers
) -> Floats:
    """(R, S): 1 - [E(X_{R+L} - S)+ - E(X_L - S)+] / E[X_R].

    Args:
        level: S, units.
        protection_demand: X_{R+L}, over review plus lead time.
        lead_time_demand: X_L.
        review_demand: E[X_R], expected units between reviews; above zero.
    """
    finite(level=level)
    positive(review_demand=review_demand)
    return 1 - (protection_demand.shortage(level) - lead_time_demand.shortage(level)) / review_demand
