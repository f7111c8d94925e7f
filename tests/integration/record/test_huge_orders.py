"""Orders as large as they may be, with journal and rows in a MariaDB that nobody has tuned."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text

from actors.inventory.goods import ReservedLine
from actors.inventory.replies import ReservationView
from actors.kernel.entry import START, Position
from actors.kernel.faults import JournalTooWeak
from actors.kernel.journal.sql import SqlJournal
from actors.kernel.messages import OwnerName
from actors.kernel.record.database import StoreRefused, open_database
from actors.kernel.record.schema import migrate
from actors.kernel.record.writer import SqlRecord
from actors.kernel.routing import InventoryShards
from actors.orders.book import OrderBook
from actors.orders.commands import EditLines, PlaceOrder, RecordReservation
from actors.orders.lines import NewOrder, OrderedLine
from actors.orders.projection import changed_rows
from actors.orders.reads import find_order
from tests.integration.in_process import InProcess
from tests.patience import PATIENCE_S
from tests.servers.mariadb import MariaDbServer

ORDERS, LINES = 24, 10_000


def test_a_batch_of_the_largest_orders_is_recorded_and_its_rows_follow(fresh_database: str, tmp_path: Path) -> None:
    skuld = InProcess(tmp_path / "data", database_url=fresh_database).start()
    try:
        lines = [{"sku": f"{number:064}", "quantity": 1} for number in range(LINES)]
        orders = [{"order_id": f"huge-{number}", "lines": lines} for number in range(ORDERS)]
        deadline = time.monotonic() + 120
        while (
            time.monotonic() < deadline
        ):  # on a busy machine it takes longer than a request may: the same batch again is the same orders
            status, answer = skuld.call("POST", "/v1/orders:batch", orders)
            assert status == 200
            found = {result["status"] for result in answer["results"]}
            if 503 not in found:
                break
        assert found == {422}, "refused: there are no such products"
        assert skuld.call("POST", "/v1/orders", {"order_id": "small", "lines": lines[:1]})[0] == 422, "the owner goes on"
        assert asyncio.run(skuld.projector.catch_up(2 * PATIENCE_S))
        with open_database(fresh_database).connect() as connection:
            assert connection.scalar(text("SELECT COUNT(*) FROM order_lines")) == ORDERS * LINES + 1
            assert connection.scalar(text("SELECT MAX(LENGTH(data)) FROM journal_entries")) <= 4 << 20
    finally:
        skuld.stop()


def test_the_longest_row_there_can_be_is_written(fresh_database: str) -> None:
    """An order of the longest SKUs, reserved and then edited: twice as long in hexadecimal it would not go in."""
    engine = open_database(fresh_database)
    migrate(engine)
    book, name = OrderBook(OwnerName("orders-0"), InventoryShards(1)), OwnerName("orders-0")
    skus = [f"{number:05}".ljust(64, "\U0001f600") for number in range(LINES)]
    reserved = tuple(ReservedLine(sku, "w" * 64, 10**9) for sku in skus)
    for command in (
        PlaceOrder("o", 1, "ann", "o", NewOrder(tuple(OrderedLine(sku, 10**9) for sku in skus)), wait=False),
        RecordReservation("x", "o", "inventory-0", ReservationView("o", 1, 1, reserved)),
        EditLines("e", 2, "ann", "o", tuple(OrderedLine(sku, 1) for sku in skus[:3_500])),
    ):
        outcome = book.decide(command, 1_000)
        assert isinstance(outcome, tuple)
        for event in outcome:
            book.apply(event)
    record = SqlRecord(engine, changed_rows)

    async def write() -> None:
        await record.position(name)
        await record.write(name, book, [], START, Position(1, 1), 1)

    asyncio.run(write())
    found = find_order(engine, "o")
    engine.dispose()
    assert found == book.orders["o"].record()
    assert len(msgspec.msgpack.encode(found)) > 8 << 20


def test_a_database_that_takes_no_long_statements_is_refused_with_the_setting(own_mariadb: MariaDbServer) -> None:
    url = own_mariadb.make_database()
    with open_database(url).begin() as connection:
        connection.execute(text("SET GLOBAL max_allowed_packet = 1048576"))
    open_database(url).dispose()
    setting = "max_allowed_packet is 1048576, must be at least 16777216"
    with pytest.raises(JournalTooWeak, match=setting):
        asyncio.run(SqlJournal(OwnerName("orders-0"), open_database(url)).open())
    with pytest.raises(StoreRefused, match=setting):
        migrate(open_database(url))
    open_database(url).dispose()
