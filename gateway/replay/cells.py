"""Cells of any origin as text or instants; what cannot be read becomes null."""

from __future__ import annotations

from typing import Final

import polars as pl

DATE_FORMATS: Final = (
    ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.fZ", "%Y-%m-%d %H:%M", "%Y-%m-%d"),
    ("%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y", "%m/%d/%y %H:%M"),
    ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y"),
    ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y"),
)
"""Families of formats. A column belongs to the family that reads most of its cells; the earlier family wins a tie, so
03/04/2011 is 4 March unless some row of the column says otherwise."""


def holds_only_text(kind: pl.DataType) -> bool:
    """True for the types that arrive as text, an all-null column included."""
    return kind in (pl.String, pl.Null, pl.Categorical) or isinstance(kind, pl.Enum)


def text_cells(table: pl.DataFrame, field: str) -> pl.Expr:
    """Trimmed text, null when empty. A number that passed through a float loses its `.0`."""
    text = pl.col(field).cast(pl.String).str.strip_chars()
    if table.schema[field].is_float():
        text = text.str.replace(r"\.0$", "")
    return pl.when(text != "").then(text).otherwise(None).alias(field)


def moments(table: pl.DataFrame, field: str) -> pl.Series:
    """Instants without a zone: the local time that was written down."""
    cells = table[field]
    if cells.dtype == pl.Datetime:
        return cells.dt.replace_time_zone(None).cast(pl.Datetime("us"))
    if cells.dtype == pl.Date:
        return cells.cast(pl.Datetime("us"))
    text = cells.cast(pl.String).str.strip_chars()
    readings = [_read(text, family) for family in DATE_FORMATS]
    return min(readings, key=pl.Series.null_count)


def _read(text: pl.Series, family: tuple[str, ...]) -> pl.Series:
    reading = pl.Series(text.name, [None] * len(text), dtype=pl.Datetime("us"))
    for form in family:
        if reading.null_count() == 0:
            break
        reading = reading.fill_null(text.str.to_datetime(form, strict=False, time_unit="us"))
    return reading
