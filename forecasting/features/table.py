"""The matrix a model learns from: one row for each series and origin, float32, built once and shared by all heads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final

import numpy as np

from forecasting.features.column import Column, Known
from forecasting.features.demand import demand_columns
from forecasting.features.future import future_columns
from forecasting.features.kin import kin_columns
from forecasting.features.view import History, View
from forecasting.features.windows import Places, Windows
from forecasting.parameters import Floats

BLOCK_CELLS: Final = 2_000_000
"""Series times periods that features are made of at a time: 16 MB for each array in between."""
Matrix = np.ndarray[tuple[int, int], np.dtype[np.float32]]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Which series at which origins, one of each a row; sorted by series, then origin."""

    series: Places
    origins: Places

    def __len__(self) -> int:
        return len(self.series)


def columns(view: View) -> Iterator[Column]:
    """Every feature, in an order that depends on the history's form alone."""
    return chain(demand_columns(view), kin_columns(view), future_columns(view))


def matrix(history: History, rows: Rows, names: tuple[str, ...]) -> Matrix:
    """The values of the features `names`, shape (rows, features); NaN for those that the history does not have."""
    return _filled(np.full((len(rows), len(names)), np.nan, np.float32), history, rows, names, columns)


def with_other_days_ahead(features: Matrix, history: History, rows: Rows, names: tuple[str, ...]) -> Matrix:
    """The same matrix of a history with the same past, in whose protection period other things are planned or on."""
    return _filled(features.copy(), history, rows, names, future_columns)


def _filled(
    values: Matrix, history: History, rows: Rows, names: tuple[str, ...], made: Callable[[View], Iterator[Column]]
) -> Matrix:
    origins, place = np.unique(rows.origins, return_inverse=True)
    numbers = {name: number for number, name in enumerate(names)}
    for block in _blocks(history):
        ours = slice(*np.searchsorted(rows.series, (block.start, block.stop)))
        if ours.start == ours.stop:
            continue
        view, series = View(history.block(block), origins), rows.series[ours] - block.start
        for column in made(view):
            if column.name in numbers:
                cells = np.broadcast_to(column.values, view.scale.shape)
                values[ours, numbers[column.name]] = cells[series, place[ours]]
    return values


def features_of(history: History) -> dict[str, Known]:
    """The features that a history has, by name, and when each is known."""
    last = np.array([len(history.periods) - 1])
    return {column.name: column.known for column in columns(View(history.block(slice(0, 1)), last))}


def sums_ahead(history: History, rows: Rows) -> Floats:
    """Demand over the protection period after each row's origin, shape (rows,); NaN unless all of it is known."""
    sums = np.empty(len(rows))
    for block in _blocks(history):
        ours = slice(*np.searchsorted(rows.series, (block.start, block.stop)))
        every = np.arange(len(history.periods))
        ahead = Windows(history.wanted[block], every).full(history.protection, -history.protection)
        sums[ours] = ahead[rows.series[ours] - block.start, rows.origins[ours]]
    return sums


def ahead(history: History, rows: Rows) -> Floats:
    """Mean factor of the protection period after each row's origin, shape (rows,), above zero."""
    if history.factor is None:
        return np.ones(len(rows))
    return history.factor.ahead[rows.series, rows.origins].astype(np.float64)


def _blocks(history: History) -> Iterator[slice]:
    step = max(BLOCK_CELLS // max(len(history.periods), 1), 1)
    yield from (slice(start, start + step) for start in range(0, len(history.skus), step))
