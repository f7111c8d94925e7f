"""Open a Parquet or CSV file as a raw table, or say in one line why that cannot be done."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path
from typing import Final

import polars as pl

from forecasting.panel.faults import Findings, unusable

PARQUET_MAGIC: Final = b"PAR1"
SEPARATORS: Final = (",", ";", "\t", "|")
UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
"""What spreadsheets begin "Unicode text" with."""


def open_table(path: Path) -> pl.DataFrame:
    """Read a file of either format, told by its content. CSV cells all arrive as text; column names are trimmed, lower case.

    Raises:
        HistoryError: missing, unreadable, empty, damaged, neither Parquet nor CSV, or two columns with one name.
    """
    content = _content(path)
    try:
        parquet = content.startswith(PARQUET_MAGIC)
        raw = pl.read_parquet(io.BytesIO(content)) if parquet else _csv(content, path)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, csv.Error, OSError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise unusable(str(path), f"damaged, it cannot be read to its end: {reason}") from error
    return named(raw, str(path))


def named(raw: pl.DataFrame, source: str) -> pl.DataFrame:
    """The table with its column names trimmed and in lower case.

    Raises:
        HistoryError: two columns are then called the same, or there are no rows.
    """
    names = [name.strip().lower() for name in raw.columns]
    for name, times in Counter(names).items():
        if times > 1:
            raise unusable(source, f"is there {times} times", f"column {name!r}")
    if raw.is_empty():
        raise unusable(source, "it has no rows")
    return raw if names == raw.columns else raw.rename(dict(zip(raw.columns, names, strict=True)))


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise unusable(str(path), f"it cannot be read: {error.strerror or error}") from error
    if not content.strip():
        raise unusable(str(path), "the file is empty")
    return content


def _csv(content: bytes, path: Path) -> pl.DataFrame:
    if content.startswith(UTF_16):
        content = content.decode("utf-16", errors="replace").encode()
    content = content.removeprefix(b"\xef\xbb\xbf")
    header = content.split(b"\n", 1)[0].decode("utf-8", errors="replace")
    separator = max(SEPARATORS, key=header.count)
    if separator not in header or "\x00" in header:
        raise unusable(str(path), "neither Parquet nor CSV: its first line holds no comma, semicolon, tab or bar")
    for name, times in Counter(next(csv.reader([header.strip("\r\n")], delimiter=separator))).items():
        if name.strip() and times > 1:
            raise unusable(str(path), f"is there {times} times", f"column {name.strip()!r}")
    try:
        return pl.read_csv(
            io.BytesIO(content), separator=separator, infer_schema=False, null_values=[""], encoding="utf8-lossy"
        )
    except pl.exceptions.PolarsError:
        _refuse_ragged(content.decode("utf-8", errors="replace"), separator, path)
        raise


def _refuse_ragged(text: str, separator: str, path: Path) -> None:
    """Name the rows that have more cells than there are columns."""
    header, *rows = csv.reader(io.StringIO(text, newline=None), delimiter=separator)
    findings = Findings(str(path))
    for number, row in enumerate(rows, start=1):
        if len(row) > len(header):
            findings.row(number, "the row", separator.join(row), f"has {len(row)} cells for {len(header)} columns")
    findings.raise_any()
