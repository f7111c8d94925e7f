"""From need to order for many items at once, keeping what each rule changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.parameters import ParameterError
from forecasting.suggestions.outlook import Outlook
from forecasting.suggestions.position import Units

NO_MOST = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """`OrderLimits` of many items, shape (items,), whole units; `most` is `NO_MOST` where there is none."""

    minimum: Units
    multiple: Units
    most: Units
    floor: Units | None = None
    """The inventory position to be reached at least, whatever is expected; None: none."""

    def __post_init__(self) -> None:
        for name, least in (("minimum", 0), ("multiple", 1), ("most", 0)):
            values = getattr(self, name)
            if (values < least).any():
                raise ParameterError(name, int(values.min()), f"{least} or above")

    @property
    def least(self) -> Units:
        """The smallest order above zero."""
        return _up(np.maximum(self.minimum, 1), self.multiple)

    @property
    def contradict(self) -> np.ndarray:
        """Where even the least order is above the most: nothing can be ordered."""
        return self.least > self.most


@dataclass(frozen=True, slots=True, eq=False)
class Ordered:
    """Units after each rule, shape (items,): what was needed, raised to the minimum, in whole packs, within the most."""

    needed: Units
    at_minimum: Units
    in_packs: Units
    within_most: Units


def ordered(need: Units, position: Units, limits: Limits, outlook: Outlook) -> Ordered:
    """Apply minimum, pack and most; of a part of a pack, or of a minimum, do what is expected to cost least.

    Nothing, packs rounded down and packs rounded up are weighed against each other by `Outlook.cost`; the larger of equals.
    What leaves the position below its floor is no choice.
    """
    needed = np.maximum(need, 0)
    some = (needed > 0) & ~limits.contradict
    raised = np.where(some, np.maximum(needed, limits.minimum), 0)
    up = _up(raised, limits.multiple)
    down = np.where(some, np.maximum(raised // limits.multiple * limits.multiple, 0), 0)
    down = np.where((down > 0) & (down < limits.minimum), np.where(some, limits.least, 0), down)
    floor = position if limits.floor is None else limits.floor
    chosen, cost = up, outlook.cost((position + up).astype(np.float64))
    for choice in (down, np.zeros_like(up)):
        other = outlook.cost((position + choice).astype(np.float64))
        better = (other < cost - 1e-12 * np.abs(cost)) & (position + choice >= floor)
        chosen, cost = np.where(better, choice, chosen), np.where(better, other, cost)
    in_packs = np.where(some, chosen, 0)
    at_minimum = np.where(in_packs > 0, raised, needed)
    most = np.where(limits.most == NO_MOST, NO_MOST, limits.most // limits.multiple * limits.multiple)
    return Ordered(needed, at_minimum, in_packs, np.minimum(in_packs, most))


def _up(units: Units, multiple: Units) -> Units:
    return np.asarray(-(-units // multiple) * multiple)
