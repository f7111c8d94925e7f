"""Daily shipped lines of one warehouse, October and November 2013: R package causact (A. Fleischhacker, MIT)."""

from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from forecasting.panel.long_table import panel_from
from forecasting.panel.panel import Panel

FILE: Final = Path(os.environ.get("SKULD_DATASETS", "")) / "warehouse_shipments_2013_10_11.parquet"
IS_THERE: Final = bool(os.environ.get("SKULD_DATASETS")) and FILE.exists()
CUTOFFS: Final = (22, 26, 30, 34)
"""Every fourth working day, so that the sums of four follow each other up to the end."""
FIRST: Final = date(2013, 10, 10)
"""Before it a handful of lines left a day."""
DAYS_KNOWN: Final = 19
TOP: Final = 2_000


def shipping_days() -> Panel:
    """Units of the parts with the most of them in the first days, per day on which the warehouse shipped.

    Days without shipping are left out, so that a period is a working day; they are numbered on from the first as if they followed
    each other.
    """
    lines = pl.read_parquet(FILE).filter(pl.col("actual_ship_date") >= FIRST)
    days = lines["actual_ship_date"].unique().sort()
    number = {day: FIRST + timedelta(days=place) for place, day in enumerate(days.to_list())}
    renamed = lines.select(
        pl.col("part_id").alias("sku"),
        pl.col("actual_ship_date").replace_strict(number).alias("day"),
        pl.col("quantity").alias("units"),
    )
    panel = panel_from(renamed.group_by("sku", "day").agg(pl.col("units").sum()))
    units = np.nansum(panel.units[:, :DAYS_KNOWN], axis=1)
    return panel.select(np.sort(np.argsort(-units, kind="stable")[:TOP]))
