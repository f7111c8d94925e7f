"""What is known of each item: its forecast, stock, promises, terms and wishes; and of which too little is known to plan."""

from __future__ import annotations

from typing import Final

import polars as pl

from forecasting.metrics import LEVELS
from forecasting.planning.record import Books
from forecasting.planning.wishes import with_terms, with_wishes

KEYS: Final = ["sku", "warehouse"]
QUANTILES: Final = [f"p{100 * level:g}" for level in LEVELS]


def ready_and_silent(forecast: pl.DataFrame, books: Books) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Items that can be planned, by SKU and warehouse; and those that are wanted or promised and cannot, with a `reason`.

    Of an item that is not on sale any more (its forecast is NaN), and is left or still to come, nothing is expected to be
    wanted: it is `phased_out`.
    """
    items = _items(forecast, books)
    reason = _reason()
    silent = items.with_columns(reason.alias("reason"))
    withdrawn = [
        pl.when(pl.col("phased_out")).then(pl.col(name).fill_nan(0.0)).otherwise(pl.col(name)).alias(name)
        for name in ("mean", *QUANTILES)
    ]
    ready = silent.filter(pl.col("reason") == "").drop("reason").with_columns(withdrawn).sort(KEYS)
    return ready, silent.filter(pl.col("reason") != "")


def _items(forecast: pl.DataFrame, books: Books) -> pl.DataFrame:
    """Everything of each item that is forecast, in stock, promised or on order. Goods on their way to their place are not on
    hold: they can be sold in a moment."""
    carried = books.putaway.group_by(KEYS).agg(pl.col("units").sum().alias("carried"))
    coming = books.on_order.group_by(KEYS).agg(pl.col("units").sum().alias("coming"))
    counts = ["on_hand", "on_hold", "reserved", "backordered"]
    return (
        pl.concat([forecast.select(KEYS), books.levels.select(KEYS), books.on_order.select(KEYS)])
        .unique(maintain_order=True)
        .join(forecast, on=KEYS, how="left")
        .join(books.levels, on=KEYS, how="left")
        .join(carried, on=KEYS, how="left")
        .join(coming, on=KEYS, how="left")
        .pipe(with_wishes, books.policies)
        .pipe(with_terms, books.terms)
        .with_columns(pl.col(*counts).fill_null(0))
        .with_columns((pl.col("on_hold") - pl.col("carried").fill_null(0)).clip(0).alias("on_hold"))
        .with_columns(_phased_out().alias("phased_out"))
    )


def _phased_out() -> pl.Expr:
    left = (pl.col("on_hand") > 0) | (pl.col("coming").fill_null(0) > 0)
    known = pl.col("supplier").is_not_null() & pl.col("lead_time_days").is_not_null()
    return (pl.col("mean").is_nan() & left & known & (pl.col("backordered") == 0)).fill_null(value=False)


def _reason() -> pl.Expr:
    """Why an item cannot be planned: empty when it can, null when nobody wants it."""
    return (
        pl.when("phased_out")
        .then(pl.lit(""))
        .when(pl.col("mean").is_null() | pl.col("mean").is_nan())
        .then(pl.when(pl.col("backordered") > 0).then(pl.lit("it has no forecast")))
        .when(pl.col("supplier").is_null())
        .then(pl.coalesce(pl.format("{} does not sell it", "wished_supplier"), pl.lit("no supplier sells it")))
        .when(pl.col("lead_time_days").is_null())
        .then(pl.lit("its lead time is not known"))
        .otherwise(pl.lit(""))
    )
