"""Read a plan from a Parquet or CSV file, or report every fault of it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import polars as pl

from forecasting.panel.cells import numbers, switches
from forecasting.panel.faults import FAULTS_SHOWN, Findings, unusable
from forecasting.panel.files import named, open_table
from forecasting.panel.kinds import find_wrong_kinds
from forecasting.panel.long_table import frequency_of, keys, ranged, starts
from forecasting.panel.periods import Frequency
from forecasting.plans.plan import COLUMNS, SCHEMA, Plan, plan_of

MOST: Final = 1e12
_LENGTHS: Final = {Frequency.DAY: "1d", Frequency.WEEK: "1w", Frequency.MONTH: "1mo"}


def read_plan(path: Path) -> Plan:
    """Read a plan; see `plan_from` for its columns.

    Raises:
        HistoryError: the file cannot be used; every fault of it, by row, column and value.
    """
    return plan_from(open_table(path), str(path))


def plan_from(raw: pl.DataFrame, source: str = "the plan") -> Plan:
    """Make a plan of a table: one row per SKU (and location) and period, in any order, of the past and of the future.

    Args:
        raw: `sku` (text or whole numbers), `location` (optional; null: wherever the SKU is sold), one of `day`, `week` or
            `month` as in a history, and one of `price` (>= 0) and `promotion` (a flag, a depth >= 0 or a name) or both; null
            where nothing is told. Further columns are left alone.
        source: what to call the table in an error.
    Raises:
        HistoryError: columns missing or of the wrong kind, cells that are missing, unreadable, out of range or there twice, or
            it tells nothing at all.
    """
    raw = named(raw, source)
    findings = Findings(source)
    frequency = frequency_of(raw, findings)
    _columns(raw, frequency, findings)
    findings.raise_any()
    assert frequency is not None
    typed = _typed(raw, frequency, findings)
    _find_duplicates(typed, raw, frequency, findings)
    findings.raise_any()
    plan = plan_of(typed)
    if plan.rows.is_empty():
        raise unusable(source, "it tells no price and no promotion")
    return plan


def _columns(raw: pl.DataFrame, frequency: Frequency | None, findings: Findings) -> None:
    listed = f"missing; found {', '.join(map(repr, raw.columns))}"
    if "sku" not in raw.columns:
        findings.column("column sku", listed)
    if not set(COLUMNS) & set(raw.columns):
        findings.column("column price or promotion", listed)
    find_wrong_kinds(raw, frequency, ("sku", "location", *COLUMNS), findings)


def _typed(raw: pl.DataFrame, frequency: Frequency, findings: Findings) -> pl.DataFrame:
    """Columns of `SCHEMA`; a cell with a fault is null."""
    nothing = pl.Series("nothing", [None]).new_from_index(0, raw.height)
    first = starts(raw[frequency.value], frequency, findings)
    columns = {
        "sku": keys(raw["sku"], findings),
        "location": keys(raw["location"], findings, may_miss=True) if "location" in raw.columns else nothing,
        "first": first,
        "last": first.dt.offset_by(_LENGTHS[frequency]).dt.offset_by("-1d"),
    }
    for name in COLUMNS:
        if name in raw.columns:
            read = switches(raw[name]) if name == "promotion" else numbers(raw[name])
            columns[name] = ranged(read, raw[name], 0, MOST, findings)
        else:
            columns[name] = nothing
    return pl.DataFrame({name: columns[name].cast(kind) for name, kind in SCHEMA.items()})


def _find_duplicates(typed: pl.DataFrame, raw: pl.DataFrame, frequency: Frequency, findings: Findings) -> None:
    """Two rows for one SKU, location and period: the later one is reported, with the row it repeats."""
    key = ["sku", "location", "first"]
    lines = typed.with_row_index("row").filter(pl.col("sku").is_not_null() & pl.col("first").is_not_null())
    earlier = lines.with_columns(pl.col("row").first().over(key).alias("earlier"))
    repeats = earlier.filter(pl.col("row") != pl.col("earlier")).select("row", "earlier")
    what = "SKU, location" if "location" in raw.columns else "SKU"
    for row, first in repeats.head(FAULTS_SHOWN).iter_rows():
        value = f"{raw['sku'][row]}, {raw[frequency.value][row]}"
        findings.row(row + 1, frequency.value, value, f"repeats {what} and {frequency.value} of row {first + 1:,}")
    findings.uncounted(max(repeats.height - FAULTS_SHOWN, 0))
