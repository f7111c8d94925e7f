"""An owner that meets a bug while it changes its memory leaves: what it remembers may be ahead of its journal."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from actors.inventory.commands import Reserve, Wanted
from actors.inventory.shard import InventoryShard
from actors.kernel.journal.in_memory import InMemoryJournal, Shelf
from actors.kernel.machine import Numbered, Rush
from actors.kernel.outbox import Outbox
from actors.kernel.owner import Owner
from actors.kernel.routing import OrderShards
from tests.unit.kernel.test_owner_recall import NAME, Heard, Nobody


class Stumbling(InventoryShard):
    """Takes something into memory, and then stumbles."""

    def rush(self, messages: Sequence[Numbered], at: int, now: int) -> Rush | None:
        self.unconfirmed["half"] = None
        raise ZeroDivisionError("a bug")


def test_an_owner_leaves_over_a_bug_and_records_nothing_of_that_turn() -> None:
    left: list[str] = []
    shelf, heard = Shelf(), Heard()

    async def main() -> None:
        owner = Owner(NAME, Stumbling(NAME, OrderShards(1)), InMemoryJournal(NAME, shelf), Outbox(Nobody()), left.append)
        await owner.start()
        owner.receive([(0, Reserve("o1:1", "o1", 1, 0, 0, "refuse", (Wanted("apple", 1),)))], heard)
        await asyncio.sleep(0.02)
        await owner.stop()

    asyncio.run(main())
    assert left == ["ZeroDivisionError: a bug"]
    assert len(shelf.entries) == 1
    assert heard.replies == {}
