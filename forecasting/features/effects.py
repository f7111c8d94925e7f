"""What promotions, prices and events do to demand: a factor for each period, each series' own as far as it is known.

Demand is taken for level x factor, log(factor) linear in a few regressors. The equations are those of a Tweedie deviance of
power 1.5, which bears zeros (Wedderburn 1974; Jorgensen 1997); the level beside a period is a weighted mean of the periods
before and after it, rid of what they did there. Coefficients of a series are drawn to those of all series
together, as far as they are uncertain (Efron and Morris 1975). What all series have in common in a period, whatever it comes
of, is no effect of the events that are in it: those of all series are drawn to none as far as that may be it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from forecasting.features.equations import Seen, exp_of, factor_of
from forecasting.features.regressors import Regressors
from forecasting.panel.panel import Cells
from forecasting.panel.periods import Frequency
from forecasting.parameters import Floats

CELLS: Final = 400_000
"""Series times periods that are worked on at a time, and that the coefficients of all are learned from: of more, every
so-manieth series. Of more than `FEW` regressors as many fewer."""
FEW: Final = 5
ROUNDS: Final = 6
FEWEST: Final = 10
"""Periods that the variance of all counts as, beside those of a series."""
COMMON_SPREAD: Final = 2.0
"""Standard deviation of what the coefficients of all together may be, before anything is known."""
SPREAD: Final = (0.05, 1.0)
"""Least and largest standard deviation of a series' coefficients about those of all."""


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
    common = _common(Seen.of(seen, regressors, every, frequency), regressors.count)
    found = Effects(np.ones(regressors.shape, np.float32))
    if (told := regressors.occasions) is not None:
        shape = (len(told.kinds), len(demand), told.ahead)
        found = Effects(found.each, np.ones(regressors.shape, np.float32), np.zeros(shape, np.float32))
    step = max(FEW * CELLS // (count * regressors.shape[1]), 1)
    for start in range(0, len(demand), step):
        block = slice(start, start + step)
        own = _own(Seen.of(seen, regressors, block, frequency), common) - common.doubted
        _fill(found, block, own, regressors)
    return found


def _fill(found: Effects, block: slice, coefficients: Floats, regressors: Regressors) -> None:
    values, planned = regressors.of(block), regressors.planned
    found.each[block] = factor_of(values, coefficients, planned)
    if found.events is not None and found.ahead is not None:
        found.events[block] = exp_of(values[:, planned:], coefficients[:, planned:])
        ours = values[:, planned:, -found.ahead.shape[2] :] * coefficients[:, planned:, None]
        found.ahead[:, block] = ours.transpose(1, 0, 2)


@dataclass(frozen=True, slots=True, eq=False)
class _Common:
    """What all series have in common: coefficients, their spread from series to series, the dispersion of demand, and what of
    the coefficients may come of anything else that all of them had in common then."""

    coefficients: Floats
    spread: Floats
    dispersion: float
    doubted: Floats


def _common(seen: Seen, count: int) -> _Common:
    common, dispersion = np.zeros(count), None
    ridge, every = np.eye(count) / COMMON_SPREAD**2, np.ones((len(seen.units), 1))
    for _ in range(ROUNDS):
        score, information, dispersion = seen.equations(every * common, dispersion)
        step = np.linalg.solve(information.sum(axis=0) + ridge, score.sum(axis=0) - ridge @ common)
        common = common + np.clip(step, -1, 1)
    doubted = _doubted(seen, every * common, dispersion)
    variance = _variance(seen, every * common, dispersion)
    score, information, dispersion = seen.equations(every * common, dispersion)
    return _Common(common, _spread(score, np.diagonal(information, axis1=1, axis2=2), variance), dispersion, doubted)


def _variance(seen: Seen, coefficients: Floats, dispersion: float | None) -> Floats:
    """How much more each series' demand varies than that of all, shape (series, regressors), at least 1: of events alone, which
    are seldom, so that chance of a series that varies much would pass for what it does to events."""
    found = np.ones(coefficients.shape)
    surprise, weight, scale = seen.errors(coefficients, dispersion)
    squares = np.where(weight > 0, np.square(surprise) / np.where(weight > 0, weight, 1.0), 0.0).sum(axis=1)
    own = (squares + FEWEST * scale) / ((weight > 0).sum(axis=1) + FEWEST)
    found[:, seen.planned :] = np.maximum(own / scale, 1.0)[:, None]
    return found


def _doubted(seen: Seen, coefficients: Floats, dispersion: float | None) -> Floats:
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


def _spread(score: Floats, information: Floats, over: Floats) -> Floats:
    """How much coefficients differ from series to series, by moments: what they do beyond their own uncertainty, `over` times
    that of all."""
    told = information > 1e-3
    own, variance = score / np.where(told, information, 1.0), over / np.where(told, information, 1.0)
    weight = np.where(told, 1 / np.square(0.1 + variance), 0.0)
    beyond = weight * (np.minimum(own**2, 9 * (variance + SPREAD[1] ** 2)) - variance)
    found = beyond.sum(axis=0) / np.maximum(weight.sum(axis=0), 1e-9)
    return np.asarray(np.sqrt(np.clip(found, SPREAD[0] ** 2, SPREAD[1] ** 2)))


def _own(seen: Seen, common: _Common) -> Floats:
    """Coefficients of each series, shape (series, regressors)."""
    own = np.repeat(common.coefficients[None], len(seen.units), axis=0)
    ridge = np.eye(len(common.spread)) * (_variance(seen, own, common.dispersion) / common.spread**2)[:, None]
    for _ in range(ROUNDS):
        score, information, found = seen.equations(own, common.dispersion)
        scale = found / common.dispersion  # every block by the dispersion of all
        gap = score * scale - np.matmul(ridge, (own - common.coefficients)[:, :, None])[:, :, 0]
        own = own + np.clip(np.linalg.solve(information * scale + ridge, gap[:, :, None])[:, :, 0], -1, 1)
    return own
