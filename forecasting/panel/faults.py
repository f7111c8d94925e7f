"""What is wrong with a table of history: every fault by row, column and value, the first few kept and all of them counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl

FAULTS_SHOWN: Final = 20
VALUE_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Fault:
    """One cell that cannot be used. `row` counts data rows from 1; None when the column or the file as a whole is meant."""

    row: int | None
    column: str
    value: str | None
    problem: str

    def __str__(self) -> str:
        place = "" if self.row is None else f"row {self.row:,}: "
        value = "" if self.value is None else f" {self.value[:VALUE_SHOWN]!r}"
        return f"{place}{self.column}{value} {self.problem}".strip()


class HistoryError(ValueError):
    """A table from which no panel can be made: where it came from, its first faults, how many there are. Survives a pickle."""

    def __init__(self, source: str, faults: tuple[Fault, ...], count: int) -> None:
        super().__init__(source, faults, count)
        self.source, self.faults, self.count = source, faults, count

    def __str__(self) -> str:
        if self.count == 1:
            return f"{self.source}: {self.faults[0]}"
        shown = [f"  {fault}" for fault in self.faults]
        more = self.count - len(self.faults)
        tail = [f"  … and {more:,} more"] if more else []
        return "\n".join([f"{self.source}: {self.count:,} faults", *shown, *tail])


def unusable(source: str, problem: str, column: str = "") -> HistoryError:
    """The error for a file, or a column of it, that is wrong as a whole."""
    return HistoryError(source, (Fault(None, column, None, problem),), 1)


@dataclass(slots=True)
class Findings:
    """Collects the faults of one table while it is judged, so that all are reported together."""

    source: str
    _faults: list[Fault] = field(default_factory=list)
    _count: int = 0

    def column(self, column: str, problem: str) -> None:
        """A column is wrong as a whole."""
        self._faults.append(Fault(None, column, None, problem))
        self._count += 1

    def rows(self, wrong: pl.Series, cells: pl.Series, problem: str) -> None:
        """The rows where `wrong` is true have this problem; `cells` holds the values as they were found."""
        count = int(wrong.sum() or 0)
        if count:
            first = wrong.arg_true().head(FAULTS_SHOWN)
            self._faults += [self._fault(row, cells, problem) for row in first.to_list()]
            self._count += count

    def row(self, row: int, column: str, value: str | None, problem: str) -> None:
        """Row number `row`, from 1, has this problem."""
        self._faults.append(Fault(row, column, value, problem))
        self._count += 1

    def uncounted(self, count: int) -> None:
        """So many more faults of a kind that was shown already."""
        self._count += count

    def raise_any(self) -> None:
        """Raise HistoryError with everything found, by row; columns come first."""
        if self._count:
            ordered = sorted(self._faults, key=lambda fault: (fault.row or 0, fault.column))
            raise HistoryError(self.source, tuple(ordered[:FAULTS_SHOWN]), self._count)

    @staticmethod
    def _fault(row: int, cells: pl.Series, problem: str) -> Fault:
        cell = cells[row]
        return Fault(row + 1, cells.name, None if cell is None else str(cell), problem)


def rows_of(numbers: np.ndarray, length: int) -> pl.Series:
    """A mask of `length` rows that is true at the given places, from 0."""
    mask = np.zeros(length, bool)
    mask[numbers] = True
    return pl.Series(mask)
