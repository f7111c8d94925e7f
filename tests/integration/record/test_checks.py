"""`skuld verify` on the rows: whatever is spoiled by hand is named, on SQLite and on MariaDB."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from actors.inventory.commands import Adjust, Move, Reserve, Wanted
from actors.kernel.entry import START, Position
from actors.kernel.record import checks
from actors.kernel.record.checks import broken_checks
from actors.kernel.record.database import open_database
from actors.kernel.record.schema import migrate
from tests.integration.record.test_write_behind import stock_of, write


@pytest.fixture(params=["sqlite", "mariadb"])
def rows(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """The rows of a SKU in two places, part of it promised, and of some that wait; sound but for the order, which is on no shard."""
    url = f"sqlite:///{tmp_path / 'record.sqlite'}" if request.param == "sqlite" else request.getfixturevalue("fresh_database")
    engine = open_database(url)
    migrate(engine)
    owner = stock_of("ap:ple", 10)
    owner.do(Move("move", 1, "ann", "ap:ple", 4, "stock", "quarantine", lot="L1"))
    owner.do(Reserve("o1:1", "o1", 1, 5, 0, "backorder", (Wanted("ap:ple", 8),)))
    owner.do(Adjust("more", 1, "ann", "ap:ple", 1, "found", lot="L2"))
    write(engine, owner, START, Position(1, 1))
    yield engine
    engine.dispose()


SPOILED = [
    (
        "UPDATE inventory_bins SET on_hand = CASE WHEN lot = 'L1' THEN 5 ELSE 1 END",
        "on_hand of every place = sum of its movements",
        ["ap:ple / main / quarantine / L1: 5, must be 4", "ap:ple / main / stock / L1: 5, must be 6"],
    ),
    (
        "DELETE FROM inventory_bins",
        "on_hand of every place = sum of its movements",
        [
            f"ap:ple / main / {place}: 0, must be {units}"
            for place, units in (("quarantine / L1", 4), ("stock / L1", 6), ("stock / L2", 1))
        ],
    ),
    (
        "UPDATE inventory_movements SET sku = 'zebra' WHERE lot = 'L2'",
        "on_hand of every place = sum of its movements",
        ["ap:ple / main / stock / L2: 1, must be 0", "zebra / main / stock / L2: 0, must be 1"],
    ),
    (
        "UPDATE inventory_levels SET on_hand = 12",
        "on_hand of a warehouse = sum of its places",
        ["ap:ple / main: 12, must be 11"],
    ),
    ("DELETE FROM inventory_levels", "on_hand of a warehouse = sum of its places", ["ap:ple / main: 0, must be 11"]),
    ("UPDATE reservations SET reserved = 5", "reserved = sum of open reservations", ["ap:ple / main: 7, must be 5"]),
    ("DELETE FROM inventory_levels", "reserved = sum of open reservations", ["ap:ple / main: 0, must be 7"]),
    ("UPDATE inventory_levels SET backordered = 0", "backordered = sum of those who wait", ["ap:ple / main: 0, must be 1"]),
    ("UPDATE inventory_levels SET on_hold = 9", "0 <= reserved <= on_hand - on_hold", ["ap:ple / main: 7, must be 2"]),
]


@pytest.mark.parametrize(("statement", "name", "lines"), SPOILED, ids=[f"{number}" for number in range(len(SPOILED))])
def test_a_spoiled_row_is_named(
    rows: Engine, statement: str, name: str, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "SKUS_AT_ONCE", 1)
    assert broken_checks(rows)[name] == []
    with rows.begin() as connection:
        connection.execute(text(statement))
    assert broken_checks(rows)[name] == lines
