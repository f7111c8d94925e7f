"""Writing many rows at once: few statements per table, whatever the number of rows.

SQLite prepares the statement once and runs it per row, in C. MySQL and MariaDB get rows as text. Drivers escape value by
value, which costs several times what the server does with a row; here a row is one `%` of its template, and all rows of
a statement are escaped together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Float, Integer, LargeBinary, String, Table
from sqlalchemy.engine.interfaces import DBAPICursor

Row = Sequence[Any]
ROWS_AT_ONCE: Final = 500
"""Some 300 KB of text: far below `max_allowed_packet`, and small enough for the allocator to use again."""

_QUOTE: Final = "\0"
"""Stands for the quotes of strings until what is inside them is escaped; hardly any string has one."""


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
        cursor.execute(f"{statement.head}{_values(statement, rows[first : first + ROWS_AT_ONCE])}{statement.tail}")


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


class _MysqlStatement(NamedTuple):
    """A statement around its rows, the template of a row, and how columns that the template cannot print are turned."""

    head: str
    row: str
    tail: str
    strings: int
    turned: tuple[tuple[int, Callable[[Any], str]], ...]


@lru_cache(maxsize=64)
def _mysql_statement(table: Table, replace: bool) -> _MysqlStatement:
    columns = _columns(table)
    names = [f"`{column.name}`" for column in columns]
    keys = {f"`{column.name}`" for column in table.primary_key}
    marks: list[str] = []
    turned: list[tuple[int, Callable[[Any], str]]] = []
    for at, column in enumerate(columns):
        kind = column.type
        if isinstance(kind, LargeBinary):
            marks.append(f"x{_QUOTE}%s{_QUOTE}")
            turned.append((at, bytes.hex))
        elif isinstance(kind, String):  # Text is one too
            assert not column.nullable, f"{table.name}.{column.name}: strings are never NULL here"
            marks.append(f"{_QUOTE}%s{_QUOTE}")
        elif column.nullable:
            marks.append("%s")
            turned.append((at, _number_or_null))
        else:
            assert isinstance(kind, Integer | Float), f"{table.name}.{column.name}: no way to write {kind}"
            marks.append("%r" if isinstance(kind, Float) else "%d")
    changes = ", ".join(f"{name} = VALUES({name})" for name in names if name not in keys)
    return _MysqlStatement(
        head=f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ",
        row=f"({','.join(marks)})",
        tail=f" ON DUPLICATE KEY UPDATE {changes}" if replace else "",
        strings=sum(_QUOTE in mark for mark in marks),
        turned=tuple(turned),
    )


def _number_or_null(value: float | None) -> str:
    return "NULL" if value is None else repr(value)


def _values(statement: _MysqlStatement, rows: Sequence[Row]) -> str:
    """The rows as text. Needs backslash escapes, which every connection of ours has (`database.py`)."""
    if statement.turned:
        rows = [_turn(row, statement.turned) for row in rows]
    template = statement.row
    text = ",".join([template % tuple(row) for row in rows])
    if text.count(_QUOTE) != 2 * statement.strings * len(rows):  # a string has the mark in it
        return ",".join([template.replace(_QUOTE, "'") % tuple(map(_escaped, row)) for row in rows])
    return text.replace("\\", "\\\\").replace("'", "\\'").replace(_QUOTE, "'")


def _turn(row: Row, turned: tuple[tuple[int, Callable[[Any], str]], ...]) -> list[Any]:
    values = list(row)
    for at, turn in turned:
        values[at] = turn(values[at])
    return values


def _escaped(value: Any) -> Any:
    if type(value) is not str:
        return value
    return value.replace("\\", "\\\\").replace("'", "\\'").replace("\0", "\\0")
