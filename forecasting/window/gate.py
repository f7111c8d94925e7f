"""The gate: whether a challenger takes the champion's place. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from forecasting.bootstrap import Comparison

SURE: Final = 0.9
"""Share of the resamples in which the challenger must be the better one, of either measure."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether it passes, and why or why not, in words with the figures."""

    passes: bool
    reason: str


def judge(pinball: Comparison, stock: Comparison, challenger: str, champion: str) -> Verdict:
    """Both must be better: the loss over all quantiles, and the stock that is needed for the same fill rate.

    Args:
        pinball: how much lower the challenger's mean scaled pinball loss is, paired over series and cut-offs.
        stock: how much less stock it needs, paired over series. NaN where a fill rate is not reached: nothing speaks for it.
        challenger, champion: what they are called.
    """
    told = f"{challenger} beside {champion}: pinball loss {_words(pinball)}, stock at equal fill rate {_words(stock)}"
    lacking = [name for name, found in (("pinball loss", pinball), ("stock", stock)) if not _better(found)]
    if not lacking:
        return Verdict(True, f"promoted: {told}")
    return Verdict(False, f"not promoted, {' and '.join(lacking)} not surely lower: {told}")


def _better(found: Comparison) -> bool:
    return found.saved > 0 and found.chance >= SURE  # NaN is neither


def _words(found: Comparison) -> str:
    if found.saved != found.saved:
        return "not compared"
    way, sign = ("lower", 1) if found.saved >= 0 else ("higher", -1)
    low, high = sorted((sign * found.low, sign * found.high))
    return f"{abs(found.saved):.1%} {way} ({low:+.1%} to {high:+.1%}; lower in {found.chance:.0%} of resamples)"
