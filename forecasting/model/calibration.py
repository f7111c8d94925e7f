"""Quantiles that hold what they promise: heads corrected by the held-out rows, beside a count distribution about the mean."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from forecasting.distributions.counts import NegativeBinomial, Poisson
from forecasting.metrics import LEVELS, pinball
from forecasting.model.rhythm import RHYTHMS
from forecasting.parameters import Floats

SOME: Final = 0.1
"""Of the scale, added to quantile and sum before they are compared, so that a quantile of zero can be raised too."""
FEWEST_ROWS: Final = 300
TRUST: Final = 0.7
"""Power to which a correction is taken: rows of one stretch of time err alike and are worth fewer than they are."""
MOST_CORRECTED: Final = 3.0
LEAST_DISPERSION: Final = 1e-6
MOST_JUDGED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Correction:
    """For one rhythm: a factor for each level, k of the variance m + k m², and how much counts weigh, 0 to 1."""

    factors: tuple[float, ...] = (1.0,) * len(LEVELS)
    dispersion: float = 1.0
    counts: float = 0.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """A correction for each rhythm."""

    corrections: tuple[Correction, ...] = (Correction(),) * len(RHYTHMS)

    def quantiles(self, heads: Floats, mean: Floats, scale: Floats, rhythm: np.ndarray) -> Floats:
        """Quantiles of the sum, rising, zero or above, shape (rows, levels).

        Args:
            heads: what the quantile heads say, over scale, shape (rows, levels).
            mean: of the sum; it shapes the counts.
            scale, rhythm: of the rows.
        """
        quantiles = np.zeros(heads.shape)
        for place, correction in enumerate(self.corrections):
            ours = rhythm == place
            quantiles[ours] = corrected(correction, heads[ours], mean[ours], scale[ours])
        return quantiles


def corrected(correction: Correction, heads: Floats, mean: Floats, scale: Floats) -> Floats:
    """Quantiles of some rows of one rhythm; see `Calibration.quantiles`."""
    over_scale = np.maximum((heads + SOME) * np.array(correction.factors) - SOME, 0.0)
    # sorting gives the nearest rising curve. Chernozhukov, Fernández-Val and Galichon 2010
    trees: Floats = np.sort(over_scale, axis=1) * scale[:, None]
    if not correction.counts:
        return trees
    counts = count_quantiles(mean, correction.dispersion)
    mixed: Floats = (1 - correction.counts) * trees + correction.counts * counts
    return mixed


def calibrate(heads: Floats, mean: Floats, sums: Floats, scale: Floats, rhythm: np.ndarray) -> Calibration:
    """Learn the corrections from the held-out rows: split conformal prediction by group.

    Vovk, Gammerman and Shafer 2005; Romano, Patterson and Candès 2019, with ratios for scores. Rhythms with fewer than
    `FEWEST_ROWS` stay as they are.

    Args:
        heads: what the quantile heads say, over scale, shape (rows, levels).
        mean, sums, scale, rhythm: of the rows; units.
    """
    corrections = []
    for place in range(len(RHYTHMS)):
        ours = rhythm == place
        enough = ours.sum() >= FEWEST_ROWS
        corrections.append(_learned(heads[ours], mean[ours], sums[ours], scale[ours]) if enough else Correction())
    return Calibration(tuple(corrections))


def _learned(heads: Floats, mean: Floats, sums: Floats, scale: Floats) -> Correction:
    found = Correction(_factors(heads, sums / scale), _dispersion(mean, sums))
    some = slice(None, None, -(-len(sums) // MOST_JUDGED))
    return replace(found, counts=_share_of_counts(found, heads[some], mean[some], sums[some], scale[some]))


def count_quantiles(mean: Floats, dispersion: float) -> Floats:
    """Negative binomial with variance m + k m², at `LEVELS`, shape (rows, levels); Poisson when k is next to nothing."""
    quantiles = np.zeros((len(mean), len(LEVELS)))
    wide = (mean > 0) & (dispersion * mean > LEAST_DISPERSION)
    tame = (mean > 0) & ~wide
    if wide.any():
        sd = np.sqrt(mean[wide] + dispersion * mean[wide] ** 2)
        quantiles[wide] = NegativeBinomial.from_mean_sd(mean[wide, None], sd[:, None]).quantile(np.array(LEVELS))
    if tame.any():
        quantiles[tame] = Poisson(mean[tame, None]).quantile(np.array(LEVELS))
    return quantiles


def _factors(heads: Floats, came: Floats) -> tuple[float, ...]:
    """For each level the factor that holds the share of rows it should, at (n + 1) p of the ratios in order."""
    factors = []
    for number, level in enumerate(LEVELS):
        ordered = np.sort((came + SOME) / (heads[:, number] + SOME))
        place = min(int(np.ceil((len(ordered) + 1) * level)), len(ordered)) - 1
        factors.append(float(np.clip(ordered[place], 1 / MOST_CORRECTED, MOST_CORRECTED) ** TRUST))
    return tuple(factors)


def _dispersion(mean: Floats, came: Floats) -> float:
    """k of variance m + k m² by moments, the largest errors winsorised: one order is no spread."""
    squares = np.square(came - mean) - mean
    ratio = squares / np.maximum(mean, 1e-9) ** 2
    weight = mean / (mean + 1)  # of a mean far below one a single unit says little of k
    limit = np.quantile(ratio, 0.995)
    return float(np.clip((weight * np.minimum(ratio, limit)).sum() / max(float(weight.sum()), 1e-9), LEAST_DISPERSION, 50.0))


def _share_of_counts(found: Correction, heads: Floats, mean: Floats, sums: Floats, scale: Floats) -> float:
    """0, a half or 1: what of the count distribution gives the lowest pinball loss over scale."""
    losses = {}
    trees, counts = corrected(found, heads, mean, scale), count_quantiles(mean, found.dispersion)
    for share in (0.0, 0.5, 1.0):
        quantiles = (1 - share) * trees + share * counts
        loss = [pinball(sums, quantiles[:, number], level) / (scale + scale.mean()) for number, level in enumerate(LEVELS)]
        losses[share] = float(np.mean(loss))
    return min(losses, key=lambda share: losses[share])
