"""A journal that goes away in the middle of a window takes nothing from the rows."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors.inventory.events import ProductPut
from actors.inventory.goods import Product
from actors.inventory.shard import InventoryShard
from actors.kernel import projector as projecting
from actors.kernel.entry import START, EntryCodec, Position, StoredEntry
from actors.kernel.faults import DataRefused, StoreUnavailable
from actors.kernel.journal import reading
from actors.kernel.journal.in_memory import InMemoryJournal
from actors.kernel.machine import Machine
from actors.kernel.messages import Event, OwnerName
from actors.kernel.projector import Projector
from actors.kernel.routing import OrderShards
from tests.model.simulator.virtual_time import run_virtually

NAME = OwnerName("inventory-0")
ENTRIES = 4


class Ledger:
    """A system of record that keeps the events it was given: movements are made of them."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.applied = START

    async def position(self, owner: OwnerName) -> tuple[Position, int]:
        return self.applied, 0

    async def write(
        self, owner: OwnerName, machine: Machine, events: list[Event], previous: Position, last: Position, epoch: int
    ) -> None:
        assert previous == self.applied
        self.events += events
        self.applied = last


class FailsOnce(InMemoryJournal):
    """Goes away once, at the third read."""

    reads = 0

    async def read(self, after: Position, limit: int) -> list[StoredEntry]:
        self.reads += 1
        if self.reads == 3:
            raise StoreUnavailable("away")
        return await super().read(after, limit)


def test_events_folded_before_the_journal_went_away_are_written_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "FIRST_ENTRIES", 1)
    monkeypatch.setattr(reading, "MOST_ENTRIES", 1)
    ledger = Ledger()

    async def main() -> None:
        journal = FailsOnce(NAME)
        codec = EntryCodec[ProductPut](InventoryShard(NAME, OrderShards(1)).event_types)
        for number in range(ENTRIES):
            event = ProductPut(0, f"op-{number}", 0, "test", 1, Product("apple", "apple"))
            after = journal.shelf.last
            await journal.append(Position(1, number + 1), after, codec.encode(after, [event]), {})
        follower = Projector(NAME, lambda: InventoryShard(NAME, OrderShards(1)), journal, ledger, checkpoint_s=1e9)
        following = asyncio.create_task(follower.run())
        while ledger.applied < journal.shelf.last:
            await asyncio.sleep(0.1)
        following.cancel()

    run_virtually(main())
    assert [event.op_id for event in ledger.events] == [f"op-{number}" for number in range(ENTRIES)]  # type: ignore[attr-defined]


class Refusing(Ledger):
    """Refuses, until a person has mended it."""

    mended = False

    async def write(self, *arguments: Any) -> None:
        if not self.mended:
            raise DataRefused("writing the rows: table products, row sku = 'apple': too long")
        await super().write(*arguments)


def test_rows_that_are_refused_are_an_alarm_until_they_are_written() -> None:
    ledger = Refusing()

    async def main() -> tuple[dict[str, Any], dict[str, Any]]:
        journal = InMemoryJournal(NAME)
        codec = EntryCodec[ProductPut](InventoryShard(NAME, OrderShards(1)).event_types)
        event = ProductPut(0, "op", 0, "test", 1, Product("apple", "apple"))
        await journal.append(Position(1, 1), START, codec.encode(START, [event]), {})
        follower = Projector(NAME, lambda: InventoryShard(NAME, OrderShards(1)), journal, ledger, checkpoint_s=1e9)
        following = asyncio.create_task(follower.run())
        await asyncio.sleep(60)
        before = follower.status()
        ledger.mended = True
        await asyncio.sleep(projecting.REFUSED_RETRY_S + 1)
        following.cancel()
        return before, follower.status()

    before, after = run_virtually(main())
    assert before["refused"]
    assert "row sku = 'apple'" in before["alarm"]
    assert (after["alarm"], after["refused"], after["applied"]) == ("", False, "1-1")
    assert [event.op_id for event in ledger.events] == ["op"]  # type: ignore[attr-defined]
