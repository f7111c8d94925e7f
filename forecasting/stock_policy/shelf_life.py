"""How much can be ordered without much of it expiring before it is sold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecasting.distributions.distribution import Distribution
from forecasting.parameters import Numbers, finite, share
from forecasting.stock_policy.rounding import whole_units


def most_before_expiry(
    position: Numbers, demand_in_shelf_life: Distribution, risk: float, multiple: int = 1
) -> NDArray[np.int64]:
    """The most units, in whole multiples, that leave a chance of `risk` or less that any of them expires.

    They are sold after the position, oldest first, so all must be sold within the shelf life: position + Q must not exceed
    the demand that is reached with a chance of 1 - risk.

    Args:
        position: units on hand and on order, less what is promised; any finite number, or one for each item.
        demand_in_shelf_life: from now until goods that arrive with this order expire (lead time plus remaining life).
        risk: between 0 and 1.
        multiple: units of a pack, above zero.
    """
    finite(position=position)
    share(risk=risk)
    whole_units(multiple=multiple)
    surely_sold = np.asarray(demand_in_shelf_life.quantile(risk)) - position
    packs = np.floor(np.clip(surely_sold + 1e-9, 0, 1e18)).astype(np.int64) // max(multiple, 1)
    return np.asarray(packs * max(multiple, 1))


def expected_expired(quantity: float, position: float, demand_in_shelf_life: Distribution) -> float:
    """Units of this order that are expected to expire: what it adds to the surplus over the shelf life."""
    finite(quantity=quantity, position=position)
    surplus = demand_in_shelf_life.surplus(position + quantity) - demand_in_shelf_life.surplus(position)
    return float(surplus)
