"""The panel: demand of many series over the same periods, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forecasting.calendar.event import Event
from forecasting.panel.periods import Frequency, Periods
from forecasting.parameters import ParameterError

Cells: TypeAlias = NDArray[np.float32]
"""Shape (series, periods); NaN where nothing is known."""

LEAST_SHARE: Final = 0.5
"""Of a week or month with stock for less than this share too little is seen to stand for the rest: at one day in seven, one
large order would count seven times."""


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """History of demand, one series for each SKU, or SKU and location.

    Attributes:
        series: one row for each series, in the order of the arrays' rows: `sku` and `location` (text; null when the table
            had no locations).
        periods: the time axis, without gaps.
        units: demand in eaches, >= 0; NaN before a series went on sale and after it was withdrawn, 0 where the table was silent
            in between.
        first_on_sale: shape (series,), the period in which each series went on sale; `len(periods)` when not yet.
        in_stock_share: share of the period in which there was stock, 0 to 1; NaN when not told. None without such a column.
        price: per unit; NaN when not told. None without such a column.
        promotion: 0 without, above 0 (1, or the depth) with. None without such a column.
        category: of each series, text, shape (series,); null where not told. None when it is not told of any.
        events: that the system keeps beside the history, past and to come; each says from when on it was known.
    """

    series: pl.DataFrame
    periods: Periods
    units: Cells
    first_on_sale: NDArray[np.int64]
    in_stock_share: Cells | None = None
    price: Cells | None = None
    promotion: Cells | None = None
    category: pl.Series | None = None
    events: tuple[Event, ...] = ()

    def __post_init__(self) -> None:
        shape = (self.series.height, len(self.periods))
        for name, cells in self._cells().items():
            if cells.shape != shape:
                raise ParameterError(name, f"of shape {cells.shape}", f"of shape {shape}: series and periods")
        if self.category is not None and self.category.len() != shape[0]:
            raise ParameterError("category", f"of {self.category.len()} series", f"of {shape[0]}")
        if self.first_on_sale.shape != shape[:1]:
            raise ParameterError("first_on_sale", f"of shape {self.first_on_sale.shape}", f"of shape {shape[:1]}")

    def __len__(self) -> int:
        return self.series.height

    def up_to(self, count: int) -> Panel:
        """The series as they were known after the first `count` periods: a copy, from which nothing later can be reached."""
        cut = {name: cells[:, :count].copy() for name, cells in self._cells().items()}
        periods, first = self.periods.up_to(count), np.minimum(self.first_on_sale, count)
        return Panel(self.series, periods, first_on_sale=first, category=self.category, events=self.events, **cut)

    def select(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Panel:
        """Some of the series, by row numbers or by a mask."""
        places = np.arange(len(self))[rows]
        cut = {name: cells[places] for name, cells in self._cells().items()}
        series, first = self.series[places], self.first_on_sale[places]
        category = None if self.category is None else self.category.gather(places)
        return Panel(series, self.periods, first_on_sale=first, category=category, events=self.events, **cut)

    def on_sale(self) -> NDArray[np.bool_]:
        """Shape (series, periods): whether the series could be had at all; only then are there units."""
        return ~np.isnan(self.units)

    def target(self) -> Cells:
        """Demand to learn from and to be judged by: NaN while the series was not on sale, or mostly without stock.

        Units of a day on which stock ran out are censored: what was wanted is at least that, nobody knows how much, so the day
        is missing. Of a week or a month such days are a part. When stock was there for
        `LEAST_SHARE` of it or more, the rest stands for the whole, units / in_stock_share; otherwise it is missing too.
        """
        if self.in_stock_share is None:
            return self.units
        least = 1.0 if self.periods.frequency is Frequency.DAY else LEAST_SHARE
        share = np.where(np.isnan(self.in_stock_share), np.float32(1), self.in_stock_share)  # not told: in stock
        seen = share >= np.float32(least)
        return np.where(seen, self.units / np.where(seen, share, np.float32(1)), np.float32(np.nan))

    def _cells(self) -> dict[str, Cells]:
        named = {
            "units": self.units,
            "in_stock_share": self.in_stock_share,
            "price": self.price,
            "promotion": self.promotion,
        }
        return {name: cells for name, cells in named.items() if cells is not None}
