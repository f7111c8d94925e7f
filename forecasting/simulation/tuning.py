"""Safety of each class, tuned on what it cost in an earlier window; never on the window it is judged on.

At a price for each unit short, a class takes the value of the safety parameter at which its stock and shortage together cost
least: the marginal rule, one shadow price for all. What comes out is how far each class should be from the common value, so
that the common value can still be swept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecasting.parameters import Floats, Numbers, not_negative, share
from forecasting.simulation.levels import Family
from forecasting.simulation.outcome import Outcome

TRUST: Final = 0.5
"""How much of what an earlier window asks for is followed: the rest is taken for luck."""
SURE: Final = 2.0
"""Standard errors by which an offset must have been worth it among the SKUs of its class; otherwise there is none."""
FARTHEST: Final = 1.0
"""No class goes farther from the common value, in standard scores."""


@dataclass(frozen=True, slots=True, eq=False)
class Tuning:
    """What an earlier window says.

    Attributes:
        common: value of the parameter at which all SKUs together reached the fill rate.
        price: of a unit short, in units (or money) on hand for a period, at which that value is the best for all together.
        offsets: from the common value, for each class.
        least: value from which each class with a floor reached it; a class that never did has the highest value tried.
    """

    common: float
    price: float
    offsets: dict[str, float]
    least: dict[str, float]

    def applied(self, family: Family, groups: NDArray[np.str_]) -> Family:
        """The family with the class's offset added to each SKU's value, and no value below its class's least."""
        shift = np.array([self.offsets.get(name, 0.0) for name in groups])[:, None]
        least = np.array([self.least.get(name, -np.inf) for name in groups])[:, None]
        return lambda values: family(np.maximum(values + shift, least))


def tune(
    earlier: Outcome,
    scores: Floats,
    groups: NDArray[np.str_],
    fill_rate: float = 0.95,
    floors: Mapping[str, float] | None = None,
    worth: Numbers = 1.0,
    trust: float = TRUST,
) -> Tuning:
    """Choose the offset of each class.

    Args:
        earlier: outcome in the earlier window at each of `scores`.
        scores: standard scores, rising evenly, shape (values,).
        groups: class of each SKU, shape (series,).
        fill_rate: at which classes are set off against each other.
        floors: least fill rate of a class; kept in the earlier window, hoped for later.
        worth: money for a unit of each SKU, or 1 to count units.
        trust: 0 leaves all at the common value, 1 follows the earlier window wholly.
    Returns:
        No offsets where no score reached the fill rate in the earlier window: it says nothing about it.
    """
    share(fill_rate=fill_rate)
    not_negative(trust=trust, worth=worth)
    held = earlier.on_hand * np.reshape(np.broadcast_to(worth, len(groups)), (-1, 1))
    short = earlier.demand[:, None] - earlier.served
    reached = earlier.fill_rate >= fill_rate
    if not reached.any():
        return Tuning(float("nan"), float("nan"), {}, _least(earlier, scores, groups, floors or {}))
    common = int(reached.argmax())
    reach = int(np.ceil(FARTHEST / (scores[1] - scores[0])))
    near = slice(max(common - reach, 0), common + reach + 1)
    price = _slope(held.sum(axis=0)[near], short.sum(axis=0)[near])
    offsets = {}
    for name in np.unique(groups).tolist():
        rows = groups == name
        cost = held[rows, near] + price * short[rows, near]
        best = _lowest(scores[near], cost.sum(axis=0))
        spared = cost[:, common - near.start] - cost[:, best]
        offsets[name] = trust * float(scores[near][best] - scores[common]) if _is_sure(spared) else 0.0
    return Tuning(float(scores[common]), price, offsets, _least(earlier, scores, groups, floors or {}))


def _is_sure(spared: Floats) -> bool:
    """Whether what the SKUs of a class spare is more than their luck: a mean `SURE` standard errors above zero."""
    return bool(spared.size > 1 and spared.mean() > SURE * spared.std(ddof=1) / np.sqrt(spared.size))


def _slope(held: Floats, short: Floats) -> float:
    """Stock that one unit less short costs, about the common value."""
    spared = float(short[0] - short[-1])
    return float(held[-1] - held[0]) / spared if spared > 0 else 0.0


def _lowest(scores: Floats, cost: Floats) -> int:
    """Place of the lowest cost on a parabola through all: single orders make the curve jagged."""
    if len(scores) < 4:
        return int(np.argmin(cost))
    middle = scores.mean()
    curve = np.polyfit(scores - middle, cost, 2)
    return int(np.argmin(np.polyval(curve, scores - middle)))


def _least(earlier: Outcome, scores: Floats, groups: NDArray[np.str_], floors: Mapping[str, float]) -> dict[str, float]:
    found = {}
    for name, floor in floors.items():
        rows = groups == name
        if rows.any() and earlier.demand[rows].sum():
            reached = earlier.select(rows).fill_rate >= floor
            found[name] = float(scores[int(reached.argmax()) if reached.any() else -1])
    return found
