"""Where the demo's order lines come from: a directory of data sets, the data set's home at UCI, or the generator.

Nobody could fetch UCI's archive where this was written, so its checksum is not known here. What is checked instead is
the content after reading: the number of rows and invoices and the sum of quantity times price, which agree with the
published description and would not survive a cut, a mix-up or a change of any order line.
"""

from __future__ import annotations

import io
import os
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

import fastexcel
import httpx
import polars as pl

from gateway.replay.generated import generated_lines
from gateway.replay.lines import Lines, read_lines
from gateway.replay.table_files import BadFile, first_line

DATASETS_VARIABLE: Final = "SKULD_DATASETS"
FILE_NAME: Final = "online_retail_2010_2011_lines.parquet"
UCI_URL: Final = "https://archive.ics.uci.edu/static/public/352/online+retail.zip"
ROWS: Final = 541_909
INVOICES: Final = 25_900
VALUE_POUNDS: Final = 9_747_747.93
CONNECT_TIMEOUT_S: Final = 3.0
DOWNLOAD_LIMIT_S: Final = 60.0
DOWNLOAD_LIMIT_BYTES: Final = 200_000_000
"""UCI states 23 MB; an answer far beyond that is something else."""

Origin: TypeAlias = Literal["datasets", "cache", "download", "generated"]
Say: TypeAlias = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Shop:
    """Order lines, where they were found, and what to tell the user about it, a sentence each."""

    lines: Lines
    origin: Origin
    notes: tuple[str, ...]


def open_shop(
    data_dir: Path,
    *,
    datasets: str | None = None,
    download: bool = True,
    say: Say | None = None,
    generate: Callable[[], Lines] = generated_lines,
) -> Shop:
    """Find order lines to replay; there is always an answer, because the generator needs nothing.

    Args:
        data_dir: where a download is kept for the next time.
        datasets: a directory that holds `FILE_NAME`; the environment's SKULD_DATASETS when None, none when empty.
        say: told before anything slow.
        generate: makes the order lines that are not to be had.
    """
    notes: list[str] = []
    where = os.environ.get(DATASETS_VARIABLE, "") if datasets is None else datasets
    if where:
        try:
            return Shop(read_lines(Path(where) / FILE_NAME), "datasets", ())
        except BadFile as error:
            notes.append(f"{DATASETS_VARIABLE} is set, but {error}.")
    cached = data_dir / "datasets" / FILE_NAME
    try:
        if cached.exists():
            return Shop(_verified(cached), "cache", tuple(notes))
        if download:
            (say or _silent)(f"Downloading Online Retail from {UCI_URL} ...")
            _download(cached)
            return Shop(_verified(cached), "download", tuple(notes))
    except BadFile as error:
        notes.append(f"{error}.")
    notes.append("A generated shop with the same shape is used instead of real order lines.")
    return Shop(generate(), "generated", tuple(notes))


def check_content(table: pl.DataFrame) -> None:
    """Compare a table in the original's columns with what is published about it.

    Raises:
        BadFile: it is not the data set, or not all of it.
    """
    found = table.select(
        pl.len().alias("rows"),
        pl.col("InvoiceNo").n_unique().alias("invoices"),
        (pl.col("Quantity").cast(pl.Float64) * pl.col("UnitPrice")).sum().alias("value"),
    ).row(0, named=True)
    value = round(found["value"], 2)
    if (found["rows"], found["invoices"], value) != (ROWS, INVOICES, VALUE_POUNDS):
        raise BadFile(
            f"this is not the data set Online Retail: {found['rows']:,} rows, {found['invoices']:,} invoices, "
            f"{value:,.2f} pounds instead of {ROWS:,}, {INVOICES:,} and {VALUE_POUNDS:,.2f}"
        )


def read_archive(content: bytes) -> pl.DataFrame:
    """Read the spreadsheet inside UCI's archive, codes and numbers of invoices as text.

    Raises:
        BadFile: it is no archive, or holds no such spreadsheet.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            name = next(name for name in archive.namelist() if name.lower().endswith(".xlsx"))
            sheet = archive.read(name)
        text = {"InvoiceNo": pl.String, "StockCode": pl.String, "Description": pl.String, "Country": pl.String}
        return pl.read_excel(io.BytesIO(sheet), engine="calamine", schema_overrides=text)
    except StopIteration:
        raise BadFile("the archive from UCI holds no .xlsx file") from None
    except (zipfile.BadZipFile, fastexcel.FastExcelError, pl.exceptions.PolarsError, OSError, ValueError) as error:
        raise BadFile(f"the archive from UCI cannot be read: {first_line(error)}") from error


def _download(target: Path) -> None:
    """Fetch, read, check, and keep as Parquet; what failed the check is never kept."""
    table = read_archive(_fetch(UCI_URL))
    check_content(table)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _placed_when_whole(target) as partial:
            table.write_parquet(partial, compression="zstd")
    except OSError as error:
        raise BadFile(f"{target}: the download cannot be kept: {error.strerror or error}") from error


def _verified(path: Path) -> Lines:
    lines = read_lines(path)
    check_content(pl.read_parquet(path, columns=["InvoiceNo", "Quantity", "UnitPrice"]))
    return lines


def _fetch(url: str) -> bytes:
    ends_at = time.monotonic() + DOWNLOAD_LIMIT_S
    content = bytearray()
    try:
        with httpx.stream("GET", url, timeout=CONNECT_TIMEOUT_S, follow_redirects=True) as response:
            response.raise_for_status()
            for piece in response.iter_bytes():
                content += piece
                if time.monotonic() > ends_at or len(content) > DOWNLOAD_LIMIT_BYTES:
                    raise BadFile(f"{url}: the download was stopped after {len(content):,} bytes")
    except (httpx.HTTPError, OSError) as error:
        raise BadFile(f"{url} cannot be reached ({first_line(error)})") from error
    return bytes(content)


@contextmanager
def _placed_when_whole(target: Path) -> Iterator[Path]:
    """Give a path beside the target that becomes the target only when everything was written."""
    handle, name = tempfile.mkstemp(dir=target.parent, suffix=".partial")
    os.close(handle)
    partial = Path(name)
    try:
        yield partial
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _silent(_: str) -> None:
    """Say nothing."""
