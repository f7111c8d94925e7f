"""An owner checks itself all the time: what does not add up becomes a figure that alarms."""

from __future__ import annotations

import asyncio

from actors.inventory.commands import PutProduct
from actors.inventory.goods import Product
from actors.inventory.shard import InventoryShard
from actors.kernel.journal.in_memory import InMemoryJournal
from actors.kernel.machine import broken_invariants
from actors.kernel.outbox import Outbox
from actors.kernel.owner import Owner
from actors.kernel.routing import OrderShards
from tests.unit.kernel.test_owner_recall import NAME, Nobody, adjust, ask


def test_a_figure_that_does_not_add_up_is_counted_by_the_running_owner() -> None:
    async def main() -> tuple[int, int]:
        shard = InventoryShard(NAME, OrderShards(1))
        owner = Owner(NAME, shard, InMemoryJournal(NAME), Outbox(Nobody()), lambda reason: None)
        await owner.start()
        await ask(owner, PutProduct("put", 1, "ann", Product("apple", "apple")), adjust("a"))
        while not owner.figures.reconciliations:
            await asyncio.sleep(0.02)
        healthy = owner.figures.reconciliation_broken
        shard.items["apple"].sites["main"].on_hand += 1
        seen = owner.figures.reconciliations
        while owner.figures.reconciliations < seen + 2:
            await asyncio.sleep(0.02)
        await owner.stop()
        assert len(broken_invariants(shard)) == 1
        return healthy, owner.figures.reconciliation_broken

    assert asyncio.run(main()) == (0, 1)
