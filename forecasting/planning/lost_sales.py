"""What customers who do not wait are expected to want in vain before an order placed now arrives, of the items of a run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from forecasting.parameters import Floats
from forecasting.planning.protection import Protection
from forecasting.stock_policy.lost_sales import Arrivals, lost_until
from forecasting.suggestions.position import Positions, Units


def lost_before_arrival(positions: Positions, per_day: Floats, covered: Sequence[Protection], today: date) -> Units:
    """Whole units of each item, rounded down.

    An order is looked ahead to until it is expected, or due, whichever is sooner: as an open order it will be counted on when
    it is due, so that the next run, which knows of it, comes to the same.
    """
    ahead = {one: min(one.lead_time.sample.mean, float((one.due_on - today).days)) for one in set(covered)}
    until = np.array([ahead[one] for one in covered])
    coming = [
        (item, max((order.due - today).days, 0), order.units)
        for item, orders in enumerate(positions.open_orders)
        for order in orders
    ]
    items, days, units = np.array(coming, np.int64).reshape(-1, 3).T
    arrivals = Arrivals(items, days.astype(np.float64), units.astype(np.float64))
    lost = lost_until(until, positions.net.astype(np.float64), per_day, arrivals)
    return np.floor(lost + 1e-9).astype(np.int64)
