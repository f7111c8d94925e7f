"""Simple methods put together: weights learned from all series, and quantiles from the errors of series of like size.

Combinations: Bates and Granger 1969; Timmermann 2006. With fewer than `FEWEST_PAIRS` past sums in all, the methods count
alike and quantiles are those of counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import nnls

from forecasting.baselines.errors_by_size import FEWEST_PAIRS, errors_by_size
from forecasting.baselines.intermittent import tsb
from forecasting.baselines.method import Rates
from forecasting.baselines.moving import EXPERIENCE_PERIODS, moving_average
from forecasting.baselines.quantiles import count_quantiles
from forecasting.baselines.smoothing import smoothed_best
from forecasting.forecast import Forecast, Horizon
from forecasting.metrics import LEVELS, rolling_sums
from forecasting.panel.panel import Panel
from forecasting.panel.periods import Frequency
from forecasting.parameters import Floats

TAIL: Final = (0.995, 0.998, 0.999)
"""Levels that only pooled errors can tell."""
ORIGINS: Final = 24
"""Latest origins that the weights are learned from."""
LARGEST_RATIO: Final = 20.0
"""So many times what was expected at most counts for the weights: one huge order is not the rule."""
LONGEST: Final = {"day": 182, "week": 156, "month": 120}
"""Latest periods that count; what is older would cost memory and change little."""
POWER: Final = 1.5
"""Of the mean, to which the variance of demand grows: errors of large series count less. Taylor's law, Kendal 2004."""


@dataclass(frozen=True, slots=True)
class Combination:
    """A `Forecaster`: several rates weighted by what they were worth, the quantiles by size.

    `levels`: of the quantiles; those beyond .99 have no other source in a single series.
    """

    levels: tuple[float, ...] = LEVELS + TAIL

    def __call__(self, history: Panel, horizon: Horizon) -> Forecast:
        """Forecast every series that is on sale; censored periods are not learned from."""
        target = recent_target(history)
        expected, actual = past_sums(target, horizon.protection)
        known, begun = len(actual), first_fair(history.periods.frequency)
        on_sale = history.on_sale()[:, -1]
        mean = np.where(on_sale, np.nan_to_num(expected[-1]), np.nan)
        errors = errors_by_size(expected[begun:known], actual[begun:], self.levels)
        quantiles = count_quantiles(mean, actual - expected[:known], self.levels) if errors is None else errors.about(mean)
        return Forecast(
            mean, quantiles, np.broadcast_to(mean[:, None] / horizon.protection, (len(mean), horizon.protection)), self.levels
        )


def recent_target(history: Panel) -> Floats:
    """What is learned from, shape (series, periods): of the latest `LONGEST` periods."""
    return history.target()[:, -LONGEST[history.periods.frequency.value] :].astype(np.float64)


def first_fair(frequency: Frequency) -> int:
    """The first period at which methods have seen enough to be judged: of days a week, which may begin with closed ones."""
    return frequency.season if frequency is Frequency.DAY else 0


def past_sums(target: Floats, protection: int) -> tuple[Floats, Floats]:
    """What the weighted methods expect after each period, shape (periods, series), and what came after those that are over."""
    sums = _methods(np.ascontiguousarray(target.T)) * protection
    actual = rolling_sums(target, protection)[:, 1:].T
    known = len(actual)
    weights = _weights(sums[:, max(known - ORIGINS, 0) : known], actual[-ORIGINS:])
    return np.maximum(np.tensordot(weights, sums, 1), 0.0), actual


def _methods(demand: Floats) -> Floats:
    """Rates of every method, and two of them times how much all have grown lately; shape (methods, time, series)."""
    rates: list[Rates] = [tsb(), smoothed_best(), *map(moving_average, (EXPERIENCE_PERIODS, 4))]
    rates += map(_root_mean, (8, EXPERIENCE_PERIODS))
    found = [rate(demand) for rate in rates]
    growth = _growth(demand)
    return np.stack([*found, *(rate * growth for rate in found[:2])])


def _root_mean(periods: int) -> Rates:
    """Square of the mean root: a large order counts little."""
    average = moving_average(periods)
    return lambda demand: np.square(average(np.sqrt(demand)))


def _growth(demand: Floats) -> Floats:
    """Mean demand of all series in the latest 3 periods over that in the latest 13, less 1, shape (time, 1)."""
    known = ~np.isnan(demand)
    most = np.quantile(demand[known], 0.995) if known.any() else 0.0
    total = np.where(known, np.minimum(demand, most), 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    late, long = (np.nan_to_num(moving_average(periods)(total[:, None])) for periods in (3, EXPERIENCE_PERIODS))
    return np.where(long > 0, late / np.where(long > 0, long, 1.0) - 1, 0.0)


def _weights(sums: Floats, actual: Floats) -> Floats:
    """Least squares without negative weights, errors in parts of mean^`POWER`; all alike when too little is known."""
    plain = len(sums) - 2
    alike = np.concatenate([np.full(plain, 1 / plain), np.zeros(2)])
    usable = ~np.isnan(actual) & ~np.isnan(sums).any(axis=0)
    if usable.sum() < FEWEST_PAIRS or not actual[usable].any() or not sums[:, usable].any():
        return alike
    said, came = sums[:, usable], actual[usable]
    size = np.maximum(said[:plain].mean(axis=0), 1.0)
    came = np.minimum(came, size * LARGEST_RATIO)
    scaled = said / size ** (POWER / 2)
    gram = scaled @ scaled.T
    root = np.linalg.cholesky(gram + 1e-6 * np.trace(gram) * np.eye(len(gram)))
    found, _ = nnls(root.T, np.linalg.solve(root, scaled @ (came / size ** (POWER / 2))))
    return np.asarray(found) if found.sum() > 0 else alike


COMBINATION: Final = Combination()
