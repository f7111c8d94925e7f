"""Read a long table of history into a panel, or report every fault of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from forecasting.panel.cells import MONTH_LABEL, days, is_text, numbers, switches, text
from forecasting.panel.dense import dense
from forecasting.panel.faults import Findings
from forecasting.panel.files import named, open_table
from forecasting.panel.kinds import EXPECTED, find_wrong_kinds
from forecasting.panel.panel import Panel
from forecasting.panel.periods import Frequency
from forecasting.panel.told import told

MOST_UNITS: Final = 1_000_000_000
"""Beyond this units are a typing error: it is a thousand times what a busy warehouse ships of one SKU in a month."""
EARLIEST: Final = date(1970, 1, 1)
LATEST: Final = date(2100, 1, 1)
OPTIONAL: Final = ("in_stock_share", "price", "promotion")
CATEGORY: Final = "category"
NO_LETTER: Final = "\ufffd"
"""Stands for bytes that are no text."""
DECIMAL_COMMA: Final = r"^-?[0-9]+,[0-9]+$"
THOUSANDS: Final = r"^-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?$"


def read_panel(path: Path) -> Panel:
    """Read history from a Parquet or CSV file; see `panel_from` for its columns.

    Raises:
        HistoryError: the file cannot be used; every fault of it, by row, column and value.
    """
    return read_and_told(path)[0]


def read_and_told(path: Path) -> tuple[Panel, list[str]]:
    """The same, and what was made of the table, in sentences for people."""
    raw = open_table(path)
    panel = panel_from(raw, str(path))
    used = ("sku", "location", "units", panel.periods.frequency, *OPTIONAL, CATEGORY)
    left_alone = [name for name in raw.columns if name not in used]
    return panel, told(panel, raw.height, left_alone)


def panel_from(raw: pl.DataFrame, source: str = "the table") -> Panel:
    """Make a panel of a long table: one row per SKU (and location) and period, in any order.

    Args:
        raw: `sku` (text or whole numbers), `location` (optional, likewise), one of `day`, `week` or `month` (dates, or text in
            one format, `2024-W05` and `2024-05` included; weeks start on one weekday; any day of a month stands for it),
            `units` (>= 0, eaches), and optionally `in_stock_share` (0 to 1), `price` (>= 0), `promotion` (a flag, a depth
            >= 0 or a name) and `category` (text or whole numbers; of a series the latest one told counts), which may be null
            where not known. Further columns are left alone.
        source: what to call the table in an error.
    Returns:
        Leading rows without units, like leading periods without rows, mean not yet on sale; rows without units at the end
        mean withdrawn from sale; periods without a row after the first had no demand.
    Raises:
        HistoryError: columns missing or of the wrong kind, or cells that are missing, unreadable, out of range or there twice.
    """
    raw = named(raw, source)
    findings = Findings(source)
    frequency = frequency_of(raw, findings)
    _columns(raw, frequency, findings)
    findings.raise_any()
    assert frequency is not None
    typed = _typed(raw, frequency, findings)
    return dense(typed, raw, frequency, findings)


def frequency_of(raw: pl.DataFrame, findings: Findings) -> Frequency | None:
    """Which column says what a period is; None, and a fault, when none does or several."""
    found = [frequency for frequency in Frequency if frequency.value in raw.columns]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(map(repr, raw.columns))
    problem = f"are all there; only one of them says what a period is (found {listed})" if found else f"missing; found {listed}"
    findings.column("columns " + " and ".join(found) if found else "column day, week or month", problem)
    return None


def _columns(raw: pl.DataFrame, frequency: Frequency | None, findings: Findings) -> None:
    """Every column that must be there is, and holds the kind of values it should."""
    for column in ("sku", "units"):
        if column not in raw.columns:
            findings.column(f"column {column}", f"missing; found {', '.join(map(repr, raw.columns))}")
    find_wrong_kinds(raw, frequency, EXPECTED, findings)


def _typed(raw: pl.DataFrame, frequency: Frequency, findings: Findings) -> pl.DataFrame:
    """Columns `sku`, `location`, `start`, `units` and the optional ones; a cell with a fault is null."""
    nowhere = pl.Series("location", [None], pl.String).new_from_index(0, raw.height)
    columns = [keys(raw["sku"], findings)]
    somewhere = "location" in raw.columns and raw["location"].null_count() < raw.height
    columns.append(keys(raw["location"], findings) if somewhere else nowhere)
    columns.append(starts(raw[frequency.value], frequency, findings))
    columns.append(ranged(numbers(raw["units"]), raw["units"], 0, MOST_UNITS, findings))
    limits = {"in_stock_share": 1.0, "price": 1e12, "promotion": 1e12}
    for column in OPTIONAL:
        if column in raw.columns:
            read = switches(raw[column]) if column == "promotion" else numbers(raw[column]).fill_nan(None)
            columns.append(ranged(read, raw[column], 0, limits[column], findings))
    if CATEGORY in raw.columns and raw[CATEGORY].null_count() < raw.height:
        columns.append(keys(raw[CATEGORY], findings, may_miss=True))
    return pl.DataFrame(columns)


def keys(cells: pl.Series, findings: Findings, *, may_miss: bool = False) -> pl.Series:
    """SKUs or locations as text."""
    read = text(cells)
    if not may_miss and read.null_count():
        findings.rows(read.is_null(), cells, "is missing")
    if is_text(cells.dtype):  # two names must not become one
        unread = read.str.contains(NO_LETTER, literal=True).fill_null(False)
        findings.rows(unread, cells, "is no UTF-8: save the table as UTF-8")
        read = read.set(unread, None) if unread.any() else read
    if cells.dtype.is_float():
        broken = ~cells.is_finite() | (cells != cells.floor())
        findings.rows(broken.fill_null(False), cells, "is not a whole number")
        read = read.set(broken.fill_null(False), None)
    return read


def starts(cells: pl.Series, frequency: Frequency, findings: Findings) -> pl.Series:
    """First day of each row's period."""
    read, form = days(cells)
    if frequency is Frequency.WEEK and is_text(cells.dtype) and cells.str.contains(MONTH_LABEL).any():
        months = cells.str.contains(MONTH_LABEL).fill_null(False)
        findings.rows(months, cells, "is a month: write a week as 2024-W05, or its first day")
        return read.set(months, None).rename("start")
    if form == "ambiguous":
        findings.column(f"column {cells.name}", "could be day/month/year or month/day/year: write dates as 2024-04-03")
        return read.rename("start")
    if not read.null_count():
        return _aligned(read.rename("start"), cells, frequency, findings)
    findings.rows(cells.is_null(), cells, "is missing")
    if read.null_count() == len(read) and cells.null_count() < len(cells):
        findings.rows(cells.is_not_null(), cells, "is not a date: write 2024-03-31, of weeks also 2024-W05, of months 2024-03")
    else:
        rest = f", or not written like the others ({form})" if form else ": it has a time of day"
        findings.rows(read.is_null() & cells.is_not_null(), cells, f"is not a date{rest}")
    return _aligned(read.rename("start"), cells, frequency, findings)


def _aligned(read: pl.Series, cells: pl.Series, frequency: Frequency, findings: Findings) -> pl.Series:
    """First days of periods, of any days that are near enough."""
    first, last = read.min(), read.max()
    if isinstance(first, date) and isinstance(last, date) and not EARLIEST <= first <= last < LATEST:
        far = ((read < EARLIEST) | (read >= LATEST)).fill_null(False)
        findings.rows(far, cells, f"is not between {EARLIEST.year} and {LATEST.year}")
        read = read.set(far, None)
    if frequency is Frequency.WEEK and read.null_count() < len(read):
        return _weeks(read, cells, findings)
    return read.dt.month_start() if frequency is Frequency.MONTH else read


def _weeks(read: pl.Series, cells: pl.Series, findings: Findings) -> pl.Series:
    """Weeks start on one weekday all through the table: the one that most rows have."""
    if not read.null_count():
        days_since = read.to_physical().to_numpy()
        if not ((days_since - days_since[0]) % 7).any():
            return read
    weekday = read.dt.weekday()
    usual = int(weekday.drop_nulls().mode().sort()[0])
    name = date(2024, 1, usual).strftime("%A")  # 1 January 2024 was a Monday
    other = (weekday != usual).fill_null(False)
    findings.rows(other, cells, f"is not a {name}, with which the other weeks start")
    return read.set(other, None)


def ranged(read: pl.Series, cells: pl.Series, least: float, most: float, findings: Findings) -> pl.Series:
    """Numbers that are finite and within the range; null cells stay null and are judged later."""
    if not read.null_count():
        values = read.to_numpy()
        if bool(((values >= least) & (values <= most)).all()):
            return read.rename(cells.name)
    given = text(cells) if is_text(cells.dtype) else cells  # empty text says nothing
    unread = read.is_null() & given.is_not_null() & ~_is_nan(cells)
    rest = unread
    for form, cure in ((THOUSANDS, "it without commas; a point is a decimal"), (DECIMAL_COMMA, "a point, not a comma")):
        found = rest & cells.cast(pl.String).str.contains(form).fill_null(False) if rest.any() else rest
        findings.rows(found, cells, f"is not a number: write {cure}")
        rest = rest & ~found
    findings.rows(rest, cells, "is not a number")
    infinite = (~read.is_finite()).fill_null(False)
    findings.rows(infinite, cells, "is not a finite number")
    low = (read < least).fill_null(False) & ~infinite
    returns = ": write what was wanted, not what came back" if cells.name == "units" else ""
    findings.rows(low, cells, f"is negative{returns}" if least == 0 else f"is below {least:g}")
    high = (read > most).fill_null(False) & ~infinite
    findings.rows(high, cells, f"is above {most:,.0f}")
    wrong = infinite | low | high
    return (read.set(wrong, None) if wrong.any() else read).rename(cells.name)


def _is_nan(cells: pl.Series) -> pl.Series:
    """Where a cell says NaN, which of an optional column means that nothing is told."""
    if cells.name not in OPTIONAL:
        return pl.Series([False]).new_from_index(0, len(cells))
    if cells.dtype.is_float():
        return cells.is_nan().fill_null(False)
    return cells.cast(pl.String).str.strip_chars().str.to_lowercase().is_in(["nan", "-nan"]).fill_null(False)
