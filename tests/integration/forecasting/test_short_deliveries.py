"""A line that was closed short teaches by what did arrive of it: by its latest receipt, as a line that came whole does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert

from actors.kernel.record.database import open_database
from actors.kernel.record.schema import migrate
from actors.procurement import tables
from forecasting.planning.record import read_books, read_item

DAY_MS = 86_400_000


def supplied(rows: Connection) -> None:
    supplier = {"id": "acme", "name": "Acme", "lead_time_days": 5, "over_receipt_percent": 0, "calendar": "", "currency": ""}
    rows.execute(insert(tables.suppliers).values(**supplier, version=1, lead_times="", minimum_order=""))
    item = {"supplier": "acme", "sku": "pen", "minimum_quantity": 1, "order_multiple": 1, "price_breaks": "[]"}
    rows.execute(insert(tables.supplier_items).values(**item, supplier_sku="", version=1, lead_times=""))


def line(
    rows: Connection, order: str, state: str, *receipts: tuple[int, int], ordered: int = 10, agreed: int | None = None
) -> None:
    """An order of ten pens, of which so many came after so many days each; `agreed`: days, None in rows of before."""
    received, keys = sum(units for _, units in receipts), {"purchase_order_id": order, "sku": "pen"}
    both: dict[str, Any] = {**keys, "supplier": "acme", "warehouse": "main", "placed_at": DAY_MS}
    still_open = ordered - received if state == "partially_received" else 0
    rows.execute(
        insert(tables.purchase_order_lines).values(
            **both, state=state, quantity_ordered=ordered, quantity_received=received, quantity_damaged=0,
            quantity_open=still_open, due_on="", unit_price="", lead_time_days=agreed,
        )
    )  # fmt: skip
    so_far = 0
    for number, (days, units) in enumerate(receipts):
        complete = so_far < ordered <= so_far + units
        so_far += units
        rows.execute(
            insert(tables.lead_times).values(
                **both, receipt_id=f"r{number}", received_at=(1 + days) * DAY_MS, quantity=units, first=int(not number),
                complete=int(complete),
            )
        )  # fmt: skip


@pytest.fixture
def rows(tmp_path: Path) -> Any:
    engine = open_database(f"sqlite:///{tmp_path / 'rows.db'}")
    migrate(engine)
    with engine.begin() as connection:
        supplied(connection)
        yield connection
    engine.dispose()


@pytest.mark.parametrize(
    ("state", "receipts", "taught"),
    [
        ("received", [(3, 4), (6, 6)], [6]),
        ("closed", [(3, 4), (6, 6)], [6]),
        ("closed", [(3, 4), (6, 5)], [6]),  # one never came
        ("closed", [(3, 4)], [3]),
        ("closed", [(6, 4), (6, 5)], [6]),  # both on one day: it is one line
        ("closed", [(3, 12), (9, 1)], [3]),  # it was whole before more came
        ("closed", [], []),  # nothing came: nothing is known
        ("cancelled", [], []),
        ("partially_received", [(3, 4), (6, 5)], []),  # the rest is waited for
    ],
)
def test_what_arrived_of_a_line_that_was_closed_short_teaches(
    rows: Connection, state: str, receipts: list[tuple[int, int]], taught: list[int]
) -> None:
    line(rows, "po-1", state, *receipts)
    for books in (read_books(rows), read_item(rows, "pen", "main")):
        took = (books.receipts["received_at"] - books.receipts["placed_at"]) // DAY_MS
        assert took.to_list() == taught
        assert len(books.waiting) == (state == "partially_received")


def test_a_short_line_says_nothing_of_others(rows: Connection) -> None:
    line(rows, "po-1", "closed", (3, 4))
    line(rows, "po-2", "partially_received", (2, 4))
    line(rows, "po-3", "received", (8, 10))
    took = sorted((read_books(rows).receipts["received_at"] // DAY_MS - 1).to_list())
    assert took == [3, 8]


def test_what_was_agreed_is_that_of_the_order_and_today_s_where_it_does_not_tell(rows: Connection) -> None:
    line(rows, "po-1", "received", (10, 10), agreed=10)
    line(rows, "po-2", "received", (20, 10))
    line(rows, "po-3", "partially_received", (2, 4), agreed=0)
    for books in (read_books(rows), read_item(rows, "pen", "main")):
        assert sorted(books.receipts["lead_time_days"].to_list()) == [5, 10], "today it is 5"
        assert books.waiting["lead_time_days"].to_list() == [0]
