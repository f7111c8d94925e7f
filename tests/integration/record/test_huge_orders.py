"""Orders as large as they may be, with journal and rows in a MariaDB that nobody has tuned."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text

from actors.kernel.faults import JournalTooWeak
from actors.kernel.journal.sql import SqlJournal
from actors.kernel.messages import OwnerName
from actors.kernel.record.database import StoreRefused, open_database
from actors.kernel.record.schema import migrate
from tests.integration.in_process import InProcess
from tests.servers.mariadb import MariaDbServer

ORDERS, LINES = 24, 10_000


def test_a_batch_of_the_largest_orders_is_recorded_and_its_rows_follow(fresh_database: str, tmp_path: Path) -> None:
    skuld = InProcess(tmp_path / "data", database_url=fresh_database).start()
    try:
        lines = [{"sku": f"{number:064}", "quantity": 1} for number in range(LINES)]
        orders = [{"order_id": f"huge-{number}", "lines": lines} for number in range(ORDERS)]
        status, answer = skuld.call("POST", "/v1/orders:batch", orders)
        assert status == 200
        assert {result["status"] for result in answer["results"]} == {422}, "refused: there are no such products"
        assert skuld.call("POST", "/v1/orders", {"order_id": "small", "lines": lines[:1]})[0] == 422, "the owner goes on"
        skuld.level_rows()
        with open_database(fresh_database).connect() as connection:
            assert connection.scalar(text("SELECT COUNT(*) FROM order_lines")) == ORDERS * LINES + 1
            assert connection.scalar(text("SELECT MAX(LENGTH(data)) FROM journal_entries")) <= 4 << 20
    finally:
        skuld.stop()


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
