"""The projector rests while owners are busy: never for long, and not when nobody minds."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from actors.inventory.events import ProductPut
from actors.inventory.goods import Product
from actors.inventory.shard import InventoryShard
from actors.kernel import projector as projecting
from actors.kernel.entry import START, EntryCodec, Position
from actors.kernel.journal.in_memory import InMemoryJournal, Shelf
from actors.kernel.machine import Machine
from actors.kernel.messages import Event, OwnerName
from actors.kernel.projector import MOST_BEHIND_S, REST, Projector
from actors.kernel.routing import OrderShards
from tests.model.simulator.virtual_time import run_virtually

NAME = OwnerName("inventory-0")
WRITING_S = 1.0
WINDOWS = 4


class SlowRecord:
    """A system of record that needs a second for a window, and tells when each began."""

    def __init__(self) -> None:
        self.began: list[float] = []

    async def position(self, owner: OwnerName) -> tuple[Position, int]:
        return START, 0

    async def write(
        self, owner: OwnerName, machine: Machine, events: list[Event], previous: Position, last: Position, epoch: int
    ) -> None:
        self.began.append(asyncio.get_running_loop().time())
        await asyncio.sleep(WRITING_S)


def pauses(patch: pytest.MonkeyPatch, *, busy: bool, behind_s: float) -> list[float]:
    """Seconds between the end of a window and the beginning of the next, while there is a backlog of some windows."""
    patch.setattr(projecting, "EVENTS_IN_WINDOW", 1)
    record, shelf = SlowRecord(), Shelf()

    async def main() -> None:
        journal, codec = (
            InMemoryJournal(NAME, shelf),
            EntryCodec[ProductPut](InventoryShard(NAME, OrderShards(1)).event_types),
        )

        async def append(at: int) -> None:
            event = ProductPut(at, f"op-{shelf.last}", 0, "test", 1, Product("apple", "apple"))
            after = shelf.last
            await journal.append(Position(1, after.number + 1), after, codec.encode(after, [event]), {})

        for _ in range(WINDOWS):
            await append(0)
        follower = Projector(
            NAME,
            lambda: InventoryShard(NAME, OrderShards(1)),
            journal,
            record,
            checkpoint_s=1e9,
            clock=lambda: int(behind_s * 1000),
        )
        following = asyncio.create_task(follower.run())
        while len(record.began) < WINDOWS:
            await asyncio.sleep(0.2)
            if following.done():
                following.result()
            if busy:
                await append(0)
        following.cancel()

    run_virtually(main())
    began = record.began[:WINDOWS]
    return [later - earlier - WRITING_S for earlier, later in pairwise(began)]


def test_it_rests_while_the_owner_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    assert all(pause == pytest.approx(REST * WRITING_S, abs=0.1) for pause in pauses(monkeypatch, busy=True, behind_s=0.0))


def test_it_does_not_rest_when_rows_are_far_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    assert all(pause < 0.1 for pause in pauses(monkeypatch, busy=True, behind_s=MOST_BEHIND_S + 1))


def test_it_does_not_rest_when_the_owner_is_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    first, *others = pauses(monkeypatch, busy=False, behind_s=0.0)
    assert all(pause < 0.1 for pause in others), "the first time it cannot know yet"
