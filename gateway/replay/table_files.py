"""Open a Parquet or CSV file as a raw table, or say in one line why that cannot be done."""

from __future__ import annotations

import csv
import hashlib
import io
import stat
from collections import Counter
from pathlib import Path
from typing import Final

import polars as pl

PARQUET_MAGIC: Final = b"PAR1"
FOREIGN_MAGIC: Final = (b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0", b"%PDF", b"SQLite format 3")
SEPARATORS: Final = (",", ";", "\t", "|")


class BadFile(Exception):
    """The file as a whole cannot be used; the message is one line for the user."""


def open_table(path: Path) -> tuple[pl.DataFrame, str]:
    """Read a file of either format; the second value is a fingerprint of its bytes.

    The format is told by the content, not by the name. CSV cells all arrive as text.

    Raises:
        BadFile: missing, unreadable, empty, damaged, or neither Parquet nor CSV.
    """
    content = _content(path)
    try:
        table = _parquet(content) if content.startswith(PARQUET_MAGIC) else _csv(content, path)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, csv.Error, OSError, ValueError) as error:
        raise BadFile(f"{path}: damaged, it cannot be read to its end: {first_line(error)}") from error
    if table.is_empty():
        raise BadFile(f"{path}: it has a header but no rows")
    return table, fingerprint(content)


def fingerprint(content: bytes) -> str:
    """Tell one input from another: 16 hexadecimal digits."""
    return hashlib.blake2b(content, digest_size=8).hexdigest()


def first_line(error: Exception) -> str:
    """What an exception says, without the further lines."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _content(path: Path) -> bytes:
    try:
        if stat.S_ISCHR(path.stat().st_mode):  # it may never end
            raise BadFile(f"{path}: this is a device, not a file")
        content = path.read_bytes()
    except FileNotFoundError:
        raise BadFile(f"{path}: there is no such file") from None
    except IsADirectoryError:
        raise BadFile(f"{path}: this is a directory, not a file") from None
    except OSError as error:
        raise BadFile(f"{path}: it cannot be read: {error.strerror or error}") from error
    if not content.strip():
        raise BadFile(f"{path}: the file is empty")
    return content


def _parquet(content: bytes) -> pl.DataFrame:
    return pl.read_parquet(io.BytesIO(content))


def _csv(content: bytes, path: Path) -> pl.DataFrame:
    if content.startswith(FOREIGN_MAGIC) or b"\x00" in content[:4096]:
        raise BadFile(f"{path}: neither Parquet nor CSV")
    text = _text(content)
    header = text.split("\n", 1)[0]
    separator = max(SEPARATORS, key=header.count)
    if separator not in header:
        raise BadFile(f"{path}: neither Parquet nor CSV: its first line holds no comma, semicolon, tab or bar")
    _refuse_doubled_columns(next(csv.reader([header], delimiter=separator)), path)
    try:
        return pl.read_csv(
            io.BytesIO(text.encode()), separator=separator, infer_schema=False, truncate_ragged_lines=True, null_values=[""]
        )
    except pl.exceptions.PolarsError:
        return _csv_with_stray_quotes(text, separator)


def _csv_with_stray_quotes(text: str, separator: str) -> pl.DataFrame:
    """Read slowly what the fast reader refuses as a whole, so that a stray quote spoils only the rows around it."""
    header, *rows = csv.reader(io.StringIO(text, newline=None), delimiter=separator)
    width = len(header)
    full = [[cell or None for cell in (row + [""] * width)[:width]] for row in rows if row]
    named = [name if name not in header[:number] else f"{name} {number + 1}" for number, name in enumerate(header)]
    return pl.DataFrame(full, schema=dict.fromkeys(named, pl.String), orient="row")


def _refuse_doubled_columns(header: list[str], path: Path) -> None:
    """Which of two columns with one name is meant, nobody can tell; columns without a name are not meant at all."""
    for name, times in Counter(filter(None, map(str.strip, header))).items():
        if times > 1:
            raise BadFile(f"{path}: column {name!r} is there {times} times")


def _text(content: bytes) -> str:
    """UTF-8, or what Windows spreadsheets write: older exports of such tables hold a pound sign in cp1252."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")
