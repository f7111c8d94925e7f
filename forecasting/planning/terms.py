"""Who to buy a SKU from, and on which terms."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Final

import polars as pl

from forecasting.stock_policy.price_list import PriceList

TERMS: Final = {
    "sku": pl.String,
    "supplier": pl.String,
    "lead_time_days": pl.Int64,
    "minimum": pl.Int64,
    "multiple": pl.Int64,
    "price": pl.Float64,
    "price_breaks": pl.String,
    "calendar": pl.String,
}


def chosen_terms(terms: pl.DataFrame) -> pl.DataFrame:
    """One supplier for each SKU: the cheapest for the least that can be ordered there, of equals the fastest, then by name.

    Args:
        terms: as read; `price_breaks` as `price_list` takes it.
    """
    return (
        all_terms(terms)
        .sort("sku", "price", "lead_time_days", "supplier", nulls_last=True)
        .unique("sku", keep="first", maintain_order=True)
    )


def all_terms(terms: pl.DataFrame) -> pl.DataFrame:
    """The terms of each SKU and supplier, in columns of `TERMS`.

    `price` is that of the least order, null when nobody has said; `lead_time_days` likewise.
    """
    rows = [
        (
            row["sku"], row["supplier"], row["lead_time_days"], max(row["minimum_quantity"], 1), max(row["order_multiple"], 1),
            price_list(row["price_breaks"]).at(max(row["minimum_quantity"], row["order_multiple"], 1)),
            row["price_breaks"], row["calendar"],
        )
        for row in terms.iter_rows(named=True)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=TERMS, orient="row")


@lru_cache(maxsize=100_000)
def price_list(price_breaks: str) -> PriceList:
    """Prices as a supplier item's row has them: a JSON list of `{"quantity", "unit_price"}`, or of pairs."""
    steps = json.loads(price_breaks or "[]")
    pairs = [step if isinstance(step, list) else (step["quantity"], step["unit_price"]) for step in steps]
    return PriceList(tuple([(int(start), float(price)) for start, price in pairs]))
