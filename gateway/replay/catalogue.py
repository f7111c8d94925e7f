"""The articles of a stretch and what lies on the shelf before it begins."""

from __future__ import annotations

from typing import Final

import polars as pl

from gateway.replay.actions import Product, Quantity
from gateway.replay.kinds import CANCELLATION, CORRECTION, ORDER
from gateway.replay.lines import MAX_QUANTITY

GOODS: Final = (ORDER, CANCELLATION, CORRECTION)
LINE_CAP_QUANTILE: Final = 0.99


def products(table: pl.DataFrame) -> tuple[Product, ...]:
    """List every SKU of the stretch by name.

    The name is the most frequent description on orders and cancellations, the first in the alphabet of equals;
    corrections are left out because their descriptions say what happened. A SKU without any is its own name.
    """
    named = (
        table.filter(pl.col("kind").is_in([ORDER, CANCELLATION]) & pl.col("name").is_not_null())
        .group_by("sku", "name").len()
        .sort("sku", "len", "name", descending=[False, True, False])
        .group_by("sku", maintain_order=True).first()
    )  # fmt: skip
    names = dict(named.select("sku", "name").iter_rows())
    skus = table.filter(pl.col("kind").is_in(GOODS))["sku"].unique().sort()
    return tuple(Product(sku, names.get(sku, sku)) for sku in skus)


def opening_stock(table: pl.DataFrame, line_cap_quantile: float = LINE_CAP_QUANTILE) -> tuple[Quantity, ...]:
    """Stock every SKU for its ordinary demand of the stretch.

    Ordinary demand is the sum of its order lines, each counted up to the given quantile of all line quantities of the
    stretch; what the stretch writes off is added. Wholesale lines above the quantile therefore run short and leave
    backorders, while everything ordinary can be served. With quantile 1 everything can be.
    """
    orders = table.filter(pl.col("kind") == ORDER)
    limit = orders["quantity"].quantile(line_cap_quantile, "nearest")
    cap = MAX_QUANTITY if limit is None else int(limit)
    ordinary = orders.select("sku", pl.col("quantity").clip(upper_bound=cap).alias("units"))
    corrected = pl.col("quantity").clip(upper_bound=0).abs().alias("units")
    written_off = table.filter(pl.col("kind") == CORRECTION).select("sku", corrected)
    stock = pl.concat([ordinary, written_off]).group_by("sku").agg(pl.col("units").sum()).sort("sku")
    return tuple(Quantity(sku, int(units)) for sku, units in stock.iter_rows() if units > 0)
