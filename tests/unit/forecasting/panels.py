"""Panels for tests."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from forecasting.panel.panel import Panel
from forecasting.panel.periods import Frequency, Periods


def panel_of(units: ArrayLike, frequency: Frequency = Frequency.WEEK) -> Panel:
    """One series for each row of `units`, from 1 January 2024 on."""
    cells = np.array(units, np.float32)
    known = ~np.isnan(cells)
    first = np.where(known.any(axis=1), known.argmax(axis=1), cells.shape[1])
    names = pl.DataFrame({"sku": [f"sku {row}" for row in range(len(cells))], "location": [None] * len(cells)})
    return Panel(names, Periods(frequency, date(2024, 1, 1), cells.shape[1]), cells, first)


def full_panel(series: int, periods: int, seed: int, frequency: Frequency = Frequency.WEEK) -> Panel:
    """Sparse and busy series, some new, some out of stock at times, with prices and promotions."""
    chance = np.random.default_rng(seed)
    cells = chance.poisson(chance.gamma(0.7, 4.0, (series, 1)), (series, periods)).astype(np.float32)
    new = chance.integers(0, periods // 2, series) * (chance.random(series) < 0.3)
    cells[np.arange(periods) < new[:, None]] = np.nan
    base = panel_of(cells, frequency)
    in_stock = np.where(chance.random(cells.shape) < 0.05, chance.random(cells.shape), 1).astype(np.float32)
    price = chance.uniform(1, 9, cells.shape).astype(np.float32)
    promotion = (chance.random(cells.shape) < 0.1).astype(np.float32)
    return Panel(base.series, base.periods, cells, base.first_on_sale, in_stock, price, promotion)
