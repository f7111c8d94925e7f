"""An owner serves only from a journal that is whole."""

from __future__ import annotations

import asyncio

import pytest

from actors.inventory import messages as im
from actors.inventory.shard import InventoryShard
from actors.kernel.checkpoint import take_checkpoint
from actors.kernel.entry import START, Position, StoredEntry
from actors.kernel.faults import JournalDamaged
from actors.kernel.journal.in_memory import InMemoryJournal, Shelf
from actors.kernel.outbox import Outbox
from actors.kernel.owner import Owner
from actors.kernel.routing import OrderShards
from tests.unit.kernel.test_owner_recall import NAME, Nobody, adjust, ask


def owner_on(shelf: Shelf) -> Owner:
    return Owner(NAME, InventoryShard(NAME, OrderShards(1)), InMemoryJournal(NAME, shelf), Outbox(Nobody()), lambda _: None)


async def work(shelf: Shelf, *op_ids: str) -> InventoryShard:
    """One life of an owner: it starts, makes sure of its product, adjusts, and is gone."""
    owner = owner_on(shelf)
    await owner.start()
    await ask(owner, im.PutProduct("put", 1, "ann", im.Product("apple", "apple")))
    for op_id in op_ids:
        await ask(owner, adjust(op_id))
    await owner.stop()
    assert isinstance(owner.machine, InventoryShard)
    return owner.machine


def start(shelf: Shelf, stored: Position = START) -> None:
    asyncio.run(owner_on(shelf).start(0, stored))


def test_a_successor_has_what_was_answered_and_a_higher_epoch() -> None:
    shelf = Shelf()
    asyncio.run(work(shelf, "a", "b"))
    after = asyncio.run(work(shelf, "b", "c"))
    assert after.items["apple"].sites["main"].on_hand == 15
    assert shelf.last.epoch == 2


def test_a_snapshot_stands_for_the_entries_before_it() -> None:
    shelf = Shelf()
    before = asyncio.run(work(shelf, "a", "b"))
    shelf.snapshot = take_checkpoint(before, shelf.last)
    shelf.entries.clear()
    assert asyncio.run(work(shelf, "b", "c")).items["apple"].sites["main"].on_hand == 15


def test_a_journal_that_ends_before_its_rows_is_not_served() -> None:
    with pytest.raises(JournalDamaged, match=r"ends at 0-0, but its rows stand at 3-7"):
        start(Shelf(), Position(3, 7))


def test_a_missing_entry_is_noticed() -> None:
    shelf = Shelf()
    asyncio.run(work(shelf, "a", "b", "c"))
    del shelf.entries[2]
    with pytest.raises(JournalDamaged, match="says it follows"):
        start(shelf)


def test_a_damaged_entry_is_named() -> None:
    shelf = Shelf()
    asyncio.run(work(shelf, "a"))
    position, data = shelf.entries[-1]
    shelf.entries[-1] = StoredEntry(position, data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(JournalDamaged, match=rf"{position}: the checksum"):
        start(shelf)
