"""Demand of which nothing is planned."""

from __future__ import annotations

import numpy as np

from forecasting.panel.panel import Panel
from forecasting.panel.periods import Frequency
from tests.benchmarks.forecasting.kinds.making import Chance, counts, levels, panel_of, season, walk


def wandering(chance: Chance) -> Panel:
    """150 weekly series, 120 weeks, levels that wander; one with a huge order, one that is always the same."""
    rows, weeks = 150, 120
    units = counts(chance, levels(chance, rows, 8) * walk(chance, rows, weeks, 0.08), 4.0)
    units[0, 90], units[1] = 20_000, 7
    return panel_of(units)


def year_end(chance: Chance) -> Panel:
    """50 monthly series, 5 years, peaks at the end of the year."""
    rows, months = 50, 60
    peak = np.where(np.arange(months) % 12 >= 10, chance.uniform(1.5, 4, (rows, 1)), 1.0)
    mean = levels(chance, rows, 60) * peak * season(months, 12, np.full((rows, 1), 0.15), chance.uniform(0, 1, (rows, 1)))
    return panel_of(counts(chance, mean, 12.0), Frequency.MONTH)


def parts(chance: Chance) -> Panel:
    """200 monthly parts, 6 years: wanted in one month of seven, in long runs with nothing between them."""
    rows, months = 200, 72
    begins, ends = chance.uniform(0.02, 0.08, rows), chance.uniform(0.05, 0.2, rows)
    active = np.zeros((rows, months), bool)
    active[:, 0] = chance.random(rows) < 0.3
    for month in range(1, months):
        change = chance.random(rows)
        active[:, month] = np.where(active[:, month - 1], change >= ends, change < begins)
    wanted = active & (chance.random((rows, months)) < 0.45)
    return panel_of(
        np.where(wanted, 1 + counts(chance, np.broadcast_to(levels(chance, rows, 2, 0.8), wanted.shape), 1.5), 0.0),
        Frequency.MONTH,
    )


def two_houses(chance: Chance, rows: int = 240, weeks: int = 120) -> Panel:
    """240 weekly series, 120 weeks, half of them in either of two houses: what sold much in one house for three weeks sells
    little in the next three, in the other it goes on. Nothing but the house tells them apart."""
    run = 3
    high = chance.random((rows, weeks // run + 1)) < 0.5
    state = high.copy()
    turns = (np.arange(rows) % 2 == 0)[:, None]
    for stretch in range(1, state.shape[1]):
        stays = chance.random(rows) < 0.85
        before = state[:, stretch - 1]
        state[:, stretch] = np.where(stays, np.where(turns[:, 0], ~before, before), high[:, stretch])
    factor = np.where(state, 1.6, 0.4).repeat(run, axis=1)[:, :weeks]
    units = counts(chance, levels(chance, rows, 25, 0.6) * factor, 20.0)
    names = [f"H{number:04d}" for number in range(rows)]
    return panel_of(units, skus=names, locations=[("east", "west")[number % 2] for number in range(rows)])


def one_house(chance: Chance, rows: int = 240, weeks: int = 120) -> Panel:
    """The same in two houses that go by one rule: demand goes on as it was."""
    found = two_houses(chance, 2 * rows, weeks)
    west = found.select(np.arange(len(found)) % 2 == 1)
    places = np.arange(len(west))
    series = west.series.with_columns(location=np.where(places % 2 == 0, "east", "west"))
    return Panel(series, west.periods, west.units, west.first_on_sale)
