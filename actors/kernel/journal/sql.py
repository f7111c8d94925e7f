"""The journal in a table: SQLite (one file per owner, the embedded store) or MySQL/MariaDB (one table for all)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from pymysql.err import IntegrityError as MySqlIntegrityError
from pymysql.err import MySQLError
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Executable,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    and_,
    create_engine,
    delete,
    event,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.mysql import LONGBLOB
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.schema import CreateTable

from actors.kernel.entry import START, Position, StoredEntry
from actors.kernel.faults import JournalTooWeak, StoreUnavailable
from actors.kernel.journal.port import StoredSnapshot, StoreMemory, refuse_unless_last
from actors.kernel.messages import OwnerName
from actors.kernel.record import bulk
from actors.kernel.record.bulk import STATEMENT_BYTES
from actors.kernel.record.database import StoreRefused, fault_of
from actors.kernel.record.server_settings import unfit_settings

T = TypeVar("T")

metadata = MetaData()
_name = String(64, collation=None)
_blob = LargeBinary().with_variant(LONGBLOB(), "mysql", "mariadb")
entries = Table(
    "journal_entries",
    metadata,
    Column("owner", _name, primary_key=True),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("data", _blob, nullable=False),
)
tails = Table(
    "journal_tails",
    metadata,
    Column("owner", _name, primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("number", BigInteger, nullable=False),
)
snapshots = Table(
    "journal_snapshots",
    metadata,
    Column("owner", _name, primary_key=True),
    Column("piece", Integer, primary_key=True, autoincrement=False),
    Column("epoch", BigInteger, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("data", _blob, nullable=False),
)


def sqlite_engine(path: Path) -> Engine:
    """An engine on one owner's file: write-ahead log, fsync at every commit."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 10.0, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def durable(connection: object, _record: object) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]  # a DBAPI connection has no base class
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.close()

    return engine


class SqlJournal:
    """Entries, tails and snapshots as rows.

    What is written, and where the journal stands, take turns in one thread, so that an append in doubt is over when `last`
    looks. Everything else is read in another one: an append does not wait until half a million rows are counted.
    """

    def __init__(self, owner: OwnerName, engine: Engine) -> None:
        self.owner = owner
        self._engine = engine
        self._writer = ThreadPoolExecutor(1, f"{owner}-journal")
        self._reader = ThreadPoolExecutor(1, f"{owner}-journal-reader")

    async def open(self) -> None:
        """Make the tables when they are missing, and check the store's settings."""
        await self._run(self._open)

    def _open(self) -> None:
        with self._engine.begin() as connection:
            for table in metadata.sorted_tables:  # not create_all: between its look and its CREATE another owner's falls
                connection.execute(CreateTable(table, if_not_exists=True))
            if unfit := unfit_settings(connection):
                raise JournalTooWeak(f"the database is not set up to keep every entry: {unfit}")
            known = connection.execute(select(tails.c.owner).where(tails.c.owner == self.owner)).first()
            if known is None:
                try:
                    connection.execute(insert(tails).values(owner=self.owner, epoch=0, number=0))
                except IntegrityError:  # another owner's start was quicker
                    connection.rollback()

    async def last(self) -> Position:
        """The tail."""
        return await self._run(self._last)

    def _last(self) -> Position:
        with self._engine.connect() as connection:
            row = connection.execute(select(tails.c.epoch, tails.c.number).where(tails.c.owner == self.owner)).first()
            return Position(*row) if row is not None else START

    async def append(self, position: Position, after: Position, data: bytes, read_model: Mapping[str, bytes]) -> None:
        """One transaction: move the tail from `after`, add the entry. The owner's memory is the read model."""
        await self._run(lambda: self._append(position, after, data))

    def _append(self, position: Position, after: Position, data: bytes) -> None:
        found = None
        with self._engine.begin() as connection:
            moved = connection.execute(
                update(tails)
                .where(tails.c.owner == self.owner, tails.c.epoch == after.epoch, tails.c.number == after.number)
                .values(epoch=position.epoch, number=position.number)
            )
            if moved.rowcount == 1:
                self._insert(connection, entries, (self.owner, *position, data))
            else:
                row = connection.execute(select(tails.c.epoch, tails.c.number).where(tails.c.owner == self.owner)).one()
                found = Position(*row)
        if found is not None:
            refuse_unless_last(self.owner, found, after)

    def _insert(self, connection: Connection, table: Table, row: tuple[Any, ...]) -> None:
        """Add a row. MySQL's driver writes data in hexadecimal: what is long goes another way, which does not."""
        if self._engine.dialect.name == "sqlite" or len(row[-1]) < STATEMENT_BYTES:
            connection.execute(insert(table), dict(zip(table.columns.keys(), row, strict=True)))
        else:
            bulk.insert(connection.connection.cursor(), "mysql", table, [row])

    async def read(self, after: Position, limit: int) -> list[StoredEntry]:
        """Entries after a position."""
        return await self._look(lambda: self._read(after, limit))

    def _read(self, after: Position, limit: int) -> list[StoredEntry]:
        later = or_(entries.c.epoch > after.epoch, and_(entries.c.epoch == after.epoch, entries.c.number > after.number))
        query = (
            select(entries.c.epoch, entries.c.number, entries.c.data)
            .where(entries.c.owner == self.owner, later)
            .order_by(entries.c.epoch, entries.c.number)
            .limit(limit)
        )
        with self._engine.connect() as connection:
            return [StoredEntry(Position(epoch, number), data) for epoch, number, data in connection.execute(query)]

    async def trim(self, through: Position) -> None:
        """Delete entries that are stored elsewhere."""
        earlier = tuple_(entries.c.epoch, entries.c.number) <= (through.epoch, through.number)
        await self._run(lambda: self._execute(delete(entries).where(entries.c.owner == self.owner, earlier)))

    def _execute(self, statement: Executable) -> None:
        with self._engine.begin() as connection:
            connection.execute(statement)

    async def save_snapshot(self, snapshot: StoredSnapshot) -> None:
        """Replace older pieces in one transaction."""
        await self._run(lambda: self._save_snapshot(snapshot))

    def _save_snapshot(self, snapshot: StoredSnapshot) -> None:
        epoch, number = snapshot.position
        older = tuple_(snapshots.c.epoch, snapshots.c.number) < (epoch, number)
        try:
            with self._engine.begin() as connection:
                connection.execute(delete(snapshots).where(snapshots.c.owner == self.owner, older))
                for piece, data in enumerate(snapshot.chunks):
                    self._insert(connection, snapshots, (self.owner, piece, epoch, number, data))
        except (IntegrityError, MySqlIntegrityError):  # pieces as new are there: another projector was quicker
            return

    async def load_snapshot(self) -> StoredSnapshot | None:
        """The snapshot."""
        return await self._look(self._load_snapshot)

    def _load_snapshot(self) -> StoredSnapshot | None:
        columns = (snapshots.c.epoch, snapshots.c.number, snapshots.c.data)
        query = select(*columns).where(snapshots.c.owner == self.owner).order_by(snapshots.c.piece)
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return StoredSnapshot(Position(rows[0][0], rows[0][1]), [row[2] for row in rows]) if rows else None

    async def length(self) -> int:
        """Rows kept."""
        return await self._look(self._length)

    def _length(self) -> int:
        with self._engine.connect() as connection:
            query = select(func.count()).select_from(entries).where(entries.c.owner == self.owner)
            return int(connection.execute(query).scalar_one())

    async def memory(self) -> StoreMemory:
        """On disk."""
        return StoreMemory()

    async def close(self) -> None:
        """Close the connections."""
        self._writer.shutdown(wait=True)
        self._reader.shutdown(wait=True)
        self._engine.dispose()

    async def _run(self, work: Callable[[], T]) -> T:
        return await self._in(self._writer, work)

    async def _look(self, work: Callable[[], T]) -> T:
        return await self._in(self._reader, work)

    async def _in(self, thread: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(thread, work)
        except (SQLAlchemyError, MySQLError) as error:
            fault = fault_of(error, f"the journal of {self.owner}")
            raise StoreUnavailable(str(fault)) if isinstance(fault, StoreRefused) else fault from None
