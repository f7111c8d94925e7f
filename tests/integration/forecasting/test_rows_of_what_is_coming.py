"""What planning reads of goods that are coming: announced ones on the day of their notice, and those that leave a hold."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from actors.inventory.goods import UNSELLABLE_LOCATION_TYPES, Location
from actors.inventory.projection import changed_rows as inventory_rows
from actors.kernel.entry import START, Position
from actors.kernel.messages import OwnerName
from actors.kernel.record.database import open_database
from actors.kernel.record.schema import migrate
from actors.kernel.record.writer import SqlRecord
from actors.kernel.routing import PROCUREMENT
from actors.procurement import commands
from actors.procurement.projection import changed_rows as procurement_rows
from forecasting.planning.record import ON_HOLD_TYPES, Books, read_books, read_item
from tests.model.buying_house import BuyingHouse

STOCK = OwnerName("inventory-0")


@pytest.fixture
def house() -> BuyingHouse:
    made = BuyingHouse()
    made.stock(apple=0)
    made.supplier("farm", lead_time_days=5)
    made.item("farm", "apple")
    return made


def books(house: BuyingHouse, url: str) -> Books:
    """The rows of the house, as planning reads them of all items, and no differently of one."""
    engine = open_database(url)
    migrate(engine)
    for name, rows_of in ((STOCK, inventory_rows), (PROCUREMENT, procurement_rows)):
        record = SqlRecord(engine, rows_of)
        asyncio.run(record.position(name))
        asyncio.run(record.write(name, house.machines[name], house.recorded[name], START, Position(1, 1), 1))
    with engine.connect() as rows:
        found, one = read_books(rows), read_item(rows, "apple", "main")
    engine.dispose()
    assert (one.on_order.rows(), one.putaway.rows()) == (found.on_order.rows(), found.putaway.rows())
    return found


@pytest.mark.parametrize("store", ["sqlite", "mariadb"])
def test_what_is_announced_is_expected_on_the_day_of_its_notice(
    store: str, request: pytest.FixtureRequest, house: BuyingHouse, tmp_path: Path
) -> None:
    house.place_purchase("po", ("apple", 10))
    house.draft("written", ("apple", 3))
    house.announce("a1", "po", ("apple", 4), ("apple", 2, "another lot"))
    house.arrive("r1", ("apple", 1), asn_id="a1")
    house.place_purchase("gone", ("apple", 7))
    house.announce("a2", "gone", ("apple", 7))
    house.change("cancel", "gone")
    url = f"sqlite:///{tmp_path / 'rows.db'}" if store == "sqlite" else request.getfixturevalue("fresh_database")
    assert books(house, url).on_order.rows() == [
        ("apple", "main", "po", 4, "2027-01-20", ""),
        ("apple", "main", "po", 5, "2027-02-01", "a1"),
        ("apple", "main", "written", 3, "9999-12-31", ""),
    ]


def test_only_goods_that_leave_a_hold_are_taken_for_sellable(house: BuyingHouse, tmp_path: Path) -> None:
    for name, kind in (("bulk", "storage"), ("back", "returns")):
        house.open_location(Location(name, "main", kind))
    ways = (("stock", "bulk", 1), ("receiving", "quarantine", 2), ("receiving", "back", 4), ("quarantine", "bulk", 8),
            ("back", "stock", 16))  # fmt: skip
    for number, (here, there, units) in enumerate(ways):
        house.adjust("apple", units, "found", location=here)
        house.ask(commands.CreateTask(f"k{number}", 0, "dock", f"t{number}", "apple", units, "main", here, there))
    house.arrive("r1", ("apple", 32))
    assert sum(books(house, f"sqlite:///{tmp_path / 'rows.db'}").putaway["units"]) == 8 + 16 + 32


def test_planning_knows_every_kind_of_place_that_holds_goods_back() -> None:
    assert set(ON_HOLD_TYPES) == UNSELLABLE_LOCATION_TYPES
