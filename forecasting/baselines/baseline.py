"""A simple method with a head for its quantiles: a forecaster like any other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from forecasting.baselines.adida import adida
from forecasting.baselines.intermittent import croston, croston_sba, tsb
from forecasting.baselines.method import Flat, Method, sums_that_followed
from forecasting.baselines.moving import EXPERIENCE_PERIODS, moving_average, moving_median, seasonal_naive
from forecasting.baselines.quantiles import Head, count_quantiles, empirical_quantiles
from forecasting.baselines.smoothing import smoothed_best
from forecasting.forecast import Forecast, Horizon
from forecasting.metrics import LEVELS
from forecasting.panel.panel import Panel


@dataclass(frozen=True, slots=True)
class Baseline:
    """A `Forecaster`: the method's sum, and quantiles about it by `head`."""

    method: Method
    head: Head = empirical_quantiles

    def __call__(self, history: Panel, horizon: Horizon) -> Forecast:
        """Forecast every series that is on sale; censored periods are not learned from."""
        demand = np.ascontiguousarray(history.target().T, np.float64)
        sums, ahead = self.method(demand, history.periods.frequency.season, horizon.protection)
        came = sums_that_followed(demand, horizon.protection)
        on_sale = history.on_sale()[:, -1]
        mean = np.maximum(np.where(on_sale, sums[-1], np.nan), 0.0)
        never_in_stock = np.isnan(mean) & on_sale  # not for one whole period
        mean, ahead = np.where(never_in_stock, 0.0, mean), np.where(never_in_stock, 0.0, ahead)
        return Forecast(mean, self.head(mean, came - sums[: len(came)], LEVELS), ahead.T)


BASELINES: Final[dict[str, Baseline]] = {
    "seasonal naive": Baseline(seasonal_naive),
    "mean of 4": Baseline(Flat(moving_average(4))),
    "mean of 8": Baseline(Flat(moving_average(8))),
    "experience": Baseline(Flat(moving_average(EXPERIENCE_PERIODS))),
    "median of 12": Baseline(Flat(moving_median(12))),
    "exponential smoothing": Baseline(Flat(smoothed_best())),
    "Croston": Baseline(Flat(croston())),
    "SBA": Baseline(Flat(croston_sba())),
    "TSB": Baseline(Flat(tsb())),
    "ADIDA": Baseline(Flat(adida())),
    "experience, counts": Baseline(Flat(moving_average(EXPERIENCE_PERIODS)), count_quantiles),
    "TSB, counts": Baseline(Flat(tsb()), count_quantiles),
}
"""By the names under which reports show them. Experience is the mean of 13 periods; with counts it is the last resort."""
