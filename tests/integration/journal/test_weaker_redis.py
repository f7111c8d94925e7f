"""A Redis that comes back with weaker settings: nothing more is acknowledged, and nothing trimmed, over the new connection."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import redis

from actors.inventory.commands import PutProduct
from actors.inventory.goods import Product
from actors.inventory.shard import InventoryShard
from actors.kernel import owner_process
from actors.kernel.entry import START, Position
from actors.kernel.faults import JournalTooWeak
from actors.kernel.journal.redis_stream import RedisStreamJournal
from actors.kernel.messages import OwnerName
from actors.kernel.outbox import Outbox
from actors.kernel.owner import Owner
from actors.kernel.owner_process import OwnerProcess
from actors.kernel.record.database import open_database
from actors.kernel.record.schema import migrate
from actors.kernel.routing import OrderShards
from actors.kernel.settings import SkuldSettings
from actors.kernel.transport.direct import DirectDialler
from actors.kernel.transport.ray_call import RayDirectory
from tests.patience import PATIENCE_S
from tests.servers.redis import RedisServer
from tests.unit.kernel.test_owner_recall import Heard, Nobody, adjust, ask

NAME = OwnerName("inventory-0")
WEAKER = [
    (("--appendfsync", "everysec"), "appendfsync is everysec, must be always"),
    (("--appendonly", "no"), "appendonly is no, must be yes"),
]


def with_a_restart(
    folder: Path, extra: tuple[str, ...], work: Callable[[RedisServer, Callable[[], None]], Awaitable[None]]
) -> None:
    """Work with a Redis that can be restarted with other settings."""
    server = RedisServer(folder)
    server.start()

    def restart() -> None:
        server.stop()
        server._extra = extra
        server.restart()

    async def main() -> None:
        await work(server, restart)

    try:
        asyncio.run(main())
    finally:
        server.kill()


@pytest.mark.parametrize(("extra", "named"), WEAKER)
def test_nothing_is_appended_or_trimmed_over_the_new_connection(short_folder: Path, extra: tuple[str, ...], named: str) -> None:
    async def work(server: RedisServer, restart: Callable[[], None]) -> None:
        journal = RedisStreamJournal(NAME, server.url)
        await journal.open()
        await journal.append(Position(1, 0), START, b"entry", {})
        restart()
        await asyncio.sleep(0.05)
        for _ in range(2):
            with pytest.raises(JournalTooWeak, match=named):
                await journal.append(Position(1, 1), Position(1, 0), b"entry", {})
            with pytest.raises(JournalTooWeak, match=named):
                await journal.trim(Position(1, 0))
            with pytest.raises(JournalTooWeak, match=named):
                await journal.last()
        await journal.close()
        client = redis.Redis.from_url(server.url)
        kept = client.xlen("skuld:{inventory-0}:journal")
        client.close()
        assert kept == (0 if "--appendonly" in extra else 1)

    with_a_restart(short_folder, extra, work)


@pytest.mark.parametrize(("extra", "named"), WEAKER)
def test_an_owner_leaves_with_the_setting_and_answers_nothing_more(
    short_folder: Path, extra: tuple[str, ...], named: str
) -> None:
    async def work(server: RedisServer, restart: Callable[[], None]) -> None:
        left: list[str] = []
        owner = Owner(
            NAME, InventoryShard(NAME, OrderShards(1)), RedisStreamJournal(NAME, server.url), Outbox(Nobody()), left.append
        )
        await owner.start()
        await ask(owner, PutProduct("put", 1, "ann", Product("apple", "apple")), adjust("a"))
        restart()
        heard = Heard()
        owner.receive([(1, adjust("b"))], heard)
        while not left:
            await asyncio.sleep(0.01)
        assert named in left[0]
        assert heard.replies == {}
        successor = RedisStreamJournal(NAME, server.url)
        with pytest.raises(JournalTooWeak, match=named):
            await successor.open()
        await successor.close()
        await owner.stop()

    with_a_restart(short_folder, extra, work)


def test_an_owner_serves_once_redis_is_as_strong_as_was_promised(
    short_folder: Path, fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner_process, "WEAK_PAUSE_S", 0.2)
    server = RedisServer(short_folder, extra=("--appendonly", "no"))
    server.start()
    migrate(open_database(fresh_database))
    settings = SkuldSettings(_env_file=None, data_dir=short_folder, redis_url=server.url, database_url=fresh_database)  # type: ignore[call-arg]  # pydantic-settings' own

    async def status_when(process: OwnerProcess, ready: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE_S
        while not ready(told := await process.status()):
            assert time.monotonic() < deadline, told
            await asyncio.sleep(0.05)
        return told

    async def main() -> None:
        process = OwnerProcess(NAME, settings, RayDirectory(), DirectDialler())
        told = await status_when(process, lambda told: told["alarm"] != "")
        assert told["final"]
        assert "appendonly is no, must be yes" in told["alarm"]
        client = redis.Redis.from_url(server.url)
        client.config_set("appendonly", "yes")
        client.close()
        told = await status_when(process, lambda told: told["state"] == "serving")
        assert (told["alarm"], told["final"]) == ("", False)
        await process.stop()

    try:
        asyncio.run(main())
    finally:
        server.kill()
