"""From typed rows to arrays: who the series are, where each row belongs, and what its absence means."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forecasting.panel.cells import begins
from forecasting.panel.faults import FAULTS_SHOWN, Findings, rows_of, unusable
from forecasting.panel.panel import Cells, Panel
from forecasting.panel.periods import Frequency, Periods, spanning

MOST_CELLS: Final = 400_000_000
"""Series times periods: 1.6 GB for each array. A table that spans more is read in parts."""
Places = NDArray[np.int64]


def dense(typed: pl.DataFrame, raw: pl.DataFrame, frequency: Frequency, findings: Findings) -> Panel:
    """Put every row in its place.

    Args:
        typed: `sku`, `location`, `start` (first day of the period), `units` and the optional columns; null where missing or at
            fault.
        raw: the same rows as they were found, for what is reported of them.
        findings: what is wrong so far; duplicates and units missing after a series went on sale are added.
    Raises:
        HistoryError: `findings` holds a fault, or the table spans more cells than `MOST_CELLS`.
    """
    line = np.flatnonzero((typed["sku"].is_not_null() & typed["start"].is_not_null()).to_numpy())
    placed = typed if len(line) == typed.height else typed[line]
    if placed.is_empty():
        findings.raise_any()
        raise unusable(findings.source, "it has no rows with a SKU and a date")
    series, rows = _series(placed)
    days = placed["start"].to_numpy().astype("datetime64[D]", copy=False)
    periods = spanning(frequency, days)
    _refuse_vast(series.height, periods, findings)
    columns, shape = periods.index(days), (series.height, len(periods))
    cell = rows * len(periods) + columns
    there = _marked(cell, shape)
    _find_duplicates(cell, int(there.sum()), line, raw, frequency, findings)
    known = placed["units"].is_not_null().to_numpy()
    told = there if known.all() else _marked(cell[known], shape)
    first, last = _first(told), len(periods) - 1 - _first(told[:, ::-1])  # -1 where nothing is told
    late = ~known & (columns > last[rows])
    _find_gaps(raw, line[~known & (columns >= first[rows]) & (columns < last[rows])], findings)
    withdrawn = np.full(series.height, len(periods), np.int64)
    np.minimum.at(withdrawn, rows[late], columns[late])
    findings.raise_any()
    return _filled(placed, series, periods, cell, (first, withdrawn))


def _series(placed: pl.DataFrame) -> tuple[pl.DataFrame, Places]:
    """The series, sorted by location and SKU, and which of them each row is of.

    Rows of one series mostly follow each other: it is looked up where another one begins.
    """
    start = np.flatnonzero(begins(placed["sku"]) | begins(placed["location"]))
    keys = placed.select("sku", "location")[start]
    series = keys.unique().sort("location", "sku").with_row_index("place")
    places = keys.join(series, on=["sku", "location"], how="left", nulls_equal=True, maintain_order="left")["place"]
    return series.drop("place"), np.repeat(places.to_numpy().astype(np.int64), np.diff(start, append=placed.height))


def _marked(cell: Places, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Which cells of the panel are among these."""
    marked = np.zeros(shape, bool)
    marked.ravel()[cell] = True
    return marked


def _first(known: NDArray[np.bool_]) -> Places:
    """The first period of each series that is known; as many as there are periods when none is."""
    first: Places = np.where(known.any(axis=1), known.argmax(axis=1), known.shape[1])
    return first


def _refuse_vast(series: int, periods: Periods, findings: Findings) -> None:
    if series * len(periods) > MOST_CELLS:
        findings.raise_any()
        span = f"{series:,} series over {len(periods):,} periods, from {periods.first} to {periods.last_day}"
        raise unusable(findings.source, f"{span}: more than {MOST_CELLS:,} cells; read it in parts, or mend a date far off")


def _find_duplicates(
    cell: Places, taken: int, line: Places, raw: pl.DataFrame, frequency: Frequency, findings: Findings
) -> None:
    """Two rows for one cell, of which so many are taken: the later one is reported, with the row it repeats."""
    count = cell.size - taken
    if not count:
        return
    order = np.argsort(cell, kind="stable")
    repeats = np.flatnonzero(np.diff(cell[order]) == 0) + 1
    shown = repeats[np.argsort(line[order[repeats]])][:FAULTS_SHOWN]
    named = "SKU, location" if "location" in raw.columns else "SKU"
    for place in shown.tolist():
        row = int(line[order[place]])
        earlier = int(line[order[place - 1]]) + 1
        value = f"{raw['sku'][row]}, {raw[frequency.value][row]}"
        findings.row(row + 1, frequency.value, value, f"repeats {named} and {frequency.value} of row {earlier:,}")
    findings.uncounted(count - len(shown))


def _find_gaps(raw: pl.DataFrame, lines: Places, findings: Findings) -> None:
    """Units missing while a series is on sale. What could not be read as a number was reported already."""
    missing = rows_of(lines, raw.height) & raw["units"].is_null()
    findings.rows(missing, raw["units"], "is missing between periods that have units: write 0 when nothing was wanted")


def _filled(placed: pl.DataFrame, series: pl.DataFrame, periods: Periods, cell: Places, sold: tuple[Places, Places]) -> Panel:
    """The arrays: `cell` says where each row belongs, counted along the series, `sold` from which period and until which each
    series was on sale."""
    shape, (first, withdrawn) = (series.height, len(periods)), sold

    def cells(column: str, absent: float) -> Cells:
        array = np.full(shape, absent, np.float32)
        array.ravel()[cell] = placed[column].cast(pl.Float32).fill_null(absent if column == "promotion" else np.nan).to_numpy()
        return array

    time, units = np.arange(shape[1]), cells("units", 0.0)
    units[(time < first[:, None]) | (time >= withdrawn[:, None])] = np.nan
    absent = {"in_stock_share": np.nan, "price": np.nan, "promotion": 0.0}
    optional = {column: cells(column, value) for column, value in absent.items() if column in placed.columns}
    category = _category(placed, cell, len(periods)) if "category" in placed.columns else None
    return Panel(series, periods, units, first, category=category, events=(), **optional)


def _category(placed: pl.DataFrame, cell: Places, periods: int) -> pl.Series | None:
    """Of each series the one that its latest row tells; None when no row tells any."""
    told = placed.select("category", cell=pl.Series(cell)).sort("cell")
    latest = told.group_by(place=pl.col("cell") // periods, maintain_order=True).agg(pl.col("category").drop_nulls().last())
    found = latest.sort("place")["category"]
    return None if found.null_count() == len(found) else found
