"""After how many reviews an order follows one that should last several: demand is not steady, and some items run low sooner."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecasting.distributions.continuous import Normal
from forecasting.stock_policy.joint_replenishment import Until
from forecasting.suggestions.suppliers_minimum import Waiting


def next_order(places: NDArray[np.int64], waiting: Waiting, order_cost: float, review_days: float) -> Until:
    """The first review at which waiting is expected to cost more than the part of an order that it saves.

    At the start of a cycle of n reviews of r days an item has the demand of n - 1 of them above the level S of lead time plus
    review, H days. t reviews later its expected shortage over the next H days is that of demand over H + t r days beyond both;
    ordering would make that of S out of it. Demand of days is taken for normal and independent. An item that takes part in
    every m-th order is as low in one cycle of m.

    Args:
        places: of the items ordered together.
        review_days: r.
    """
    ahead, shortage = waiting.outlook, waiting.shortage[places]
    days, per_day, level = ahead.days[places], ahead.per_day[places], ahead.level[places]
    daily = np.maximum(np.asarray(ahead.usual.sd)[places] / np.sqrt(days), 1e-9)

    def short(stock: NDArray[np.float64], horizon: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(Normal(per_day * horizon, daily * np.sqrt(horizon)).shortage(stock))

    def until(reviews: int, multiples: NDArray[np.int64]) -> int:
        more = np.rint(per_day * (reviews - 1) * review_days)
        for so_far in range(1, reviews):
            avoided = short(level + more, days + so_far * review_days) - short(level, days)
            if float(np.sum(shortage * np.maximum(avoided, 0.0) / multiples)) >= order_cost / reviews:
                return so_far
        return reviews

    return until
