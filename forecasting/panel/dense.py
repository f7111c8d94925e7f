"""From typed rows to arrays: who the series are, where each row belongs, and what its absence means."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

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
    placed = typed.with_row_index("row").filter(pl.col("sku").is_not_null() & pl.col("start").is_not_null())
    if placed.is_empty():
        findings.raise_any()
        raise unusable(findings.source, "it has no rows with a SKU and a date")
    series, rows = _series(placed)
    periods = spanning(frequency, placed["start"].to_numpy().astype("datetime64[D]"))
    _refuse_vast(series.height, periods, findings)
    columns = periods.index(placed["start"].to_numpy().astype("datetime64[D]"))
    line = placed["row"].to_numpy().astype(np.int64)
    _find_duplicates(rows * len(periods) + columns, line, raw, frequency, findings)
    known = placed["units"].is_not_null().to_numpy()
    first = np.full(series.height, len(periods), np.int64)
    np.minimum.at(first, rows[known], columns[known])
    last = np.full(series.height, -1, np.int64)
    np.maximum.at(last, rows[known], columns[known])
    _find_gaps(raw, line[~known & (columns >= first[rows]) & (columns < last[rows])], findings)
    findings.raise_any()
    withdrawn = np.full(series.height, len(periods), np.int64)
    late = ~known & (columns > last[rows])
    np.minimum.at(withdrawn, rows[late], columns[late])
    return _filled(placed, series, periods, (rows, columns), (first, withdrawn))


def _series(placed: pl.DataFrame) -> tuple[pl.DataFrame, Places]:
    """The series, sorted by location and SKU, and which of them each row is of."""
    series = placed.select("sku", "location").unique().sort("location", "sku").with_row_index("place")
    rows = placed.select("sku", "location").join(
        series, on=["sku", "location"], how="left", nulls_equal=True, maintain_order="left"
    )
    return series.drop("place"), rows["place"].to_numpy().astype(np.int64)


def _refuse_vast(series: int, periods: Periods, findings: Findings) -> None:
    if series * len(periods) > MOST_CELLS:
        findings.raise_any()
        span = f"{series:,} series over {len(periods):,} periods, from {periods.first} to {periods.last_day}"
        raise unusable(findings.source, f"{span}: more than {MOST_CELLS:,} cells; read it in parts, or mend a date far off")


def _find_duplicates(cell: Places, line: Places, raw: pl.DataFrame, frequency: Frequency, findings: Findings) -> None:
    """Two rows for one cell: the later one is reported, with the row it repeats."""
    taken = np.zeros(int(cell.max()) + 1, bool)
    taken[cell] = True
    count = cell.size - int(taken.sum())
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


def _filled(
    placed: pl.DataFrame, series: pl.DataFrame, periods: Periods, places: tuple[Places, Places], sold: tuple[Places, Places]
) -> Panel:
    """The arrays: `places` says where each row belongs, `sold` from which period and until which each series was on sale."""
    shape, (first, withdrawn) = (series.height, len(periods)), sold

    def cells(column: str, absent: float) -> Cells:
        array = np.full(shape, absent, np.float32)
        array[places] = placed[column].cast(pl.Float32).fill_null(absent if column == "promotion" else np.nan).to_numpy()
        return array

    time, units = np.arange(shape[1]), cells("units", 0.0)
    units[(time < first[:, None]) | (time >= withdrawn[:, None])] = np.nan
    absent = {"in_stock_share": np.nan, "price": np.nan, "promotion": 0.0}
    optional = {column: cells(column, value) for column, value in absent.items() if column in placed.columns}
    category = _category(placed, places) if "category" in placed.columns else None
    return Panel(series, periods, units, first, category=category, events=(), **optional)


def _category(placed: pl.DataFrame, places: tuple[Places, Places]) -> pl.Series | None:
    """Of each series the one that its latest row tells; None when no row tells any."""
    told = placed.select("category", place=pl.Series(places[0]), period=pl.Series(places[1]))
    latest = told.sort("place", "period").group_by("place", maintain_order=True).agg(pl.col("category").drop_nulls().last())
    found = latest.sort("place")["category"]
    return None if found.null_count() == len(found) else found
