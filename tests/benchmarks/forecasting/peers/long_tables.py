"""Tables as the peers name them, and sums over the steps ahead."""

from __future__ import annotations

from typing import Final

import polars as pl

FREQUENCY: Final = {"day": "1d", "week": "1w", "month": "1mo"}


def named(history: pl.DataFrame) -> pl.DataFrame:
    """`unique_id`, `ds`, `y`, sorted."""
    return history.select(
        pl.col("sku").alias("unique_id"), pl.col("start").alias("ds"), pl.col("units").cast(pl.Float32).alias("y")
    ).sort("unique_id", "ds")


def summed(steps: pl.DataFrame, columns: list[str], history: pl.DataFrame) -> pl.DataFrame:
    """Forecasts of single periods as sums, zero or above; of a series that got none, the mean it had."""
    sums = steps.group_by("unique_id").agg(pl.col(columns).sum(), pl.len().alias("steps")).rename({"unique_id": "sku"})
    usual = history.group_by("sku").agg(pl.col("units").mean().alias("usual"))
    whole = usual.join(sums, on="sku", how="left").with_columns(pl.col("steps").fill_null(steps["ds"].n_unique()))
    mean = pl.col("usual") * pl.col("steps")
    return whole.select("sku", *(pl.col(name).cast(pl.Float64).fill_nan(None).fill_null(mean).clip(0) for name in columns))
