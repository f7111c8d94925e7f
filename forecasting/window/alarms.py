"""What is out of bounds when forecasts stand beside what came: bias, coverage, drift. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

MOST_BIAS: Final = 0.15
"""Of demand, either way."""
MOST_UNCOVERED: Final = 0.05
"""By so much a quantile may hold less than its level."""
MOST_DRIFT: Final = 1.25
"""Of the pinball loss that the model had in its backtest."""
FEWEST_SERIES: Final = 10
"""With fewer that were scored nothing is said."""


class Measured(NamedTuple):
    """A score, and its 95 % interval over series and cut-offs."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Alarm:
    """What is out of bounds: its kind (`bias`, `coverage .95`, `drift`), the score, and the bounds."""

    kind: str
    value: float
    least: float
    most: float
    message: str


def alarms(
    series: int, bias: Measured, coverage: Mapping[float, Measured], pinball: Measured, expected: float | None
) -> list[Alarm]:
    """A score alarms when it is out of bounds and its whole interval is: a busy week is no alarm.

    Args:
        series: that were scored.
        bias: sum of forecasts less what came, over what came.
        coverage: share of what came at or below the quantile, by its level. Whole demand is held too often, so only holding too
            little alarms.
        pinball: mean scaled pinball loss.
        expected: the same in the model's backtest; None when it has none.
    """
    if series < FEWEST_SERIES:
        return []
    found = [_beyond("bias", bias, -MOST_BIAS, MOST_BIAS, "forecasts are {value:+.1%} off in sum")]
    found += _uncovered(coverage)
    if expected is not None and expected > 0:
        words = f"pinball loss is {{value:.3f}}, {expected:.3f} in the backtest"
        found.append(_beyond("drift", pinball, 0.0, MOST_DRIFT * expected, words))
    return [alarm for alarm in found if alarm is not None]


def _uncovered(coverage: Mapping[float, Measured]) -> Iterator[Alarm | None]:
    for level, share in sorted(coverage.items()):
        words = f"the {level:g} quantile holds {{value:.1%}} of what came"
        yield _beyond(f"coverage {level:g}", share, level - MOST_UNCOVERED, 1.0, words)


def _beyond(kind: str, score: Measured, least: float, most: float, words: str) -> Alarm | None:
    below = score.value < least and score.high < least
    above = score.value > most and score.low > most
    if not (below or above):
        return None
    message = f"{words.format(value=score.value)}; it should be from {least:.3g} to {most:.3g}"
    return Alarm(kind, score.value, least, most, message)
