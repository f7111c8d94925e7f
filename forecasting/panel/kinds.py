"""What kind of values the columns of a long table hold."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import polars as pl

from forecasting.panel.cells import is_text
from forecasting.panel.faults import Findings
from forecasting.panel.periods import Frequency

KEYS, NUMBERS, SWITCHES, DATES = "text or whole numbers", "numbers", "true and false, numbers or names", "dates"
EXPECTED: Final = {
    "sku": KEYS, "location": KEYS, "category": KEYS, "units": NUMBERS, "in_stock_share": NUMBERS, "price": NUMBERS,
    "promotion": SWITCHES,
}  # fmt: skip


def find_wrong_kinds(raw: pl.DataFrame, frequency: Frequency | None, used: Collection[str], findings: Findings) -> None:
    """Report columns that hold something else than they should; of those that are `used`, and the one that tells the period."""
    for column, kind in raw.schema.items():
        if column in used:
            expected = EXPECTED[column]
        elif frequency is not None and column == frequency.value:
            expected = DATES
        else:
            continue
        if not _fits(kind, expected):
            findings.column(f"column {column}", f"has type {kind}, expected {expected}")


def _fits(kind: pl.DataType, expected: str) -> bool:
    if is_text(kind):
        return True
    if expected == DATES:
        return kind == pl.Date or isinstance(kind, pl.Datetime)
    return kind.is_numeric() or (expected == SWITCHES and kind == pl.Boolean)
