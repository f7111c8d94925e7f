"""The stock level that gives a wanted service. Vectorised over SKUs; whole levels for whole demand.

Targets lie between 0 and 1, both left out: no stock serves every unit of demand that knows no limit.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from forecasting.distributions.distribution import Distribution
from forecasting.parameters import Floats, Numbers, positive, share
from forecasting.solving import first_reaching
from forecasting.stock_policy.service import fill_rate_of_base_stock, fill_rate_of_reorder_point


def level_for_cycle_service(target: Numbers, protection_demand: Distribution) -> Floats:
    """The smallest level with P(X_P <= level) >= target: reorder point of (s, Q), base stock of (R, S)."""
    share(target=target)
    return protection_demand.quantile(target)


def reorder_point_for_fill_rate(target: Numbers, quantity: Numbers, lead_time_demand: Distribution) -> Floats:
    """(s, Q): the smallest s whose fill rate reaches `target`. It may be negative when Q is large."""
    share(target=target)
    positive(quantity=quantity)

    def rate(point: Floats) -> Floats:
        return fill_rate_of_reorder_point(point, quantity, lead_time_demand)

    return _smallest(rate, target, lead_time_demand, np.add(lead_time_demand.sd, quantity))


def base_stock_for_fill_rate(
    target: Numbers, protection_demand: Distribution, lead_time_demand: Distribution, review_demand: Numbers
) -> Floats:
    """(R, S): the smallest S whose fill rate reaches `target`. Arguments as for `fill_rate_of_base_stock`."""
    share(target=target)
    positive(review_demand=review_demand)

    def rate(level: Floats) -> Floats:
        return fill_rate_of_base_stock(level, protection_demand, lead_time_demand, review_demand)

    return _smallest(rate, target, protection_demand, np.add(protection_demand.sd, review_demand))


def _smallest(rate: Callable[[Floats], Floats], target: Numbers, demand: Distribution, width: Numbers) -> Floats:
    level = first_reaching(rate, target, demand.mean, width)
    # between whole levels the rate is a straight line, so the first whole one at or above the crossing reaches the target
    return np.ceil(level - 1e-9 * np.maximum(1.0, np.abs(level))) if demand.is_whole else level
