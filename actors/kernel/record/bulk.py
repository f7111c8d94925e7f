"""Writing many rows at once: one statement per table, whatever the number of rows.

SQLite prepares the statement once and runs it per row, in C. MySQL and MariaDB get all rows as one JSON parameter and
unpack it with JSON_TABLE: measured here, a third of the CPU of text that the driver puts together value by value.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec
from sqlalchemy import Float, LargeBinary, String, Table, Text
from sqlalchemy.engine.interfaces import DBAPICursor

Row = Sequence[Any]
ROWS_AT_ONCE: Final = 5_000
"""About a megabyte of JSON: far below `max_allowed_packet`."""

_json = msgspec.json.Encoder()


def upsert(cursor: DBAPICursor, dialect: str, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows, or replace those whose primary key is there. Values stand in the order of the table's columns."""
    _write(cursor, dialect, table, rows, replace=True)


def insert(cursor: DBAPICursor, dialect: str, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows that must be new; an `id` column is left to the database."""
    _write(cursor, dialect, table, rows, replace=False)


def _write(cursor: DBAPICursor, dialect: str, table: Table, rows: Sequence[Row], *, replace: bool) -> None:
    if dialect == "sqlite":
        cursor.executemany(_sqlite_statement(table, replace), rows)
        return
    statement = _mysql_statement(table, replace)
    for first in range(0, len(rows), ROWS_AT_ONCE):
        cursor.execute(statement, (_json.encode(rows[first : first + ROWS_AT_ONCE]).decode(),))


def _columns(table: Table) -> list[Any]:
    return [column for column in table.columns if column.autoincrement is not True]


@lru_cache(maxsize=64)
def _sqlite_statement(table: Table, replace: bool) -> str:
    names = [f'"{column.name}"' for column in _columns(table)]
    keys = {f'"{column.name}"' for column in table.primary_key}
    statement = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    if not replace:
        return statement
    changes = ", ".join(f"{name} = excluded.{name}" for name in names if name not in keys)
    return f"{statement} ON CONFLICT ({', '.join(sorted(keys))}) DO UPDATE SET {changes}"


@lru_cache(maxsize=64)
def _mysql_statement(table: Table, replace: bool) -> str:
    columns = _columns(table)
    names = [f"`{column.name}`" for column in columns]
    keys = {f"`{column.name}`" for column in table.primary_key}
    unpacked = ", ".join(f"c{at} {_json_type(column.type)} PATH '$[{at}]'" for at, column in enumerate(columns))
    values = ", ".join(
        f"FROM_BASE64(r.c{at})" if isinstance(column.type, LargeBinary) else f"r.c{at}" for at, column in enumerate(columns)
    )
    statement = (
        f"INSERT INTO {table.name} ({', '.join(names)}) SELECT {values} FROM JSON_TABLE(%s, '$[*]' COLUMNS ({unpacked})) AS r"
    )
    if not replace:
        return statement
    changes = ", ".join(f"{name} = VALUES({name})" for name in names if name not in keys)
    return f"{statement} ON DUPLICATE KEY UPDATE {changes}"


def _json_type(kind: Any) -> str:
    if isinstance(kind, LargeBinary | Text):
        return "LONGTEXT"
    if isinstance(kind, String):
        return f"VARCHAR({kind.length}) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
    return "DOUBLE" if isinstance(kind, Float) else "BIGINT"
