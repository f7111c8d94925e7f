"""What promotions, prices, events and days of the week do to demand: a factor for each period, each series' own as far as it is
known.

Demand is taken for level x factor, log(factor) linear in a few regressors. The equations are those of a Tweedie deviance of
power 1.5, which bears zeros (Wedderburn 1974; Jorgensen 1997); the level beside a period is a weighted mean of the periods
before and after it, rid of what promotions and prices did there. Coefficients of a series are drawn to those of all series
together, as far as they are uncertain (Efron and Morris 1975). What all series have in common in a period, whatever it comes
of, is no effect of the events that are in it: those of all series are drawn to none as far as that may be it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.signal import lfilter

from forecasting.features.level import WEIGHTS
from forecasting.features.regressors import Regressors
from forecasting.features.week import CLOSED, week_profile
from forecasting.panel.panel import Cells
from forecasting.panel.periods import Frequency
from forecasting.parameters import Floats

CELLS: Final = 400_000
"""Series times periods that are worked on at a time, and that the coefficients of all are learned from: of more, every
so-manieth series. Of more than `FEW` regressors as many fewer."""
FEW: Final = 5
ROUNDS: Final = 6
FARTHEST: Final = 3.0
"""No factor is above exp(3), twentyfold, or below its inverse."""
COMMON_SPREAD: Final = 2.0
"""Standard deviation of what the coefficients of all together may be, before anything is known."""
SPREAD: Final = (0.05, 1.0)
"""Least and largest standard deviation of a series' coefficients about those of all."""
USUAL_WEIGHT: Final = 0.05
"""How much the mean of all time counts beside the periods next to one, in periods: no level is zero."""
SURPRISE: Final = 6.0
"""Standard deviations beyond which an error counts as one of so many."""


@dataclass(frozen=True, slots=True, eq=False)
class Effects:
    """What is made of each period.

    Attributes:
        each: by all regressors together, shape (series, periods + ahead), above zero.
        events: by events alone; None without.
        ahead: logarithm of what each type of event makes of the protection period, shape (types, series, protection).
    """

    each: Cells
    events: Cells | None = None
    ahead: Cells | None = None


def factors(demand: Cells, regressors: Regressors, frequency: Frequency, known: int) -> Effects:
    """What promotions, prices and events do to each period, past and ahead.

    Args:
        demand: units, shape (series, periods); NaN where not known.
        regressors: of those periods and of what is ahead.
        frequency: of the periods.
        known: periods that are learned from.
    """
    seen, count = demand[:, :known], max(regressors.count, FEW)
    every = slice(None, None, max(-(-seen.size * count // (FEW * CELLS)), 1))
    common = _common(_Seen.of(seen, regressors, every, frequency), regressors.count)
    found = Effects(np.ones(regressors.shape, np.float32))
    if (told := regressors.occasions) is not None:
        shape = (len(told.kinds), len(demand), told.ahead)
        found = Effects(found.each, np.ones(regressors.shape, np.float32), np.zeros(shape, np.float32))
    step = max(FEW * CELLS // (count * regressors.shape[1]), 1)
    for start in range(0, len(demand), step):
        block = slice(start, start + step)
        own = _own(_Seen.of(seen, regressors, block, frequency), common) - common.doubted
        _fill(found, block, own, regressors)
    return found


def _fill(found: Effects, block: slice, coefficients: Floats, regressors: Regressors) -> None:
    values, planned = regressors.of(block), regressors.planned
    found.each[block] = _factor(values, coefficients, planned)
    if found.events is not None and found.ahead is not None:
        found.events[block] = _exp(values[:, planned:], coefficients[:, planned:])
        ours = values[:, planned:, -found.ahead.shape[2] :] * coefficients[:, planned:, None]
        found.ahead[:, block] = ours.transpose(1, 0, 2)


def _factor(values: Floats, coefficients: Floats, planned: int) -> Floats:
    """Of what is planned, the first regressors, times that of events; either within bounds."""
    found = _exp(values[:, :planned], coefficients[:, :planned])
    return found if values.shape[1] == planned else found * _exp(values[:, planned:], coefficients[:, planned:])


def _exp(values: Floats, coefficients: Floats) -> Floats:
    return np.asarray(np.exp(np.clip(np.matmul(coefficients[:, None], values)[:, 0], -FARTHEST, FARTHEST)))


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """Some series as far as they are learned from.

    Attributes:
        units, known: shape (series, periods); no units where not known.
        week: weight of each period by its day of the week; 1 of others.
        values, changes: regressors, shape (series, regressors, periods), and how far each is from what it is beside the period.
        planned: how many of them, the first, are of what is planned; the others are of events.
        alpha: how fast the level forgets.
    """

    units: Floats
    known: np.ndarray
    week: Floats
    values: Floats
    changes: Floats
    planned: int
    alpha: float

    @classmethod
    def of(cls, demand: Cells, regressors: Regressors, rows: slice, frequency: Frequency) -> _Seen:
        ours, alpha = demand[rows], WEIGHTS[frequency]
        week = np.ones(ours.shape)
        if frequency is Frequency.DAY:
            week = week_profile(ours)[:, np.arange(ours.shape[1]) % 7]
        known = ~np.isnan(ours) & (week > CLOSED)
        values = regressors.of(rows)[:, :, : ours.shape[1]]
        changes = values - _beside(values, known[:, None], alpha)
        units, week = np.where(known, ours, 0.0).astype(np.float64), np.where(known, week, 1.0)
        return cls(units, known, week, values, changes, regressors.planned, alpha)

    def expected(self, coefficients: Floats) -> Floats:
        """Mean of each period, from the level beside it, shape (series, periods)."""
        factor = _factor(self.values, coefficients, self.planned) * self.week
        return np.asarray(_beside(self.units / factor, self.known, self.alpha) * factor)

    def equations(self, coefficients: Floats, dispersion: float | None) -> tuple[Floats, Floats, float]:
        """Score, shape (series, regressors), and information, (series, regressors, regressors), both over the dispersion.

        The dispersion is that of the errors; where one is given, errors that are a surprise by it are cut.
        """
        surprise, weight, found = self.errors(coefficients, dispersion)
        score = np.matmul(self.changes, surprise[:, :, None])[:, :, 0]
        information = np.matmul(self.changes * weight[:, None], self.changes.transpose(0, 2, 1))
        return score / found, information / found, found

    def errors(self, coefficients: Floats, dispersion: float | None) -> tuple[Floats, Floats, float]:
        """Score and information of the logarithm of each period's mean, shape (series, periods), times the dispersion."""
        mean = self.expected(coefficients)
        usable = self.known & (mean > 0)
        mean = np.where(usable, mean, 1.0)
        spread, root = mean**0.75, np.sqrt(mean)
        error = np.where(usable, self.units - mean, 0.0)
        found = _dispersion(error[usable] / spread[usable])
        if dispersion is not None:
            farthest = SURPRISE * np.sqrt(dispersion) * spread
            error = np.clip(error, -farthest, farthest)
        return error / root, np.where(usable, root, 0.0), found


def _beside(values: Floats, known: np.ndarray, alpha: float) -> Floats:
    """Mean of the known periods before and after each, its own left out, exponentially weighted; along the last axis."""

    def total(cells: Floats) -> Floats:
        found = np.zeros(cells.shape)
        keep = [1.0, alpha - 1]
        found[..., 1:] = lfilter([1.0], keep, cells, axis=-1)[..., :-1]
        found[..., :-1] += lfilter([1.0], keep, cells[..., ::-1], axis=-1)[..., -2::-1]
        return found

    held = np.where(known, values, 0.0)
    usual = held.sum(axis=-1, keepdims=True) / np.maximum(known.sum(axis=-1, keepdims=True), 1)
    return np.asarray((total(held) + USUAL_WEIGHT * usual) / (total(known.astype(np.float64)) + USUAL_WEIGHT))


def _dispersion(errors: Floats) -> float:
    """Mean of squared errors over mean^1.5, Pearson's, the largest of them cut."""
    if not errors.size:
        return 1.0
    squares = np.square(errors)
    return float(max(np.minimum(squares, np.quantile(squares, 0.99)).mean(), 1e-3))


@dataclass(frozen=True, slots=True, eq=False)
class _Common:
    """What all series have in common: coefficients, their spread from series to series, the dispersion of demand, and what of
    the coefficients may come of anything else that all of them had in common then."""

    coefficients: Floats
    spread: Floats
    dispersion: float
    doubted: Floats


def _common(seen: _Seen, count: int) -> _Common:
    common, dispersion = np.zeros(count), None
    ridge, every = np.eye(count) / COMMON_SPREAD**2, np.ones((len(seen.units), 1))
    for _ in range(ROUNDS):
        score, information, dispersion = seen.equations(every * common, dispersion)
        step = np.linalg.solve(information.sum(axis=0) + ridge, score.sum(axis=0) - ridge @ common)
        common = common + np.clip(step, -1, 1)
    doubted = _doubted(seen, every * common, dispersion)
    score, information, dispersion = seen.equations(every * common, dispersion)
    return _Common(common, _spread(score, np.diagonal(information, axis1=1, axis2=2)), dispersion, doubted)


def _doubted(seen: _Seen, coefficients: Floats, dispersion: float | None) -> Floats:
    """What of the coefficients of events may be chance, shape (regressors,): their variance over their square, of themselves.

    Beside the chance of each series there is what all of them have in common in a period, of which an event that is about many
    of them at once tells no more the more they are. How much that is, the variance of a shock, is learned from totals of all
    periods by moments; the share is that of James and Stein (1961) for each type by itself.
    """
    found = np.zeros(coefficients.shape[1])
    surprise, weight, scale = seen.errors(coefficients, dispersion)
    total, all_weight = surprise.sum(axis=0) / scale, weight.sum(axis=0) / scale
    shock = max((np.square(total) - all_weight).sum() / np.maximum(np.square(all_weight).sum(), 1e-9), 0.0)
    for place in range(seen.planned, len(found)):
        told = (np.square(seen.values[:, place]) * weight).sum(axis=0) / scale
        whole, one = told.sum(), coefficients[0, place]
        if whole > 0 and one:
            variance = 1 / whole + shock * np.square(told / whole).sum()
            found[place] = one * min(variance / one**2, 1.0)
    return found


def _spread(score: Floats, information: Floats) -> Floats:
    """How much coefficients differ from series to series, by moments: what they do beyond their own uncertainty."""
    told = information > 1e-3
    own, variance = score / np.where(told, information, 1.0), 1 / np.where(told, information, 1.0)
    weight = np.where(told, 1 / np.square(0.1 + variance), 0.0)
    beyond = weight * (np.minimum(own**2, 9 * (variance + SPREAD[1] ** 2)) - variance)
    found = beyond.sum(axis=0) / np.maximum(weight.sum(axis=0), 1e-9)
    return np.asarray(np.sqrt(np.clip(found, SPREAD[0] ** 2, SPREAD[1] ** 2)))


def _own(seen: _Seen, common: _Common) -> Floats:
    """Coefficients of each series, shape (series, regressors)."""
    own = np.repeat(common.coefficients[None], len(seen.units), axis=0)
    ridge = np.diag(1 / common.spread**2)
    for _ in range(ROUNDS):
        score, information, found = seen.equations(own, common.dispersion)
        scale = found / common.dispersion  # every block by the dispersion of all
        gap = score * scale - (own - common.coefficients) @ ridge
        own = own + np.clip(np.linalg.solve(information * scale + ridge, gap[:, :, None])[:, :, 0], -1, 1)
    return own
