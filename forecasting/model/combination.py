"""Which forecasters a series' mean is made of, by rhythm, as they did on the held-out rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from forecasting.model.rhythm import RHYTHMS
from forecasting.model.settings import RIVALS
from forecasting.parameters import Floats

Mix = dict[str, float]
"""Weight of each forecaster; see `MIXABLE`."""

USUAL: Final[Mix] = {"mean": 0.5, "centre": 0.5}
"""What is used, or the mean alone where that was plainly better, unless the held-out rows speak clearly for another mix."""
MIXES: Final[tuple[Mix, ...]] = (
    {"mean": 1.0},  # the first: see `_best`
    {"centre": 1.0},
    {"mean": 0.5, "level": 0.5},
    {"mean": 0.4, "centre": 0.3, "level": 0.3},
    {"level": 1.0},
    *({"mean": 0.5, rival: 0.5} for rival in RIVALS),
    *({rival: 1.0} for rival in RIVALS),
)
PLAINLY_BETTER: Final = 0.97
"""What the mean alone must reach of the usual mix's error: the centre, learned from what sells most, knows little where demand
rises and fades within weeks."""
BETTER: Final = 0.9
"""What any other mix must reach of their error to stand in for them: choosing among many finds luck."""
FEWEST_ROWS: Final = 300
SHRINK: Final = 0.5
"""How much of the bias on the held-out rows is taken off: half of it was the luck of those weeks."""
MOST_CORRECTED: Final = 0.25


@dataclass(frozen=True, slots=True)
class Combination:
    """For each rhythm a mix, and the factor that its bias on the held-out rows asks for."""

    mixes: tuple[Mix, ...] = (USUAL,) * len(RHYTHMS)
    factors: tuple[float, ...] = (1.0,) * len(RHYTHMS)

    @property
    def names(self) -> set[str]:
        """Forecasters that are needed."""
        return {name for mix in self.mixes for name in mix}

    def mean(self, forecasts: Mapping[str, Floats], rhythm: np.ndarray) -> Floats:
        """The mean of each row from what each forecaster says, units."""
        result = np.empty(len(rhythm))
        for place, (mix, factor) in enumerate(zip(self.mixes, self.factors, strict=True)):
            ours = rhythm == place
            result[ours] = factor * mixed(mix, forecasts, ours)
        return result


def told(mix: Mix) -> Combination:
    """The same mix whatever the rhythm, and no correction."""
    return Combination((mix,) * len(RHYTHMS), (1.0,) * len(RHYTHMS))


def mixed(mix: Mix, forecasts: Mapping[str, Floats], rows: np.ndarray) -> Floats:
    """The weighted mean of the mix's forecasters on some rows."""
    return np.sum([weight * forecasts[name][rows] for name, weight in mix.items()], axis=0)  # type: ignore[no-any-return]


def combine(forecasts: Mapping[str, Floats], sums: Floats, scale: Floats, rhythm: np.ndarray) -> Combination:
    """Choose a mix for each rhythm by what came; too few rows leave the usual one.

    Args:
        forecasts: of the held-out rows by every forecaster, units.
        sums: what came.
        scale, rhythm: of the rows.
    """
    mixes, factors = [], []
    for place in range(len(RHYTHMS)):
        ours = rhythm == place
        mix, factor = USUAL, 1.0
        if ours.sum() >= FEWEST_ROWS and sums[ours].sum() > 0:
            mix = _best(forecasts, sums, scale, ours)
            factor = _factor(mixed(mix, forecasts, ours), sums[ours])
        mixes.append(mix)
        factors.append(factor)
    return Combination(tuple(mixes), tuple(factors))


def _best(forecasts: Mapping[str, Floats], sums: Floats, scale: Floats, ours: np.ndarray) -> Mix:
    """The usual mix, or the mean alone where that is plainly better; the best of the others when it is better by far."""
    errors = [_error(mixed(mix, forecasts, ours), sums[ours], scale[ours]) for mix in (USUAL, *MIXES)]
    plain, best = int(errors[1] < PLAINLY_BETTER * errors[0]), int(np.argmin(errors))
    return (USUAL, *MIXES)[best if errors[best] < BETTER * errors[plain] else plain]


def _error(forecast: Floats, came: Floats, scale: Floats) -> float:
    """Absolute error in units times root mean square over the scale, both of the forecast made right in sum.

    One alone is won by forecasting the middle, the other by the few largest.
    """
    total = forecast.sum()
    gap = forecast * (came.sum() / total) - came if total > 0 else came
    return float(np.abs(gap).sum() * np.sqrt(np.mean(np.square(gap / (scale + scale.mean())))))


def _factor(forecast: Floats, came: Floats) -> float:
    total = float(forecast.sum())
    if total <= 0:
        return 1.0
    ratio = np.clip(came.sum() / total, 1 - MOST_CORRECTED, 1 + MOST_CORRECTED)
    return float(ratio**SHRINK)
