"""A journal never stays at its watermark: there its owner takes nothing new, so nothing new may be needed to shorten it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from actors.inventory.events import ProductPut
from actors.inventory.goods import Product
from actors.inventory.shard import InventoryShard
from actors.kernel import checkpoint, projector, watermarks
from actors.kernel.entry import EntryCodec, Position
from actors.kernel.faults import StoreUnavailable
from actors.kernel.journal.in_memory import InMemoryJournal, Shelf
from actors.kernel.journal.port import StoredSnapshot
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
            if why_full(NAME, await self.journal.length()):
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
        await follows.journal.trim(follows.projector._checkpoint)
        assert await follows.journal.length() == 0
        try:
            return await then(follows)
        finally:
            follows.task.cancel()

    for module in (checkpoint, projector):
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
        follows.projector._journal = DiesBeforeTheTrim(NAME, shelf)
        assert await follows.take(10 * MOST) == MOST + 1
        await asyncio.sleep(60)
        assert follows.task.cancelled()
        follows.task = Follows(shelf, follows.record).task
        await asyncio.sleep(60)
        return await follows.take(MOST)

    assert play(monkeypatch, then) == MOST
