"""One contract, four journals: whatever keeps an owner's log behaves like this."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from actors.kernel.entry import START, Position, StoredEntry
from actors.kernel.faults import Fenced, JournalBehind, JournalTooWeak, StoreUnavailable
from actors.kernel.journal.in_memory import InMemoryJournal, Shelf
from actors.kernel.journal.port import Journal, StoredSnapshot
from actors.kernel.journal.redis_stream import RedisStreamJournal, read_model_key
from actors.kernel.journal.sql import SqlJournal, metadata, sqlite_engine
from actors.kernel.messages import OwnerName
from actors.kernel.record.database import open_database
from tests.servers.lossy_proxy import LossyProxy
from tests.servers.redis import RedisServer

OWNER = OwnerName("inventory-0")
MakeJournal = Callable[[], Journal]


@pytest.fixture(params=["memory", "sqlite", "mariadb", "redis", "redis on a unix socket", "redis with TLS"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeJournal]:
    """Opens the same log again and again, as successive owners would."""
    if request.param == "memory":
        shelf = Shelf()
        yield lambda: InMemoryJournal(OWNER, shelf)
    elif request.param == "sqlite":
        yield lambda: SqlJournal(OWNER, sqlite_engine(tmp_path / "journal.sqlite"))
    elif request.param == "mariadb":
        url = request.getfixturevalue("fresh_database")
        yield lambda: SqlJournal(OWNER, open_database(url))
    elif request.param == "redis on a unix socket":
        server = request.getfixturevalue("redis_server_without_port")
        yield lambda: RedisStreamJournal(OWNER, server.url)
    elif request.param == "redis with TLS":
        server = request.getfixturevalue("redis_server_with_tls")
        yield lambda: RedisStreamJournal(OWNER, server.url)
    else:
        server = request.getfixturevalue("redis_server")
        yield lambda: RedisStreamJournal(OWNER, server.url)


def run(make: MakeJournal, work: Callable[[Journal], Awaitable[Any]]) -> Any:
    """Work on a freshly opened journal."""

    async def main() -> Any:
        journal = make()
        await journal.open()
        try:
            return await work(journal)
        finally:
            await journal.close()

    return asyncio.run(main())


async def fill(journal: Journal, upto: int) -> None:
    """Entries 1-0 to 1-upto."""
    last = START
    for number in range(upto + 1):
        position = Position(1, number)
        await journal.append(position, last, f"entry {number}".encode(), {})
        last = position


def test_an_empty_journal_stands_at_the_start(make: MakeJournal) -> None:
    assert run(make, lambda journal: journal.last()) == START


def test_entries_come_back_in_order_to_the_next_owner(make: MakeJournal) -> None:
    run(make, lambda journal: fill(journal, 4))

    async def work(journal: Journal) -> None:
        assert await journal.last() == Position(1, 4)
        assert await journal.read(START, 10) == [StoredEntry(Position(1, n), f"entry {n}".encode()) for n in range(5)]
        assert [entry.position.number for entry in await journal.read(Position(1, 1), 2)] == [2, 3]
        assert await journal.length() == 5

    run(make, work)


def test_a_stale_owner_is_fenced_and_writes_nothing(make: MakeJournal) -> None:
    async def work(journal: Journal) -> None:
        await fill(journal, 1)
        successor = make()
        await successor.open()
        await successor.append(Position(2, 0), Position(1, 1), b"claim", {})
        with pytest.raises(Fenced):
            await journal.append(Position(1, 2), Position(1, 1), b"stale", {})
        assert await journal.last() == Position(2, 0)
        assert [entry.data for entry in await successor.read(Position(1, 1), 10)] == [b"claim"]
        await successor.close()

    run(make, work)


def test_a_store_that_lost_entries_is_noticed(make: MakeJournal) -> None:
    async def work(journal: Journal) -> None:
        await fill(journal, 1)
        with pytest.raises(JournalBehind):
            await journal.append(Position(1, 8), Position(1, 7), b"after a hole", {})

    run(make, work)


def test_the_same_append_twice_is_refused_the_second_time(make: MakeJournal) -> None:
    async def work(journal: Journal) -> None:
        await fill(journal, 1)
        await journal.append(Position(1, 2), Position(1, 1), b"once", {})
        with pytest.raises(Fenced):
            await journal.append(Position(1, 2), Position(1, 1), b"once", {})
        assert await journal.length() == 3

    run(make, work)


def test_trimming_forgets_old_entries_but_not_where_the_journal_stands(make: MakeJournal) -> None:
    async def work(journal: Journal) -> None:
        await fill(journal, 5)
        await journal.trim(Position(1, 3))
        assert [entry.position.number for entry in await journal.read(START, 10)] == [4, 5]
        await journal.trim(Position(1, 5))
        assert await journal.length() == 0

    run(make, work)
    assert run(make, lambda journal: journal.last()) == Position(1, 5)


def test_a_snapshot_replaces_the_one_before(make: MakeJournal) -> None:
    async def work(journal: Journal) -> None:
        assert await journal.load_snapshot() is None
        await journal.save_snapshot(StoredSnapshot(Position(1, 1), [b"a", b"b", b"c"]))
        await journal.save_snapshot(StoredSnapshot(Position(1, 2), [b"d" * 300_000, b""]))

    run(make, work)
    assert run(make, lambda journal: journal.load_snapshot()) == StoredSnapshot(Position(1, 2), [b"d" * 300_000, b""])


def test_a_late_snapshot_does_not_replace_a_newer_one(make: MakeJournal) -> None:
    """A projector that hung while another took over: the journal behind the older snapshot has been trimmed."""
    newer = StoredSnapshot(Position(2, 9), [b"newer"])

    async def work(journal: Journal) -> None:
        await journal.save_snapshot(newer)
        await journal.save_snapshot(StoredSnapshot(Position(1, 100), [b"older", b"pieces"]))
        await journal.save_snapshot(StoredSnapshot(Position(2, 8), [b"older"]))
        assert await journal.load_snapshot() == newer

    run(make, work)


def test_two_snapshots_of_one_position_do_not_mix(make: MakeJournal) -> None:
    """Two projectors that live at once stand at the same position when nothing happens."""
    snapshot = StoredSnapshot(Position(1, 5), [bytes([number]) * 1_000 for number in range(50)])

    async def work(journal: Journal) -> None:
        others = [make() for _ in range(3)]
        for other in others:
            await other.open()
        await asyncio.gather(*[each.save_snapshot(snapshot) for each in (journal, *others)])
        for other in others:
            await other.close()
        assert await journal.load_snapshot() == snapshot

    run(make, work)


def test_an_entry_and_a_piece_as_long_as_the_largest_order_survive(make: MakeJournal) -> None:
    data = bytes(range(256)) * 50_000

    async def work(journal: Journal) -> None:
        await journal.append(Position(1, 0), START, data, {})
        assert await journal.read(START, 1) == [StoredEntry(Position(1, 0), data)]
        await journal.save_snapshot(StoredSnapshot(Position(1, 0), [b"short", data]))
        assert await journal.load_snapshot() == StoredSnapshot(Position(1, 0), [b"short", data])

    run(make, work)


def test_binary_data_of_any_size_survives(make: MakeJournal) -> None:
    data = bytes(range(256)) * 4_000

    async def work(journal: Journal) -> None:
        await journal.append(Position(1, 0), START, data, {})

    run(make, work)
    assert run(make, lambda journal: journal.read(START, 1)) == [StoredEntry(Position(1, 0), data)]


# ── Redis alone ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_owners_that_start_together_on_an_empty_database_all_open(fresh_database: str) -> None:
    async def together() -> None:
        journals = [SqlJournal(OwnerName(f"inventory-{number}"), open_database(fresh_database)) for number in range(8)]
        try:
            await asyncio.gather(*(journal.open() for journal in journals))
            assert [await journal.last() for journal in journals] == [START] * 8
        finally:
            await asyncio.gather(*(journal.close() for journal in journals))

    for _round in range(5):  # one alone may pass by luck
        asyncio.run(together())
        metadata.drop_all(open_database(fresh_database))


def test_the_read_model_changes_in_the_same_step(redis_server: RedisServer) -> None:
    levels = {f"sku-{number}": b"level" for number in range(2_500)}  # more than one HSET

    async def work(journal: Journal) -> None:
        await journal.append(Position(1, 0), START, b"entry", levels)
        with pytest.raises(Fenced):
            await journal.append(Position(1, 1), START, b"stale", {"sku-0": b"stale"})

    run(lambda: RedisStreamJournal(OWNER, redis_server.url), work)
    kept = redis.Redis.from_url(redis_server.url).hgetall(read_model_key(OWNER))
    assert len(kept) == 2_500
    assert kept[b"sku-0"] == b"level"


def test_an_append_whose_answer_was_lost_is_found_out(redis_server: RedisServer) -> None:
    proxy = LossyProxy(redis_server.port)

    async def work(journal: Journal) -> None:
        await fill(journal, 1)
        proxy.lose_next_answer(b"EVALSHA")
        with pytest.raises(StoreUnavailable):
            await journal.append(Position(1, 2), Position(1, 1), b"in doubt", {})
        assert await journal.last() == Position(1, 2)

    try:
        run(lambda: RedisStreamJournal(OWNER, f"redis://127.0.0.1:{proxy.port}/0"), work)
    finally:
        proxy.stop()


def test_a_restarted_redis_has_everything_and_takes_more(redis_server: RedisServer) -> None:
    async def work(journal: Journal) -> None:
        await fill(journal, 2)
        redis_server.kill()
        with pytest.raises(StoreUnavailable):
            await journal.append(Position(1, 3), Position(1, 2), b"while away", {})
        redis_server.restart()
        assert await journal.last() == Position(1, 2)
        await journal.append(Position(1, 3), Position(1, 2), b"after", {})

    run(lambda: RedisStreamJournal(OWNER, redis_server.url), work)


@pytest.mark.parametrize(
    ("extra", "named"),
    [
        (("--appendfsync", "everysec"), "appendfsync"),
        (("--appendonly", "no"), "appendonly"),
        (("--maxmemory-policy", "allkeys-lru"), "maxmemory-policy"),
        (("--no-appendfsync-on-rewrite", "yes"), "no-appendfsync-on-rewrite"),
    ],
)
def test_a_redis_that_is_weaker_than_promised_is_refused_by_name(
    short_folder: Path, extra: tuple[str, ...], named: str
) -> None:
    server = RedisServer(short_folder, extra=extra)
    server.start()
    try:
        with pytest.raises(JournalTooWeak, match=named):
            run(lambda: RedisStreamJournal(OWNER, server.url), lambda journal: journal.last())
    finally:
        server.kill()


def test_a_full_redis_refuses_and_leaves_no_gap(short_folder: Path) -> None:
    server = RedisServer(short_folder, extra=("--maxmemory", "4mb"))
    server.start()

    async def work(journal: Journal) -> None:
        last = START
        with pytest.raises(StoreUnavailable):
            for number in range(1_000):
                position = Position(1, number)
                await journal.append(position, last, b"x" * 50_000, {})
                last = position
        assert await journal.last() == last

    try:
        run(lambda: RedisStreamJournal(OWNER, server.url), work)
    finally:
        server.kill()
