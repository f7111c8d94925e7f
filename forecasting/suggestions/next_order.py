"""After how many reviews an order follows one that should last several: demand is not steady, and some items run low sooner."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecasting.distributions.continuous import Normal
from forecasting.parameters import Floats
from forecasting.stock_policy.joint_replenishment import Until
from forecasting.suggestions.buying import Items
from forecasting.suggestions.outlook import Outlook
from forecasting.suggestions.suppliers_minimum import Waiting


def deviation_of_day(ahead: Outlook) -> Floats:
    """Of each item's demand of one day, days being independent of each other."""
    return np.maximum(np.asarray(ahead.usual.sd) / np.sqrt(ahead.days), 1e-9)


def next_order(
    places: NDArray[np.int64], items: Items, waiting: Waiting, daily: Floats, order_cost: float, review_days: float
) -> Until:
    """The first review at which waiting is expected to cost more than the part of an order that it saves.

    At the start of a cycle of n reviews of r days an item has the demand of n - 1 of them above the level S of lead time plus
    review, H days. t reviews later its expected shortage over the next H days is that of demand over H + t r days beyond both;
    ordering would make that of S out of it. Demand of days is taken for normal and independent. An item that takes part in
    every m-th order is as low in one cycle of m.

    Args:
        places: of the items ordered together.
        daily: as `deviation_of_day` gives it, of all items.
        review_days: r.
    """
    ahead, shortage = waiting.outlook, waiting.shortage[places]
    level = (waiting.position - items.above)[places].astype(np.float64)
    days, per_day = ahead.days[places], items.per_day[places]

    def short(stock: Floats, horizon: Floats) -> Floats:
        return np.asarray(Normal(per_day * horizon, daily[places] * np.sqrt(horizon)).shortage(stock))

    at_level = short(level, days)

    def until(reviews: int, multiples: NDArray[np.int64]) -> int:
        more = np.rint(per_day * (reviews - 1) * review_days)
        for so_far in range(1, reviews):
            avoided = short(level + more, days + so_far * review_days) - at_level
            if float(np.sum(shortage * np.maximum(avoided, 0.0) / multiples)) >= order_cost / reviews:
                return so_far
        return reviews

    return until
