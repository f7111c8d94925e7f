"""What a line is about: an order, a cancellation, a stock correction, or no goods at all."""

from __future__ import annotations

import re
from typing import Final

import polars as pl

ORDER: Final = "order"
CANCELLATION: Final = "cancellation"
CORRECTION: Final = "correction"
SERVICE: Final = "service"
BAD_DEBT: Final = "bad_debt"

SERVICE_CODES: Final = frozenset(
    {"POST", "DOT", "M", "C2", "D", "S", "BANK CHARGES", "AMAZONFEE", "CRUK", "PADS"}
)  # fmt: skip
"""Postage, carriage, manual entries, discounts, samples, fees, commission and a fabric swatch service."""
SERVICE_PREFIX: Final = "GIFT_"
BAD_DEBT_CODE: Final = "B"

REASONS: Final = (
    (r"thrown?\s*away|destroy|unsal(e)?able|scrap|dispos", "scrapped"),
    (r"damag|smash|crush|broke|wet|rust|mou?ld|fault|smudg|crack|poor quality", "damaged"),
    (r"stolen|theft", "stolen"),
    (r"missing|lost|\bmia\b|can'?t find|cannot find", "missing"),
    (r"found|put aside", "found"),
    (r"count|check", "recounted"),
    (r"wrong|incorrect|mix|barcode|label|mis-?cod|code|sold|dotcom|amazon|ebay|entry", "data_entry"),
)
"""The first pattern found in a correction's text names its reason; the order puts the stronger statement first."""
DEFAULT_REASON: Final = "correction"


def with_kinds(table: pl.DataFrame) -> pl.DataFrame:
    """Add the column `kind`.

    A cancellation is a negative line whose order number is C and digits. Other negative lines correct the stock, and so
    do positive ones when the whole invoice has price 0 and no customer: the file uses these for goods that were found.
    """
    quantity, order, sku = pl.col("quantity"), pl.col("order_id"), pl.col("sku")
    unsold = ((pl.col("price") == 0).fill_null(False) & pl.col("customer").is_null()).all().over("order_id")
    return table.with_columns(
        pl.when(order.str.contains(r"^A\d+$") & (sku == BAD_DEBT_CODE)).then(pl.lit(BAD_DEBT))
        .when(sku.is_in(list(SERVICE_CODES)) | sku.str.starts_with(SERVICE_PREFIX)).then(pl.lit(SERVICE))
        .when((quantity < 0) & order.str.contains(r"(?i)^C\d+$")).then(pl.lit(CANCELLATION))
        .when((quantity < 0) | unsold).then(pl.lit(CORRECTION))
        .otherwise(pl.lit(ORDER))
        .alias("kind")
    )  # fmt: skip


def reason_for(text: str | None) -> str:
    """Map what somebody typed about a correction to a reason code of the domain."""
    for pattern, reason in REASONS:
        if text and re.search(pattern, text, re.IGNORECASE):
            return reason
    return DEFAULT_REASON
