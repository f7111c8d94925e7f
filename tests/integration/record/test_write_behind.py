"""Rows and position move together, once, whatever happens to the answer; SQLite and MariaDB alike."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, inspect, select, text

from actors.inventory.commands import Adjust, EndHold, Hold, PutProduct, Release, Reserve, Ship, Wanted
from actors.inventory.goods import Pack, Product
from actors.inventory.projection import changed_rows as inventory_rows
from actors.inventory.reads import recall_adjustments
from actors.inventory.shard import InventoryShard
from actors.inventory.tables import inventory_bins, inventory_levels, inventory_movements, products, reservations
from actors.kernel.entry import START, Position
from actors.kernel.faults import Fenced, StoreUnavailable
from actors.kernel.messages import KeyForgotten, OwnerName
from actors.kernel.op_memory import OpMemory
from actors.kernel.record.checks import broken_checks
from actors.kernel.record.database import StoreRefused, metadata, open_database
from actors.kernel.record.meta import ChangedSetting, keep_or_compare
from actors.kernel.record.schema import SchemaNewer, migrate
from actors.kernel.record.writer import SqlRecord, raise_epoch
from actors.kernel.routing import InventoryShards, OrderShards
from actors.orders.book import OrderBook
from actors.orders.commands import PlaceOrder
from actors.orders.lines import NewOrder, OrderedLine
from actors.orders.projection import changed_rows as order_rows
from actors.orders.reads import OrderFilter, find_order, recall_orders, search_orders
from tests.servers.lossy_proxy import LossyProxy
from tests.servers.mariadb import MariaDbServer

STOCK, OTHER, ORDERS = OwnerName("inventory-0"), OwnerName("inventory-1"), OwnerName("orders-0")
STRANGE = "tag'\"\\ \U0001f600 \u4e2d\u6587 %s {x}"


@pytest.fixture(params=["sqlite", "mariadb"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A migrated database."""
    url = f"sqlite:///{tmp_path / 'record.sqlite'}" if request.param == "sqlite" else request.getfixturevalue("fresh_database")
    made = open_database(url)
    migrate(made)
    yield made
    made.dispose()


class Owner:
    """A machine, and the events that are still to be written."""

    def __init__(self, machine: Any) -> None:
        self.machine = machine
        self.events: list[Any] = []

    def do(self, command: Any) -> Any:
        outcome = self.machine.decide(command, 1_000)
        assert isinstance(outcome, tuple), outcome
        for event in outcome:
            self.machine.apply(event)
            self.events.append(event)
        return self.machine.answer(command)


def stock_of(sku: str, units: int, name: OwnerName = STOCK) -> Owner:
    owner = Owner(InventoryShard(name, OrderShards(1)))
    owner.do(PutProduct("put", 1, "ann", Product(sku, STRANGE, packs=(Pack("box", 12),), weight_g=None)))
    owner.do(Adjust("count", 2, "ann", sku, units, "opening_stock", lot="L1"))
    return owner


def write(engine: Engine, owner: Owner, previous: Position, last: Position, epoch: int = 1) -> None:
    record = SqlRecord(engine, inventory_rows if isinstance(owner.machine, InventoryShard) else order_rows)
    asyncio.run(record.position(owner.machine.name))
    asyncio.run(record.write(owner.machine.name, owner.machine, owner.events, previous, last, epoch))


def rows(engine: Engine, table: Any) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(select(table)).mappings()]


def test_rows_are_the_absolute_values_after_the_window(engine: Engine) -> None:
    owner = stock_of("apple", 10)
    owner.do(Reserve("o1:1", "o1", 1, 5, 0, "refuse", (Wanted("apple", 4),)))
    write(engine, owner, START, Position(1, 1))
    (level,) = rows(engine, inventory_levels)
    assert (level["on_hand"], level["reserved"], level["warehouse"]) == (10, 4, "main")
    assert rows(engine, products)[0]["name"] == STRANGE
    assert [row["on_hand"] for row in rows(engine, inventory_bins)] == [10]
    assert [(row["reservation_id"], row["reserved"], row["state"]) for row in rows(engine, reservations)] == [
        ("o1", 4, "active")
    ]


def test_a_released_reservation_leaves_rows_at_zero(engine: Engine) -> None:
    owner = stock_of("apple", 10)
    owner.do(Reserve("o1:1", "o1", 1, 5, 0, "refuse", (Wanted("apple", 4),)))
    write(engine, owner, START, Position(1, 1))
    owner.events.clear()
    owner.do(Release("o1:2", "o1", 2))
    write(engine, owner, Position(1, 1), Position(1, 2))
    assert [(row["reserved"], row["state"]) for row in rows(engine, reservations)] == [(0, "released")]
    assert not any(line for lines in broken_checks(engine).values() for line in lines if "apple" in line)


def test_every_movement_is_a_row_of_the_ledger(engine: Engine) -> None:
    owner = stock_of("apple", 10)
    owner.do(Reserve("o1:1", "o1", 1, 5, 0, "refuse", (Wanted("apple", 4),)))
    owner.do(Ship("o1:2", "o1", 2))
    write(engine, owner, START, Position(1, 1))
    ledger = [(row["reason"], row["quantity"], row["before"], row["after"]) for row in rows(engine, inventory_movements)]
    assert ledger == [("opening_stock", 10, 0, 10), ("shipped", -4, 10, 6)]


def test_an_order_that_two_shards_ship_is_in_the_ledger_of_both(engine: Engine) -> None:
    for name, sku in ((STOCK, "apple"), (OTHER, "pear")):
        owner = stock_of(sku, 10, name)
        owner.do(Reserve("o1:1", "o1", 1, 5, 0, "refuse", (Wanted(sku, 4),)))
        owner.do(Ship("o1:2", "o1", 2))
        write(engine, owner, START, Position(1, 1))
    shipped = [(row["sku"], row["owner"]) for row in rows(engine, inventory_movements) if row["reason"] == "shipped"]
    assert shipped == [("apple", STOCK), ("pear", OTHER)]


def test_a_key_that_two_shards_got_is_recalled_for_each_as_its_own(engine: Engine) -> None:
    for name, sku in ((STOCK, "apple"), (OTHER, "pear")):
        write(engine, stock_of(sku, 10, name), START, Position(1, 1))
    for name, sku in ((STOCK, "apple"), (OTHER, "pear")):
        assert [recalled.adjusted.sku for recalled in recall_adjustments(engine, name, ["count"])] == [sku]
    assert recall_adjustments(engine, OwnerName("inventory-2"), ["count"]) == []


def test_no_order_id_and_no_key_make_a_shipment_look_like_an_adjustment(engine: Engine) -> None:
    owner = stock_of("apple", 10)
    owner.do(Reserve("adjust:1", "adjust", 1, 5, 0, "refuse", (Wanted("apple", 4),)))
    owner.do(Ship("adjust:2", "adjust", 2))
    owner.do(Adjust("adjust:2", 2, "ann", "apple", 1, "found"))
    write(engine, owner, START, Position(1, 1))
    assert [row["quantity"] for row in rows(engine, inventory_movements)] == [10, -4, 1]
    (recalled,) = recall_adjustments(engine, STOCK, ["adjust:2"])
    assert recalled.adjusted == owner.machine.ops.get("adjust:2")


def test_a_key_that_memory_has_forgotten_commits_no_other_hold(engine: Engine) -> None:
    owner = stock_of("apple", 10)
    owner.machine.ops = OpMemory(1)
    owner.do(Hold("hold:0", 1, "ann", "0-0", "apple", 1, 1_000))
    owner.do(EndHold("commit:key", 0, "ann", "0-0", "committed"))
    owner.do(Hold("hold:1", 1, "ann", "0-1", "apple", 1, 1_000))
    again = owner.machine.decide(EndHold("commit:key", 1, "ann", "0-1", "committed"), 1_000)
    assert again == KeyForgotten("commit:key")
    write(engine, owner, START, Position(1, 1))
    assert [row["quantity"] for row in rows(engine, inventory_movements)] == [10, -1]


def test_a_window_written_twice_is_written_once(engine: Engine) -> None:
    owner = stock_of("apple", 10)
    write(engine, owner, START, Position(1, 1))
    write(engine, owner, START, Position(1, 1))  # its COMMIT's answer was lost
    assert len(rows(engine, inventory_movements)) == 1


def test_a_stale_projector_is_fenced(engine: Engine) -> None:
    owner = stock_of("apple", 10)
    write(engine, owner, START, Position(1, 1))
    with pytest.raises(Fenced):
        write(engine, owner, START, Position(1, 2))
    raise_epoch(engine, STOCK, 5)
    with pytest.raises(Fenced):
        write(engine, owner, Position(1, 1), Position(1, 2), epoch=4)
    assert len(rows(engine, inventory_movements)) == 1


def test_an_order_comes_back_as_it_was_and_is_found_by_search(engine: Engine) -> None:
    owner = Owner(OrderBook(ORDERS, InventoryShards(1)))
    for number in range(5):
        order = NewOrder((OrderedLine("apple", number + 1),), customer=STRANGE, external_reference=f"ref-{number}")
        owner.do(PlaceOrder(f"o{number}", 1, "ann", f"o{number}", order, wait=False))
    write(engine, owner, START, Position(1, 1))
    assert find_order(engine, "o3") == owner.machine.orders["o3"].record()
    assert find_order(engine, "O3") is None, "ids are compared byte by byte"
    found = search_orders(engine, OrderFilter(state="received", customer=STRANGE), None, 2)
    assert [record.order_id for record in found] == ["o4", "o3"]
    rest = search_orders(engine, OrderFilter(), (found[-1].received_at, found[-1].order_id), 10)
    assert [record.order_id for record in rest] == ["o2", "o1", "o0"]
    assert [r.order_id for r in search_orders(engine, OrderFilter(external_reference="ref-1"), None, 9)] == ["o1"]


def test_what_has_left_memory_can_be_recalled(engine: Engine) -> None:
    stock = stock_of("apple", 10)
    write(engine, stock, START, Position(1, 1))
    (recalled,) = recall_adjustments(engine, STOCK, ["count", "never"])
    assert recalled.adjusted == stock.machine.ops.get("count")
    owner = Owner(OrderBook(ORDERS, InventoryShards(1)))
    owner.do(PlaceOrder("o1", 1, "ann", "o1", NewOrder((OrderedLine("apple", 1),)), wait=False))
    write(engine, owner, START, Position(1, 1))
    assert [found.record.order_id for found in recall_orders(engine, ["o1", "never"])] == ["o1"]


def test_the_migrated_schema_is_the_one_the_code_knows(engine: Engine) -> None:
    found = inspect(engine)
    for table in metadata.tables.values():
        assert {column["name"] for column in found.get_columns(table.name)} == {column.name for column in table.columns}


def test_a_newer_schema_is_refused_in_one_line(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaNewer, match="9999"):
        migrate(engine)


def test_shard_counts_cannot_change_behind_the_data(engine: Engine) -> None:
    keep_or_compare(engine, {"SKULD_ORDER_SHARDS": "2"})
    keep_or_compare(engine, {"SKULD_ORDER_SHARDS": "2"})
    with pytest.raises(ChangedSetting, match="SKULD_ORDER_SHARDS is 3"):
        keep_or_compare(engine, {"SKULD_ORDER_SHARDS": "3"})


def test_a_commit_whose_answer_was_lost_is_found_out(mariadb_server: MariaDbServer, fresh_database: str) -> None:
    proxy = LossyProxy(mariadb_server.port)
    engine = open_database(fresh_database.replace(str(mariadb_server.port), str(proxy.port)))
    try:
        migrate(engine)
        owner = stock_of("apple", 10)
        asyncio.run(SqlRecord(engine, inventory_rows).position(STOCK))
        proxy.lose_next_answer(b"COMMIT")
        with pytest.raises(StoreUnavailable):
            write(engine, owner, START, Position(1, 1))
        write(engine, owner, START, Position(1, 1))
        assert len(rows(engine, inventory_movements)) == 1
    finally:
        engine.dispose()
        proxy.stop()


def test_a_wrong_password_is_refused_not_waited_for(mariadb_server: MariaDbServer, fresh_database: str) -> None:
    with pytest.raises(StoreRefused, match="Access denied"):
        migrate(open_database(fresh_database.replace("skuld:skuld@", "skuld:wrong@")))
