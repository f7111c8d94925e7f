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
LEAST: Final = 1e-3
"""Units per period; no level is lower."""


def levels(demand: Cells, frequency: Frequency) -> Cells:
    """Demand per period as it is expected after each one, from that and earlier ones, shape (series, periods), above zero.

    An exponentially weighted mean of what is known, before which the median level of all series stands as `KIN` periods: a
    new series starts near its kin and leaves them as it sells.

    Args:
        demand: units, shape (series, periods); NaN where not known.
    """
    alpha = WEIGHTS[frequency]
    total, weight, kin = np.zeros(len(demand)), np.zeros(len(demand)), np.full(len(demand), KIN)
    result = np.empty(demand.shape, np.float32)
    for now in range(demand.shape[1]):
        units = demand[:, now].astype(np.float64)
        known = ~np.isnan(units)
        keep = np.where(known, 1 - alpha, 1.0)
        total = total * keep + np.where(known, units, 0.0)
        weight = weight * keep + known
        kin *= keep
        result[:, now] = np.maximum((total + kin * _middle(total, weight)) / (weight + kin), LEAST)
    return result


def _middle(total: Floats, weight: Floats) -> float:
    """The median level of the series that have one above zero."""
    seen = (weight > 0) & (total > 0)
    return float(np.median(total[seen] / weight[seen])) if seen.any() else 0.0
