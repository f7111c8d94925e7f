"""Series that belong together: all of them, those of a location, those whose SKUs begin alike, those of a category."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from forecasting.features.windows import Places

LOCATIONS: Final = 2
"""A grouping needs that many groups to say more than all series together do."""
KIN_SIZES: Final = (40, 8)
"""How many SKUs share a prefix on average: a family, and close kin."""
LONGEST_PREFIX: Final = 12
CATEGORY: Final = "category"


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """`member` says which group each series is of, from 0, shape (series,)."""

    name: str
    member: Places
    count: int


def groupings(series: pl.DataFrame, category: pl.Series | None = None) -> list[Grouping]:
    """Every grouping that the names of the series give, `sku` and `location`, and last that of their categories.

    Args:
        series: in the order of the panel.
        category: of each; those without one are a group of their own. Categories that are all one, or one for each SKU, tell
            nothing more, and are left out, as when there are none.
    """
    found = [Grouping("all", np.zeros(series.height, np.int64), 1)]
    location = _grouping("location", series["location"].fill_null(""))
    if location.count >= LOCATIONS:
        found.append(location)
    for size, name in zip(KIN_SIZES, ("family", "kin"), strict=True):
        kin = _longest_prefix(name, series["sku"], size)
        if kin is not None and kin.count > found[-1].count:
            found.append(kin)
    if category is not None:
        own = _grouping(CATEGORY, category.fill_null(""))
        if LOCATIONS <= own.count < series["sku"].n_unique():
            found.append(own)
    return found


def _longest_prefix(name: str, skus: pl.Series, size: int) -> Grouping | None:
    """The longest prefix that `size` SKUs share on average; None when there is none that tells any apart."""
    best = None
    distinct = skus.n_unique()
    for length in range(1, LONGEST_PREFIX + 1):
        labels = skus.str.slice(0, length)
        groups = labels.n_unique()
        if groups * size > distinct:
            break
        if groups >= LOCATIONS:
            best = labels
    return None if best is None else _grouping(name, best)


def _grouping(name: str, labels: pl.Series | Sequence[str]) -> Grouping:
    ranks = pl.Series(labels).rank("dense").to_numpy().astype(np.int64) - 1
    return Grouping(name, ranks, int(ranks.max(initial=-1)) + 1)
