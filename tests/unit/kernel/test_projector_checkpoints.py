"""When the projector takes a snapshot: after a time, after many events as soon as it has caught up, never for few beside many records."""

from __future__ import annotations

import asyncio

import pytest

from actors.inventory.events import ProductPut
from actors.inventory.goods import Product
from actors.inventory.shard import InventoryShard
from actors.kernel import checkpoint, checkpoints
from actors.kernel.entry import EntryCodec, Position
from actors.kernel.journal.in_memory import InMemoryJournal, Shelf
from actors.kernel.journal.port import StoredSnapshot
from actors.kernel.projector import Projector
from actors.kernel.routing import OrderShards
from tests.model.simulator.virtual_time import run_virtually
from tests.unit.kernel.test_projector_rests import NAME, SlowRecord

MANY = 30


def snapshot_after(patch: pytest.MonkeyPatch, events: int, seconds: float) -> Position | None:
    """Where the newest snapshot stands, some time after so many events were appended."""
    patch.setattr(checkpoints, "CHECKPOINT_EVENTS", MANY)
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


def test_a_large_state_is_not_written_anew_for_a_few_events(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "RECORDS_IN_PIECE", 10)
    monkeypatch.setattr(checkpoints, "RECORDS_IN_PIECE", 10)
    products = 200
    needed = 2 * products // checkpoints.RECORDS_PER_EVENT  # a record for each product, and one for the key it came with
    assert snapshots_taken(products, then=needed - 10, seconds=1_000) == [products]
    assert snapshots_taken(products, then=needed + 10, seconds=1_000) == [products, products + needed + 10]


def snapshots_taken(products: int, then: int, seconds: float) -> list[int]:
    """The entries at which snapshots stand when, after so many products, so many more events come for one of them."""
    shelf, taken = Shelf(), []

    class Watched(InMemoryJournal):
        async def save_snapshot(self, snapshot: StoredSnapshot) -> None:
            await super().save_snapshot(snapshot)
            taken.append(snapshot.position.number)

    async def main() -> None:
        codec = EntryCodec[ProductPut](InventoryShard(NAME, OrderShards(1)).event_types)
        journal = Watched(NAME, shelf)
        follower = Projector(NAME, lambda: InventoryShard(NAME, OrderShards(1)), journal, SlowRecord(), checkpoint_s=20)
        following = asyncio.create_task(follower.run())
        for number in range(products + then):
            if number == products:
                await asyncio.sleep(100)
            sku = f"sku-{min(number, products - 1)}"
            event = ProductPut(0, f"op-{number}", 0, "test", number + 1, Product(sku, sku))
            await journal.append(Position(1, number + 1), shelf.last, codec.encode(shelf.last, [event]), {})
        await asyncio.sleep(seconds)
        following.cancel()

    run_virtually(main())
    return taken
