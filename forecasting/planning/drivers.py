"""What drives a forecast: demand as it was before, what has changed of late, what comes of events and of a plan where the
forecaster tells, and what it expects besides.

The parts need nothing of the forecaster but what it says, so that they are the same for a model and for a baseline.
"""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np
import polars as pl

from forecasting.panel.panel import Cells, Panel
from forecasting.panel.periods import Frequency
from forecasting.parameters import Floats
from forecasting.planning.forecasts import DAYS_OF
from forecasting.suggestions.waterfall import Step

WINDOWS: Final = {Frequency.DAY: (91, 28), Frequency.WEEK: (13, 4), Frequency.MONTH: (12, 3)}
"""Periods that tell what was before, and what is of late: a quarter and a month; of months a year and a quarter."""
BESIDES, WITHOUT_EVENTS = "season, trend and events", "season and trend"


class DriversOf(Protocol):
    """What so many units, expected of a SKU in a warehouse in so many days, are made of."""

    def __call__(
        self, sku: str, place: str, expected: float, days: float, known_apart: tuple[Step, ...] = (), /
    ) -> tuple[Step, ...]:
        """Steps of whole units that add up to them; `known_apart` are some of these."""
        ...


def drivers_in(panel: Panel, warehouse: str, *, events_apart: bool = False) -> DriversOf:
    """The drivers of forecasts of a panel's series.

    Args:
        warehouse: whose demand it is where the panel has no locations.
        events_apart: whether the forecaster tells what comes of events.
    """
    frequency = panel.periods.frequency
    before, lately = WINDOWS[frequency]
    known = panel.target()
    per_day = np.stack([_mean(known[:, -count:]) for count in (before, lately)], axis=1) / DAYS_OF[frequency]
    keys = panel.series.select("sku", pl.col("location").fill_null(warehouse)).rows()
    row_of = {key: row for row, key in enumerate(keys)}
    names = f"as in the latest {before} {frequency}s", f"changed in the latest {lately}"
    rest = WITHOUT_EVENTS if events_apart else BESIDES

    def drivers(sku: str, place: str, expected: float, days: float, known_apart: tuple[Step, ...] = (), /) -> tuple[Step, ...]:
        row = row_of.get((sku, place))
        if row is None:
            return ()
        were, are, whole = np.rint([*(per_day[row] * days), expected]).astype(np.int64).tolist()
        left = whole - are - sum(step.units for step in known_apart)
        found = (Step(names[0], were), Step(names[1], are - were), *known_apart, Step(rest, left))
        return tuple(step for step in found if step.units)

    return drivers


def _mean(cells: Cells) -> Floats:
    """Of each row's cells that are known; zero where none is."""
    known = ~np.isnan(cells)
    return np.asarray(np.where(known, cells, 0.0).sum(axis=1, dtype=np.float64) / np.maximum(known.sum(axis=1), 1))
