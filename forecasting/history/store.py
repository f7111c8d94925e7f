"""The history as files: a Parquet file for each day, one for what was imported, and how far it goes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from forecasting.history.daily import SCHEMA
from forecasting.panel.faults import HistoryError, unusable

IMPORTED: Final = "imported.parquet"
PROMOTION, CATEGORY = "promotion", "category"
KEPT: Final = {**SCHEMA, PROMOTION: pl.Float64, CATEGORY: pl.String}
"""Columns of everything: only what was imported tells of promotions and categories."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the history goes.

    Attributes:
        time_zone: whose days they are.
        last: the last day there is a file of; None when there is none.
        movements_above: movements up to this number are older than the days that may still change.
        rows_at: of each owner of rows, when the newest event was that was in them when the days were read.
    """

    time_zone: str
    last: date | None = None
    movements_above: int = 0
    rows_at: Mapping[str, int] = field(default_factory=dict)


class HistoryStore:
    """A folder. Each file is written beside its place and moved there, so that a reader finds a whole one or none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def progress(self) -> Progress | None:
        """How far it goes; None when nothing was ever recorded.

        Raises:
            HistoryError: the file that says so is damaged.
        """
        path = self.folder / "progress.json"
        try:
            told = json.loads(path.read_text())
            last = date.fromisoformat(told["last"]) if told["last"] else None
            rows_at = {str(name): int(at) for name, at in told.get("rows_at", {}).items()}
            return Progress(str(told["time_zone"]), last, int(told["movements_above"]), rows_at)
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise unusable(str(path), f"damaged ({error}): rebuild the history") from None

    def keep_progress(self, progress: Progress) -> None:
        """Say how far it goes, once the files are there."""
        told = asdict(progress) | {"last": progress.last and progress.last.isoformat()}
        self._replace("progress.json", json.dumps(told).encode())

    def write_day(self, day: date, demand: pl.DataFrame) -> None:
        """Write, or write again, a day that is over; without demand too, so that it is known to have had none."""
        self._write(f"{day.isoformat()}.parquet", demand.select(*SCHEMA))

    def write_imported(self, demand: pl.DataFrame) -> None:
        """Replace what was imported; columns of `KEPT`."""
        self._write(IMPORTED, demand.select(*KEPT))

    def imported_series(self) -> pl.DataFrame:
        """SKUs and warehouses that were imported, columns `sku` and `warehouse`; of a damaged file none."""
        try:
            imported = self._read(IMPORTED) if (self.folder / IMPORTED).exists() else None
        except HistoryError:
            imported = None
        keys = {"sku": pl.String, "warehouse": pl.String}
        return pl.DataFrame(schema=keys) if imported is None else imported.select(*keys).unique()

    def days(self) -> list[date]:
        """The days there are files of, in order."""
        return sorted(date.fromisoformat(path.stem) for path in self.folder.glob("[12]*-*-*.parquet"))

    def read(self) -> pl.DataFrame:
        """Everything, by day, warehouse and SKU; `promotion`, `category` are null where not told. Of a day that was
        recorded nothing imported is taken.

        Raises:
            HistoryError: a file is damaged.
        """
        recorded = [self._read(f"{day.isoformat()}.parquet") for day in self.days()]
        nothing = pl.DataFrame(schema=KEPT)
        parts = [part for part in (nothing, self._imported(), *recorded) if part is not None]
        return pl.concat(parts, how="diagonal_relaxed").sort("day", "warehouse", "sku")

    def read_sku(self, sku: str) -> pl.DataFrame:
        """As `read`, of one SKU: nothing of the others is kept in memory.

        Raises:
            HistoryError: a file is damaged.
        """
        whole = pl.concat([pl.LazyFrame(schema=KEPT), *self._scans()], how="diagonal_relaxed")
        found = self._collected(whole.filter(pl.col("sku") == sku))
        return found.sort("day", "warehouse", "sku")

    def units_by_warehouse(self, until: date) -> pl.DataFrame:
        """`warehouse` and the `units` that were wanted of it up to a day.

        Raises:
            HistoryError: a file is damaged.
        """
        whole = pl.concat([pl.LazyFrame(schema=KEPT), *self._scans()], how="diagonal_relaxed")
        return self._collected(whole.filter(pl.col("day") <= until).group_by("warehouse").agg(pl.col("units").sum()))

    def first_day(self) -> date | None:
        """The first day that anything is known of; None when nothing is.

        Raises:
            HistoryError: a file is damaged.
        """
        imported = self._imported()
        told = None if imported is None else imported["day"].min()
        found = [day for day in (told, *self.days()[:1]) if isinstance(day, date)]
        return min(found, default=None)

    def clear_days(self, keep: Iterable[date] = ()) -> None:
        """Remove the files of days, but for those to keep, and how far they went."""
        (self.folder / "progress.json").unlink(missing_ok=True)
        for day in set(self.days()) - set(keep):
            (self.folder / f"{day.isoformat()}.parquet").unlink()

    def _scans(self) -> list[pl.LazyFrame]:
        """Every file, not read yet."""
        days = self.days()
        scans = [pl.scan_parquet(self.folder / f"{day.isoformat()}.parquet") for day in days]
        if (self.folder / IMPORTED).exists():
            imported = pl.scan_parquet(self.folder / IMPORTED)
            scans.append(imported.filter(pl.col("day") < days[0]) if days else imported)
        return scans

    def _collected(self, asked: pl.LazyFrame) -> pl.DataFrame:
        try:
            return asked.collect()
        except (pl.exceptions.PolarsError, OSError) as error:
            raise unusable(str(self.folder), f"damaged: {str(error).splitlines()[0]}; rebuild the history") from error

    def _imported(self) -> pl.DataFrame | None:
        if not (self.folder / IMPORTED).exists():
            return None
        imported, days = self._read(IMPORTED), self.days()
        return imported.filter(pl.col("day") < days[0]) if days else imported

    def _read(self, name: str) -> pl.DataFrame:
        path = self.folder / name
        try:
            return pl.read_parquet(path)
        except (pl.exceptions.PolarsError, OSError) as error:
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise unusable(str(path), f"damaged: {reason}; {_cure(path.name)}") from error

    def _write(self, name: str, demand: pl.DataFrame) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        new = self.folder / f".{name}.new"
        demand.write_parquet(new)
        new.replace(self.folder / name)

    def _replace(self, name: str, content: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        new = self.folder / f".{name}.new"
        new.write_bytes(content)
        new.replace(self.folder / name)


def _cure(name: str) -> str:
    """What makes a file anew."""
    return (
        "import it again: `skuld forecast import`"
        if name == IMPORTED
        else "rebuild the history: `skuld forecast history --rebuild`"
    )
