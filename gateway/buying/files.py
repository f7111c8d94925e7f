"""What a demo has told its system, as files, so that the same can be told to another one by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
import polars as pl

from gateway.buying.supply import Supply

DEMAND: Final = "demand.parquet"
PRODUCTS: Final = "products.json"
OPENING: Final = "opening-stock.json"
TERMS: Final = "terms.tsv"


def write_inputs(folder: Path, demand: pl.DataFrame, supply: Supply) -> None:
    """Demand as `skuld forecast import` takes it, bodies for `/v1/products:batch` and `/v1/adjustments:batch`, and what is
    to be PUT below `/v1/`: path, tab, body.

    Raises:
        OSError: a file cannot be written.
    """
    demand.write_parquet(folder / DEMAND)
    products = [{"sku": product.sku, "name": product.name} for product in supply.products]
    opening = [{"sku": sku, "quantity": quantity, "reason": "opening_stock"} for sku, quantity in supply.opening]
    for name, rows in ((PRODUCTS, products), (OPENING, opening)):
        (folder / name).write_bytes(msgspec.json.encode(rows) + b"\n")
    puts = [f"{path}\t{msgspec.json.encode(body).decode()}\n" for path, body in supply.puts()]
    (folder / TERMS).write_text("".join(puts))
