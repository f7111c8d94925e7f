"""Features of a series' own demand, all of the past: levels, lags, spread, rhythm, season and age."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from forecasting.features.column import Column, Known
from forecasting.features.view import View
from forecasting.features.windows import recent, since_last
from forecasting.panel.panel import Cells
from forecasting.panel.periods import Frequency
from forecasting.parameters import Floats

LENGTHS: Final = {
    Frequency.DAY: (3, 7, 14, 28, 56, 91, 182, 364),
    Frequency.WEEK: (2, 4, 8, 13, 26, 52),
    Frequency.MONTH: (2, 3, 6, 12, 24),
}
LAGS: Final = 3
"""Latest periods that are seen one by one."""
WEEKS_BACK: Final = 4
"""For days: weeks over which the same days of the week are taken."""


def demand_columns(view: View) -> Iterator[Column]:
    """Every feature of demand; means and sums are relative to the level."""
    yield from (Column(name, Known.PAST, np.asarray(values, np.float32)) for name, values in _columns(view))


def _columns(view: View) -> Iterator[tuple[str, Floats | Cells]]:
    windows, quarter = view.windows, view.quarter
    yield "level", np.log(view.scale)
    for length in LENGTHS[view.frequency]:
        yield f"mean of {length}", view.relative(windows.mean(length))
    for lag in range(LAGS):
        yield f"lag {lag}", view.relative(windows.mean(1, lag))
    yield "mean of all", view.relative(windows.mean(view.history.demand.shape[1]))
    yield "mean before the quarter", view.relative(windows.mean(view.history.demand.shape[1], quarter))
    yield f"mean of {view.protection} ahead of those", view.relative(windows.mean(view.protection, view.protection))
    yield from _shape(view)
    yield from _rhythm(view)
    yield from _season(view)


def _shape(view: View) -> Iterator[tuple[str, Floats | Cells]]:
    """Middle, largest and spread of the latest periods, at most a quarter of weeks of them."""
    length = min(view.quarter, 13)
    window = recent(view.history.demand, length, view.origins)
    known = ~np.isnan(window)
    count = known.sum(axis=0)
    ordered = np.sort(window, axis=0)  # NaN last
    for name, part in (("median", 0.5), ("upper quartile", 0.75)):
        place = np.maximum(np.ceil(part * count).astype(np.int64) - 1, 0)
        yield f"{name} of {length}", view.relative(np.take_along_axis(ordered, place[None], axis=0)[0].astype(np.float64))
    largest = np.where(known, window, -np.inf).max(axis=0)
    yield f"largest of {length}", view.relative(np.where(count > 0, largest, np.nan).astype(np.float64))
    mean = np.where(known, window, 0).sum(axis=0, dtype=np.float64) / np.maximum(count, 1)
    square = (np.where(known, window - mean, 0.0) ** 2).sum(axis=0) / np.maximum(count, 1)
    yield f"variation of {length}", np.where(mean > 0, np.sqrt(square) / np.where(mean > 0, mean, 1), np.nan)


def _rhythm(view: View) -> Iterator[tuple[str, Floats | Cells]]:
    """How often anything is wanted, how long ago it was, and for how long the series has been on sale."""
    demand = view.history.demand
    sold = np.where(np.isnan(demand), np.nan, demand > 0).astype(np.float32)
    often = type(view.windows)(sold, view.origins)
    for length in (view.quarter, view.year):
        yield f"share of {length} with demand", often.mean(length)
    yield "periods with demand", often.total(demand.shape[1])
    yield "since demand", since_last(demand > 0, view.origins)
    size = view.windows.total(view.year) / np.maximum(often.total(view.year), 1)
    yield "size", np.log1p(size)
    yield "age", np.broadcast_to(view.origins - view.history.first_on_sale[:, None], view.scale.shape)


def _season(view: View) -> Iterator[tuple[str, Floats | Cells]]:
    """The same stretch of the year one and two years ago, relative to the level there was then."""
    ahead = view.protection
    for years in (1, 2):
        back = years * view.year * -(-ahead // view.year)
        if view.history.demand.shape[1] <= back:
            break
        then = np.maximum(view.origins - back, 0)
        level = view.history.level[:, then].astype(np.float64)
        ratio = np.log((view.windows.mean(ahead, back - ahead) + 0.1 * level) / (1.1 * level))
        yield f"season {years} ago", np.where(view.origins >= back, ratio, np.nan)
        yield f"growth on {years} ago", np.where(view.origins >= back, np.log(view.scale / level), np.nan)
    if view.frequency is Frequency.DAY:
        first = -(-ahead // 7)
        weeks = [view.windows.mean(ahead, 7 * week - ahead) for week in range(first, first + WEEKS_BACK)]
        known = np.stack(weeks)
        count = (~np.isnan(known)).sum(axis=0)
        mean = np.where(count > 0, np.nan_to_num(known).sum(axis=0) / np.maximum(count, 1), np.nan)
        yield "same days of the week", view.relative(mean)
