"""Panels shaped like data sets that people know: what is in them, how it is told, how often nothing is sold."""

from __future__ import annotations

import numpy as np

from forecasting.panel.panel import Panel
from forecasting.panel.periods import Frequency
from tests.benchmarks.forecasting.kinds.making import Chance, counts, levels, panel_of, season, stretches, walk

WEEKEND = np.array([0.85, 0.85, 0.9, 0.95, 1.15, 1.35, 1.2])


def supermarkets(chance: Chance) -> Panel:
    """10 shops by the day, 20 SKUs each, 3 years, half of all days without a sale, as in M5: prices that stay for months,
    flagged days in the first half of a month, Christmas closed, new SKUs, stretches without any sale."""
    places, skus, days = 10, 20, 1092
    rows = places * skus
    month = np.arange(days) % 30
    flag = np.isin(month, (1, 3, 5, 7, 9, 11, 13)) & (chance.random((places, 1)) < 0.9)
    flag = np.tile(flag, (skus, 1))
    steps = 1 + np.cumsum(chance.choice([-0.08, 0.0, 0.05], (skus, 20), p=[0.15, 0.65, 0.2]), axis=1)
    steps = np.maximum(np.repeat(steps, 56, axis=1)[:, :days], 0.4).repeat(places, 0)
    week = WEEKEND[np.arange(days) % 7]
    food = (np.arange(skus) % 2 == 0)[:, None].repeat(places, 0)
    wave = season(
        days, 364, chance.uniform(0, 0.25, (skus, 1)).repeat(places, 0), chance.uniform(0, 1, (skus, 1)).repeat(places, 0)
    )
    middle = levels(chance, skus, 0.9, 1.1).repeat(places, 0) * np.tile(np.exp(chance.normal(0, 0.4, (places, 1))), (skus, 1))
    lift = np.where(flag & food, 1.25, 1.0) * steps ** chance.uniform(-2, -0.5, (skus, 1)).repeat(places, 0)
    mean = middle * week * wave * lift * walk(chance, rows, days, 0.012)
    mean *= ~stretches(chance, rows, days, 0.05, (7, 40))
    mean[:, np.arange(days) % 364 == 357] = 0.0
    first = np.where(chance.random((skus, 1)) < 0.3, chance.integers(0, days - 120, (skus, 1)), 0).repeat(places, 0)
    price = np.round(chance.uniform(1, 12, (skus, 1)).repeat(places, 0) * steps, 2)
    on_sale = np.arange(days) >= first
    return panel_of(
        counts(chance, mean, 2.5), Frequency.DAY, on_sale=on_sale, price=np.where(on_sale, price, np.nan),
        promotion=flag.astype(float), skus=[f"FOODS_{number:03d}" for number in range(skus) for _ in range(places)],
        locations=[f"CA_{place}" for _ in range(skus) for place in range(places)],
    )  # fmt: skip


def grocery(chance: Chance) -> Panel:
    """8 shops by the day, 25 SKUs each, 1.5 years, as in Favorita: a flag of promotions that more and more days have, paydays,
    SKUs that are new, promotions that differ from shop to shop."""
    places, skus, days = 8, 25, 546
    rows = places * skus
    more = np.linspace(0.03, 0.2, days)
    on = stretches(chance, rows, days, 0.2, (3, 10)) & (chance.random((rows, 1)) < more / 0.2)
    payday = np.where(np.isin(np.arange(days) % 15, (0, 1)), 1.2, 1.0)
    lift = np.where(on, np.exp(chance.normal(0.6, 0.35, (skus, 1))).repeat(places, 0), 1.0)
    middle = levels(chance, skus, 4, 1.2).repeat(places, 0) * np.tile(np.exp(chance.normal(0, 0.5, (places, 1))), (skus, 1))
    mean = middle * WEEKEND[np.arange(days) % 7] * payday * lift * walk(chance, rows, days, 0.01)
    first = np.where(chance.random((rows, 1)) < 0.2, chance.integers(0, days - 20, (rows, 1)), 0)
    return panel_of(
        counts(chance, mean, 3.0), Frequency.DAY, on_sale=np.arange(days) >= first, promotion=on.astype(float),
        skus=[str(100_000 + 977 * number) for number in range(skus) for _ in range(places)],
        locations=[str(place) for _ in range(skus) for place in range(places)],
    )  # fmt: skip


def drugstores(chance: Chance) -> Panel:
    """60 shops by the day, 2.5 years, as in Rossmann: closed on Sundays and holidays, a promotion every other week from Monday
    to Friday, the same for all of them, some closed for a month, before Christmas more."""
    rows, days = 60, 940
    week = np.array([1.25, 1.05, 0.95, 0.95, 1.05, 0.9, 0.0])[np.arange(days) % 7]
    on = ((np.arange(days) // 7) % 2 == 0) & (np.arange(days) % 7 < 5)
    closed = np.isin(np.arange(days) % 364, (0, 95, 98, 120, 130, 141, 275, 358, 359))
    rebuilt = stretches(chance, rows, days, 0.02, (20, 40)) & (chance.random((rows, 1)) < 0.3)
    before = 1 + 0.5 * np.exp(-((350 - np.arange(days) % 364) % 364) / 12)
    mean = levels(chance, rows, 6000, 0.4) * week * before * np.where(on, chance.uniform(1.2, 1.6, (rows, 1)), 1.0)
    mean = np.where(closed | rebuilt, 0.0, mean * walk(chance, rows, days, 0.004))
    return panel_of(counts(chance, mean, 60.0), Frequency.DAY, promotion=np.broadcast_to(on, mean.shape).astype(float))


def wholesale(chance: Chance) -> Panel:
    """150 monthly series, 5 years: prices that rise once or twice a year, large orders now and then, a season, new ones."""
    rows, months = 150, 60
    rises = np.where(chance.random((rows, months)) < 0.12, chance.uniform(0.02, 0.12, (rows, months)), 0.0)
    price = np.round(chance.uniform(3, 200, (rows, 1)) * np.exp(np.cumsum(rises, axis=1)), 2)
    before = np.exp(np.roll(rises, -1, axis=1) * 2)  # bought before it rises
    before[:, -1] = 1
    real = np.exp(np.cumsum(rises - rises.mean(), axis=1))
    wave = season(months, 12, chance.uniform(0, 0.4, (rows, 1)), chance.uniform(0, 1, (rows, 1)))
    mean = (
        levels(chance, rows, 80, 1.2)
        * wave
        * before
        * real ** chance.uniform(-1.5, 0, (rows, 1))
        * walk(chance, rows, months, 0.06)
    )
    units = counts(chance, mean, 3.0)
    units[chance.random((rows, months)) < 0.01] *= 6
    first = np.where(chance.random((rows, 1)) < 0.2, chance.integers(0, months - 6, (rows, 1)), 0)
    return panel_of(units, Frequency.MONTH, on_sale=np.arange(months) >= first, price=price)


def flyers(chance: Chance) -> Panel:
    """120 weekly series, 2 years: promotions of nine names, one of which is new in the last months."""
    rows, weeks = 120, 104
    on = stretches(chance, rows, weeks, 0.2, (1, 2))
    name = chance.integers(0, 8, (rows, weeks))
    name = np.where((np.arange(weeks) > 88) & (chance.random((rows, weeks)) < 0.3), 8, name)
    lift = np.array([1.2, 1.4, 1.6, 1.8, 2.0, 2.4, 3.0, 1.0, 2.2])[name]
    mean = levels(chance, rows, 14) * np.where(on, lift, 1.0) * walk(chance, rows, weeks, 0.04)
    return panel_of(counts(chance, mean, 5.0), promotion=np.where(on, 1 + (name + 1) / 16, 0.0))
