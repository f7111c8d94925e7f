"""How sure a score is: resampling of series and cut-offs, the same for every forecaster, so that differences are paired."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.metrics import Score
from forecasting.parameters import Floats, ParameterError, share


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """How often each cut-off, shape (draws, cut-offs), and each series, (draws, series), is in each resample."""

    cutoffs: Floats
    series: Floats

    def scores(self, score: Score) -> Floats:
        """The score of every resample, shape (draws,); NaN where nothing in it could be scored."""
        if score.is_root:
            over, under = _roots(self.cutoffs @ score.over, self.cutoffs @ score.under)
            return _ratio((over * self.series).sum(axis=1), (under * self.series).sum(axis=1))
        tops, bottoms = (((self.series @ part.T) * self.cutoffs).sum(axis=1) for part in (score.over, score.under))
        return _ratio(tops, bottoms)

    def scores_at_each(self, score: Score) -> Floats:
        """The score of every resample of the series at each cut-off alone, shape (draws, cut-offs)."""
        over, under = _roots(score.over, score.under) if score.is_root else (score.over, score.under)
        return _ratio(self.series @ over.T, self.series @ under.T)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A challenger beside a champion.

    Attributes:
        saved: 1 - challenger / champion: 0.1 is 10 % lower.
        low: lower end of its interval.
        high: upper end.
        chance: share of the resamples in which the challenger's score is the lower one.
    """

    saved: float
    low: float
    high: float
    chance: float


def draws(cutoffs: int, series: int, count: int = 500, seed: int = 0) -> Draws:
    """Draw cut-offs and series with replacement, each apart from the other: the pigeonhole bootstrap, Owen 2007.

    It is a little wide rather than narrow. Series at one cut-off share a season, which resampling cells alone would miss.
    """
    if min(cutoffs, series, count) < 1:
        raise ParameterError("cutoffs, series, count", (cutoffs, series, count), "1 or more each")
    chance = np.random.default_rng(seed)
    return Draws(_tallies(chance, count, cutoffs), _tallies(chance, count, series))


def interval(score: Score, drawn: Draws, confidence: float = 0.95) -> tuple[float, float]:
    """Percentile interval of a score. Efron and Tibshirani 1993, chapter 13."""
    share(confidence=confidence)
    return middle(drawn.scores(score), confidence)


def compare(challenger: Score, champion: Score, drawn: Draws, confidence: float = 0.95) -> Comparison:
    """How much lower the challenger's score is, on what both were scored on, in the same resamples.

    Raises:
        ParameterError: the two were not scored at the same cut-offs on the same series.
    """
    if challenger.over.shape != champion.over.shape:
        raise ParameterError("challenger", f"of shape {challenger.over.shape}", f"of the champion's {champion.over.shape}")
    both = challenger.scored & champion.scored
    ours, theirs = challenger.where(both), champion.where(both)
    new, old = drawn.scores(ours), drawn.scores(theirs)
    saved = 1 - new / np.where(old != 0, old, np.nan)
    low, high = middle(saved, confidence)
    whole = 1 - ours.value / theirs.value if theirs.value else float("nan")
    return Comparison(whole, low, high, float(np.mean(new < old)))


def _roots(over: Floats, under: Floats) -> tuple[Floats, Floats]:
    """Root of the mean square of each series, and whether it has one."""
    scored = under > 0
    return np.sqrt(np.where(scored, over, 0.0) / np.where(scored, under, 1.0)), scored.astype(np.float64)


def _ratio(over: Floats, under: Floats) -> Floats:
    return np.where(under != 0, over / np.where(under != 0, under, 1.0), np.nan)


def middle(values: Floats, confidence: float = 0.95) -> tuple[float, float]:
    """The middle part of the resampled scores, NaN left out; NaN twice when none is known."""
    known = values[~np.isnan(values)]
    if not known.size:
        return float("nan"), float("nan")
    low, high = np.quantile(known, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def _tallies(chance: np.random.Generator, count: int, size: int) -> Floats:
    drawn = chance.integers(0, size, (count, size)) + np.arange(count)[:, None] * size
    return np.bincount(drawn.ravel(), minlength=count * size).reshape(count, size).astype(np.float64)
