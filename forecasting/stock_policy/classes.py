"""ABC by what SKUs bring in, XYZ by how much their demand varies: nine classes, with a service floor for each.

Silver, Pyke and Thomas, chapter 3; XYZ after Scholz-Reiter et al. 2012.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecasting.parameters import Floats, ParameterError, not_negative, share

ABC_SHARES: Final = (0.80, 0.95)
XYZ_LIMITS: Final = (0.5, 1.0)


def abc(value: Floats, shares: tuple[float, float] = ABC_SHARES) -> NDArray[np.str_]:
    """`A`, `B` or `C` of each SKU: by its place in the order of value, shape (series,).

    A are the largest that together bring `shares[0]` of all (the one that crosses it included), B go on to `shares[1]`. What
    brings nothing, or of which nothing is known, is C.

    Args:
        value: revenue or units over some time, >= 0; NaN for none.
    """
    share(shares=shares)
    _rising("shares", shares)
    known = np.nan_to_num(value)
    not_negative(value=known)
    order = np.argsort(-known, kind="stable")
    total = known.sum()
    before = np.empty(len(known))
    before[order] = np.cumsum(known[order]) - known[order]
    part = before / total if total else np.ones(len(known))
    return np.where(known == 0, "C", np.select([part < shares[0], part < shares[1]], ["A", "B"], "C"))


def xyz(demand: Floats, limits: tuple[float, float] = XYZ_LIMITS) -> NDArray[np.str_]:
    """`X`, `Y` or `Z` of each SKU by the coefficient of variation of its demand per period, shape (series,).

    A value on a limit is in the calmer class; what was never wanted is Z.

    Args:
        demand: units, shape (series, periods); NaN where not known.
    """
    not_negative(limits=limits)
    _rising("limits", limits)
    known = ~np.isnan(demand)
    count = np.maximum(known.sum(axis=1), 1)
    mean = np.where(known, demand, 0.0).sum(axis=1) / count
    spread = np.sqrt((np.where(known, demand - mean[:, None], 0.0) ** 2).sum(axis=1) / count)
    variation = np.where(mean > 0, spread / np.where(mean > 0, mean, 1.0), np.inf)
    return np.select([variation <= limits[0], variation <= limits[1]], ["X", "Y"], "Z")


@dataclass(frozen=True, slots=True)
class Floors:
    """The least fill rate of each class, by its letter or both: `{"A": 0.97, "BZ": 0.9}`; the pair goes before the letter."""

    of_class: Mapping[str, float]

    def __post_init__(self) -> None:
        for name, floor in self.of_class.items():
            if not 1 <= len(name) <= 2 or name[0] not in "ABCXYZ" or (len(name) == 2 and name not in PAIRS):
                raise ParameterError("class", repr(name), "A, B or C, X, Y or Z, or a pair of them like AX")
            share(**{f"floor of {name}": floor})

    def of(self, pair: str) -> float | None:
        """The floor of a class such as `AX`; None when it has none. Of two letters the higher one counts."""
        if pair in self.of_class:
            return self.of_class[pair]
        found = [self.of_class[letter] for letter in pair if letter in self.of_class]
        return max(found) if found else None


PAIRS: Final = tuple(first + second for first in "ABC" for second in "XYZ")


def _rising(name: str, pair: tuple[float, float]) -> None:
    if not pair[0] < pair[1]:
        raise ParameterError(name, pair, "rising")
