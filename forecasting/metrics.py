"""Scores of forecasts, on single periods and on the sum over the protection period.

Arrays have shape (..., series); an actual that is NaN (censored, not on sale) is not scored. A score is kept as its parts,
so that it can be summed over cut-offs, set beside another one and resampled (`bootstrap.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecasting.parameters import Floats, share

LEVELS: Final = (0.5, 0.7, 0.8, 0.9, 0.95, 0.975, 0.99)
"""Quantiles at which forecasts are made and judged."""


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """A score by its parts, one for each cut-off and series.

    Attributes:
        over: shape (cut-offs, series); 0 where not scored.
        under: likewise.
        scored: likewise, where it was.
        is_root: the score is the mean over series of sqrt(sum of `over` / sum of `under`), both summed over cut-offs;
            otherwise it is the sum of all `over` divided by the sum of all `under`.
    """

    over: Floats
    under: Floats
    scored: NDArray[np.bool_]
    is_root: bool = False

    @property
    def value(self) -> float:
        """The score; NaN when nothing could be scored."""
        if self.is_root:
            under = self.under.sum(axis=0)
            roots = np.sqrt(self.over.sum(axis=0)[under > 0] / under[under > 0])
            return float(roots.mean()) if roots.size else float("nan")
        total = float(self.under.sum())
        return float(self.over.sum()) / total if total else float("nan")

    def over_periods(self) -> Score:
        """Scores of single periods, parts of shape (cut-offs, periods, series), as one for each cut-off."""
        scored: NDArray[np.bool_] = np.logical_or.reduce(self.scored, axis=1)
        return Score(self.over.sum(axis=1), self.under.sum(axis=1), scored, self.is_root)

    @property
    def series(self) -> int:
        """How many series were scored at one cut-off at least."""
        return int(self.scored.any(axis=0).sum())

    def at(self, cutoff: int) -> Score:
        """The score at one cut-off alone."""
        one = slice(cutoff, cutoff + 1)
        return Score(self.over[one], self.under[one], self.scored[one], self.is_root)

    def where(self, cells: NDArray[np.bool_]) -> Score:
        """The score on some cells alone."""
        over, under = np.where(cells, self.over, 0.0), np.where(cells, self.under, 0.0)
        return Score(over, under, self.scored & cells, self.is_root)


def wape(actual: Floats, forecast: Floats) -> Score:
    """Sum of |a - f| over sum of a; forecasting nothing gets 1. Kolassa and Schütz 2007, as the MAD/mean ratio."""
    return _score(np.abs(forecast - actual), actual)


def bias(actual: Floats, forecast: Floats) -> Score:
    """Sum of (f - a) over sum of a: +0.05 forecasts 5 % too much."""
    return _score(forecast - actual, actual)


def rmsse(actual: Floats, forecast: Floats, scale: Floats) -> Score:
    """Root mean squared scaled error, the mean over series. Hyndman and Koehler 2006; M5 (Makridakis et al. 2022), unweighted.

    `scale` is `naive_scale(history, periods, 2)`: 1 is the accuracy of the naive forecast within the history. Series whose
    scale is NaN or 0 have no such accuracy and are not scored.
    """
    usable = np.where(scale > 0, scale, np.nan)
    squares = np.square((forecast - actual) / usable)
    return _score(squares, np.ones_like(squares), is_root=True)


def scaled_pinball(actual: Floats, quantile: Floats, level: float, scale: Floats) -> Score:
    """Pinball loss over the naive scale, the mean over series: SPL of M5 uncertainty (Makridakis et al. 2022).

    `scale` is `naive_scale(history, periods, 1)`.
    """
    loss = pinball(actual, quantile, level) / np.where(scale > 0, scale, np.nan)
    return _score(loss, np.ones_like(loss))


def weighted_pinball(actual: Floats, quantile: Floats, level: float) -> Score:
    """Twice the pinball loss over the sum of actuals: weighted quantile loss, WAPE at the median. Salinas et al. 2020."""
    return _score(2 * pinball(actual, quantile, level), actual)


def coverage(actual: Floats, quantile: Floats) -> Score:
    """Share of actuals at or below the quantile; its level is what it should be (whole demand: at least)."""
    held = np.where(np.isnan(actual), np.nan, (actual <= quantile).astype(np.float64))
    return _score(held, np.ones_like(held))


def pinball(actual: Floats, quantile: Floats, level: float) -> Floats:
    """(a - q) level above the quantile, (q - a) (1 - level) below it, in units. Koenker and Bassett 1978."""
    share(level=level)
    short = actual - quantile
    return np.maximum(level * short, (level - 1) * short)


def naive_scale(history: Floats, periods: int, power: int) -> Floats:
    """What the naive forecast misses within the history: mean |S_t - S_{t-P}| (`power` 1) or its root mean square (2).

    S_t is the sum over the P = `periods` periods that end with t; with P = 1 these are the scales of MASE and RMSSE.

    Args:
        history: shape (series, time); differences with a NaN in them are left out.
    Returns:
        shape (series,), units; NaN where the history has no two such sums.
    """
    sums = rolling_sums(history, periods)
    gaps = np.abs(sums[:, periods:] - sums[:, :-periods]) if sums.shape[1] > periods else np.empty((len(history), 0))
    known = ~np.isnan(gaps)
    count = known.sum(axis=1)
    total = np.where(known, gaps, 0.0).__pow__(power).sum(axis=1)
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return mean if power == 1 else np.sqrt(mean)


def rolling_sums(history: Floats, periods: int) -> Floats:
    """Sums over `periods` periods, shape (series, time - periods + 1) or no columns; NaN where one of them is."""
    if history.shape[1] < periods:
        return np.empty((len(history), 0))
    known = np.isnan(history)
    totals = np.cumsum(np.where(known, 0.0, history), axis=1, dtype=np.float64)
    holes = np.cumsum(known, axis=1)
    first = np.zeros((len(history), 1))
    totals, holes = np.hstack([first, totals]), np.hstack([first, holes])
    sums: Floats = totals[:, periods:] - totals[:, :-periods]
    return np.where(holes[:, periods:] > holes[:, :-periods], np.nan, sums)


def _score(over: Floats, under: Floats, is_root: bool = False) -> Score:
    """Parts that are not known count for nothing; a single cut-off gets an axis of its own."""
    scored: NDArray[np.bool_] = np.atleast_2d(np.isfinite(over + under))
    return Score(np.where(scored, over, 0.0), np.where(scored, under, 0.0), scored, is_root)
