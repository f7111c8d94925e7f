"""Pools: series that have trees of their own, where that is better than trees of all of them together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecasting.features.table import Matrix, Rows
from forecasting.features.view import History
from forecasting.model.rhythm import RHYTHMS, rhythms
from forecasting.model.settings import ALL

Members = NDArray[np.int8]
"""Of each row its pool, a place in `Pools.labels`; `OTHERS` where it has none."""

OTHERS: Final = -1
MOST: Final = 8
"""Pools of one key; of more, the smaller ones have no trees of their own."""
FEWEST_ROWS: Final = 1_000
"""Early rows that a pool must have."""
LONGEST_PREFIX: Final = 12
SIZES: Final = ("small", "middling", "large")
SHARES_BELOW: Final = (0.5, 0.8)
"""Shares of the early rows below the middling and the large ones: C and B of ABC, about."""


@dataclass(frozen=True, slots=True)
class Pools:
    """What pools go by, known at the origin of each row.

    Attributes:
        key: one of `KEYS`, or `ALL`.
        labels: of the pools.
        prefix: characters of a SKU that name its family.
        bounds: of the feature `level`, that divide `SIZES`.
    """

    key: str = ALL
    labels: tuple[str, ...] = ()
    prefix: int = 0
    bounds: tuple[float, ...] = ()

    @property
    def told(self) -> str:
        """In words: `all series`, `each location: east, west`."""
        return f"each {self.key}: {', '.join(label or 'none' for label in self.labels)}" if self.labels else ALL

    def members(self, history: History, rows: Rows, features: Matrix, names: tuple[str, ...]) -> Members:
        """The pool of each row."""
        if not self.labels:
            return np.full(len(rows), OTHERS, np.int8)
        labels = self.labels_of(history, rows, features, names)
        found = np.full(len(rows), OTHERS, np.int8)
        for place, label in enumerate(self.labels):
            found[labels == label] = place
        return found

    def labels_of(self, history: History, rows: Rows, features: Matrix, names: tuple[str, ...]) -> NDArray[np.str_]:
        """What the key says of each row, of the pools and of others."""
        match self.key:
            case "location":
                return np.array([place or "" for place in history.locations], np.str_)[rows.series]
            case "category":
                return np.array([category or "" for category in history.categories], np.str_)[rows.series]
            case "family":
                return np.array([sku[: self.prefix] for sku in history.skus], np.str_)[rows.series]
            case "rhythm":
                return np.array(RHYTHMS)[rhythms(features, names, history.periods.frequency)]
            case _:
                level = features[:, names.index("level")]
                return np.array(SIZES)[np.searchsorted(np.array(self.bounds), level, side="right")]


NO_POOLS: Final = Pools()
"""All series share their trees."""


def candidates(
    history: History, rows: Rows, features: Matrix, names: tuple[str, ...], early: NDArray[np.bool_]
) -> list[tuple[Pools, Members]]:
    """Every way to part the rows of which two pools at least have enough early rows."""
    found = []
    for blank in _blanks(history, features[early], names):
        labels, counts = np.unique(blank.labels_of(history, rows, features, names)[early], return_counts=True)
        largest = np.argsort(-counts, kind="stable")[:MOST]
        kept = sorted(str(labels[place]) for place in largest if counts[place] >= FEWEST_ROWS)
        if len(kept) > 1:
            pools = Pools(blank.key, tuple(kept), blank.prefix, blank.bounds)
            found.append((pools, pools.members(history, rows, features, names)))
    return found


def _blanks(history: History, features: Matrix, names: tuple[str, ...]) -> list[Pools]:
    """Every key, its pools not named yet; `features` are those of early rows."""
    found = [Pools(key) for key in ("location", "rhythm")]
    if any(history.categories):
        found.append(Pools("category"))
    if prefix := _prefix(history.skus):
        found.append(Pools("family", prefix=prefix))
    if len(features):
        bounds = np.quantile(features[:, names.index("level")], SHARES_BELOW)
        found.append(Pools("size", bounds=tuple(float(bound) for bound in bounds)))
    return found


def _prefix(skus: list[str]) -> int:
    """The longest prefix that tells no more than `MOST` families apart; 0 when none tells any apart."""
    best = 0
    for length in range(1, LONGEST_PREFIX + 1):
        count = len({sku[:length] for sku in skus})
        if count > MOST:
            break
        best = length if count > 1 else best
    return best
