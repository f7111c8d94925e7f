"""Demand that promotions and prices move, told ahead."""

from __future__ import annotations

import numpy as np

from forecasting.panel.panel import Panel
from forecasting.panel.periods import Frequency
from tests.benchmarks.forecasting.kinds.making import Chance, counts, levels, panel_of, season, stretches, walk


def shop(chance: Chance) -> Panel:
    """30 SKUs in 3 places over 3 years: price cuts, promotions of three names, a dip after each, weeks short of stock."""
    places, skus, weeks = 3, 30, 156
    rows = places * skus
    price = chance.uniform(2, 30, (skus, 1)).repeat(places, 0)
    cut = np.where(stretches(chance, rows, weeks, 0.12, (1, 2)), chance.choice([0.15, 0.25, 0.35, 0.5], (rows, weeks)), 0.0)
    cut[:, 1:] = np.where((cut[:, 1:] > 0) & (cut[:, :-1] > 0), cut[:, :-1], cut[:, 1:])
    kind = np.where(stretches(chance, rows, weeks, 0.08, (1, 2)), chance.choice([1.1, 1.2, 1.3], (rows, 1)), 0.0)
    lift = (1 - cut) ** chance.uniform(-4, -2, (skus, 1)).repeat(places, 0)
    lift *= np.select([kind > 1.25, kind > 1.15, kind > 0], [2.2, 1.6, 1.3], 1.0)
    was = np.zeros((rows, weeks), bool)
    was[:, 1:] = lift[:, :-1] > 1
    dip = np.where(was & (lift <= 1), 0.75, 1.0)
    wave = season(weeks, 52, chance.uniform(0, 0.3, (rows, 1)), chance.uniform(0, 1, (rows, 1)))
    mean = levels(chance, skus, 15).repeat(places, 0) * np.tile(np.exp(chance.normal(0, 0.4, (places, 1))), (skus, 1)) * wave
    share = np.where(chance.random((rows, weeks)) < 0.04, chance.random((rows, weeks)), 1.0)
    return panel_of(
        np.floor(counts(chance, mean * lift * dip) * share),
        skus=[f"R{number:03d}" for number in range(skus) for _ in range(places)],
        locations=[name for _ in range(skus) for name in ("north", "south", "west")],
        in_stock_share=share,
        price=np.round(price * (1 - cut), 2),
        promotion=kind,
    )


def depths(chance: Chance) -> Panel:
    """50 weekly series, 130 weeks: promotions of 10 to 50 %, levels that wander."""
    rows, weeks = 50, 130
    on = stretches(chance, rows, weeks, 0.15, (1, 2))
    depth = np.where(on, chance.choice([0.1, 0.2, 0.3, 0.4, 0.5], (rows, weeks)), 0.0)
    mean = levels(chance, rows) * walk(chance, rows, weeks, 0.06) * np.exp(chance.uniform(1.5, 3.5, (rows, 1)) * depth)
    return panel_of(counts(chance, mean), promotion=depth)


def cycle(chance: Chance) -> Panel:
    """120 weekly series, 2 years, in families of 4: promoted every fourth to eighth week, which takes from the family."""
    rows, weeks = 120, 104
    gap, start = chance.integers(4, 9, (rows, 1)), chance.integers(0, 8, (rows, 1))
    on = (np.arange(weeks) + start) % gap == 0
    family = on.reshape(-1, 4, weeks).sum(axis=1).repeat(4, 0) - on
    mean = levels(chance, rows) * np.where(on, chance.uniform(1.8, 3.5, (rows, 1)), 1.0) * 0.8**family
    names = [f"F{number // 4:03d}-{number % 4}" for number in range(rows)]
    return panel_of(counts(chance, mean), skus=names, promotion=on.astype(float))


def prices(chance: Chance) -> Panel:
    """80 weekly series, 2 years: steps of price at elasticities of -1 to -4, a twentieth of the prices missing."""
    rows, weeks = 80, 104
    steps = np.repeat(chance.choice([0.7, 0.8, 0.9, 1.0, 1.0, 1.1], (rows, weeks)), 4, axis=1)[:, :weeks]
    price = np.round(chance.uniform(2, 40, (rows, 1)) * steps, 2)
    mean = levels(chance, rows) * steps ** chance.uniform(-4, -1, (rows, 1))
    told = np.where(chance.random((rows, weeks)) < 0.05, np.nan, price)
    return panel_of(counts(chance, mean), price=told)


def fashion(chance: Chance) -> Panel:
    """300 weekly series of a life of 12 to 30 weeks within 2 years, which rises and fades; marked down by 30, then by 50 %,
    and no row once it is over."""
    rows, weeks = 300, 104
    life = chance.integers(12, 31, (rows, 1))
    start = chance.integers(-10, weeks - 8, (rows, 1))
    age = np.arange(weeks) - start
    on_sale, part = (age >= 0) & (age < life), np.clip(age / life, 0, 1)
    fades = np.exp(-chance.uniform(2, 5, (rows, 1)) * part) * np.minimum(1, 0.4 + 4 * part)
    depth = np.select([part >= 0.8, part >= 0.55], [0.5, 0.3], 0.0) * on_sale
    mean = levels(chance, rows, 30) * fades * (1 - depth) ** chance.uniform(-2.2, -0.8, (rows, 1))
    price = np.round(chance.uniform(10, 90, (rows, 1)) * (1 - depth), 2)
    units = counts(chance, np.where(on_sale, mean, 0.0), 3.0)
    kept, begun = np.flatnonzero(on_sale[:, :-8].any(axis=1)), np.maximum.accumulate(on_sale, axis=1)
    return panel_of(units, on_sale=begun, price=np.where(on_sale, price, np.nan), promotion=depth).select(kept)


def chain(chance: Chance) -> Panel:
    """20 SKUs by the day in 3 places, 3 years: steps of price, flagged days, rare demand, new and ended ones."""
    places, skus, days = 3, 20, 1092
    rows = places * skus
    steps = np.repeat(chance.choice([0.8, 0.9, 1.0, 1.0, 1.1], (skus, 40)), 28, axis=1)[:, :days].repeat(places, 0)
    flag = stretches(chance, skus, days, 0.03, (2, 5)).repeat(places, 0)
    week = np.array([0.8, 0.8, 0.9, 1.0, 1.3, 1.6, 0.6])[np.arange(days) % 7]
    middle = np.where(np.arange(skus) % 2, 0.3, 6.0)[:, None].repeat(places, 0) * np.exp(chance.normal(0, 0.5, (rows, 1)))
    wave = season(days, 364, chance.uniform(0, 0.3, (rows, 1)), chance.uniform(0, 1, (rows, 1)))
    mean = middle * week * wave * steps ** chance.uniform(-3, -1, (rows, 1)) * np.where(flag, 2.0, 1.0)
    first = np.where(chance.random((rows, 1)) < 0.2, chance.integers(0, days - 100, (rows, 1)), 0)
    last = np.where(chance.random((rows, 1)) < 0.1, chance.integers(days // 2, days, (rows, 1)), days)
    on_sale = (np.arange(days) >= first) & (np.arange(days) < last)
    return panel_of(
        counts(chance, mean), Frequency.DAY, on_sale=on_sale,
        skus=[f"C{number:03d}" for number in range(skus) for _ in range(places)],
        locations=[name for _ in range(skus) for name in ("north", "south", "west")],
        price=np.round(chance.uniform(2, 40, (rows, 1)) * steps, 2), promotion=flag.astype(float),
    )  # fmt: skip


def christmas(chance: Chance) -> Panel:
    """15 SKUs by the day in 4 places, 2 years that end before the new year: flags for 3 to 14 days, Christmas."""
    places, skus, days = 4, 15, 725
    rows = places * skus
    flag = stretches(chance, skus, days, 0.1, (3, 14)).repeat(places, 0)
    week = np.array([0.9, 0.9, 0.9, 1.0, 1.2, 1.5, 0.6])[np.arange(days) % 7]
    to_christmas = (357 - np.arange(days)) % 365
    peak = 1 + chance.uniform(0.2, 1.5, (rows, 1)) * np.exp(-to_christmas / 12)
    mean = levels(chance, rows, 5) * week * peak * np.where(flag, chance.uniform(1.4, 3, (rows, 1)), 1.0)
    return panel_of(
        counts(chance, mean), Frequency.DAY, promotion=flag.astype(float),
        skus=[f"X{number:03d}" for number in range(skus) for _ in range(places)],
        locations=[name for _ in range(skus) for name in ("a", "b", "c", "d")],
    )  # fmt: skip


def shops(chance: Chance) -> Panel:
    """40 shops by the day, 2.5 years: closed on Sundays and a few holidays, promoted every other week."""
    rows, days = 40, 910
    week = np.array([1.2, 1.0, 0.9, 0.9, 1.1, 1.3, 0.0])[np.arange(days) % 7]
    closed = np.isin(np.arange(days) % 364, (0, 95, 120, 130, 140, 275, 358, 359))
    on = ((np.arange(days) // 7 + chance.integers(0, 2, (rows, 1))) % 2 == 0) & (week > 0)
    mean = (
        levels(chance, rows, 5000, 0.3)
        * week
        * np.where(closed, 0.0, 1.0)
        * np.where(on, chance.uniform(1.2, 1.6, (rows, 1)), 1.0)
    )
    return panel_of(counts(chance, mean, 80.0), Frequency.DAY, promotion=on.astype(float))


def few(chance: Chance) -> Panel:
    """3 weekly series, 130 weeks, promoted now and then."""
    on = stretches(chance, 3, 130, 0.15, (1, 2))
    return panel_of(counts(chance, levels(chance, 3, 15, 0.5) * np.where(on, 2.2, 1.0)), promotion=on.astype(float))


def one(chance: Chance) -> Panel:
    """A single series by the day, 700 days."""
    on = stretches(chance, 1, 700, 0.15, (3, 7))
    week = np.array([0.8, 0.8, 0.9, 1.0, 1.3, 1.6, 0.6])[np.arange(700) % 7]
    return panel_of(counts(chance, 40 * week * np.where(on, 2.0, 1.0)), Frequency.DAY, promotion=on.astype(float))


def large(chance: Chance) -> Panel:
    """250 series by the day, 2 years: price cuts of 10 to 30 % with a flag, seasons of families, new ones."""
    rows, days = 250, 728
    on = stretches(chance, rows, days, 0.1, (5, 10))
    cut = np.where(on, chance.choice([0.1, 0.2, 0.3], (rows, 1)), 0.0)
    family = np.arange(rows)[:, None] // 25
    week = np.array([0.9, 0.9, 0.9, 1.0, 1.2, 1.5, 0.6])[np.arange(days) % 7]
    wave = season(days, 364, 0.2 + 0.05 * (family % 5), family * 0.17)
    mean = levels(chance, rows, 4) * week * wave * (1 - cut) ** chance.uniform(-4, -2, (rows, 1))
    first = np.where(chance.random((rows, 1)) < 0.1, chance.integers(0, days - 60, (rows, 1)), 0)
    price = np.round(chance.uniform(2, 40, (rows, 1)) * (1 - cut), 2)
    names = [f"L{number // 25:02d}-{number % 25:02d}" for number in range(rows)]
    on_sale = np.arange(days) >= first
    return panel_of(counts(chance, mean), Frequency.DAY, skus=names, on_sale=on_sale, price=price, promotion=on.astype(float))
