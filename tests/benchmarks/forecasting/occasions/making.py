"""What shops with events are made with: demand without them, what they do to it, and when they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

import numpy as np

from forecasting.calendar.event import Event
from forecasting.forecast import Horizon
from forecasting.panel.panel import Panel
from forecasting.panel.periods import Frequency
from forecasting.parameters import Floats
from tests.benchmarks.forecasting.kinds.making import FIRST, Chance, panel_of

WEEK: Final = np.array([0.8, 0.8, 0.9, 1.0, 1.3, 1.6, 0.6])
"""What each day of a week is of the mean."""
AHEAD: Final = {Frequency.DAY: Horizon(14, 7), Frequency.WEEK: Horizon(2, 1)}


@dataclass(frozen=True, slots=True)
class Shop:
    """A history with its events, one to come among them, and what is true of what follows.

    Attributes:
        usual, lifted: mean of each period ahead without and with the events in it, shape (series, ahead).
    """

    panel: Panel
    usual: Floats
    lifted: Floats

    @property
    def horizon(self) -> Horizon:
        """Three weeks."""
        return AHEAD[self.panel.periods.frequency]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of shop: what its events are, in words, and how to make it."""

    what: str
    make: Callable[[Chance], Shop]


def shop(
    chance: Chance,
    usual: Floats,
    lift: Floats,
    events: Iterable[Event],
    frequency: Frequency = Frequency.WEEK,
    in_stock_share: Floats | None = None,
) -> Shop:
    """Poisson demand of `usual` times `lift`, shape (series, periods + ahead)."""
    ahead = AHEAD[frequency].protection
    lifted = usual * lift
    units = chance.poisson(lifted[:, :-ahead]).astype(np.float64)
    if in_stock_share is not None:
        units = np.floor(units * in_stock_share)
    panel = panel_of(units, frequency, in_stock_share=in_stock_share)
    return Shop(replace(panel, events=tuple(events)), usual[:, -ahead:], lifted[:, -ahead:])


def rates(chance: Chance, series: int, periods: int, frequency: Frequency = Frequency.WEEK) -> Floats:
    """Two to eight a day, a level for each series, with a profile of the week for days; shape (series, periods + ahead)."""
    count = periods + AHEAD[frequency].protection
    level = chance.uniform(2, 8, (series, 1))
    if frequency is Frequency.DAY:
        return np.asarray(level * WEEK[np.arange(count) % 7])
    return np.asarray(np.broadcast_to(7 * level, (series, count)))


def on_weeks(kind: str, weeks: Iterable[int], sku: int | None = None, depth: float = 1.0) -> list[Event]:
    """Events of whole weeks, numbered from the first."""
    return [on_days(kind, 7 * int(week), 7, sku, depth) for week in weeks]


def on_days(kind: str, first: int, count: int, sku: int | None = None, depth: float = 1.0) -> Event:
    """An event of some days, numbered from the first; of one SKU, or of all."""
    skus = None if sku is None else frozenset([f"S{sku:04d}"])
    start = FIRST + timedelta(int(first))
    return Event(kind, start, start + timedelta(count - 1), depth, skus)


def days_from(first: date) -> int:
    """Days from the first day of the history to another."""
    return (first - FIRST).days


def spaced(chance: Chance, last: int, least: int, most: int, start: int = 2) -> np.ndarray:
    """Places up to `last`, `least` to `most` apart, of which the last is one of the three before it."""
    found = [int(last - chance.integers(0, 3))]
    while found[-1] - least >= start:
        found.append(found[-1] - int(chance.integers(least, most + 1)))
    return np.array(sorted(place for place in found if place >= 0))
