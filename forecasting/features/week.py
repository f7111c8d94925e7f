"""How much of a week falls on each of its days: each series' own as far as it has sold, else that of all of them."""

from __future__ import annotations

from typing import Final

import numpy as np

from forecasting.panel.panel import Cells
from forecasting.parameters import Floats

WEEKS: Final = 52
"""Latest weeks that are looked at."""
OWN: Final = 60.0
"""Units that a series must have sold before its own week counts as much as that of all series together."""
CLOSED: Final = 0.02
"""Share of an average day below which a day of the week is none."""


def week_profile(demand: Cells) -> Floats:
    """Weight of each place in a week, counted from the first period, shape (series, 7); 1 on average.

    Args:
        demand: units of days, shape (series, days); NaN where not known.
    """
    days = demand.shape[1]
    late = demand[:, max(days - 7 * WEEKS, 0) :]
    known, units = ~np.isnan(late), np.nan_to_num(late).astype(np.float64)
    total, count = np.zeros((len(demand), 7)), np.zeros((len(demand), 7))
    for place in range(7):
        ours = slice((place - max(days - 7 * WEEKS, 0)) % 7, None, 7)
        total[:, place], count[:, place] = units[:, ours].sum(axis=1), known[:, ours].sum(axis=1)
    pool = _normal((total.sum(axis=0) / np.maximum(count.sum(axis=0), 1))[None])
    own = _normal(total / np.maximum(count, 1))
    sold = total.sum(axis=1, keepdims=True)
    trust = np.where((count > 0).all(axis=1, keepdims=True), sold / (sold + OWN), 0.0)
    return np.asarray(trust * own + (1 - trust) * pool)


def _normal(weights: Floats) -> Floats:
    mean = weights.mean(axis=1, keepdims=True)
    return np.where(mean > 0, weights / np.where(mean > 0, mean, 1.0), 1.0)
