"""`skuld verify` on the rows of procurement: whatever is spoiled by hand is named, on SQLite and on MariaDB."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from actors.inventory.projection import changed_rows as inventory_rows
from actors.kernel.entry import START, Position
from actors.kernel.messages import OwnerName
from actors.kernel.record.checks import broken_checks
from actors.kernel.record.database import open_database
from actors.kernel.record.schema import migrate
from actors.kernel.record.writer import SqlRecord
from actors.kernel.routing import PROCUREMENT
from actors.procurement.projection import changed_rows as procurement_rows
from actors.procurement.reads import find_document, find_documents, recall_documents
from actors.procurement.suggestions import suggestion_id
from tests.model.buying_house import BuyingHouse

STOCK = OwnerName("inventory-0")


@pytest.fixture(params=["sqlite", "mariadb"])
def rows(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Engine, BuyingHouse]]:
    """The rows of an order that arrived in part and is put away in part, and of goods that came without an order."""
    url = f"sqlite:///{tmp_path / 'record.sqlite'}" if request.param == "sqlite" else request.getfixturevalue("fresh_database")
    engine = open_database(url)
    migrate(engine)
    house = BuyingHouse()
    house.stock(apple=0)
    house.supplier("farm", lead_time_days=5)
    house.item("farm", "apple", (1, "2.50"))
    house.place_purchase("po", ("apple", 10))
    house.announce("a1", "po", ("apple", 6))
    house.arrive("r1", ("apple", 4, 1, "L'1", "2027-05-01"), asn_id="a1")
    house.confirm(house.tasks("po")[0], 3)
    house.arrive("b1", ("apple", 2))
    house.suggest("run", apple=12)
    house.decide_on("approve", suggestion_id("run", "apple", "main"))
    house.confirm(house.tasks("blind b1")[0])
    for name, rows_of in ((STOCK, inventory_rows), (PROCUREMENT, procurement_rows)):
        record, machine = SqlRecord(engine, rows_of), house.machines[name]
        asyncio.run(record.position(name))
        asyncio.run(record.write(name, machine, house.recorded[name], START, Position(1, 1), 1))
    yield engine, house
    engine.dispose()


SPOILED = [
    (
        "UPDATE purchase_order_lines SET quantity_received = 6 WHERE purchase_order_id = 'po'",
        "received of a purchase order = sum of its receipts", ["po / apple: 6, must be 5"],
    ),
    (
        "DELETE FROM receipt_lines WHERE damaged = 1", "received of a purchase order = sum of its receipts",
        ["po / apple: 5, must be 4"],
    ),
    (
        "DELETE FROM inventory_movements WHERE op_id = 'receipt:po:r1:0'", "a receipt's line = its movement, once",
        ["receipt:po:r1:0 / apple: 4, must be 0"],
    ),
    (
        "UPDATE inventory_movements SET op_id = 'receipt:po:r1:7' WHERE op_id = 'receipt::b1:0'",
        "a receipt's line = its movement, once", ["receipt::b1:0 / apple: 2, must be 0", "receipt:po:r1:7 / apple: 0, must be 2"],
    ),
    ("UPDATE receipt_lines SET booked = 0 WHERE damaged = 1", "no receipt left under way", ["receipt:po:r1:1: not booked, must be booked"]),
    ("UPDATE putaway_tasks SET quantity_done = 4 WHERE document = 'po'", "units put away = their movements", ["po / apple: 4, must be 3"]),
    (
        "UPDATE purchase_order_lines SET quantity_ordered = 24 WHERE state = 'draft'",
        "ordered by suggestions = the decisions on them (edits by hand apart)", ["BASKET / apple: 24, must be 12"],
    ),
    ("DELETE FROM putaway_tasks WHERE document = 'blind b1'", "units put away = their movements", ["b1 / apple: 0, must be 2"]),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "name", "lines"), SPOILED, ids=[f"{number}" for number in range(len(SPOILED))])
def test_a_spoiled_row_is_named(rows: tuple[Engine, BuyingHouse], statement: str, name: str, lines: list[str]) -> None:
    engine, house = rows
    found = broken_checks(engine)
    assert {check for check, broken in found.items() if broken} == set()
    with engine.begin() as connection:
        connection.execute(text(statement))
    (basket,) = house.purchases.baskets.values()
    assert broken_checks(engine)[name] == [line.replace("BASKET", basket) for line in lines]


def test_a_document_is_recalled_from_its_rows_by_all_that_belongs_to_it(rows: tuple[Engine, BuyingHouse]) -> None:
    engine, house = rows
    (task,) = house.tasks("po")
    for key in ("po", "asn a1", f"task {task.task_id}"):
        assert find_document(engine, key) == house.document("po"), key
    assert find_documents(engine, ["none", "asn none", "task none"]) == []
    recalled = recall_documents(engine, ["asn a1", "blind b1", "po"])
    assert [command.document.key for command in recalled] == ["blind b1", "po"]
