"""Order lines as typed rows, and the rows that could not be used, each with its reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from gateway.replay.cells import holds_only_text, moments, text_cells
from gateway.replay.table_files import BadFile, open_table

MAX_QUANTITY: Final = 1_000_000
"""Beyond this a quantity is a typing error: the largest real line of the shop this was built on has 80,995 units."""
MAX_SKU_LENGTH: Final = 64

ALIASES: Final[dict[str, tuple[str, ...]]] = {
    "order_id": ("invoiceno", "invoice", "orderid", "orderno", "ordernumber", "order"),
    "code": ("stockcode", "sku", "item", "itemid", "product", "productid", "article"),
    "quantity": ("quantity", "qty", "units"),
    "at": ("invoicedate", "orderedat", "orderdate", "createdat", "timestamp", "date"),
    "name": ("description", "name", "productname", "title"),
    "price": ("unitprice", "price"),
    "customer": ("customerid", "customer", "customerno", "buyer"),
}
"""Accepted headers per field, compared by their letters and digits without case; the first that exists is taken."""
REQUIRED: Final = ("order_id", "code", "quantity")
SHOWN_AS: Final = {"order_id": "InvoiceNo (order_id)", "code": "StockCode (sku)", "quantity": "Quantity (quantity)"}


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was left out: `row` counts data rows from 1, `column` is named as in the file."""

    row: int
    column: str
    value: str | None
    problem: str


@dataclass(frozen=True, slots=True)
class Lines:
    """Usable order lines, oldest first.

    `table` has one row per line: `row` (from 1, as in the file), `order_id`, `code` (as written), `sku` (upper case),
    `quantity` (whole, never 0), `at` (naive local time or null), `name`, `price`, `customer` (null where unknown).
    """

    table: pl.DataFrame
    bad: tuple[BadRow, ...]
    source: str
    fingerprint: str

    @property
    def days(self) -> list[date]:
        """The trading days: those on which something was written, in order."""
        return self.table["at"].drop_nulls().dt.date().unique().sort().to_list()


def read_lines(path: Path) -> Lines:
    """Read a table of order lines from a Parquet or CSV file.

    Raises:
        BadFile: the file cannot be read, lacks a column, or a column holds the wrong kind of value throughout.
    """
    raw, fingerprint = open_table(path)
    return lines_from_table(raw, source=str(path), fingerprint=fingerprint)


def lines_from_table(raw: pl.DataFrame, *, source: str, fingerprint: str) -> Lines:
    """Type a raw table and set aside the rows that cannot be used.

    The SKU is the stock code in upper case. In the shop this was built on, 111 codes occur in both cases, and for 107
    of them both spellings carry the same most frequent description (the other 4: other words, or none). They are one
    article on one shelf, so counting them apart would split its stock.
    """
    headers = _headers(raw.columns, source)
    asked = raw.select(pl.col(header).alias(field) for field, header in headers.items()).with_row_index("row", offset=1)
    _refuse_wrong_types(asked, headers, source)
    typed = _typed(asked)
    _refuse_useless_columns(asked, typed, headers, source)
    judged = typed.with_columns(_first_problem(headers))
    good = judged.filter(pl.col("problem").is_null()).drop("problem", "had_at", "had_price")
    good = good.with_columns(pl.col("quantity").cast(pl.Int64))
    bad = _bad_rows(asked, judged, headers)
    if good.is_empty():
        raise BadFile(f"{source}: none of its {len(asked):,} rows can be used; the first: {describe(bad[0])}")
    return Lines(good.sort("at", "row", nulls_last=True), bad, source, fingerprint)


def describe(bad: BadRow) -> str:
    """One line for people: where, what, and why."""
    value = "" if bad.value is None else f" {bad.value!r}"
    return f"row {bad.row:,}: {bad.column}{value} {bad.problem}"


def _headers(found: Iterable[str], source: str) -> dict[str, str]:
    squashed: dict[str, str] = {}
    known = {alias for aliases in ALIASES.values() for alias in aliases}
    for header in found:
        letters = "".join(filter(str.isalnum, header.lower()))
        if letters in known and letters in squashed:
            raise BadFile(f"{source}: columns {squashed[letters]!r} and {header!r} have the same name")
        squashed.setdefault(letters, header)
    headers = {
        field: next(squashed[alias] for alias in aliases if alias in squashed)
        for field, aliases in ALIASES.items()
        if any(alias in squashed for alias in aliases)
    }
    missing = [SHOWN_AS[field] for field in REQUIRED if field not in headers]
    if missing:
        columns = "column" if len(missing) == 1 else "columns"
        raise BadFile(f"{source}: {columns} {', '.join(missing)} missing; found {', '.join(map(repr, squashed.values()))}")
    return headers


def _refuse_wrong_types(asked: pl.DataFrame, headers: dict[str, str], source: str) -> None:
    for field, header in headers.items():
        kind = asked.schema[field]
        dated = kind == pl.Date or kind == pl.Datetime
        writable = holds_only_text(kind) or kind.is_numeric()
        allowed = holds_only_text(kind) or dated if field == "at" else writable
        if not allowed:
            expected = {"at": "dates", "quantity": "whole numbers", "price": "numbers"}.get(field, "text")
            raise BadFile(f"{source}: column {header} has type {kind}, expected {expected}")


def _typed(asked: pl.DataFrame) -> pl.DataFrame:
    absent = [pl.lit(None, pl.String).alias(field) for field in ALIASES if field not in asked.columns]
    asked = asked.with_columns(absent)
    return asked.select(
        "row",
        text_cells(asked, "order_id"),
        text_cells(asked, "code"),
        text_cells(asked, "code").str.to_uppercase().alias("sku"),
        pl.col("quantity").cast(pl.String).str.strip_chars().cast(pl.Float64, strict=False).alias("quantity"),
        moments(asked, "at"),
        text_cells(asked, "name"),
        pl.col("price").cast(pl.String).str.strip_chars().cast(pl.Float64, strict=False).alias("price"),
        text_cells(asked, "customer"),
        pl.col("at").is_not_null().alias("had_at"),
        pl.col("price").is_not_null().alias("had_price"),
    )


def _refuse_useless_columns(asked: pl.DataFrame, typed: pl.DataFrame, headers: dict[str, str], source: str) -> None:
    """A column in which no cell can be read is a wrong column, not 500,000 bad rows."""
    for field, expected in (("quantity", "number"), ("at", "date"), ("price", "number")):
        if field in headers and typed[field].is_null().all() and not asked[field].is_null().all():
            value = asked[field].drop_nulls().cast(pl.String)[0]
            raise BadFile(f"{source}: column {headers[field]} holds no {expected}, the first value is {value!r}")


def _first_problem(headers: dict[str, str]) -> pl.Expr:
    """Name the first thing wrong with a row as `field:problem`; null when nothing is."""
    quantity, sku = pl.col("quantity"), pl.col("sku")
    problem = (
        pl.when(pl.col("order_id").is_null()).then(pl.lit("order_id:is missing"))
        .when(sku.is_null()).then(pl.lit("code:is missing"))
        .when(sku.str.len_chars() > MAX_SKU_LENGTH).then(pl.lit(f"code:is longer than {MAX_SKU_LENGTH} characters"))
        .when(sku.str.contains(r"[\p{C}\p{Zl}\p{Zp}]")).then(pl.lit("code:holds unprintable characters"))
        .when(quantity.is_null() | quantity.is_nan()).then(pl.lit("quantity:is not a number"))
        .when(quantity == 0).then(pl.lit("quantity:is zero"))
        .when(quantity.abs() > MAX_QUANTITY).then(pl.lit(f"quantity:is beyond ±{MAX_QUANTITY:,}"))
        .when(quantity != quantity.floor()).then(pl.lit("quantity:is not a whole number"))
        .when(pl.col("had_price") & pl.col("price").is_null()).then(pl.lit("price:is not a number"))
    )  # fmt: skip
    if "at" in headers:
        problem = problem.when(~pl.col("had_at")).then(pl.lit("at:is missing"))
        problem = problem.when(pl.col("at").is_null()).then(pl.lit("at:is not a date"))
    return problem.otherwise(None).alias("problem")


def _bad_rows(asked: pl.DataFrame, judged: pl.DataFrame, headers: dict[str, str]) -> tuple[BadRow, ...]:
    wrong = judged.select("row", "problem").filter(pl.col("problem").is_not_null())
    found = []
    for row, reason in wrong.iter_rows():
        field, problem = reason.split(":", 1)
        cell = asked[field][row - 1]
        missing = field == "quantity" and cell is None
        value = None if cell is None else str(cell)
        found.append(BadRow(row, headers[field], value, "is missing" if missing else problem))
    return tuple(found)
