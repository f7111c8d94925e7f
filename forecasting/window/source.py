"""The history that a slot is trained and scored on, the system's own or a file's, and what the system keeps beside it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
from sqlalchemy import Connection, text

from forecasting.calendar.event import digest_of, known_at
from forecasting.calendar.event_rows import read_kept
from forecasting.history.attribution import DEFAULT
from forecasting.history.importing import days_of
from forecasting.history.reading import SOURCE, known_until, panel_of
from forecasting.history.store import HistoryStore
from forecasting.panel.faults import unusable
from forecasting.panel.long_table import read_panel
from forecasting.panel.panel import Panel
from forecasting.panel.periods import Frequency


def panel_for(frequency: Frequency, store: HistoryStore, file: Path | None = None) -> Panel:
    """Whole periods up to the last day that is known; days of a file are summed to weeks or months as the system's own are.

    Raises:
        HistoryError: there is none, a file is damaged or cannot be used.
    """
    if file is not None:
        return _summed(read_panel(file), frequency)
    demand = store.read()
    if demand.is_empty():
        raise unusable(SOURCE, "it is empty: `skuld forecast history` or `skuld forecast import` fills it")
    return panel_of(demand, frequency, known_until(demand, store))


def _summed(panel: Panel, frequency: Frequency) -> Panel:
    if panel.periods.frequency is not Frequency.DAY or frequency is Frequency.DAY:
        return panel
    summed = panel_of(days_of(panel, DEFAULT), frequency, panel.periods.last_day)
    if panel.series["location"].null_count() < len(panel):
        return summed
    return replace(summed, series=summed.series.with_columns(pl.lit(None, pl.String).alias("location")))


def with_kept(panel: Panel, rows: Connection) -> Panel:
    """A history with what the system of record keeps beside it: events that move demand, and the categories of its products,
    which go before those that the history tells."""
    return replace(panel, events=read_kept(rows), category=_categories(panel, rows))


def kept_digests(panel: Panel, until: date) -> dict[str, str]:
    """What the system keeps beside a history, as far as it was announced by a day: `events_kept` and `categories`, each by its
    SHA-256; none of what there is none of."""
    found = {"events_kept": digest_of(known_at(panel.events, until))}
    if panel.category is not None:
        told = panel.series.select("sku", "location").with_columns(panel.category.alias("category")).write_csv()
        found["categories"] = hashlib.sha256(told.encode()).hexdigest()
    return {name: digest for name, digest in found.items() if digest}


def _categories(panel: Panel, rows: Connection) -> pl.Series | None:
    """Of each series that of its product, else the one that the history tells; None when there is none at all."""
    found = rows.execute(text("SELECT sku, category FROM products WHERE category <> ''"))
    known: dict[str, str] = dict(tuple(row) for row in found)
    told = pl.Series("category", [known.get(sku) for sku in panel.series["sku"]], pl.String)
    whole = told if panel.category is None else told.fill_null(panel.category)
    return None if whole.null_count() == len(whole) else whole
