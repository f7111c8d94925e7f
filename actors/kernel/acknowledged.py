"""What an owner had acknowledged when its store turned out to have lost it: left for the successor, which serves no less.

A journal that ends too early looks like any other to whoever comes next. So the position is kept apart from it: beside the
rows, and in the data directory for as long as the database does not answer.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, NamedTuple

import structlog
from sqlalchemy import Engine, delete, insert, select, update

from actors.kernel.entry import START, Position
from actors.kernel.faults import Fault
from actors.kernel.messages import OwnerName
from actors.kernel.record.database import faults_named, open_database
from actors.kernel.record.tables import meta

log = structlog.get_logger()


class Acknowledged(NamedTuple):
    """Up to where a journal must reach, and how a person says that it need not."""

    position: Position = START
    to_accept: str = ""


NOTHING: Final = Acknowledged()
"""No owner has noticed a loss."""


class AcknowledgedNote:
    """The note of one owner. Every call waits for disk or database."""

    def __init__(self, owner: OwnerName, data_dir: Path, sql_url: str) -> None:
        self._owner = owner
        self._file = data_dir / "acknowledged" / owner
        self._sql_url = sql_url
        self._name = f"acknowledged {owner}"

    def leave(self, position: Position) -> None:
        """Keep a position; the file goes once the database has it. Raises nothing: the owner is about to die."""
        try:
            self._write_file(position)
            self._write_row(position)
            self._file.unlink()
        except (Fault, OSError) as error:
            log.error("the acknowledged position", owner=self._owner, position=str(position), fault=str(error))

    def find(self) -> Acknowledged:
        """What was left, wherever it is."""
        in_file = self._read_file()
        try:
            row = self._read_row()
            if in_file > row:
                self._write_row(row := in_file)
            self._file.unlink(missing_ok=True)
        except Fault:
            return Acknowledged(in_file, f"delete the file {self._file}") if in_file != START else NOTHING
        return Acknowledged(row, f"DELETE FROM meta WHERE name = '{self._name}'") if row != START else NOTHING

    def forget(self) -> None:
        """The journal has it again. A database that is away keeps the row, which the next start finds to be in order too."""
        self._file.unlink(missing_ok=True)
        try:
            with faults_named(f"forgetting what {self._owner} had acknowledged"), self._engine.begin() as connection:
                connection.execute(delete(meta).where(meta.c.name == self._name))
        except Fault as fault:
            log.warning("the acknowledged position", owner=self._owner, fault=str(fault))

    @property
    def _engine(self) -> Engine:
        return open_database(self._sql_url)

    def _write_file(self, position: Position) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._file.with_suffix(".new")
        with unfinished.open("w") as file:
            file.write(str(position))
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._file)

    def _read_file(self) -> Position:
        return Position.parse(self._file.read_text()) if self._file.exists() else START

    def _write_row(self, position: Position) -> None:
        value = {"value": str(position)}
        with faults_named(f"noting what {self._owner} has acknowledged"), self._engine.begin() as connection:
            if connection.execute(update(meta).where(meta.c.name == self._name).values(value)).rowcount == 0:
                connection.execute(insert(meta).values(name=self._name, **value))

    def _read_row(self) -> Position:
        with faults_named(f"reading what {self._owner} has acknowledged"), self._engine.connect() as connection:
            found = connection.scalar(select(meta.c.value).where(meta.c.name == self._name))
        return Position.parse(found) if found else START
