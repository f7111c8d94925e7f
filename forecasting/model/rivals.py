"""Baselines as they would have forecast at every origin, to compete with the trees."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from forecasting.baselines.baseline import BASELINES
from forecasting.features.table import Rows, ahead
from forecasting.features.view import History
from forecasting.parameters import Floats


def rival_sums(names: Iterable[str], history: History, rows: Rows) -> dict[str, Floats]:
    """What each baseline expected of the sum at each row's origin, units; the level where it expects nothing yet."""
    demand = np.ascontiguousarray(history.demand.T, dtype=np.float64)
    factor = ahead(history, rows)
    level = history.level[rows.series, rows.origins].astype(np.float64) * history.protection * factor
    found = {"level": level}
    for name in sorted(names):
        sums, _ = BASELINES[name].method(demand, history.periods.frequency.season, history.protection)
        one = sums[rows.origins, rows.series]
        found[name] = np.where(np.isnan(one), level, np.maximum(one, 0.0) * factor)
    return found
