"""SKUs that a buyer may take in place of this one: those of its category at its location.

What their promotions and prices make of their demand takes from this one, or brings buyers along: how much trees learn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import polars as pl

from forecasting.features.groups import CATEGORY, Grouping
from forecasting.features.ordinary import QUARTER, Factors
from forecasting.features.windows import Places, Windows
from forecasting.panel.panel import Cells
from forecasting.panel.periods import Frequency

FEWEST_GROUPS: Final = 8
"""With fewer groups what is planned for them tells little more than the date, and a model takes the one for the other."""
LEAST: Final = 1e-3
"""Share of their group's level that others must have for there to be any."""


@dataclass(frozen=True, slots=True, eq=False)
class Siblings:
    """Demand of each group of siblings, by period, with what is made of it.

    Attributes:
        member: group of each series.
        weight: level of each series, 0 while it is not on sale, shape (series, periods).
        lately: mean factor of each series over the latest quarter, likewise.
        level: of each group, shape (groups, periods).
        usual: the same times `lately`.
        ahead: the same times the factors of the protection period after each period, as told.
        plain: the same after the last one with nothing planned, shape (groups,).
    """

    member: Places
    weight: Cells
    lately: Cells
    level: Cells
    usual: Cells
    ahead: Cells
    plain: Cells

    def block(self, rows: slice) -> Siblings:
        """Those of some series; the groups still know all of theirs."""
        return replace(self, member=self.member[rows], weight=self.weight[rows], lately=self.lately[rows])

    def unplanned(self) -> Siblings:
        """The same with nothing planned for the protection period of any."""
        return replace(self, ahead=np.concatenate([self.ahead[:, :-1], self.plain[:, None]], axis=1))

    def lift(self, factor: Factors, origins: Places) -> Cells:
        """Logarithm of the others' mean factor ahead over that of late, shape (series, origins); NaN without others.

        Args:
            factor: of these series; of one with nothing planned, as `unplanned` has the groups.
        """
        own = self.weight[:, origins].astype(np.float64)
        group = self.member[:, None], origins[None]
        there = self.level[group] - own > LEAST * self.level[group]
        over = self.ahead[group] - own * factor.ahead[:, origins]
        under = self.usual[group] - own * self.lately[:, origins]
        known = there & (over > 0) & (under > 0)
        return np.where(known, np.log(np.where(known, over, 1) / np.where(known, under, 1)), np.nan).astype(np.float32)


def siblings_of(
    groups: Sequence[Grouping], locations: pl.Series, wanted: Cells, level: Cells, factor: Factors, frequency: Frequency
) -> Siblings | None:
    """Those of a history; None where no categories tell any: names that begin alike are too often numbers in a row.

    Args:
        groups: of the series, see `groupings`.
        locations: of the series.
        wanted, level: shape (series, periods).
    """
    kind = next((group for group in groups if group.name == CATEGORY), None)
    if kind is None:
        return None
    place = locations.fill_null("").rank("dense").to_numpy().astype(np.int64)
    _, member, count = np.unique(kind.member * (int(place.max()) + 1) + place, return_inverse=True, return_counts=True)
    if len(count) < FEWEST_GROUPS or count.max() < 2:
        return None
    every, quarter, order = np.arange(wanted.shape[1]), QUARTER[frequency], np.argsort(member, kind="stable")
    starts = np.concatenate([[0], np.cumsum(count)[:-1]])

    def total(cells: Cells) -> Cells:
        return np.asarray(np.add.reduceat(cells[order].astype(np.float64), starts, axis=0), np.float32)

    weight = np.where(Windows(wanted, every).count(quarter) > 0, level, np.float32(0))
    lately = Windows(factor.each[:, : wanted.shape[1]], every).mean(quarter).astype(np.float32)
    plain = total(weight[:, -1:] * factor.plain.mean(axis=1, keepdims=True))[:, 0]
    return Siblings(member, weight, lately, total(weight), total(weight * lately), total(weight * factor.ahead), plain)
