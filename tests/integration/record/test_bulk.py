"""Rows come back as they were written, whatever is in them; SQLite and MariaDB alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Column, Engine, Float, LargeBinary, MetaData, String, Table, Text, create_engine, select
from sqlalchemy.dialects.mysql import LONGBLOB

from actors.kernel.faults import DataRefused
from actors.kernel.record.bulk import ROWS_AT_ONCE, STATEMENT_BYTES, insert, upsert
from actors.kernel.record.database import MYSQL_TABLE, faults_named, open_database

THINGS = Table(
    "things",
    MetaData(),
    Column("name", String(200), primary_key=True),
    Column("story", Text, nullable=False),
    Column("units", BigInteger, nullable=False),
    Column("weight", BigInteger),
    Column("x", Float(53)),
    Column("y", Float(53), nullable=False),
    Column("blob", LargeBinary().with_variant(LONGBLOB(), "mysql", "mariadb"), nullable=False),
    **MYSQL_TABLE,
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("'\"\\\0\n%;`"), max_size=20)
WHOLE = st.integers(-(2**63), 2**63 - 1)
EXACT = st.floats(allow_nan=False, allow_infinity=False)
ROWS = st.lists(
    st.tuples(TEXT, TEXT, WHOLE, st.none() | WHOLE, st.none() | EXACT, EXACT, st.binary(max_size=30)),
    min_size=1, max_size=8, unique_by=lambda row: row[0].rstrip(" "),  # a key is the same with blanks behind it
)  # fmt: skip


@pytest.fixture(scope="module", params=["sqlite", "mysql"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    if request.param == "sqlite":
        made = create_engine(f"sqlite:///{tmp_path_factory.mktemp('bulk') / 'things.sqlite'}")
    else:
        made = open_database(request.getfixturevalue("mariadb_server").make_database())
    THINGS.create(made)
    yield made
    made.dispose()


def written(engine: Engine, *steps: tuple[Any, Sequence[Any]]) -> list[tuple[Any, ...]]:
    """The rows after these steps on an empty table, by name."""
    with engine.begin() as connection:
        connection.execute(THINGS.delete())
        cursor = connection.connection.cursor()
        for write, rows in steps:
            write(cursor, engine.dialect.name if engine.dialect.name == "sqlite" else "mysql", THINGS, rows)
    with engine.connect() as connection:
        return sorted(tuple(row) for row in connection.execute(select(THINGS)))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_rows_come_back_as_they_were(engine: Engine, rows: list[tuple[Any, ...]]) -> None:
    assert written(engine, (insert, rows)) == sorted(rows)


def test_a_row_whose_key_is_there_is_replaced(engine: Engine) -> None:
    first, second = ("a", "it's", 1, None, None, 0.5, b""), ("a", "\\'", -2, 7, 0.1, 1e-9, b"\0'\\")
    other = ("b", "100 %s", 0, None, 2.5, 0.0, b"x")
    assert written(engine, (insert, [first]), (upsert, [second, other])) == [second, other]


def test_more_rows_than_one_statement_takes(engine: Engine) -> None:
    rows = [(f"n{number:05}", "", number, None, None, 0.0, b"") for number in range(2 * ROWS_AT_ONCE + 1)]
    assert written(engine, (upsert, rows)) == rows


class Noting:
    """A cursor that only notes how long its statements are."""

    def __init__(self) -> None:
        self.lengths: list[int] = []

    def execute(self, statement: bytes) -> None:
        self.lengths.append(len(statement))


def test_no_statement_is_longer_than_a_megabyte() -> None:
    rows = [
        (f"n{number:05}", "\u4e2d" * 20_000, number, None, None, 0.0, b"\xff" * 1000 * (number % 20)) for number in range(700)
    ]
    cursor = Noting()
    upsert(cursor, "mysql", THINGS, rows)  # type: ignore[arg-type]  # it is only written to
    assert max(cursor.lengths) <= STATEMENT_BYTES
    assert len(cursor.lengths) < 150, "and there are not many more than need be"


def test_long_rows_come_back_as_they_were(engine: Engine) -> None:
    rows = [(f"n{number}", "'\\\"%s\0", number, None, None, 1e-9, bytes(range(256)) * 200 * number) for number in range(30)]
    assert written(engine, (upsert, rows), (upsert, rows)) == sorted(rows)


def test_a_row_that_is_refused_is_named(engine: Engine) -> None:
    rows = [(f"n{number}", "", 2**63 if number == 7 else number, None, None, 0.0, b"") for number in range(9)]
    with pytest.raises((DataRefused, OverflowError)) as refused, faults_named("writing"), engine.begin() as connection:
        upsert(connection.connection.cursor(), "sqlite" if engine.dialect.name == "sqlite" else "mysql", THINGS, rows)
    if engine.dialect.name != "sqlite":
        assert "Out of range value for column 'units'" in str(refused.value)
        assert "table things, row name = 'n7'" in str(refused.value)
