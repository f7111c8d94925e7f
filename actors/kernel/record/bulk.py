"""Writing many rows at once: few statements per table, whatever the number of rows.

SQLite prepares the statement once and runs it per row, in C. MySQL and MariaDB get rows as text. Drivers escape value by
value, which costs several times what the server does with a row; here a row is one `%` of its template, and all rows of
a statement are escaped together.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Float, Integer, LargeBinary, String, Table
from sqlalchemy.engine.interfaces import DBAPICursor

Row = Sequence[Any]
ROWS_AT_ONCE: Final = 500
"""Some 300 KB of text as a rule, small enough for the allocator to use again."""
STATEMENT_BYTES: Final = 1 << 20
"""Statements of rows that are longer than usual are cut until they are no larger, or of one row: far below
`max_allowed_packet`, which is 16 MB where nobody has changed it."""

_AT_ROW: Final = re.compile(r" at row (\d+)")
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
        try:
            cursor.executemany(_sqlite_statement(table, replace), rows)
        except Exception as error:
            error.add_note(f"table {table.name}")
            raise
        return
    statement = _mysql_statement(table, replace)
    for first in range(0, len(rows), ROWS_AT_ONCE):
        _execute(cursor, table, statement, rows[first : first + ROWS_AT_ONCE])


def _execute(cursor: DBAPICursor, table: Table, statement: _MysqlStatement, rows: Sequence[Row]) -> None:
    data: Any = f"{statement.head}{_values(statement, rows)}{statement.tail}".encode()
    if len(data) > STATEMENT_BYTES and len(rows) > 1:
        half = len(rows) // 2
        _execute(cursor, table, statement, rows[:half])
        _execute(cursor, table, statement, rows[half:])
        return
    try:
        if len(data) > STATEMENT_BYTES:
            data = _with_raw_blobs(statement, rows[0])
        cursor.execute(data)
    except Exception as error:
        large = f", a statement of {len(data):,} bytes" if len(data) > STATEMENT_BYTES else ""
        error.add_note(f"{_whose(table, rows, str(error))}{large}")
        raise


def _with_raw_blobs(statement: _MysqlStatement, row: Row) -> bytes:
    """A row's statement with its blobs as they are, for long ones: half as long as in hexadecimal."""
    marks = {at: os.urandom(16) for at, turn in statement.turned if turn is bytes.hex}
    marked = [marks.get(at, value) for at, value in enumerate(row)]
    data = f"{statement.head}{_values(statement, [marked])}{statement.tail}".encode()
    for at, mark in marks.items():
        blob = row[at].replace(b"\\", b"\\\\").replace(b"'", b"\\'")
        data = data.replace(f"x'{mark.hex()}'".encode(), b"_binary'%b'" % blob)
    return data


def _whose(table: Table, rows: Sequence[Row], text: str) -> str:
    """The table an error is about, and the key of the row if it says which one it was."""
    told = _AT_ROW.search(text)
    if told is None or not 1 <= int(told[1]) <= len(rows):
        return f"table {table.name}, {len(rows)} rows at once" if len(rows) > 1 else _row_named(table, rows[0])
    return _row_named(table, rows[int(told[1]) - 1])


def _row_named(table: Table, row: Row) -> str:
    values = dict(zip([column.name for column in _columns(table)], row, strict=True))
    keys = [column.name for column in table.primary_key if column.name in values] or list(values)[:3]
    return f"table {table.name}, row {', '.join(f'{name} = {values[name]!r}' for name in keys)}"


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
