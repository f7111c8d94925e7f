"""Weekly demand made up of the rhythms that warehouses know, the same for the same seed: for when no real data is there."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forecasting.parameters import Floats

FIRST: Final = date(2024, 1, 1)
"""A Monday."""
FAMILY: Final = 40
"""SKUs whose names begin alike; they share a season and a trend."""
AT_ONCE: Final = 50_000
"""Series that are drawn at a time."""
RHYTHMS: Final = {"smooth": 0.30, "erratic": 0.25, "intermittent": 0.30, "lumpy": 0.15}
"""Share of each of the four classes of Syntetos, Boylan and Croston 2005."""
OCCURRENCE: Final = {"smooth": (1.0, 1.0), "erratic": (1.0, 1.0), "intermittent": (0.1, 0.5), "lumpy": (0.05, 0.35)}
"""Least and largest chance that anything is wanted in a week."""
SHAPE: Final = {"smooth": 12.0, "erratic": 0.9, "intermittent": 6.0, "lumpy": 0.6}
"""Of the gamma by which a week's rate is spread about its mean; a small one makes a few huge weeks."""
NEW: Final = 0.15
"""Share of the SKUs that went on sale some time within the history."""
ENDED: Final = 0.03
"""Share that nobody wants any more from some week on."""


def weekly_table(skus: int, weeks: int = 104, seed: int = 1) -> pl.DataFrame:
    """A long table: `sku`, `week`, `units`; weeks without demand have no row, but for the one in which a SKU went on sale."""
    days = pl.Series("week", [FIRST + timedelta(weeks=place) for place in range(weeks)], pl.Date)
    return pl.concat([_part(start, min(AT_ONCE, skus - start), days, seed) for start in range(0, skus, AT_ONCE)])


def _part(start: int, count: int, days: pl.Series, seed: int) -> pl.DataFrame:
    """Rows of the series from `start` on."""
    numbers = np.arange(start, start + count)
    chance = np.random.default_rng((seed, start))
    units, first = _demand(chance, numbers // FAMILY, len(days))
    on_sale = np.arange(len(days)) >= first[:, None]
    series, places = np.nonzero(on_sale & ((units > 0) | (np.arange(len(days)) == first[:, None])))
    names = pl.Series("sku", [f"F{number // FAMILY:05d}-{number % FAMILY:02d}" for number in numbers.tolist()])
    return pl.DataFrame({"sku": names[series], "week": days[places], "units": units[series, places]})


def _demand(chance: np.random.Generator, family: NDArray[np.int64], weeks: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Units of each series and week, and the week in which each goes on sale."""
    count, time = len(family), np.arange(weeks)
    rhythm = chance.choice(list(RHYTHMS), count, p=list(RHYTHMS.values()))
    level = np.exp(chance.normal(1.2, 1.5, count))
    least, most = (np.array([OCCURRENCE[name][end] for name in RHYTHMS]) for end in (0, 1))
    which = np.array([list(RHYTHMS).index(name) for name in rhythm])
    often = least[which] + (most - least)[which] * chance.random(count)
    shape = np.array(list(SHAPE.values()))[which, None]
    rate = level[:, None] * _season(family, time) / np.sqrt(often)[:, None]
    spread = chance.gamma(np.broadcast_to(shape, rate.shape)) / shape
    units = chance.poisson(np.minimum(rate * spread, 1e6)) * (chance.random(rate.shape) < often[:, None])
    first = np.where(chance.random(count) < NEW, chance.integers(0, max(weeks - 4, 1), count), 0)
    last = np.where(chance.random(count) < ENDED, chance.integers(weeks // 2, weeks, count), weeks)
    return np.where(time < last[:, None], units, 0).astype(np.int32), first


def _season(family: NDArray[np.int64], time: NDArray[np.int64]) -> Floats:
    """What the week of the year and the trend make of the level, by family; about 1, shape (series, weeks)."""
    phase, height = (family * 0.618) % 1.0, 0.5 * ((family * 0.414) % 1.0)
    trend = 0.4 * ((family * 0.732) % 1.0 - 0.5)
    yearly = height[:, None] * np.sin(2 * np.pi * (time / 52 + phase[:, None]))
    return np.asarray(np.exp(yearly + trend[:, None] * (time / 52 - 1)))
