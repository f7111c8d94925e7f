"""How a sum over the protection period falls on its single periods."""

from __future__ import annotations

from typing import Final

import numpy as np

from forecasting.features.ordinary import YEAR
from forecasting.features.planned import moves
from forecasting.features.view import History
from forecasting.features.week import week_profile
from forecasting.panel.periods import Frequency
from forecasting.parameters import Floats

FEWEST_YEARS: Final = 2


def shares(history: History) -> Floats:
    """Share of the sum that falls on each period ahead, shape (series, protection), 1 in all.

    Days follow the days of the week, the series' own as far as it has sold; weeks and months follow what all series did
    in the same stretch of the years before, once there are two of them; and all of them what is planned.
    """
    ahead, count = history.protection, len(history.periods)
    factor = np.ones((len(history.wanted), ahead)) if history.factor is None else history.factor.each[:, count:]
    if history.periods.frequency is Frequency.DAY:
        if history.factor is None:
            factor = week_profile(history.wanted)[:, (count + np.arange(ahead)) % 7]
        return _normal(np.asarray(factor, np.float64))
    return _normal(np.asarray(_of_year(history) * factor))


def _of_year(history: History) -> Floats:
    ahead, count = history.protection, len(history.periods)
    year = YEAR[history.periods.frequency]
    if count < FEWEST_YEARS * year or ahead == 1:
        return np.full(ahead, 1 / ahead)
    _, came, *_ = history.groups[0]
    place = count + np.arange(ahead)
    years = range(1, 1 + count // year)
    seen = [came[0, back] for number in years if (back := place - number * year * -(-ahead // year)).min() >= 0]
    pool = np.sum([part / max(float(part.sum()), 1e-9) for part in seen], axis=0)
    return np.asarray(_normal(pool[None] + 0.5 / ahead)[0])


def shares_of_plan(history: History) -> Floats:
    """Share of what comes of a plan that falls on each period ahead, shape (series, protection), 1 in all: by how much is
    planned for it."""
    return _normal(moves(history).astype(np.float64))


def _normal(weights: Floats) -> Floats:
    total = weights.sum(axis=1, keepdims=True)
    return np.where(total > 0, weights / np.where(total > 0, total, 1), 1 / weights.shape[1])
