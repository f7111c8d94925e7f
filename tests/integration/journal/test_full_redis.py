"""A Redis whose memory runs out: work is turned away while a snapshot still fits, and room is made without a person."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from actors.inventory import shard
from actors.kernel import owner_process, projector_process
from actors.kernel.entry import START, Position
from actors.kernel.faults import StoreFull
from actors.kernel.journal.port import StoredSnapshot
from actors.kernel.journal.redis_stream import RedisStreamJournal
from actors.kernel.op_memory import OpMemory
from actors.kernel.projector import Projector
from tests.integration.in_process import InProcess
from tests.integration.journal.test_contract import OWNER
from tests.patience import PATIENCE_S
from tests.servers.mariadb import MariaDbServer
from tests.servers.redis import RedisServer

LIMIT = 12 << 20


@pytest.fixture
def small_redis(short_folder: Path) -> Iterator[RedisServer]:
    """One with 12 MB."""
    (folder := short_folder / "redis").mkdir()
    server = RedisServer(folder, extra=("--maxmemory", str(LIMIT)))
    server.start()
    yield server
    server.kill()


def test_what_a_redis_uses_is_told(small_redis: RedisServer) -> None:
    async def main() -> None:
        journal = RedisStreamJournal(OWNER, small_redis.url)
        await journal.open()
        before = await journal.memory()
        assert (before.journal, before.limit) == (0, LIMIT)
        last = START
        for number in range(100):
            await journal.append(Position(1, number), last, b"x" * 20_000, {})
            last = Position(1, number)
        await journal.save_snapshot(StoredSnapshot(last, [b"y" * 1_000_000]))
        after = await journal.memory()
        assert 2_000_000 < after.journal < 2_600_000
        assert after.used > before.used + 3_000_000
        await journal.close()

    asyncio.run(main())


def test_a_snapshot_without_room_leaves_nothing_and_a_trim_makes_some(small_redis: RedisServer) -> None:
    snapshot = StoredSnapshot(Position(1, 30), [b"y" * 500_000] * 20)

    async def main() -> None:
        journal, last = RedisStreamJournal(OWNER, small_redis.url), START
        await journal.open()
        for number in range(80):
            await journal.append(Position(1, number), last, b"x" * 100_000, {})
            last = Position(1, number)
        before = (await journal.memory()).used
        with pytest.raises(StoreFull):
            await journal.save_snapshot(snapshot)
        assert (await journal.memory()).used < before + 1_000_000
        with pytest.raises(StoreFull):
            for number in range(80, 300):
                await journal.append(Position(1, number), last, b"x" * 100_000, {})
                last = Position(1, number)
        await journal.trim(Position(1, 50))
        await journal.append(Position(1, last.number + 1), last, b"x" * 100_000, {})
        await journal.close()

    asyncio.run(main())


def describe(system: InProcess, round_: int) -> None:
    """Describe one product again and again: a long journal, a small state."""
    packs = [{"name": f"{number:02}".ljust(64, "\U0001f600"), "units": 2 + number} for number in range(20)]
    products = [{"sku": "apple", "name": f"{round_} {number}", "packs": packs} for number in range(20)]
    system.call("POST", "/v1/products:batch", products, Idempotency_Key=f"round {round_}")


def place(system: InProcess, order_id: str) -> tuple[int, Any]:
    return system.call("POST", "/v1/orders", {"order_id": order_id, "lines": [{"sku": "apple", "quantity": 1}]})


def test_orders_are_turned_away_before_memory_runs_out_and_taken_again_by_themselves(
    short_folder: Path, small_redis: RedisServer, own_mariadb: MariaDbServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shard, "OpMemory", functools.partial(OpMemory, 20))
    monkeypatch.setattr(owner_process, "LAG_CHECK_S", 0.05)
    monkeypatch.setattr(projector_process, "Projector", functools.partial(Projector, checkpoint_s=2.0))
    system = InProcess(short_folder / "data", redis_url=small_redis.url, database_url=own_mariadb.make_database()).start()
    store = redis.Redis.from_url(small_redis.url)
    try:
        system.fill({"apple": 1_000})
        system.level_rows()
        own_mariadb.kill()
        rounds, problem = 0, None
        while "of the 12,582,912 bytes it may" not in str(problem):
            describe(system, rounds)
            status, problem = place(system, f"o{rounds}")
            rounds += 1
            assert rounds < 1_000
        assert (status, problem["type"]) == (503, "/problems/busy")
        assert store.info("memory")["used_memory"] < 0.7 * LIMIT
        own_mariadb.restart()
        deadline = time.monotonic() + PATIENCE_S
        while place(system, "after")[0] != 201:
            assert time.monotonic() < deadline, store.info("memory")
            time.sleep(0.2)
    finally:
        system.stop()
        store.close()
