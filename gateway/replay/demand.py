"""From order lines to what was wanted of each SKU on each day: pure functions of their rows."""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from gateway.replay.kinds import CANCELLATION, ORDER

WEEK: Final = "1w"
"""Monday to Sunday: an order line that is called off within its week was a mistake, later it had been wanted."""


def daily_demand(lines: pl.DataFrame) -> pl.DataFrame:
    """What was wanted: one row per SKU and day on which something was.

    Goods that were sold for money. A line that a cancellation undid in the same week (same customer, SKU and quantity, the
    latest line before it, each line once) is taken out. What came back later stays: it was wanted, and nobody knew better
    until then.

    Args:
        lines: with kinds, as `with_kinds` gives them; lines without a date are left out.
    Returns:
        `sku`, `day`, `units` (above zero), by SKU and day.
    """
    dated = lines.drop_nulls("at")
    wanted = dated.filter((pl.col("kind") == ORDER) & (pl.col("quantity") > 0) & (pl.col("price") > 0).fill_null(True))
    undone = _undone(wanted, dated.filter((pl.col("kind") == CANCELLATION) & (pl.col("quantity") < 0)))
    return (
        wanted.filter(~pl.col("row").is_in(undone))
        .group_by("sku", pl.col("at").dt.date().alias("day"))
        .agg(pl.col("quantity").sum().alias("units"))
        .sort("sku", "day")
    )


def best_sellers(demand: pl.DataFrame, count: int) -> pl.DataFrame:
    """Demand of the SKUs with the most units; of equals the first by name."""
    most = demand.group_by("sku").agg(pl.col("units").sum()).sort("units", "sku", descending=[True, False]).head(count)
    return demand.filter(pl.col("sku").is_in(most["sku"].to_list()))


def ending_on(demand: pl.DataFrame, last: date) -> pl.DataFrame:
    """The same days, moved together so that the last of them is `last`: weeks begin elsewhere, and stay whole."""
    return demand.with_columns(pl.col("day") + (pl.lit(last) - pl.col("day").max()))


def _undone(wanted: pl.DataFrame, cancellations: pl.DataFrame) -> list[int]:
    """Rows of lines that a cancellation undid."""
    same = ["customer", "sku", "quantity"]
    pairs = cancellations.with_columns(-pl.col("quantity")).join(wanted, on=same, nulls_equal=True, suffix="_of_order")
    before = pl.col("at_of_order") <= pl.col("at")
    same_week = pl.col("at_of_order").dt.truncate(WEEK) == pl.col("at").dt.truncate(WEEK)
    pairs = pairs.filter(before & same_week).sort(
        "at", "row", "at_of_order", "row_of_order", descending=[False, False, True, True]
    )
    matched: set[int] = set()
    taken: set[int] = set()
    for cancellation, line in pairs.select("row", "row_of_order").iter_rows():
        if cancellation not in matched and line not in taken:
            matched.add(cancellation)
            taken.add(line)
    return sorted(taken)
