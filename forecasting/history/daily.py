"""From rows to demand by day: pure, and the same rows give the same days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

from forecasting.history.record import Recorded
from forecasting.history.site_days import SiteDays

SCHEMA: Final = {
    "sku": pl.String,
    "warehouse": pl.String,
    "day": pl.Date,
    "units": pl.Int64,
    "units_shipped": pl.Int64,
    "units_returned": pl.Int64,
    "in_stock_share": pl.Float64,
    "price": pl.Float64,
}
"""`units` were wanted: ordered, whether or not there was stock, or sold from a hold. `in_stock_share` is 1 less the share of
the day on which nothing could be promised. `price` is the mean of those that orders told, weighed by units; null without."""
MILLIONTHS: Final = 6
"""Digits of a price, as orders tell them."""
KEYS: Final = ("sku", "warehouse", "day")


def demand_by_day(rows: Recorded, site: SiteDays, days: Sequence[date]) -> pl.DataFrame:
    """Demand of the days, which follow each other: one row for each SKU, warehouse and day on which anything happened.

    Something happened when units were wanted, left, came (a SKU with stock is on sale), or were out of stock.
    """
    parts = [_wanted(rows.ordered, site), _moved(rows.moved, site), _out(rows.out, site, days)]
    return (
        pl.concat(parts, how="diagonal")
        .group_by(KEYS)
        .agg(
            pl.col("units").sum(),
            pl.col("units_shipped").sum(),
            pl.col("units_returned").sum(),
            (1 - pl.col("out_share").sum()).clip(0, 1).alias("in_stock_share"),
            (pl.col("money").sum() / pl.col("priced").sum()).fill_nan(None).round(MILLIONTHS).alias("price"),
        )
        .filter(pl.col("day").is_between(days[0], days[-1]))
        .select(*SCHEMA)
        .sort("day", "warehouse", "sku")
    )


def _wanted(ordered: pl.DataFrame, site: SiteDays) -> pl.DataFrame:
    """Units of orders, in the warehouses that they were promised from; the rest of a line in the first of them.

    Of an order that nothing was promised to, the warehouse is the one it named, or none.
    """
    line = ["at", "order_id", "sku"]
    promised = pl.col("held").fill_null(0)
    rest = pl.col("units").first().over(line) - promised.sum().over(line)
    is_first = pl.int_range(pl.len()).over(line) == 0
    units, price = pl.col("units"), pl.col("unit_price").cast(pl.Float64, strict=False)
    return (
        ordered.with_columns(
            pl.col("warehouse").fill_null(pl.col("asked")),
            (promised + pl.when(is_first).then(rest).otherwise(0)).alias("units"),
            _day(pl.col("at"), site),
        )
        .group_by(KEYS)
        .agg(units.sum(), (price * units).sum().alias("money"), units.filter(price.is_not_null()).sum().alias("priced"))
    )


def _moved(moved: pl.DataFrame, site: SiteDays) -> pl.DataFrame:
    """Units that left and came back. What was sold from a hold was wanted, too: no order told of it."""
    quantity, reason = pl.col("quantity"), pl.col("reason")
    of_a_hold = pl.col("op_id").str.starts_with("committed:")
    return (
        moved.with_columns(_day(pl.col("at"), site))
        .filter((reason == "shipped") | (quantity > 0))
        .group_by(KEYS)
        .agg(
            (-quantity).filter((reason == "shipped") & of_a_hold).sum().alias("units"),
            (-quantity).filter(reason == "shipped").sum().alias("units_shipped"),
            quantity.filter(reason == "return").sum().alias("units_returned"),
        )
    )


def _out(out: pl.DataFrame, site: SiteDays, days: Sequence[date]) -> pl.DataFrame:
    """The share of each day without stock."""
    bounds = pl.DataFrame(
        [(day, site.begins(day), site.begins(date.fromordinal(day.toordinal() + 1))) for day in days],
        schema={"day": pl.Date, "begins": pl.Int64, "ends": pl.Int64},
        orient="row",
    )
    began = pl.max_horizontal("began_at", "begins")
    ended = pl.min_horizontal(pl.col("ended_at").fill_null(pl.col("ends")), "ends")
    return (
        out.join(bounds, how="cross")
        .with_columns(((ended - began) / (pl.col("ends") - pl.col("begins"))).alias("out_share"))
        .filter(pl.col("out_share") > 0)
        .select(*KEYS, "out_share")
    )


def _day(at: pl.Expr, site: SiteDays) -> pl.Expr:
    return at.cast(pl.Datetime("ms", "UTC")).dt.convert_time_zone(site.time_zone).dt.date().alias("day")
