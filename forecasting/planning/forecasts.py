"""What planning asks of a forecaster, and its answer as a table."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Final, NamedTuple

import polars as pl

from forecasting.calendar.ahead import named
from forecasting.forecast import Forecaster, Horizon, refuse_bad
from forecasting.history.reading import known_until, panel_of
from forecasting.history.store import HistoryStore
from forecasting.metrics import LEVELS
from forecasting.panel.faults import unusable
from forecasting.panel.panel import Panel
from forecasting.panel.periods import Frequency

DAYS_OF: Final = {Frequency.DAY: 1.0, Frequency.WEEK: 7.0, Frequency.MONTH: 365.25 / 12}
LEAST_WEEKS: Final = 26
"""Weeks of history from which on demand is forecast by the week, which is steadier; before, by the day."""
LONG: Final = timedelta(weeks=LEAST_WEEKS + 2)
LONGEST_PERIODS: Final = 366


def own_panel(store: HistoryStore) -> Panel:
    """The history of an installation, by the week once it has `LEAST_WEEKS`.

    Raises:
        HistoryError: there is none.
    """
    demand = store.read()
    if demand.is_empty():
        raise unusable(str(store.folder), "empty: `skuld forecast history` writes it, `skuld forecast import` takes in a file")
    first, last = _span(demand, store)
    return panel_of(demand, Frequency.WEEK if last - first >= LONG else Frequency.DAY, last)


def is_long(store: HistoryStore) -> bool:
    """Whether the history of an installation is forecast by the week."""
    demand = store.read()
    if demand.is_empty():
        return False
    first, last = _span(demand, store)
    return last - first >= LONG


def _span(demand: pl.DataFrame, store: HistoryStore) -> tuple[date, date]:
    first = demand["day"].min()
    assert isinstance(first, date)
    return first, known_until(demand, store)


class Told(NamedTuple):
    """What a forecaster says.

    Attributes:
        table: `sku`, `warehouse`, `mean` and quantiles as `plan` takes them, with `of_plan` where it looks at a plan, and with
            `of_events` and `occasion` where it looks at events.
        days: that these are over.
        learned: types of events of these days that it looks at.
    """

    table: pl.DataFrame
    days: float
    learned: tuple[str, ...]


def forecast_for(
    panel: Panel,
    forecaster: Forecaster,
    name: str,
    days: float,
    warehouse: str,
    factor: float = 1.0,
    horizon: Horizon | None = None,
) -> Told:
    """Demand over about so many days after the last period of a panel.

    Args:
        name: of the forecaster, in errors.
        days: wanted; whole periods are asked for.
        warehouse: whose demand it is where the panel has no locations.
        factor: everything is taken times this, to see what if.
        horizon: that the forecaster was trained for, in place of the days wanted.
    Raises:
        ParameterError: the forecast is none.
    """
    length = DAYS_OF[panel.periods.frequency]
    if horizon is None:
        horizon = Horizon(0, min(max(math.ceil(days / length - 1e-9), 1), LONGEST_PERIODS))
    found = forecaster(panel, horizon)
    refuse_bad(found, name, panel.on_sale()[:, -1])
    columns = {f"p{100 * level:g}": found.quantiles[:, at] * factor for at, level in enumerate(LEVELS)}
    if found.of_plan is not None:
        columns["of_plan"] = found.of_plan * factor
    if found.events is not None:
        columns["of_events"] = found.events.total * factor
    frame = panel.series.select("sku", pl.col("location").fill_null(warehouse).alias("warehouse")).with_columns(
        pl.Series("mean", found.mean * factor), *[pl.Series(level, values) for level, values in columns.items()]
    )
    if found.events is not None:
        occasions = [named(found.events.of(row)) for row in range(len(frame))]
        frame = frame.with_columns(pl.Series("occasion", occasions, pl.String))
    return Told(frame, horizon.protection * length, () if found.events is None else found.events.kinds)
