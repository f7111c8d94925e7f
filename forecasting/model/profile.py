"""How a sum over the protection period falls on its single periods."""

from __future__ import annotations

from typing import Final

import numpy as np

from forecasting.features.planned import moves
from forecasting.features.view import YEAR, History
from forecasting.panel.periods import Frequency
from forecasting.parameters import Floats

WEEKS: Final = 8
"""For days: over how many weeks a day of the week is judged."""
OWN: Final = 30.0
"""Units that a series must have sold before its own week counts as much as that of all series together."""
FEWEST_YEARS: Final = 2


def shares(history: History) -> Floats:
    """Share of the sum that falls on each period ahead, shape (series, protection), 1 in all.

    Days follow the days of the week, the series' own as far as it has sold; weeks and months follow what all series did
    in the same stretch of the years before, once there are two of them.
    """
    ahead = history.protection
    if history.periods.frequency is Frequency.DAY:
        return _normal(_of_week(history)[:, (len(history.periods) + np.arange(ahead)) % 7])
    year = YEAR[history.periods.frequency]
    flat = np.full((len(history.demand), ahead), 1 / ahead)
    if len(history.periods) < FEWEST_YEARS * year or ahead == 1:
        return flat
    _, came, _ = history.groups[0]
    place = len(history.periods) + np.arange(ahead)
    years = range(1, 1 + len(history.periods) // year)
    seen = [came[0, back] for number in years if (back := place - number * year * -(-ahead // year)).min() >= 0]
    pool = np.sum([part / max(float(part.sum()), 1e-9) for part in seen], axis=0)
    return np.broadcast_to(_normal(pool[None] + 0.5 / ahead), flat.shape)


def shares_of_plan(history: History) -> Floats:
    """Share of what comes of a plan that falls on each period ahead, shape (series, protection), 1 in all: by how much is
    planned for it."""
    return _normal(moves(history).astype(np.float64))


def _of_week(history: History) -> Floats:
    """Weight of each place in a week, counted from the first day of the history, shape (series, 7)."""
    latest = min(len(history.periods), 7 * WEEKS)
    demand = np.nan_to_num(history.demand[:, -latest:])
    known = ~np.isnan(history.demand[:, -latest:])
    places = (len(history.periods) - latest + np.arange(latest)) % 7
    total, count = np.zeros((len(demand), 7)), np.zeros((len(demand), 7))
    for place in range(7):
        total[:, place] = demand[:, places == place].sum(axis=1)
        count[:, place] = known[:, places == place].sum(axis=1)
    pool = total.sum(axis=0) / np.maximum(count.sum(axis=0), 1)
    pool = pool / pool.sum() if pool.sum() > 0 else np.full(7, 1 / 7)
    rate = total / np.maximum(count, 1)
    own = np.where(rate.sum(axis=1, keepdims=True) > 0, rate / np.maximum(rate.sum(axis=1, keepdims=True), 1e-9), pool)
    trust = total.sum(axis=1, keepdims=True) / (total.sum(axis=1, keepdims=True) + OWN)
    weights: Floats = trust * own + (1 - trust) * pool
    return weights


def _normal(weights: Floats) -> Floats:
    total = weights.sum(axis=1, keepdims=True)
    return np.where(total > 0, weights / np.where(total > 0, total, 1), 1 / weights.shape[1])
