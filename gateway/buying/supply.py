"""Who could supply a shop, on which terms, and what lies on its shelves: made up, for order lines tell none of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote
from zlib import crc32

import polars as pl

from gateway.replay.actions import Product, Quantity

RECENT_DAYS: Final = 56
"""Days that opening stock is measured by."""
COST_SHARE: Final = 0.5
"""Of the median price that the shop sells at."""
MULTIPLES: Final = (1, 6, 12)
MOST_COVER_DAYS: Final = 36
"""Opening stock lasts 0 to so many days: some SKUs are out, most have to be ordered now or soon."""
FORGOTTEN_EVERY, FORGOTTEN_DAYS = 50, 500
"""One SKU in so many has far too much."""


@dataclass(frozen=True, slots=True)
class Supplier:
    """Who sells; `lead_time_days` are working days, `minimum_order` is money."""

    id: str
    name: str
    lead_time_days: int
    minimum_order: str

    def body(self) -> dict[str, Any]:
        """As `PUT /v1/suppliers/{id}` takes it."""
        return {"name": self.name, "lead_time_days": self.lead_time_days, "minimum_order": self.minimum_order}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a supplier sells a SKU for, and in which quantities."""

    supplier: str
    sku: str
    multiple: int
    unit_price: str

    def body(self) -> dict[str, Any]:
        """As `PUT /v1/supplier-items/{supplier}/{sku}` takes it."""
        price_breaks = [{"quantity": 1, "unit_price": self.unit_price}]
        return {"minimum_quantity": self.multiple, "order_multiple": self.multiple, "price_breaks": price_breaks}


SUPPLIERS: Final = (
    Supplier("harbour", "Harbour Imports", 10, "500.00"),
    Supplier("mill", "Mill Lane Crafts", 10, "200.00"),
    Supplier("overseas", "Overseas Trading", 15, "1000.00"),
)


@dataclass(frozen=True, slots=True)
class Supply:
    """Everything that a system is told before it can plan. The same demand and prices give the same supply."""

    products: tuple[Product, ...]
    opening: tuple[Quantity, ...]
    suppliers: tuple[Supplier, ...]
    terms: tuple[Terms, ...]

    def puts(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Path below `/v1/` and body of each PUT, suppliers before what they sell."""
        for supplier in self.suppliers:
            yield f"suppliers/{supplier.id}", supplier.body()
        for terms in self.terms:
            yield f"supplier-items/{terms.supplier}/{quote(terms.sku, safe='')}", terms.body()


def made_up_supply(demand: pl.DataFrame, products: tuple[Product, ...], prices: dict[str, float]) -> Supply:
    """Supply for a demand.

    Args:
        demand: `sku`, `day`, `units`.
        products: the names of its SKUs, and of others.
        prices: that SKUs are sold at; one that is missing counts as 1.
    """
    last = demand["day"].max()
    recent = demand.filter(pl.col("day") > pl.lit(last) - timedelta(RECENT_DAYS))
    a_day = dict(recent.group_by("sku").agg(pl.col("units").sum() / RECENT_DAYS).iter_rows())
    skus = demand["sku"].unique().sort().to_list()
    names = {product.sku: product.name for product in products}
    stock = [Quantity(sku, round(a_day.get(sku, 0.0) * _cover_days(_number(sku)))) for sku in skus]
    return Supply(
        tuple(Product(sku, names.get(sku, sku)) for sku in skus),
        tuple(one for one in stock if one.quantity),
        SUPPLIERS,
        tuple(_terms(sku, prices.get(sku, 1.0)) for sku in skus),
    )


def _terms(sku: str, price: float) -> Terms:
    number = _number(sku)
    supplier = SUPPLIERS[number % len(SUPPLIERS)]
    multiple = MULTIPLES[number // len(SUPPLIERS) % len(MULTIPLES)]
    return Terms(supplier.id, sku, multiple, f"{max(price * COST_SHARE, 0.01):.2f}")


def _cover_days(number: int) -> int:
    spread = number // (len(SUPPLIERS) * len(MULTIPLES))
    return FORGOTTEN_DAYS if spread % FORGOTTEN_EVERY == 0 else spread % (MOST_COVER_DAYS + 1)


def _number(sku: str) -> int:
    """A number that is the same on every machine."""
    return crc32(sku.encode())
