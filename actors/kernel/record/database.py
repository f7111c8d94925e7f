"""The system of record: an engine on SQLite, MySQL or MariaDB, and what its failures mean."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final

import pymysql
from sqlalchemy import Engine, MetaData, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from actors.kernel.faults import DataRefused, Fault, StoreUnavailable

metadata: Final = MetaData()
"""Every table of the system of record; the packages that own the state define theirs in their `tables.py`."""

MYSQL_TABLE: Final[dict[str, Any]] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
    "mariadb_engine": "InnoDB",
    "mariadb_charset": "utf8mb4",
    "mariadb_collate": "utf8mb4_bin",
}
"""Binary collation: SKU `a1` is not SKU `A1`, and every script is stored as it came."""

CONNECT_TIMEOUT_S: Final = 5
SQL_MODE: Final = "STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION"
"""Ours, whatever the server's is: nothing is cut off silently, and backslashes escape (`bulk.py`)."""
QUERY_TIMEOUT_S: Final = 30
_REFUSED: Final = {1044, 1045, 1049, 1142, 1698}
"""MySQL's errors for a wrong password, an unknown database, a missing right: waiting does not mend them."""
_TOO_LARGE: Final = {1153, 1301}
"""MySQL's errors for a statement or a value above `max_allowed_packet`."""
_BY_DATA: Final = _TOO_LARGE | {1366, 1292, 1118, 1406}
"""MySQL's errors for data, where its driver has no class of errors for them."""
_DATA_ERRORS: Final = tuple(
    getattr(driver, name)
    for driver in (pymysql.err, sqlite3)
    for name in ("IntegrityError", "DataError", "ProgrammingError", "NotSupportedError")
)


class StoreRefused(Fault):
    """The database is there but will not have us: wrong password, unknown database, no right to write."""


@lru_cache(maxsize=8)
def open_database(url: str) -> Engine:
    """The engine for a URL, one per process.

    Raises:
        StoreRefused: the URL is not one of a database this release supports.
    """
    try:
        parsed = make_url(url)
        kind = parsed.get_backend_name()
        if kind == "sqlite":
            return _sqlite(url)
        if kind in {"mysql", "mariadb"}:
            options = {
                "connect_timeout": CONNECT_TIMEOUT_S,
                "read_timeout": QUERY_TIMEOUT_S,
                "write_timeout": QUERY_TIMEOUT_S,
                "sql_mode": SQL_MODE,
            }
            driver = parsed.set(drivername=f"{kind}+pymysql")
            return create_engine(
                driver, pool_pre_ping=True, pool_recycle=1800, isolation_level="READ COMMITTED", connect_args=options
            )
    except (ArgumentError, NoSuchModuleError, ValueError) as error:  # ValueError: the port is no number
        raise StoreRefused(f"the database URL cannot be read: {error}") from None
    raise StoreRefused(f"a {kind} database is not supported: use mysql, mariadb, or none for SQLite")


def _sqlite(url: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": 15.0, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def durable(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.close()

    return engine


@contextmanager
def faults_named(what: str) -> Iterator[None]:
    """Turn the database's errors into faults of one line.

    Raises:
        StoreRefused: it will not have us.
        DataRefused: it is there, and refuses what it was given or asked; nothing was written.
        StoreUnavailable: anything else; the outcome of a write is unknown.
    """
    try:
        yield
    except (SQLAlchemyError, pymysql.MySQLError, sqlite3.Error) as error:  # bulk writes go past SQLAlchemy
        raise fault_of(error, what) from None
    except OSError as error:
        raise StoreUnavailable(f"{what}: {error}") from None


def fault_of(error: Exception, what: str) -> Fault:
    """The fault that an error of a driver, or of SQLAlchemy, is."""
    original = _first(error)
    code = original.args[0] if original.args else None
    text = first_line(original.args[1] if len(original.args) > 1 else original) or type(original).__name__
    if code in _REFUSED or "unable to open database file" in text or "readonly database" in text:
        return StoreRefused(f"{what}: the database refuses: {text}")
    notes = "".join(f"; {note}" for note in getattr(original, "__notes__", ()))
    if code in _BY_DATA or isinstance(original, _DATA_ERRORS):
        number = f"{code} " if isinstance(code, int) else ""
        return DataRefused(f"{what}: the database refuses the data: {type(original).__name__} {number}{text}{notes}")
    return StoreUnavailable(f"{what}: the database does not answer: {text}{notes}")


def first_line(error: object) -> str:
    """The first line of what an error says."""
    return next(iter(str(error).splitlines()), "")


def _first(error: BaseException) -> BaseException:
    """The driver's error that began it: a lost connection cannot be rolled back either, and that error says nothing."""
    first = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    before: BaseException | None = error
    while before is not None:
        if isinstance(before, pymysql.MySQLError | sqlite3.Error):
            first = before
        before = before.__context__
    return first
