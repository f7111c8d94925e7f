"""Equations of what promotions, prices and events do to demand, over the level beside each period; see `effects.py`."""

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

FARTHEST: Final = 3.0
"""No factor is above exp(3), twentyfold, or below its inverse."""
USUAL_WEIGHT: Final = 0.05
"""How much the mean of all time counts beside the periods next to one, in periods: no level is zero."""
SURPRISE: Final = 6.0
"""Standard deviations beyond which an error counts as one of so many."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
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
    def of(cls, demand: Cells, regressors: Regressors, rows: slice, frequency: Frequency) -> Seen:
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
        factor = factor_of(self.values, coefficients, self.planned) * self.week
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


def factor_of(values: Floats, coefficients: Floats, planned: int) -> Floats:
    """Of what is planned, the first regressors, times that of events; either within bounds."""
    found = exp_of(values[:, :planned], coefficients[:, :planned])
    return found if values.shape[1] == planned else found * exp_of(values[:, planned:], coefficients[:, planned:])


def exp_of(values: Floats, coefficients: Floats) -> Floats:
    return np.asarray(np.exp(np.clip(np.matmul(coefficients[:, None], values)[:, 0], -FARTHEST, FARTHEST)))
