"""Weekly demand of a real shop: D. Chen, Online Retail, UCI ML Repository no. 352 (CC BY 4.0)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from forecasting.panel.long_table import panel_from
from forecasting.panel.panel import Panel

FILE: Final = Path(os.environ.get("SKULD_DATASETS", "")) / "online_retail_2010_2011_lines.parquet"
IS_THERE: Final = bool(os.environ.get("SKULD_DATASETS")) and FILE.exists()
CUTOFFS: Final = tuple(range(28, 50, 3))
"""Every third week from the 28th on: the eight sums of three weeks follow each other, and the last week, which is cut short, is
in none of them."""
TOP: Final = 2_000


def top_sellers() -> Panel:
    """The SKUs with the most units in the weeks before the first cut-off."""
    panel = panel_from(weekly_demand(pl.read_parquet(FILE)))
    units = np.nansum(panel.units[:, : CUTOFFS[0]], axis=1)
    return panel.select(np.sort(np.argsort(-units, kind="stable")[:TOP]))


def weekly_demand(lines: pl.DataFrame) -> pl.DataFrame:
    """What was wanted in the United Kingdom, per SKU and week (Monday to Sunday)."""
    week = pl.col("InvoiceDate").dt.date().dt.truncate("1w").alias("week")
    return wanted_lines(lines).group_by("sku", week).agg(pl.col("Quantity").sum().alias("units"))


def wanted_lines(lines: pl.DataFrame) -> pl.DataFrame:
    """The order lines of the United Kingdom that tell of demand, with their `sku`.

    Goods only (five digits, up to three letters, upper case), quantity and price above zero, no cancellations. A line that a
    cancellation undid in the same week (same customer, SKU and quantity, the latest before it, each line once) is taken out:
    it was a mistake, the orders of 80,995 and 74,215 units among them. What came back in a later week was wanted when it was
    ordered, and nobody knew better at the cut-offs in between. Cancellations that match no line are ignored.
    """
    uk = lines.filter(pl.col("Country") == "United Kingdom").with_row_index("line")
    uk = uk.with_columns(pl.col("StockCode").str.strip_chars().str.to_uppercase().alias("sku"))
    goods = uk.filter(pl.col("sku").str.contains(r"^\d{5}[A-Z]{0,3}$"))
    undone = pl.col("InvoiceNo").str.starts_with("C")
    wanted = goods.filter(~undone & (pl.col("Quantity") > 0) & (pl.col("UnitPrice") > 0))
    return wanted.filter(~pl.col("line").is_in(_undone(wanted, goods.filter(undone & (pl.col("Quantity") < 0)))))


def _undone(wanted: pl.DataFrame, cancellations: pl.DataFrame) -> list[int]:
    key = ["CustomerID", "sku", "Quantity"]
    pairs = cancellations.with_columns(-pl.col("Quantity")).join(wanted, on=key, nulls_equal=True, suffix=" of order")
    ordered, undone = pl.col("InvoiceDate of order"), pl.col("InvoiceDate")
    pairs = pairs.filter((ordered <= undone) & (ordered.dt.truncate("1w") == undone.dt.truncate("1w")))
    pairs = pairs.sort("InvoiceDate", "line", "InvoiceDate of order", "line of order", descending=[False, False, True, True])
    matched: dict[int, int] = {}
    taken: set[int] = set()
    for cancellation, line in pairs.select("line", "line of order").iter_rows():
        if cancellation not in matched and line not in taken:
            matched[cancellation] = line
            taken.add(line)
    return sorted(taken)
