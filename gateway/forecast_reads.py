"""Reads forecasts of a SKU, and draws them; in a thread, for both wait for the database or the disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Engine

from actors.kernel.record.database import faults_named

if TYPE_CHECKING:  # numbers are loaded when a forecast is asked for, not when orders are taken
    from collections.abc import Iterable
    from datetime import date

    from forecasting.evaluation.chart import Story
    from forecasting.panel.panel import Cells
    from forecasting.panel.periods import Periods
    from forecasting.registry.forecasts import ForecastRow

MOST_PAST: Final = 400
"""Forecasts of the past that are told, all warehouses and slots together."""


def read_latest(engine: Engine, sku: str) -> list[ForecastRow]:
    """By warehouse and slot."""
    from forecasting.registry.forecasts import latest_of

    with faults_named("reading forecasts"), engine.connect() as rows:
        return latest_of(rows, sku)


def read_past(engine: Engine, sku: str) -> list[ForecastRow]:
    """Of champions, latest first."""
    from forecasting.registry.forecasts import forecasts_of

    with faults_named("reading forecasts"), engine.connect() as rows:
        return forecasts_of(rows, sku, MOST_PAST)


def read_event_days(engine: Engine, sku: str) -> list[tuple[date, date]]:
    """First and last day of each event that people told of and that is about the SKU."""
    from forecasting.calendar.event_rows import read_kept

    with faults_named("reading demand events"), engine.connect() as rows:
        return [(event.start, event.end) for event in read_kept(rows) if event.skus is None or sku in event.skus]


def chart_of(
    row: ForecastRow, past: list[ForecastRow], data_dir: Path | None, told: Iterable[tuple[date, date]] = ()
) -> bytes:  # fmt: skip
    """A PNG: history as far as its files are on this machine, the forecast, and those before it against what came.

    Args:
        told: days of events, beside those of which forecasts say that they knew them.
    """
    from forecasting.evaluation.chart import draw

    return draw(_story(row, past, data_dir, told))


def _story(row: ForecastRow, past: list[ForecastRow], data_dir: Path | None, told: Iterable[tuple[date, date]]) -> Story:
    import numpy as np

    from forecasting.evaluation.chart import PastForecast, Story

    ours = [one for one in reversed(past) if (one.warehouse, one.slot) == (row.warehouse, row.slot)]
    before = [
        PastForecast(one.cutoff, one.mean, one.quantiles, float("nan") if one.actual is None else one.actual) for one in ours
    ]
    periods, units, share = _history(row, data_dir)
    title = f"{row.sku}, {row.warehouse or 'all warehouses'}, {row.slot}"
    by_period = np.array(row.by_period or [row.mean])
    events = [*told, *[(one.first, one.last) for said in (row, *ours) for one in said.events_ahead]]
    return Story(title, periods, units, share, row.mean, np.array(row.quantiles), by_period, before, events)


def _history(row: ForecastRow, data_dir: Path | None) -> tuple[Periods, Cells, Cells | None]:
    """What was wanted up to the forecast's cut-off; no periods where there are no files of it."""
    import numpy as np

    from forecasting.history.reading import panel_of
    from forecasting.history.store import HistoryStore
    from forecasting.panel.faults import HistoryError
    from forecasting.panel.periods import Periods

    frequency = row.horizon.frequency
    nothing = Periods(frequency, row.horizon.first, 0)
    try:
        demand = HistoryStore((data_dir or Path()) / "history").read_sku(row.sku)
        panel = panel_of(demand, frequency, row.cutoff, row.warehouse or None)
    except HistoryError:  # none, or damaged: the forecast is there all the same
        return nothing, np.empty(0, np.float32), None
    places = (panel.series["location"] == row.warehouse).arg_true().to_list()
    if not places:
        return nothing, np.empty(0, np.float32), None
    whole = Periods(frequency, panel.periods.first, int(panel.periods.index(row.horizon.starts[:1])[0]))
    return whole, _until(panel.units[places[0]], len(whole), 0.0), _share(panel.in_stock_share, places[0], len(whole))


def _share(cells: Cells | None, place: int, count: int) -> Cells | None:
    return None if cells is None else _until(cells[place], count, 1.0)


def _until(cells: Cells, count: int, absent: float) -> Cells:
    """The first `count` periods, those after the last row filled up."""
    import numpy as np

    return np.append(cells[:count], np.full(max(count - len(cells), 0), absent, np.float32))
