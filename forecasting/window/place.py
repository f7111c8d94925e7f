"""Where the window slides: the rows, the files, and what time it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect

from forecasting.calendar import event_rows
from forecasting.registry.artefacts import Artefacts
from forecasting.registry.tables import metadata


class RegistryMissing(ValueError):
    """The database has no tables for models."""


class Moved(ValueError):
    """Another training or scoring has changed the slot meanwhile; nothing was written, and it can be done again."""


def now_ms() -> int:
    """Ms since 1970 UTC."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """An installation.

    Attributes:
        engine: of the system of record, brought up to date.
        data_dir: models are kept in `models` of it.
        clock: what time it is there, in ms since 1970 UTC.
    """

    engine: Engine
    data_dir: Path
    clock: Callable[[], int] = now_ms

    @property
    def artefacts(self) -> Artefacts:
        """The models' files."""
        return Artefacts(self.data_dir / "models")

    @contextmanager
    def rows(self) -> Iterator[Connection]:
        """One transaction."""
        with self.engine.begin() as connection:
            yield connection

    def refuse_without_tables(self) -> None:
        """Raise RegistryMissing when no release of today has brought the database up to date."""
        if missing := {*metadata.tables, event_rows.TABLE, "products"} - set(inspect(self.engine).get_table_names()):
            raise RegistryMissing(f"the database has no table {min(missing)}: `skuld forecast history` makes it")


def code_version() -> str:
    """Of the code that trains."""
    try:
        return version("skuld")
    except PackageNotFoundError:
        return "unknown"
