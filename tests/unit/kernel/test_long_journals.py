"""A journal never stays at its watermark: there its owner takes nothing new, so nothing new may be needed to shorten it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from actors.inventory.events import ProductPut
from actors.inventory.goods import Product
from actors.inventory.shard import InventoryShard
from actors.kernel import checkpoint, checkpoints, watermarks
from actors.kernel.entry import EntryCodec, Position
from actors.kernel.faults import StoreFull, StoreUnavailable
from actors.kernel.journal.in_memory import InMemoryJournal, Shelf
from actors.kernel.journal.port import StoredSnapshot, StoreMemory
from actors.kernel.projector import Projector
from actors.kernel.routing import OrderShards
from actors.kernel.watermarks import why_full
from tests.model.simulator.virtual_time import run_virtually
from tests.unit.kernel.test_projector_faults import Ledger
from tests.unit.kernel.test_projector_rests import NAME

MOST = 100
PRODUCTS = 300
"""Two records each: so many that a snapshot waits for 150 events."""


class AwayAtFirst(Ledger):
    """A system of record that answers, but takes nothing for a while."""

    away = False

    async def write(self, *arguments: Any) -> None:
        if self.away:
            raise StoreUnavailable("the database is away")
        await super().write(*arguments)


class Follows:
    """A projector of a large state, and an owner that appends one event per entry until its watermark turns work away."""

    def __init__(self, shelf: Shelf, record: AwayAtFirst) -> None:
        self.journal, self.record = InMemoryJournal(NAME, shelf), record
        self.projector = Projector(NAME, lambda: InventoryShard(NAME, OrderShards(1)), self.journal, record)
        self.task = asyncio.create_task(self.projector.run())
        self._codec = EntryCodec[ProductPut](InventoryShard(NAME, OrderShards(1)).event_types)

    async def take(self, entries: int, sku: Callable[[int], str] = lambda _: "sku-0") -> int:
        """Append, unless the journal is full; gives how many came."""
        for taken in range(entries):
            if why_full(NAME, await self.journal.length(), await self.journal.memory()):
                return taken
            after = self.journal.shelf.last
            event = ProductPut(0, f"{after}", 0, "test", after.number + 1, Product(sku(taken), sku(taken)))
            await self.journal.append(Position(1, after.number + 1), after, self._codec.encode(after, [event]), {})
        return entries


def play(patch: pytest.MonkeyPatch, then: Callable[[Follows], Coroutine[Any, Any, Any]]) -> Any:
    """Something that happens once the large state is in a snapshot and the journal short."""

    async def main() -> Any:
        patch.setattr(watermarks, "MOST_JOURNAL_ENTRIES", 10 * PRODUCTS)
        follows = Follows(Shelf(), AwayAtFirst())
        await follows.take(PRODUCTS, "sku-{}".format)
        await asyncio.sleep(60)
        await follows.take(PRODUCTS)
        await asyncio.sleep(60)
        patch.setattr(watermarks, "MOST_JOURNAL_ENTRIES", MOST)
        await follows.journal.trim(follows.projector._checkpoints.position)
        assert await follows.journal.length() == 0
        try:
            return await then(follows)
        finally:
            follows.task.cancel()

    for module in (checkpoint, checkpoints):
        patch.setattr(module, "RECORDS_IN_PIECE", 10)
    return run_virtually(main())


def test_a_large_state_is_written_anew_before_its_journal_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    async def then(follows: Follows) -> int:
        taken = 0
        for _ in range(100):
            taken += await follows.take(5)
            await asyncio.sleep(60)
        return taken

    assert play(monkeypatch, then) == 500


def test_a_journal_that_was_full_while_the_database_was_away_is_soon_short_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def then(follows: Follows) -> tuple[int, int]:
        follows.record.away = True
        taken = await follows.take(10 * MOST)
        await asyncio.sleep(600)
        follows.record.away = False
        await asyncio.sleep(60)
        return taken, await follows.take(MOST)

    assert play(monkeypatch, then) == (MOST + 1, MOST), "full, and then all is taken again"


def test_a_journal_whose_trim_was_cut_short_is_trimmed_by_the_next_projector(monkeypatch: pytest.MonkeyPatch) -> None:
    class DiesBeforeTheTrim(InMemoryJournal):
        async def save_snapshot(self, snapshot: StoredSnapshot) -> None:
            await super().save_snapshot(snapshot)
            raise asyncio.CancelledError

    async def then(follows: Follows) -> int:
        shelf = follows.journal.shelf
        follows.projector._checkpoints._journal = DiesBeforeTheTrim(NAME, shelf)
        assert await follows.take(10 * MOST) == MOST + 1
        await asyncio.sleep(60)
        assert follows.task.cancelled()
        follows.task = Follows(shelf, follows.record).task
        await asyncio.sleep(60)
        return await follows.take(MOST)

    assert play(monkeypatch, then) == MOST


def test_entries_are_limited_by_their_bytes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watermarks, "MOST_JOURNAL_BYTES", 10_000)
    assert "10,001 bytes" in why_full(NAME, 1, StoreMemory(journal=10_001))
    assert why_full(NAME, 1, StoreMemory(journal=10_000)) == ""
    assert [watermarks.is_long(1, size) for size in (2_499, 2_500)] == [False, True]


@pytest.mark.parametrize(
    ("memory", "room", "away"),
    [
        (StoreMemory(1 << 30, 90 << 30, 0), False, False),  # nobody has set a limit
        (StoreMemory(1, 40, 100), False, False),
        (StoreMemory(1, 41, 100), True, False),
        (StoreMemory(1, 51, 100), True, True),
    ],
)
def test_a_store_is_full_while_all_of_it_still_fits_once_more(memory: StoreMemory, room: bool, away: bool) -> None:
    assert watermarks.is_tight(memory) is room
    assert bool(why_full(NAME, 1, memory)) is away


def test_a_store_without_room_for_a_snapshot_is_given_some(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another journal has filled it: what the last snapshot stands for goes, without a new one and without a person."""

    class Full(InMemoryJournal):
        refused = 0

        async def save_snapshot(self, snapshot: StoredSnapshot) -> None:
            if len(self.shelf.entries) > MOST // 2:
                self.refused += 1
                raise StoreFull("no memory left")
            await super().save_snapshot(snapshot)

    async def then(follows: Follows) -> tuple[int, str, str]:
        follows.projector._checkpoints._journal = full = Full(NAME, follows.journal.shelf)
        monkeypatch.setattr(watermarks, "MOST_JOURNAL_ENTRIES", 100 * MOST)
        await follows.take(MOST // 2)  # kept by the next snapshot, for those who may be loading the one before
        await asyncio.sleep(1)
        await follows.projector.checkpoint()
        assert len(full.shelf.entries) == MOST // 2
        await follows.take(MOST // 4)
        await follows.take(PRODUCTS)
        await asyncio.sleep(30)
        first = follows.projector.alarm
        assert len(full.shelf.entries) == PRODUCTS + MOST // 4
        del full.shelf.entries[:PRODUCTS]
        await asyncio.sleep(30)
        return full.refused, first, follows.projector.alarm

    refused, first, alarm = play(monkeypatch, then)
    assert refused > 0
    assert (first, alarm) == ("no memory left", "")
