"""Cells of any origin as text, numbers or days; what cannot be read becomes null."""

from __future__ import annotations

from typing import Final
from zlib import crc32

import numpy as np
import polars as pl
from numpy.typing import NDArray

DATE_FORMATS: Final = (
    "%Y-%m-%d",
    "%d.%m.%Y",
    "%Y/%m/%d",
    "%Y%m%d",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%b-%Y",
    "%d %b %Y",
)
MIDNIGHT: Final = r"[T ]00:00(:00(\.0+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?$"
"""By the clock of its zone, where one is told: the third group."""
WEEK_LABEL: Final = r"^(\d{4})-?W(\d{1,2})$"
MONTH_LABEL: Final = r"^(\d{4})[-/.](\d{1,2})$"
SWITCHES: Final = {"true": 1.0, "yes": 1.0, "y": 1.0, "t": 1.0, "false": 0.0, "no": 0.0, "n": 0.0, "f": 0.0}
NONE: Final = ("none", "nan", "null", "na", "n/a", "-", "no promotion", "no promo")
"""Words for no promotion beside names of them."""
PERCENT: Final = r"^([0-9.]+)\s*%$"


def is_text(kind: pl.DataType) -> bool:
    """Whether cells arrive as text; a column without a single value may be anything."""
    return kind in (pl.String, pl.Null, pl.Categorical) or isinstance(kind, pl.Enum)


def text(cells: pl.Series) -> pl.Series:
    """Trimmed text, null when empty. Whole numbers that passed through a float lose their `.0`."""
    found = begins(cells)
    if 2 * found.sum() > len(cells):
        return _text(cells)
    return _text(cells.filter(pl.Series(found))).gather(np.cumsum(found) - 1)  # each run of equal cells is read once


def begins(cells: pl.Series) -> NDArray[np.bool_]:
    """Where a cell is not as the one before it: in long tables mostly a few, the rows of a series stand together."""
    found = np.ones(len(cells), bool)
    changed = cells[1:] != cells[:-1]
    if changed.null_count():  # beside a missing cell another missing one is the same
        missing = cells.is_null().to_numpy()
        found[1:] = changed.fill_null(False).to_numpy() | (missing[1:] != missing[:-1])
    else:
        found[1:] = changed.to_numpy()
    return found


def _text(cells: pl.Series) -> pl.Series:
    if cells.dtype.is_float():
        return cells.cast(pl.String).str.replace(r"\.0$", "")
    trimmed = cells.cast(pl.String).str.strip_chars()
    return trimmed.set(trimmed == "", None) if (trimmed == "").any() else trimmed


def numbers(cells: pl.Series) -> pl.Series:
    """Float64; null where the text is not a number, NaN and infinity as they stand."""
    if cells.dtype == pl.Boolean or cells.dtype.is_numeric():
        return cells.cast(pl.Float64)
    trimmed = cells.cast(pl.String).str.strip_chars()
    read = trimmed.cast(pl.Float64, strict=False)
    words = trimmed.str.to_lowercase()
    return read.set((words == "nan") | (words == "-nan"), float("nan")) if read.null_count() else read


def switches(cells: pl.Series) -> pl.Series:
    """Numbers, `20%`, yes and no; or names (`BOGO`), each of which is 1 and a fraction of its own, so that they stay apart.

    Beside names zeros, words for none and empty cells are 0; beside other numbers a name is no number, and null.
    """
    read = numbers(cells)
    if not is_text(cells.dtype) or read.null_count() == cells.null_count():
        return read.fill_nan(None)
    words = text(cells).str.to_lowercase()
    read = read.fill_nan(None).fill_null(words.replace_strict(SWITCHES, default=None, return_dtype=pl.Float64))
    read = read.fill_null(words.str.extract(PERCENT).cast(pl.Float64, strict=False) / 100)
    if (read > 0).any():
        return read
    names = words.unique().drop_nulls().to_list()
    codes = {name: 0.0 if name in NONE else 1 + (crc32(name.encode()) % 4096) / 8192 for name in names}
    return read.fill_null(words.replace_strict(codes, default=None, return_dtype=pl.Float64)).fill_null(0.0)


def days(cells: pl.Series) -> tuple[pl.Series, str]:
    """Calendar days, and the format that most of the cells are written in (empty when they are no text).

    Instants with a zone are read by the clock of their zone, one for all; a time of day other than midnight makes no day. Both
    day/month/year and month/day/year are read when only one of them fits every cell; "ambiguous" when neither is ruled out.
    """
    if cells.dtype == pl.Date:
        return cells, ""
    if isinstance(cells.dtype, pl.Datetime):
        local = cells.dt.replace_time_zone(None)
        return local.dt.date().set(local != local.dt.truncate("1d"), None), ""
    iso = cells.cast(pl.String).str.to_date("%Y-%m-%d", strict=False)
    if iso.null_count() == cells.null_count():
        return iso, "%Y-%m-%d"
    told = text(cells)
    written, elsewhere, zone = told.str.replace(MIDNIGHT, ""), *_in_another_zone(told)
    labelled = _labels(written)
    readings = [(labelled, "a label")] if labelled.null_count() < len(labelled) else []
    for form in DATE_FORMATS:
        reading = written.str.to_date(form, strict=False)
        readings.append((reading, form))
        if reading.null_count() == written.null_count():
            break
    best, form = min(readings, key=lambda reading: reading[0].null_count())
    if form == "%d/%m/%Y" and _either_way(written, best):
        return best, "ambiguous"
    return best.set(elsewhere, None), form + zone


def _in_another_zone(told: pl.Series) -> tuple[pl.Series, str]:
    """Which midnights are not of the zone that most have, and what to call that one: no day is of two zones."""
    is_midnight, zones = told.str.contains(MIDNIGHT).fill_null(False), told.str.extract(MIDNIGHT, 3).fill_null("")
    found = zones.filter(is_midnight)
    if found.n_unique() < 2:
        return is_midnight & False, ""
    zone = found.mode().sort()[-1]
    return is_midnight & (zones != zone), f", zone {zone or 'untold'}"


def _either_way(written: pl.Series, read: pl.Series) -> bool:
    """Whether 03/04/2024 could be in March as well as in April, all through the column."""
    return written.str.to_date("%m/%d/%Y", strict=False).null_count() == read.null_count()


def _labels(written: pl.Series) -> pl.Series:
    """`2024-W05` is the Monday of that ISO week, `2024-05` the first of that month."""
    week = written.str.replace(WEEK_LABEL, "$1-W$2-1").str.to_date("%G-W%V-%u", strict=False)
    month = written.str.replace(MONTH_LABEL, "$1-$2-01").str.to_date("%Y-%m-%d", strict=False)
    is_month = written.str.contains(MONTH_LABEL)
    return week.zip_with(~(is_month.fill_null(False)), month)
