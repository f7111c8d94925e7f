"""Monthly demand of spare parts: R package expsmooth, Hyndman et al. 2008 (CC BY 4.0 in the Monash archive)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import polars as pl

from forecasting.panel.long_table import panel_from
from forecasting.panel.panel import Panel

FILE: Final = Path(os.environ.get("SKULD_DATASETS", "")) / "car_parts_monthly.parquet"
IS_THERE: Final = bool(os.environ.get("SKULD_DATASETS")) and FILE.exists()
MONTHS_JUDGED: Final = 12


def sold_throughout() -> Panel:
    """The 2,509 parts that have no nulls; the other 165 end in nulls, for they were withdrawn."""
    panel = panel_from(pl.read_parquet(FILE).rename({"part_id": "sku", "demand": "units"}))
    return panel.select(panel.on_sale().all(axis=1))
