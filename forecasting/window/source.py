"""The history that a slot is trained and scored on: the system's own, or a file's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection

from forecasting.calendar.event_rows import read_kept
from forecasting.history.reading import SOURCE, known_until, panel_of
from forecasting.history.store import HistoryStore
from forecasting.panel.faults import unusable
from forecasting.panel.long_table import read_panel
from forecasting.panel.panel import Panel
from forecasting.panel.periods import Frequency


def panel_for(frequency: Frequency, store: HistoryStore, file: Path | None = None) -> Panel:
    """Whole periods up to the last day that is known.

    Raises:
        HistoryError: there is none, a file is damaged or cannot be used.
    """
    if file is not None:
        return read_panel(file)
    demand = store.read()
    if demand.is_empty():
        raise unusable(SOURCE, "it is empty: `skuld forecast history` or `skuld forecast import` fills it")
    return panel_of(demand, frequency, known_until(demand, store))


def with_kept(panel: Panel, rows: Connection) -> Panel:
    """A history with what the system of record keeps beside it: events that move demand."""
    return replace(panel, events=read_kept(rows))
