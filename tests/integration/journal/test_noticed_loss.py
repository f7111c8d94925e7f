"""A store that loses what it acknowledged, under a running owner: nobody serves what is left, unless a person says so."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis
from sqlalchemy import text

from actors.inventory.commands import PutProduct
from actors.inventory.goods import Product
from actors.kernel import owner_process
from actors.kernel.acknowledged import NOTHING, AcknowledgedNote
from actors.kernel.entry import Position
from actors.kernel.messages import OwnerName
from actors.kernel.owner_process import OwnerProcess
from actors.kernel.record.database import open_database
from actors.kernel.record.schema import migrate
from actors.kernel.settings import SkuldSettings
from actors.kernel.transport.direct import DirectDialler
from tests.integration.in_process import HereDirectory
from tests.servers.redis import RedisServer
from tests.unit.kernel.test_owner_recall import adjust

NAME = OwnerName("inventory-0")
AWAY = "mysql://nobody@127.0.0.1:1/nothing"


class Process(OwnerProcess):
    """Says why it leaves, instead of taking the tests with it."""

    left = ""

    def _leave(self, reason: str) -> None:
        self.left = reason


class Life:
    """One life of an owner: from its start until the block ends."""

    def __init__(self, settings: SkuldSettings) -> None:
        self._settings = settings

    async def __aenter__(self) -> Life:
        self.process = Process(NAME, self._settings, HereDirectory(), DirectDialler())
        while (status := await self.process.status())["state"] != "serving" and not status["final"]:
            await asyncio.sleep(0.01)
        self.alarm: str = status["alarm"]
        return self

    async def ask(self, *commands: Any) -> bytes:
        return await self.process.handle(msgspec.msgpack.encode(list(enumerate(commands))))

    async def left(self) -> str:
        while not self.process.left:
            await asyncio.sleep(0.01)
        return self.process.left

    async def __aexit__(self, *_: object) -> None:
        await self.process.stop()
        self.process._thread.stop()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    url = f"sqlite:///{tmp_path / 'rows.sqlite'}"
    migrate(open_database(url))
    yield url
    open_database(url).dispose()


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner_process, "log_to", lambda *_: None)


def settings_of(server: RedisServer, folder: Path, database: str, fsync: str = "always") -> SkuldSettings:
    return SkuldSettings(_env_file=None, data_dir=folder, redis_url=server.url, database_url=database, redis_fsync=fsync)  # type: ignore[call-arg,arg-type]  # pydantic-settings' own argument


async def lose_under_its_owner(settings: SkuldSettings) -> str:
    """Answer two commands, lose the second, and see why the owner leaves when it is asked for a third."""
    async with Life(settings) as owner:
        await owner.ask(PutProduct("put", 1, "ann", Product("apple", "apple")))
        assert b"Adjusted" in await owner.ask(adjust("a"))
        with redis.Redis.from_url(settings.redis_url) as store:
            assert store.get("skuld:{inventory-0}:tail") == b"1-2"
            store.set("skuld:{inventory-0}:tail", "1-1")
            store.xdel("skuld:{inventory-0}:journal", "1-2")
        asking = asyncio.create_task(owner.ask(adjust("b")))
        left = await owner.left()
        asking.cancel()
        return left


async def alarm_of_the_next(settings: SkuldSettings) -> str:
    async with Life(settings) as successor:
        return successor.alarm


@pytest.mark.parametrize("accepts", [False, True])
def test_the_successor_refuses_until_a_person_accepts_the_loss(
    redis_server: RedisServer, tmp_path: Path, database: str, accepts: bool
) -> None:
    settings = settings_of(redis_server, tmp_path, database)

    async def main() -> tuple[str, str]:
        assert "1-2 was acknowledged" in await lose_under_its_owner(settings)
        first = await alarm_of_the_next(settings)
        if accepts:
            with open_database(database).begin() as connection:
                connection.execute(text(first.partition("accept the loss (")[2].partition(")")[0]))
        return first, await alarm_of_the_next(settings)

    first, second = asyncio.run(main())
    assert first.startswith("inventory-0 had acknowledged 1-2, but in its journal 1-1 is the last")
    assert "\n" not in first
    assert second == ("" if accepts else first)


def test_without_a_database_the_data_directory_knows(redis_server: RedisServer, tmp_path: Path, database: str) -> None:
    away, back = settings_of(redis_server, tmp_path, AWAY), settings_of(redis_server, tmp_path, database)

    async def main() -> tuple[str, str]:
        await lose_under_its_owner(away)
        return await alarm_of_the_next(away), await alarm_of_the_next(back)

    first, second = asyncio.run(main())
    assert f"delete the file {tmp_path}/acknowledged/inventory-0" in first
    assert "DELETE FROM meta" in second, "one place to look at, as soon as there is one"
    assert not (tmp_path / "acknowledged" / "inventory-0").exists()


def test_a_store_that_has_it_again_is_served_from(redis_server: RedisServer, tmp_path: Path, database: str) -> None:
    settings = settings_of(redis_server, tmp_path, database)

    async def main() -> tuple[str, str]:
        async with Life(settings) as owner:
            await owner.ask(PutProduct("put", 1, "ann", Product("apple", "apple")))
        note = AcknowledgedNote(NAME, tmp_path, database)
        note.leave(Position(1, 1))
        assert note.find().position == Position(1, 1)
        first = await alarm_of_the_next(settings)
        assert note.find() is NOTHING
        note.leave(Position(1, 7))  # of another life, whose end is not in this journal although it goes on after it
        return first, await alarm_of_the_next(settings)

    first, second = asyncio.run(main())
    assert first == ""
    assert "had acknowledged 1-7, but in its journal 2-0 follows 1-1" in second


def test_a_loss_that_was_chosen_is_served_over(short_folder: Path, tmp_path: Path, database: str) -> None:
    server = RedisServer(short_folder, fsync="everysec")
    server.start()
    settings = settings_of(server, tmp_path, database, "everysec")

    async def main() -> tuple[str, str]:
        return await lose_under_its_owner(settings), await alarm_of_the_next(settings)

    try:
        left, alarm = asyncio.run(main())
    finally:
        server.kill()
    assert "1-2 was acknowledged" in left
    assert alarm == ""
