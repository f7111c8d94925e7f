"""Write-behind: the rows of a window and the journal position they stand at, in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, Table, select, update

from actors.kernel.entry import START, Position
from actors.kernel.faults import Fenced
from actors.kernel.machine import Machine
from actors.kernel.messages import Event, OwnerName
from actors.kernel.record.bulk import Row, insert, upsert
from actors.kernel.record.database import faults_named
from actors.kernel.record.tables import owners
from actors.kernel.record.widths import ALARM_WIDTH

Rows = Mapping[Table, Sequence[Row]]
Projection = Callable[[Any, list[Any]], tuple[Rows, Rows]]
"""From a machine and the events just applied to it: rows to replace, rows to add."""


class Spells(Protocol):
    """Rows about how long something lasted: whoever writes them must know what it wrote before."""

    def begin(self, connection: Connection, owner: OwnerName) -> None:
        """Read how the rows of an owner stand."""

    def rows(self, machine: Any, /) -> tuple[Table, Sequence[Row]]:
        """Rows to replace. Asking again gives the same until they are written."""

    def written(self) -> None:
        """The rows that were asked for last are written."""


class SqlRecord:
    """The rows of one owner. `epoch` fences projectors as it fences owners."""

    def __init__(self, engine: Engine, projection: Projection, spells: Spells | None = None) -> None:
        self._engine = engine
        self._dialect = "sqlite" if engine.dialect.name == "sqlite" else "mysql"
        self._projection = projection
        self._spells = spells

    async def position(self, owner: OwnerName) -> tuple[Position, int]:
        """The position the rows stand at, and the newest epoch known."""
        return await asyncio.to_thread(self._position, owner)

    def _position(self, owner: OwnerName) -> tuple[Position, int]:
        with faults_named(f"reading the position of {owner}"), self._engine.begin() as connection:
            position = read_position(connection.connection.cursor(), self._dialect, owner)
            if self._spells is not None:
                self._spells.begin(connection, owner)
            return position

    async def write(
        self, owner: OwnerName, machine: Machine, events: list[Event], previous: Position, last: Position, epoch: int
    ) -> None:
        """Write a window, as `SystemOfRecord.write` promises."""
        replace, add = self._projection(machine, events)
        if self._spells is not None:
            table, rows = self._spells.rows(machine)
            replace = {**replace, table: rows}
        at = events[-1].at if events else 0
        await asyncio.to_thread(self._write, owner, (replace, add), (previous, last), epoch, at)
        if self._spells is not None:
            self._spells.written()

    def _write(self, owner: OwnerName, rows: tuple[Rows, Rows], move: tuple[Position, Position], epoch: int, at: int) -> None:
        with faults_named(f"writing the rows of {owner}"), self._engine.begin() as connection:
            cursor = connection.connection.cursor()
            if not advance(cursor, self._dialect, owner, move, epoch, at):
                return
            replace, add = rows
            for table, some in replace.items():
                if some:
                    upsert(cursor, self._dialect, table, some)
            for table, some in add.items():
                if some:
                    insert(cursor, self._dialect, table, some)


def _sql(dialect: str, statement: str) -> str:
    """Both drivers' marks for parameters."""
    return statement if dialect == "sqlite" else statement.replace("?", "%s")


def read_position(cursor: Any, dialect: str, owner: OwnerName) -> tuple[Position, int]:
    """The position and epoch of an owner; the row is made when it is missing."""
    ignore = "INSERT OR IGNORE" if dialect == "sqlite" else "INSERT IGNORE"
    cursor.execute(_sql(dialect, "SELECT applied_epoch, applied_number, epoch FROM owners WHERE name = ?"), (owner,))
    row = cursor.fetchone()
    if row is None:
        cursor.execute(
            _sql(dialect, f"{ignore} INTO owners (name, epoch, applied_epoch, applied_number, alarm) VALUES (?, 0, 0, 0, '')"),
            (owner,),
        )
        return START, 0
    return Position(row[0], row[1]), row[2]


def advance(cursor: Any, dialect: str, owner: OwnerName, move: tuple[Position, Position], epoch: int, at: int) -> bool:
    """Move the position from one to another; False when it is there already (a COMMIT whose answer was lost).

    `at` is the owner's clock at the newest event between them, 0 when there is none. `applied_at` rises with every such move,
    by a millisecond where the clock has not: whoever reads it sees whether rows have come.

    Raises:
        Fenced: another projector has moved it, or a newer owner has raised the epoch.
    """
    previous, last = move
    cursor.execute(
        _sql(
            dialect,
            "UPDATE owners SET applied_epoch = ?, applied_number = ?, epoch = ?, "
            "applied_at = CASE WHEN ? = 0 THEN applied_at WHEN applied_at < ? THEN ? ELSE applied_at + 1 END "
            "WHERE name = ? AND applied_epoch = ? AND applied_number = ? AND epoch <= ?",
        ),
        (*last, epoch, at, at, at, owner, *previous, epoch),
    )
    if cursor.rowcount == 1:
        return True
    found, known_epoch = read_position(cursor, dialect, owner)
    if found == last:
        return False
    raise Fenced(f"{owner}: its rows stand at {found} (epoch {known_epoch}), not at {previous} (epoch {epoch})")


def raise_epoch(engine: Engine, owner: OwnerName, epoch: int) -> None:
    """Let no projector of an older epoch write any more."""
    dialect = "sqlite" if engine.dialect.name == "sqlite" else "mysql"
    with faults_named(f"raising the epoch of {owner}"), engine.begin() as connection:
        cursor = connection.connection.cursor()
        read_position(cursor, dialect, owner)
        cursor.execute(_sql(dialect, "UPDATE owners SET epoch = ? WHERE name = ? AND epoch < ?"), (epoch, owner, epoch))


def known_position(engine: Engine, owner: OwnerName) -> tuple[Position, int]:
    """The position that the rows of an owner stand at, and the newest epoch known."""
    dialect = "sqlite" if engine.dialect.name == "sqlite" else "mysql"
    with faults_named(f"reading the epoch of {owner}"), engine.begin() as connection:
        return read_position(connection.connection.cursor(), dialect, owner)


def write_alarm(engine: Engine, owner: OwnerName, alarm: str) -> None:
    """What keeps the rows of an owner from following its journal; empty when nothing does."""
    statement = update(owners).where(owners.c.name == owner, owners.c.alarm != alarm).values(alarm=alarm[:ALARM_WIDTH])
    with faults_named(f"writing the alarm of {owner}"), engine.begin() as connection:
        connection.execute(statement)


def read_alarm(engine: Engine, owner: OwnerName) -> str:
    """The same, as it was written last."""
    with faults_named(f"reading the alarm of {owner}"), engine.connect() as connection:
        return connection.scalar(select(owners.c.alarm).where(owners.c.name == owner)) or ""
