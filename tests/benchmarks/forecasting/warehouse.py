"""Daily shipped lines of one warehouse, October and November 2013: R package causact (A. Fleischhacker, MIT)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import polars as pl

from forecasting.panel.long_table import panel_from
from forecasting.panel.panel import Panel

FILE: Final = Path(os.environ.get("SKULD_DATASETS", "")) / "warehouse_shipments_2013_10_11.parquet"
IS_THERE: Final = bool(os.environ.get("SKULD_DATASETS")) and FILE.exists()
CUTOFFS: Final = (33, 40, 47, 54)
"""Weekly, so that the four sums of a week follow each other up to the end."""


def shipped() -> Panel:
    """Units shipped per part and day; a day on which nothing left is a day without demand."""
    lines = pl.read_parquet(FILE)
    day = pl.col("actual_ship_date").cast(pl.Date).alias("day")
    daily = lines.group_by(pl.col("part_id").cast(pl.String).alias("sku"), day).agg(pl.col("quantity").sum().alias("units"))
    return panel_from(daily.sort("sku", "day"))
