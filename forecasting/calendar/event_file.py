"""Read events from a Parquet or CSV file, or report every fault of it."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from forecasting.calendar.event import Event
from forecasting.calendar.kinds import is_day_off, is_make_up_workday
from forecasting.panel.cells import days, is_text, numbers, switches, text
from forecasting.panel.faults import Findings
from forecasting.panel.files import named, open_table

SKU_SEPARATORS: Final = re.compile(r"[;,|\s]+")
WORKED: Final = "does not go with a make-up workday, which everybody works"


def read_events(path: Path) -> list[Event]:
    """Read an event table; see `events_from` for its columns.

    Raises:
        HistoryError: the file cannot be used; every fault of it, by row, column and value.
    """
    return events_from(open_table(path), str(path))


def events_from(raw: pl.DataFrame, source: str = "the event table") -> list[Event]:
    """Make events of a table, one row each.

    Args:
        raw: `type` (text), `start` and `end` (dates, the last day included; no `end` is one day), and optionally `depth`
            (> 0, 1 when null), `skus` (text, several apart by semicolon, comma, bar or space; all when null), `day_off` (when
            null, only closures are) and `known_from` (the day it was announced). A `make-up workday` is neither a day off nor
            about some SKUs.
        source: what to call the table in an error.
    Raises:
        HistoryError: columns missing, or cells that are missing, unreadable or out of range.
    """
    raw = named(raw, source)
    findings = Findings(source)
    for column in ("type", "start"):
        if column not in raw.columns:
            findings.column(f"column {column}", f"missing; found {', '.join(map(repr, raw.columns))}")
    findings.raise_any()
    kind = text(raw["type"])
    findings.rows(kind.is_null(), raw["type"], "is missing")
    start = _days(raw, "start", findings)
    findings.rows(raw["start"].is_null(), raw["start"], "is missing")
    end = _days(raw, "end", findings).fill_null(start) if "end" in raw.columns else start
    findings.rows((end < start).fill_null(False), raw["end"] if "end" in raw.columns else raw["start"], "is before the start")
    depth = _depth(raw, findings)
    off, skus = _days_off(raw, kind, findings), _skus(raw, kind, findings)
    known = _days(raw, "known_from", findings) if "known_from" in raw.columns else [None] * raw.height
    findings.raise_any()
    return [Event(*row) for row in zip(kind, start, end, depth, skus, off, known, strict=True)]


def _days(raw: pl.DataFrame, column: str, findings: Findings) -> pl.Series:
    cells = raw[column]
    if not (is_text(cells.dtype) or cells.dtype == pl.Date or isinstance(cells.dtype, pl.Datetime)):
        findings.column(f"column {column}", f"has type {cells.dtype}, expected dates")
        return pl.Series(column, [None] * raw.height, pl.Date)
    read, form = days(cells)
    if form == "ambiguous":
        findings.column(f"column {column}", "could be day/month/year or month/day/year: write dates as 2024-04-03")
    findings.rows(read.is_null() & cells.is_not_null(), cells, "is not a date, or not written like the others")
    far = ((read < date(1970, 1, 1)) | (read >= date(2100, 1, 1))).fill_null(False)
    findings.rows(far, cells, "is not between 1970 and 2100")
    return read


def _depth(raw: pl.DataFrame, findings: Findings) -> pl.Series:
    if "depth" not in raw.columns:
        return pl.Series("depth", [1.0] * raw.height)
    read = numbers(raw["depth"])
    findings.rows(read.is_null() & raw["depth"].is_not_null(), raw["depth"], "is not a number")
    findings.rows(~((read > 0) & read.is_finite()).fill_null(True), raw["depth"], "is not a finite number above zero")
    return read.fill_null(1.0)


def _days_off(raw: pl.DataFrame, kind: pl.Series, findings: Findings) -> list[bool]:
    usual = [is_day_off(one or "") for one in kind]
    if "day_off" not in raw.columns:
        return usual
    told, is_told = switches(raw["day_off"]).fill_null(0) > 0, text(raw["day_off"]).is_not_null()
    off = [cell if known else by_kind for cell, known, by_kind in zip(told, is_told, usual, strict=True)]
    findings.rows(_worked(kind) & pl.Series(off, dtype=pl.Boolean), raw["day_off"], WORKED)
    return off


def _worked(kind: pl.Series) -> pl.Series:
    """Rows of make-up workdays."""
    return pl.Series([is_make_up_workday(one or "") for one in kind], dtype=pl.Boolean)


def _skus(raw: pl.DataFrame, kind: pl.Series, findings: Findings) -> list[frozenset[str] | None]:
    if "skus" not in raw.columns:
        return [None] * raw.height
    findings.rows(_worked(kind) & text(raw["skus"]).is_not_null(), raw["skus"], WORKED)
    return [None if cell is None else frozenset(filter(None, SKU_SEPARATORS.split(cell))) for cell in text(raw["skus"])]
