"""The last resort: what forecasts when everything else is missing, fails, or has too little history."""

from __future__ import annotations

from typing import Final

import numpy as np

from forecasting.baselines.baseline import Baseline
from forecasting.baselines.method import carried
from forecasting.baselines.moving import EXPERIENCE_PERIODS, moving_average
from forecasting.baselines.quantiles import count_quantiles
from forecasting.parameters import Floats

SEASONS: Final = 8
"""Latest seasons that are averaged, 8 weeks of days; with fewer than two known the plain mean of 13 periods stands in."""
LAST_RESORT: Final = "last resort"


def seasonal_average(demand: Floats, season: int, protection: int) -> tuple[Floats, Floats]:
    """Each period like the mean of the same place in the latest seasons: every Monday like Mondays.

    A `Method`. Where a place is known less than twice it is the mean of the latest periods.
    """
    plain = moving_average(EXPERIENCE_PERIODS)(demand)
    totals, counts = np.zeros_like(demand), np.zeros_like(demand)
    for back in range(SEASONS):  # mean of demand now, a season ago, …, as known after each period
        if back * season < len(demand):
            seen = demand[: len(demand) - back * season]
            totals[back * season :] += np.nan_to_num(seen)
            counts[back * season :] += ~np.isnan(seen)
    mean = np.where(counts >= 2, totals / np.maximum(counts, 1), np.nan)
    sums = np.zeros_like(demand)
    ahead = np.empty((protection, demand.shape[1]))
    for step in range(1, protection + 1):
        place = season * -(-step // season) - step  # periods from the origin back to the same place of the season
        expected = plain.copy()
        if place < len(demand):
            late = mean[: len(demand) - place]
            expected[place:] = np.where(np.isnan(late), plain[place:], late)
        sums += expected
        ahead[step - 1] = expected[-1]
    return carried(sums), ahead


last_resort: Final = Baseline(seasonal_average, count_quantiles)
