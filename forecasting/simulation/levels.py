"""From what was known at a review to the level to have: rules of thumb, and forecasts with a safety parameter.

A level covers lead time plus review. Each function gives `Levels` for several values of its parameter, shape (series, values);
NaN where a series has no forecast.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np
from scipy.special import expit, ndtr, ndtri

from forecasting.parameters import Floats, positive
from forecasting.simulation.rolling import Rolled
from forecasting.simulation.rules import Levels

Family: TypeAlias = Callable[[Floats], Levels]
"""From values of the safety parameter, rising, shape (values,) or (series, values), to the levels they give."""

COARSE_SCORES: Final = np.array([-4.0, -2, -1, -0.5, 0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.5, 3, 4, 6, 9, 14, 20])
"""Standard scores, wide enough for any fill rate."""
COARSE_COVERS: Final = np.array([0.0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.5, 3, 3.5, 4, 5, 6, 8, 10, 15, 25, 40])
"""Cover as a multiple of the protection period."""
COARSE_PRICES: Final = np.concatenate([np.arange(-4.0, 8, 1), np.arange(8, 41, 4)])
"""Logarithms of a shadow price, for units worth about 1."""
MOST_SCORE: Final = 8.0
"""Beyond it 1 less the chance is no number any more."""
TAIL: Final = (0.995, 0.998, 0.999, 0.9995)
"""Levels beyond a forecast's own at which expected shortage still counts."""


def cover(forecast: Rolled) -> Family:
    """Mean demand times so many protection periods: weeks of cover, when asked of the mean of 13 weeks what planners go by."""

    def family(covers: Floats) -> Levels:
        return lambda now: np.asarray(forecast.mean[forecast.place(now)][:, None] * covers)

    return family


def at_quantile(forecast: Rolled) -> Family:
    """The forecast's own quantile at a standard score z, level Phi(z): the same critical ratio for all SKUs at all times.

    For a linear cost of holding and shortage this is the least stock for a given share of units served (Lagrange: each unit
    more is worth its chance of being wanted). The safety stock breathes with the forecast's spread.
    """
    scores = ndtri(np.array(forecast.levels))

    def family(values: Floats) -> Levels:
        return lambda now: quantile_at(forecast.quantiles[forecast.place(now)], scores, values)

    return family


def by_worth(forecast: Rolled, worth: Floats) -> Family:
    """Critical ratios by what a unit is worth: v / (v + worth), the same shadow price v of a unit short for all SKUs.

    The least money in stock for a given share of units served, as `at_quantile` is for units: a dear SKU has to be
    wanted with a higher chance. The parameter is the logarithm of v.

    Args:
        forecast: quantiles of the sum.
        worth: money for a unit of each SKU, shape (series,), above zero.
    """
    positive(worth=worth)
    scores = at_quantile(forecast)
    dear = np.log(worth)[:, None]

    def family(values: Floats) -> Levels:
        return scores(np.clip(ndtri(expit(values - dear)), -MOST_SCORE, MOST_SCORE))

    return family


def textbook(mean: Rolled, spread: Callable[[int], Floats], protection: int) -> Family:
    """Mean + z sd sqrt(P): the table of the normal distribution with the spread of single periods.

    `spread`: standard deviation of demand of a period as known in period `now`, shape (series,).
    """

    def family(scores: Floats) -> Levels:
        def levels(now: int) -> Floats:
            sd = np.nan_to_num(spread(now)) * np.sqrt(protection)
            return np.asarray(np.maximum(mean.mean[mean.place(now)][:, None] + sd[:, None] * scores, 0.0))

        return levels

    return family


def same_fill(forecast: Rolled, review_share: float) -> Family:
    """The level at which each SKU by itself is short of the same share of its demand: what a target for every SKU asks for.

    The parameter is z with a share Phi(-z) of demand short. `review_share`: review over lead time plus review; what is short in
    a protection period is short in one review.
    """
    tail = tuple(level for level in TAIL if level > forecast.levels[-1])
    known = ndtri(np.array(forecast.levels))
    levels = np.array(forecast.levels + tail)
    every = ndtri(levels)

    def family(scores: Floats) -> Levels:
        share = ndtr(-scores)

        def at(now: int) -> Floats:
            place = forecast.place(now)
            bounds = quantile_at(forecast.quantiles[place], known, every)
            allowed = forecast.mean[place][:, None] * review_share * share
            return level_for_shortage(bounds, levels, allowed)

        return at

    return family


def quantile_at(quantiles: Floats, knots: Floats, scores: Floats) -> Floats:
    """Quantiles at any standard score, shape (series, values): straight lines between the known ones, and below the first.

    Beyond the last they go on as steeply as from the first, the median, to the last: where the last two alone point is luck.

    Args:
        quantiles: shape (series, levels), not falling.
        knots: standard scores of their levels.
        scores: shape (values,), or (series, values).
    """
    place = np.clip(np.searchsorted(knots, scores, side="right") - 1, 0, len(knots) - 2)
    part = np.minimum((scores - knots[place]) / (knots[place + 1] - knots[place]), 1.0)
    if scores.ndim == 1:
        low, high = quantiles[:, place], quantiles[:, place + 1]
    else:
        low, high = np.take_along_axis(quantiles, place, 1), np.take_along_axis(quantiles, place + 1, 1)
    slope = (quantiles[:, -1:] - quantiles[:, :1]) / (knots[-1] - knots[0])
    return np.asarray(np.maximum(low + part * (high - low) + slope * np.maximum(scores - knots[-1], 0.0), 0.0))


def level_for_shortage(quantiles: Floats, levels: Floats, allowed: Floats) -> Floats:
    """The smallest level with E[(X - level)+] within `allowed`, shape (series, values).

    X
        above the last quantile goes on at the slope of the one before; below the first it goes down to zero.
    """
    top = quantiles[:, -1:] + (quantiles[:, -1:] - quantiles[:, -2:-1]) / (levels[-1] - levels[-2]) * (1 - levels[-1])
    bounds = np.concatenate([np.zeros((len(quantiles), 1)), quantiles, top], axis=1)
    above = 1 - np.concatenate([[0.0], levels, [1.0]])  # chance of demand above each bound
    widths = np.diff(bounds, axis=1)
    pieces = widths * (above[:-1] + above[1:]) / 2
    short = np.concatenate([np.cumsum(pieces[:, ::-1], axis=1)[:, ::-1], np.zeros((len(quantiles), 1))], axis=1)
    # the piece in which the shortage falls to what is allowed: the last bound with more than that
    place = np.clip((short[:, :, None] > allowed[:, None, :]).sum(axis=1) - 1, 0, widths.shape[1] - 1)
    high, width = np.take_along_axis(bounds, place + 1, 1), np.take_along_axis(widths, place, 1)
    gap = np.maximum(allowed - np.take_along_axis(short, place + 1, 1), 0.0)
    rest, weight = above[place + 1], above[place] - above[place + 1]
    # down from the upper bound by u: gap = rest u + weight u^2 / (2 width)
    curve = np.where(width > 0, weight / np.where(width > 0, width, 1.0), 0.0)
    root = np.sqrt(rest**2 + 2 * curve * gap)
    down = np.where(root + rest > 0, 2 * gap / np.where(root + rest > 0, root + rest, 1.0), 0.0)
    return np.where(np.isnan(quantiles[:, :1]), np.nan, np.maximum(high - np.minimum(down, width), 0.0))
