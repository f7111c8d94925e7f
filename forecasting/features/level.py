"""The level of each series through time: what demand is measured in, so that one model fits fast and slow sellers alike."""

from __future__ import annotations

from typing import Final

import numpy as np

from forecasting.panel.panel import Cells
from forecasting.panel.periods import Frequency
from forecasting.parameters import Floats

WEIGHTS: Final = {Frequency.DAY: 0.06, Frequency.WEEK: 0.15, Frequency.MONTH: 0.15}
"""Weight of the latest period; an age of about 16 days, 6 weeks, 6 months."""
KIN: Final = 0.25
"""The level of all others counts like this many periods of the series' own, before its first; it fades as those do."""
LONG_RUN: Final = 0.1
"""Weight of the mean of all time: a series that sold long ago keeps a level that its return can be measured in."""
LEAST: Final = 0.02
"""Units per period; no level is lower."""


def levels(demand: Cells, frequency: Frequency) -> Cells:
    """Demand per period as it is expected after each one, from that and earlier ones, shape (series, periods), above zero.

    An exponentially weighted mean of what is known, before which the median level of all series stands as `KIN` periods: a
    new series starts near its kin and leaves them as it sells. A tenth of it is the series' mean of all time.

    Args:
        demand: units, shape (series, periods); NaN where not known.
    """
    alpha = WEIGHTS[frequency]
    whole, count = np.zeros(len(demand)), np.zeros(len(demand))
    total, weight, kin = np.zeros(len(demand)), np.zeros(len(demand)), np.full(len(demand), KIN)
    result = np.empty(demand.shape, np.float32)
    for now in range(demand.shape[1]):
        units = demand[:, now].astype(np.float64)
        known = ~np.isnan(units)
        keep = np.where(known, 1 - alpha, 1.0)
        total = total * keep + np.where(known, units, 0.0)
        weight = weight * keep + known
        kin *= keep
        whole += np.where(known, units, 0.0)
        count += known
        lately = (total + kin * _middle(total, weight)) / (weight + kin)
        result[:, now] = np.maximum((1 - LONG_RUN) * lately + LONG_RUN * whole / np.maximum(count, 1), LEAST)
    return result


def _middle(total: Floats, weight: Floats) -> float:
    """The median level of the series that have one above zero."""
    seen = (weight > 0) & (total > 0)
    return float(np.median(total[seen] / weight[seen])) if seen.any() else 0.0
