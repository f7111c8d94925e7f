"""`skuld verify`: rows and read model against the owners' memory. What is spoiled by hand is named; what is in use is not."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis
from sqlalchemy import text

from actors.inventory.queries import ReadLevel
from actors.inventory.shard import InventoryShard
from actors.kernel import composition
from actors.kernel.client import OwnerClient
from actors.kernel.entry import START, Position
from actors.kernel.journal.redis_stream import read_model_key
from actors.kernel.messages import Message, OwnerName
from actors.kernel.read_model import RedisReadModel
from actors.kernel.record.database import open_database
from actors.kernel.record.schema import migrate
from actors.kernel.routing import InventoryShards, OrderShards
from actors.kernel.transport.direct import DirectDialler
from gateway.compared import compare
from gateway.kept_twice import Levels, ReadLevels
from gateway.verify import Finding, against_memory, kept_twice, verify_journals
from tests.integration.in_process import InProcess
from tests.integration.record.test_write_behind import STOCK, stock_of, write
from tests.patience import PATIENCE_S
from tests.servers.redis import RedisServer


async def found_in(skuld: InProcess) -> list[Finding]:
    """Every comparison of a running system."""
    settings = skuld.settings
    inventory, orders = composition.inventory_shards(settings), composition.order_shards(settings)
    owners = OwnerClient(inventory, orders, skuld.directory, DirectDialler(), dict(composition.REPLY_TYPES))
    read_model = RedisReadModel(settings.redis_url, inventory) if settings.redis_url else None

    async def settle() -> bool:
        return await skuld.projector.catch_up(PATIENCE_S)

    try:
        kinds = kept_twice(owners, open_database(settings.sql_url), read_model)
        return [await against_memory(kind, settle) for kind in kinds]
    finally:
        await owners.close()
        if read_model is not None:
            await read_model.close()


def broken(skuld: InProcess) -> list[str]:
    return [line for finding in asyncio.run(found_in(skuld)) for line in finding.broken]


@pytest.fixture(scope="module")
def skuld() -> Iterator[InProcess]:
    """A system at rest, with stock, a hold, and orders of which one waits."""
    with tempfile.TemporaryDirectory(prefix="sk-") as folder:
        system = InProcess(Path(folder) / "data", inventory_shards=2, order_shards=2).start()
        system.fill({"a": 10, "b": 5})
        for order_id, quantity in (("o1", 3), ("o2", 9)):
            body = {"order_id": order_id, "policy": "ship_partial", "lines": [{"sku": "a", "quantity": quantity}]}
            assert system.call("POST", "/v1/orders", body)[0] == 201
        assert (
            system.call("POST", "/v1/reservations", {"sku": "b", "quantity": 2, "ttl_s": 3600}, Idempotency_Key="h")[0] == 201
        )
        system.call("PUT", "/v1/suppliers/farm", {"name": "Farm", "lead_time_days": 1})
        system.call("PUT", "/v1/supplier-items/farm/a", {})
        order = {"purchase_order_id": "po", "supplier": "farm", "lines": [{"sku": "a", "quantity": 5}]}
        assert system.call("POST", "/v1/purchase-orders", order)[0] == 201
        assert system.call("POST", "/v1/purchase-orders/po/place")[0] == 200
        why = {"steps": [{"name": "review cover", "units": 7}], "chance_without": 0.5, "chance_with": 0.1}
        item = {"sku": "a", "supplier": "farm", "quantity": 7, "target": 0.9, "explanation": why}
        assert system.call("PUT", "/v1/replenishment-suggestions", {"run_id": "run", "items": [item]})[1]["opened"] == 1
        system.level_rows()
        yield system
        system.stop()


SPOILED = [
    ("UPDATE inventory_levels SET reserved = 9 WHERE sku = 'a'", "a: main reserved 9, must be 10"),
    ("UPDATE inventory_bins SET on_hand = 11 WHERE sku = 'a'", "a: main / stock 11, must be 10"),
    ("DELETE FROM inventory_levels WHERE sku = 'b'", "b: main on_hand null, must be 5"),
    ("UPDATE reservations SET reserved = 1 WHERE kind = 'hold'", ": b in main reserved 1, must be 2"),
    ("UPDATE reservations SET backordered = 0 WHERE reservation_id = 'o2'", "o2: a in main backordered null, must be 2"),
    ("UPDATE order_lines SET quantity_reserved = 4 WHERE order_id = 'o1'", "o1: line a [3, 0, 4, 0, 0, 0], must be [3, 0, 3, 0, 0, 0]"),
    ("UPDATE orders SET state = 'shipped' WHERE order_id = 'o1'", """o1: row's state "shipped", must be "reserved\""""),
    ("UPDATE purchase_order_lines SET quantity_open = 4", "po: line a [5, 0, 0, 4], must be [5, 0, 0, 5]"),
    ("UPDATE purchase_orders SET state = 'draft'", """po: row's state "draft", must be "placed\""""),
    ("UPDATE replenishment_suggestions SET quantity_suggested = 8", ": quantity 8, must be 7"),
    ("DELETE FROM products WHERE sku = 'b'", ": products 1, must be 2"),
    ("INSERT INTO products SELECT 'c', name, gtin, unit, packs, category, weight_g, volume_ml, version FROM products WHERE sku = 'a'",
     "c: product true, must be null"),
]  # fmt: skip


def test_at_rest_everything_is_kept_alike(skuld: InProcess) -> None:
    findings = asyncio.run(found_in(skuld))
    assert [finding.broken for finding in findings] == [[]] * 6
    assert [finding.invariant.partition(" (")[2] for finding in findings] == [
        "2 owners)",
        "2 SKUs)",
        "3 reservations)",
        "2 orders)",
        "1 purchase orders)",
        "1 suggestions)",
    ]


@pytest.mark.parametrize(("statement", "line"), SPOILED, ids=[str(number) for number in range(len(SPOILED))])
def test_a_row_that_is_not_as_in_memory_is_named(skuld: InProcess, statement: str, line: str) -> None:
    engine = open_database(skuld.settings.sql_url)
    tables = ("products", "inventory_levels", "inventory_bins", "reservations", "orders", "order_lines")
    tables += ("purchase_orders", "purchase_order_lines", "replenishment_suggestions")
    with engine.begin() as connection:
        before = {table: connection.execute(text(f"SELECT * FROM {table}")).all() for table in tables}
        connection.execute(text(statement))
    try:
        assert any(line in told for told in broken(skuld)), broken(skuld)
    finally:
        with engine.begin() as connection:
            for table, rows in before.items():
                connection.execute(text(f"DELETE FROM {table}"))
                for row in rows:
                    marks = {f"v{at}": value for at, value in enumerate(row)}
                    connection.execute(text(f"INSERT INTO {table} VALUES ({', '.join(':' + mark for mark in marks)})"), marks)
    assert broken(skuld) == []


def test_what_is_in_use_is_not_judged(skuld: InProcess) -> None:
    stop, found = threading.Event(), count(1)

    def trade() -> None:
        while not stop.is_set():  # never the same level twice: two looks that find one pair have found no movement between
            skuld.call("POST", "/v1/adjustments", {"sku": "b", "quantity": 1, "reason": "found"})
            next(found)

    trader = threading.Thread(target=trade)
    trader.start()
    try:
        assert [broken(skuld) for _ in range(3)] == [[]] * 3
    finally:
        stop.set()
        trader.join()
        skuld.call("POST", "/v1/adjustments", {"sku": "b", "quantity": 1 - next(found), "reason": "missing"})
        skuld.level_rows()


def test_a_comparison_comes_to_an_end_and_says_how_far_it_came(skuld: InProcess) -> None:
    async def some() -> tuple[int, bool]:
        settings = skuld.settings
        inventory, orders = composition.inventory_shards(settings), composition.order_shards(settings)
        owners = OwnerClient(inventory, orders, skuld.directory, DirectDialler(), dict(composition.REPLY_TYPES))

        async def settle() -> bool:
            return True

        found = await compare(Levels(owners, open_database(settings.sql_url)), settle, compare_s=-1)
        await owners.close()
        return found.keys, found.all

    assert asyncio.run(some()) == (0, False)


class OneShard:
    """Asks a machine as if it were served."""

    def __init__(self, machine: InventoryShard) -> None:
        self.inventory, self.orders = InventoryShards(1), OrderShards(1)
        self._machine = machine

    async def ask(self, owner: OwnerName, message: Any, *, timeout_s: float | None = None) -> Message:
        return self._machine.read(message, 1)

    def post(self, *_: Any) -> None:
        raise AssertionError("nothing is posted")


def test_the_read_model_is_compared_too(tmp_path: Path, redis_server: RedisServer) -> None:
    owner = stock_of("a", 10)
    engine = open_database(f"sqlite:///{tmp_path / 'record.sqlite'}")
    migrate(engine)
    write(engine, owner, START, Position(1, 1))

    async def settle() -> bool:
        return True

    async def compared() -> list[str]:
        owners = OneShard(owner.machine)
        read_model = RedisReadModel(redis_server.url, owners.inventory)
        try:
            return (await compare(ReadLevels(owners, engine, read_model), settle)).broken
        finally:
            await read_model.close()

    level = owner.machine.read(ReadLevel("a"), 1)
    with redis.Redis.from_url(redis_server.url) as client:
        assert asyncio.run(compared()) == [], "what is not there is asked of the owner anyway"
        client.hset(read_model_key(STOCK), "a", msgspec.msgpack.encode(level))
        assert asyncio.run(compared()) == []
        spoiled = msgspec.structs.replace(level, sites=(msgspec.structs.replace(level.sites[0], on_hand=12),))
        client.hset(read_model_key(STOCK), "a", msgspec.msgpack.encode(spoiled))
        assert asyncio.run(compared()) == ["a: main on_hand 12, must be 10"]
    engine.dispose()


def test_a_spoiled_journal_of_a_running_system_is_named(skuld: InProcess) -> None:
    assert [finding.broken for finding in verify_journals(skuld.settings)] == [[]] * 5
    file = skuld.data_dir / "journal" / f"{skuld.shard_of('a')}.sqlite"
    with sqlite3.connect(file) as journal:
        (row, data) = journal.execute("SELECT rowid, data FROM journal_entries WHERE number = 1").fetchone()
        journal.execute("DELETE FROM journal_entries WHERE rowid = ?", (row,))
        journal.commit()
        told = {finding.invariant.split()[2]: finding.broken for finding in verify_journals(skuld.settings)}
        journal.execute(
            "INSERT INTO journal_entries (owner, epoch, number, data) VALUES (?, 1, 1, ?)", (skuld.shard_of("a"), data)
        )
    journal.close()
    assert [owner for owner, lines in told.items() if lines] == [skuld.shard_of("a")]
    assert told[skuld.shard_of("a")] == ["journal entry 1-2 says it follows 1-1, but 1-0 stands before it"]
    assert [finding.broken for finding in verify_journals(skuld.settings)] == [[]] * 5
