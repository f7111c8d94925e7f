"""Whether the champion before comes back. Pure."""

from __future__ import annotations

from typing import Final

from forecasting.bootstrap import Comparison
from forecasting.window.gate import Verdict

SURE: Final = 0.95
"""Share of the resamples in which the previous champion must be the better one: a change back costs more than waiting."""
FEWEST_CUTOFFS: Final = 3
"""That came since the promotion; one bad week is no reason."""


def should_roll_back(previous: Comparison | None, cutoffs: int) -> Verdict:
    """Judge by what came after forecasts of both.

    Args:
        previous: how much lower the previous champion's mean scaled pinball loss is; None when there is nothing to compare.
        cutoffs: at which both have forecast since the promotion, and everything has come.
    """
    if previous is None or previous.saved != previous.saved:
        return Verdict(False, "nothing to compare with")
    if cutoffs < FEWEST_CUTOFFS:
        return Verdict(False, f"{cutoffs} cut-offs since the promotion: {FEWEST_CUTOFFS} are needed")
    told = (
        f"the previous champion's pinball loss is {previous.saved:+.1%} lower ({previous.low:+.1%} to {previous.high:+.1%}, "
        f"{previous.chance:.0%} of resamples) at {cutoffs} cut-offs since the promotion"
    )
    worse = previous.saved > 0 and previous.chance >= SURE
    return Verdict(worse, f"rolled back: {told}" if worse else told)
