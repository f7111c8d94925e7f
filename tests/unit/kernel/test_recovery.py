"""An owner serves only from a journal that is whole."""

from __future__ import annotations

import asyncio

import pytest

from actors.inventory.commands import PutProduct
from actors.inventory.goods import Product
from actors.inventory.shard import InventoryShard
from actors.kernel.checkpoint import take_checkpoint
from actors.kernel.entry import START, Position, StoredEntry
from actors.kernel.faults import JournalDamaged
from actors.kernel.journal.in_memory import InMemoryJournal, Shelf
from actors.kernel.journal.port import StoredSnapshot
from actors.kernel.machine import Machine
from actors.kernel.messages import Event, OwnerName
from actors.kernel.outbox import Outbox
from actors.kernel.owner import Owner
from actors.kernel.projector import Projector
from actors.kernel.routing import OrderShards
from tests.patience import PATIENCE_S
from tests.unit.kernel.test_owner_recall import NAME, Nobody, adjust, ask


def owner_on(shelf: Shelf) -> Owner:
    return Owner(NAME, InventoryShard(NAME, OrderShards(1)), InMemoryJournal(NAME, shelf), Outbox(Nobody()), lambda _: None)


async def work(shelf: Shelf, *op_ids: str) -> InventoryShard:
    """One life of an owner: it starts, makes sure of its product, adjusts, and is gone."""
    owner = owner_on(shelf)
    await owner.start()
    await ask(owner, PutProduct("put", 1, "ann", Product("apple", "apple")))
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


class NoRows:
    """A system of record that takes everything and keeps nothing."""

    async def position(self, owner: OwnerName) -> tuple[Position, int]:
        return START, 0

    async def write(self, *_: object) -> None:
        """Taken."""


class SnapshotMeanwhile(InMemoryJournal):
    """While an owner loads a snapshot, the projector takes the next one."""

    def __init__(self, shelf: Shelf, projector: Projector) -> None:
        super().__init__(NAME, shelf)
        self._projector = projector

    async def load_snapshot(self) -> StoredSnapshot | None:
        loaded = await super().load_snapshot()
        await self._projector._window()
        await self._projector.checkpoint()
        return loaded


def test_a_snapshot_taken_while_an_owner_loads_the_one_before_leaves_it_the_entries_since() -> None:
    shelf = Shelf()

    async def play() -> InventoryShard:
        machine = lambda: InventoryShard(NAME, OrderShards(1))  # noqa: E731
        projector = Projector(NAME, machine, InMemoryJournal(NAME, shelf), NoRows())
        await work(shelf, "a", "b")
        await projector._begin()
        await projector._window()
        await projector.checkpoint()
        first = shelf.snapshot
        await work(shelf, "c")
        owner = Owner(NAME, machine(), SnapshotMeanwhile(shelf, projector), Outbox(Nobody()), lambda _: None)
        await owner.start()
        await asyncio.sleep(0)
        await owner.stop()
        assert first is not None
        assert shelf.snapshot is not None
        assert shelf.snapshot.position > first.position
        assert shelf.entries[0].position > first.position, "what is in the older snapshot is trimmed"
        return owner.machine  # type: ignore[return-value]

    assert asyncio.run(play()).items["apple"].sites["main"].on_hand == 15


def test_a_journal_that_ends_before_its_rows_is_not_served() -> None:
    with pytest.raises(JournalDamaged, match=r"ends at 0-0, but its rows stand at 3-7"):
        start(Shelf(), Position(3, 7))


def lost_and_claimed_again() -> tuple[Shelf, Position]:
    """A journal that lost its last entry, and an owner that did not know it: the position that was lost."""
    shelf = Shelf()
    asyncio.run(work(shelf, "a", "b"))
    lost = shelf.entries.pop().position
    shelf.last = shelf.entries[-1].position
    asyncio.run(work(shelf, "c"))
    assert shelf.last > lost
    return shelf, lost


def test_rows_that_know_a_lost_entry_are_believed_even_after_another_claim() -> None:
    shelf, lost = lost_and_claimed_again()
    with pytest.raises(JournalDamaged, match=rf"stand at {lost}, but in its journal 2-0 follows 1-2"):
        start(shelf, lost)


def test_a_snapshot_that_knows_a_lost_entry_is_believed() -> None:
    """The projector may have read what the store then lost, and keep it in a snapshot while no rows can be asked."""
    shelf = Shelf()
    machine = asyncio.run(work(shelf, "a", "b"))
    snapshot = take_checkpoint(machine, shelf.last)
    lost = shelf.entries.pop().position
    shelf.last = shelf.entries[-1].position
    shelf.snapshot = snapshot
    with pytest.raises(JournalDamaged, match=rf"snapshot of {NAME} stands at {lost}, but its journal ended at {shelf.last}"):
        start(shelf)


def test_rows_that_moved_on_while_the_journal_was_trimmed_are_no_alarm() -> None:
    shelf = Shelf()
    machine = asyncio.run(work(shelf, "a", "b"))
    shelf.snapshot = take_checkpoint(machine, shelf.last)
    asyncio.run(InMemoryJournal(NAME, shelf).trim(shelf.last))
    start(shelf, Position(1, 1))


def test_a_projector_says_that_its_rows_know_a_lost_entry() -> None:
    shelf, lost = lost_and_claimed_again()
    record = FixedRecord(lost)
    projector = Projector(NAME, lambda: InventoryShard(NAME, OrderShards(1)), InMemoryJournal(NAME, shelf), record)
    with pytest.raises(JournalDamaged, match=f"lacks {lost}"):
        asyncio.run(asyncio.wait_for(projector.run(), PATIENCE_S))


class FixedRecord:
    """Rows that stand at one position."""

    def __init__(self, position: Position) -> None:
        self._position = position

    async def position(self, owner: OwnerName) -> tuple[Position, int]:
        """It."""
        return self._position, self._position.epoch

    async def write(
        self, owner: OwnerName, machine: Machine, events: list[Event], previous: Position, last: Position, epoch: int
    ) -> None:
        """Nothing is to be written."""
        raise AssertionError("nothing of a damaged journal may be written")


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
