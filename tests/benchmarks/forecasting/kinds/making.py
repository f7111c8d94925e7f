"""What the kinds are made with: levels, walks, draws, and a panel of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import polars as pl

from forecasting.panel.panel import Panel
from forecasting.panel.periods import Frequency, Periods
from forecasting.parameters import Floats

FIRST: Final = date(2023, 1, 2)
"""A Monday."""
Chance = np.random.Generator


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of demand.

    Attributes:
        name: of it.
        what: moves it, in words.
        horizon: periods whose sum is forecast.
        cutoffs: at which it is judged; the sums do not overlap.
        make: the panel, from a source of chance.
    """

    name: str
    what: str
    horizon: int
    cutoffs: int
    make: Callable[[Chance], Panel]


def panel_of(
    units: Floats,
    frequency: Frequency = Frequency.WEEK,
    *,
    skus: list[str] | None = None,
    locations: list[str] | None = None,
    on_sale: np.ndarray | None = None,
    in_stock_share: Floats | None = None,
    price: Floats | None = None,
    promotion: Floats | None = None,
) -> Panel:
    """A panel of whole units, shape (series, periods); `on_sale` is a mask of the same shape."""
    count, periods = units.shape
    known = np.ones(units.shape, bool) if on_sale is None else on_sale
    names = skus or [f"S{number:04d}" for number in range(count)]
    first = date(2021, 1, 1) if frequency is Frequency.MONTH else FIRST
    places: list[str | None] = [None] * count if locations is None else [*locations]
    series = pl.DataFrame({"sku": names, "location": places}, {"sku": pl.String, "location": pl.String})

    def cells(values: Floats | None) -> np.ndarray | None:
        return None if values is None else np.asarray(values, np.float32)

    return Panel(
        series=series,
        periods=Periods(frequency, first, periods),
        units=np.where(known, units, np.nan).astype(np.float32),
        first_on_sale=np.where(known.any(axis=1), known.argmax(axis=1), periods),
        in_stock_share=cells(in_stock_share),
        price=cells(price),
        promotion=cells(promotion),
    )


def counts(chance: Chance, mean: Floats, size: float = 6.0) -> Floats:
    """Negative binomial draws, variance m + m² / size; a gamma of shape `size` spreads the rate."""
    return chance.poisson(np.minimum(mean * chance.gamma(size, 1 / size, mean.shape), 1e6)).astype(np.float64)


def levels(chance: Chance, series: int, middle: float = 12.0, spread: float = 1.0) -> Floats:
    """A mean for each series, lognormal, shape (series, 1)."""
    return np.exp(chance.normal(np.log(middle), spread, (series, 1)))


def walk(chance: Chance, series: int, periods: int, step: float) -> Floats:
    """What a level is multiplied by as it wanders, shape (series, periods), 1 at the start."""
    return np.exp(np.cumsum(chance.normal(0, step, (series, periods)), axis=1))


def season(periods: int, year: float, height: np.ndarray, phase: np.ndarray) -> Floats:
    """A wave through the year, about 1; `height` and `phase` have shape (series, 1)."""
    return np.asarray(np.exp(height * np.sin(2 * np.pi * (np.arange(periods) / year + phase))), np.float64)


def stretches(chance: Chance, series: int, periods: int, share: float, length: tuple[int, int]) -> np.ndarray:
    """A mask of stretches of some periods, of which about `share` of the time is in one, shape (series, periods)."""
    found = np.zeros((series, periods), bool)
    usual = sum(length) / 2
    for row in range(series):
        place = int(chance.integers(0, max(int(usual / share), 1)))
        while place < periods:
            count = int(chance.integers(length[0], length[1] + 1))
            found[row, place : place + count] = True
            place += count + int(chance.exponential(usual * (1 - share) / share)) + 1
    return found
