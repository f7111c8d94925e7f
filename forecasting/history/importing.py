"""Demand from before the system recorded it: a long table of days."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from forecasting.history.store import CATEGORY, KEPT, PROMOTION, HistoryStore
from forecasting.panel.faults import unusable
from forecasting.panel.long_table import read_panel
from forecasting.panel.panel import Cells, Panel
from forecasting.panel.periods import Frequency


def import_days(store: HistoryStore, path: Path, warehouse: str) -> Panel:
    """Take a file's days into the history, in place of what was imported before.

    Args:
        path: a long table as `forecasting.panel` reads it, of days; its locations are warehouses.
        warehouse: whose demand it is, where the table has no locations.
    Returns:
        What was taken in.
    Raises:
        HistoryError: the file cannot be used, and why; nothing is changed then.
    """
    panel = read_panel(path)
    if panel.periods.frequency is not Frequency.DAY:
        raise unusable(str(path), f"it is of {panel.periods.frequency}s: the history is kept in days", "column day")
    store.write_imported(days_of(panel, warehouse).with_columns(pl.col("units").round().cast(pl.Int64)))
    return panel


def left_behind(before: pl.DataFrame, panel: Panel, warehouse: str) -> int:
    """How many of the series imported before are not in the history any more: the new table does not have them.

    Args:
        before: `sku` and `warehouse`, as the store had them.
    """
    now = panel.series.select("sku", pl.col("location").fill_null(warehouse).alias("warehouse"))
    return before.join(now, on=["sku", "warehouse"], how="anti").height


def parts_of_units(panel: Panel) -> int:
    """Days of a series with units that are not whole; they are kept rounded."""
    return int((np.nan_to_num(panel.units) % 1 != 0).sum())


def days_of(panel: Panel, warehouse: str) -> pl.DataFrame:
    """A panel of days as the history has them, units as they are: a row for each series and day on sale, and one without units
    for the first day that a series was withdrawn.

    Args:
        warehouse: of series without a location.
    """
    on_sale = panel.on_sale()
    told = on_sale.copy()
    told[:, 1:] |= on_sale[:, :-1]
    places, days = np.nonzero(told)

    def column(cells: Cells | None) -> pl.Series:
        values = np.full(len(places), np.nan) if cells is None else cells[places, days].astype(np.float64)
        return pl.Series(values).fill_nan(None)

    category = pl.repeat(None, len(panel), dtype=pl.String, eager=True) if panel.category is None else panel.category
    series = panel.series.with_columns(pl.col("location").fill_null(warehouse), category.alias(CATEGORY))[places]
    return pl.DataFrame(
        {
            "sku": series["sku"],
            "warehouse": series["location"],
            "day": pl.Series(panel.periods.starts[days]).cast(pl.Date),
            "units": column(panel.units),
            "units_shipped": pl.repeat(None, len(places), dtype=pl.Int64, eager=True),
            "units_returned": pl.repeat(None, len(places), dtype=pl.Int64, eager=True),
            "in_stock_share": column(panel.in_stock_share),
            "price": column(panel.price),
            PROMOTION: column(panel.promotion),
            CATEGORY: series[CATEGORY],
        },
        schema_overrides=KEPT | {"units": pl.Float64},
    )
