"""Whose demand it was that no warehouse was named for, nor promised from."""

from __future__ import annotations

from typing import Final

import polars as pl

from forecasting.history.store import CATEGORY, PROMOTION

NOWHERE: Final = ""
"""The warehouse of such demand in the files: later days may tell where its SKU is wanted."""
DEFAULT: Final = "main"
"""The warehouse that every system begins with."""


def somewhere(demand: pl.DataFrame, otherwise: str | None = None) -> pl.DataFrame:
    """Demand of which every row has a warehouse: the one that the SKU is wanted from most, else `otherwise`, else the busiest.

    Args:
        demand: as `HistoryStore.read` gives it.
    """
    named = demand.filter(pl.col("warehouse") != NOWHERE)
    if named.height == demand.height:
        return demand
    usual = (
        _busy(named, "sku", "warehouse").group_by("sku", maintain_order=True).agg(pl.col("warehouse").first().alias("usual"))
    )
    resolved = demand.join(usual, on="sku", how="left").with_columns(
        pl.when(pl.col("warehouse") == NOWHERE)
        .then(pl.col("usual").fill_null(otherwise or busiest(named)))
        .otherwise(pl.col("warehouse"))
        .alias("warehouse")
    )
    sums = [pl.col(name).sum() for name in ("units", "units_shipped", "units_returned")]
    rest = [pl.col("in_stock_share").min(), pl.col("price").mean(), pl.col(PROMOTION).max(), pl.col(CATEGORY).max()]
    return resolved.group_by("sku", "warehouse", "day", maintain_order=True).agg(*sums, *rest)


def busiest(demand: pl.DataFrame) -> str:
    """The warehouse that most is wanted from, of the columns `warehouse` and `units`; `DEFAULT` where none is named."""
    found = _busy(demand.filter(pl.col("warehouse") != NOWHERE), "warehouse")["warehouse"]
    return str(found[0]) if len(found) else DEFAULT


def _busy(demand: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """Units of each, the most first."""
    return demand.group_by(*keys).agg(pl.col("units").sum()).sort("units", "warehouse", descending=[True, False])
