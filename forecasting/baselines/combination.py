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
from forecasting.baselines.method import sums_that_followed
from forecasting.baselines.moving import EXPERIENCE_PERIODS, moving_average, moving_averages
from forecasting.baselines.quantiles import count_quantiles
from forecasting.baselines.smoothing import smoothed_best
from forecasting.forecast import Forecast, Horizon
from forecasting.metrics import LEVELS
from forecasting.panel.panel import Panel
from forecasting.panel.periods import Frequency
from forecasting.parameters import Floats

TAIL: Final = (0.995, 0.998, 0.999)
"""Levels that only pooled errors can tell."""
ORIGINS: Final = 24
"""Latest origins that the weights are learned from."""
PLAIN: Final = 6
METHODS: Final = PLAIN + 2
"""Simple methods, and two of them times how much all series grew lately."""
AT_ONCE: Final = 1_024
"""Series that are followed at a time: what is worked on stays near the processor."""
PIECE: Final = 1_000
"""Past sums that are multiplied at a time."""
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
    demand = np.ascontiguousarray(target.T)
    sums = _expected(demand, protection)
    actual = sums_that_followed(demand, protection)
    known = len(actual)
    weights = _weights(sums[:, max(known - ORIGINS, 0) : known], actual[-ORIGINS:])
    return np.maximum(_weighted(weights, sums), 0.0), actual


def _expected(demand: Floats, protection: int) -> Floats:
    """What every method expects of the sum, shape (methods, time, series).

    The last two are the first two times how much all have grown lately.
    """
    growth, sums = _growth(demand), np.empty((METHODS, *demand.shape))
    for start in range(0, demand.shape[1], AT_ONCE):
        part = slice(start, start + AT_ONCE)
        rates = _rates(np.ascontiguousarray(demand[:, part]))
        for method, rate in enumerate([*rates, *(rate * growth for rate in rates[: METHODS - PLAIN])]):
            np.multiply(rate, protection, out=sums[method, :, part])
    return sums


def _rates(demand: Floats) -> list[Floats]:
    """Those of the `PLAIN` methods. The square of a mean root: a large order counts little."""
    means, roots = moving_averages(demand, (EXPERIENCE_PERIODS, 4)), moving_averages(np.sqrt(demand), (8, EXPERIENCE_PERIODS))
    return [tsb()(demand), smoothed_best()(demand), *means, *map(np.square, roots)]


def _growth(demand: Floats) -> Floats:
    """Mean demand of all series in the latest 3 periods over that in the latest 13, less 1, shape (time, 1)."""
    known = ~np.isnan(demand)
    most = np.quantile(demand[known], 0.995) if known.any() else 0.0
    total = np.where(known, np.minimum(demand, most), 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    late, long = (np.nan_to_num(moving_average(periods)(total[:, None])) for periods in (3, EXPERIENCE_PERIODS))
    return np.where(long > 0, late / np.where(long > 0, long, 1.0) - 1, 0.0)


def _weights(sums: Floats, actual: Floats) -> Floats:
    """Least squares without negative weights, errors in parts of mean^`POWER`; all alike when too little is known."""
    alike = np.concatenate([np.full(PLAIN, 1 / PLAIN), np.zeros(METHODS - PLAIN)])
    usable = np.flatnonzero(~np.isnan(actual + sums.sum(axis=0)))
    came = actual.ravel()[usable]
    said = np.take(sums.reshape(METHODS, -1), usable, axis=1)
    if len(usable) < FEWEST_PAIRS or not came.any() or not said.any():
        return alike
    size = np.maximum(_weighted(alike[:PLAIN], said), 1.0)
    unit = size ** (POWER / 2)
    products = _products(np.vstack([said, np.minimum(came, size * LARGEST_RATIO)]) / unit)
    gram, right = products[:METHODS, :METHODS], products[:METHODS, METHODS]
    root = np.linalg.cholesky(gram + 1e-6 * np.trace(gram) * np.eye(METHODS))
    found, _ = nnls(root.T, np.linalg.solve(root, right))
    return np.asarray(found) if found.sum() > 0 else alike


def _weighted(weights: Floats, values: Floats) -> Floats:
    """Of arrays in a row, those that weigh anything, added in order."""
    weighing = np.flatnonzero(weights)
    total: Floats = values[weighing[0]] * weights[weighing[0]]
    for method in weighing[1:]:
        total += values[method] * weights[method]
    return total


def _products(values: Floats) -> Floats:
    """Every row times every row, in pieces that one thread takes.

    A sum that several threads share differs in its last digits by how many they are.
    """
    pieces = range(0, values.shape[1], PIECE)
    return np.asarray(
        np.sum([values[:, start : start + PIECE] @ values[:, start : start + PIECE].T for start in pieces], axis=0)
    )


COMBINATION: Final = Combination()
