"""Products as JSON, on their way out."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from actors.inventory.goods import Pack, Product
from gateway.pages import Page

EXAMPLE: Final[dict[str, Any]] = {
    "sku": "85123A",
    "name": "White hanging heart T-light holder",
    "gtin": "4006381333931",
    "unit": "each",
    "packs": [{"name": "box", "units": 12, "gtin": ""}],
    "category": "lights",
    "weight_g": 140,
    "volume_ml": 900,
    "version": 3,
}
_read_packs: Final = msgspec.json.Decoder(tuple[Pack, ...]).decode


class PackAnswer(BaseModel):
    """A pack level: how many base units, under which GTIN (empty without one)."""

    name: str
    units: int
    gtin: str


class ProductAnswer(BaseModel):
    """A product; texts that it has not are empty."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    sku: str
    name: str
    gtin: str
    unit: Annotated[str, Field(description="the base unit, which every quantity counts")]
    packs: list[PackAnswer]
    category: str
    weight_g: int | None
    volume_ml: int | None
    version: Annotated[int, Field(description="the ETag, for `If-Match`")]


class ProductResult(ProductAnswer):
    """A product in a batch: with the status that it alone would have been answered with."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**EXAMPLE, "status": 201}]})

    status: int


class ProductPage(Page[ProductAnswer]):
    """Products by SKU."""


def product_answer(product: Product, version: int) -> ProductAnswer:
    """A product as its owner keeps it."""
    return ProductAnswer(
        sku=product.sku,
        name=product.name,
        gtin=product.gtin,
        unit=product.unit,
        packs=_packs(product.packs),
        category=product.category,
        weight_g=product.weight_g,
        volume_ml=product.volume_ml,
        version=version,
    )


def listed_product(row: dict[str, Any]) -> ProductAnswer:
    """A product as a row of the system of record, which keeps its packs as text."""
    return ProductAnswer(**{**row, "packs": _packs(_read_packs(row["packs"]))})


def _packs(packs: tuple[Pack, ...]) -> list[PackAnswer]:
    return [PackAnswer(name=pack.name, units=pack.units, gtin=pack.gtin) for pack in packs]
