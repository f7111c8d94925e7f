"""When the projector takes a snapshot: after a time, and after many events as soon as it has caught up."""

from __future__ import annotations

import asyncio

import pytest

from actors.inventory.events import ProductPut
from actors.inventory.goods import Product
from actors.inventory.shard import InventoryShard
from actors.kernel import projector as projecting
from actors.kernel.entry import EntryCodec, Position
from actors.kernel.journal.in_memory import InMemoryJournal, Shelf
from actors.kernel.projector import Projector
from actors.kernel.routing import OrderShards
from tests.model.simulator.virtual_time import run_virtually
from tests.unit.kernel.test_projector_rests import NAME, SlowRecord

MANY = 30


def snapshot_after(patch: pytest.MonkeyPatch, events: int, seconds: float) -> Position | None:
    """Where the newest snapshot stands, some time after so many events were appended."""
    patch.setattr(projecting, "CHECKPOINT_EVENTS", MANY)
    shelf = Shelf()

    async def main() -> None:
        codec = EntryCodec[ProductPut](InventoryShard(NAME, OrderShards(1)).event_types)
        journal = InMemoryJournal(NAME, shelf)
        follower = Projector(NAME, lambda: InventoryShard(NAME, OrderShards(1)), journal, SlowRecord(), checkpoint_s=20)
        await follower.checkpoint()
        following = asyncio.create_task(follower.run())
        for number in range(events):
            event = ProductPut(0, f"op-{number}", 0, "test", 1, Product("apple", "apple"))
            await journal.append(Position(1, number + 1), shelf.last, codec.encode(shelf.last, [event]), {})
        await asyncio.sleep(seconds)
        following.cancel()

    run_virtually(main())
    return shelf.snapshot.position if shelf.snapshot is not None and shelf.snapshot.position.epoch else None


def test_few_events_wait_for_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    assert snapshot_after(monkeypatch, MANY, 15) is None
    assert snapshot_after(monkeypatch, MANY, 25) == Position(1, MANY)


def test_many_events_do_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    assert snapshot_after(monkeypatch, MANY + 1, 5) == Position(1, MANY + 1)
