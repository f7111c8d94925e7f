"""What has left memory is looked up in rows that are behind: a repeat must not be taken for new."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from actors.inventory.commands import Move, PutProduct
from actors.inventory.events import Adjusted, Moved
from actors.inventory.goods import Product
from actors.inventory.projection import movements
from actors.inventory.reads import recall_adjustments
from actors.inventory.shard import InventoryShard
from actors.inventory.tables import inventory_movements
from actors.kernel.journal.in_memory import InMemoryJournal
from actors.kernel.messages import Busy, Command, Message, OwnerName
from actors.kernel.op_memory import OpMemory
from actors.kernel.outbox import Outbox
from actors.kernel.owner import Owner
from actors.kernel.record.bulk import insert
from actors.kernel.record.database import open_database
from actors.kernel.record.schema import migrate
from actors.kernel.routing import OrderShards
from tests.unit.kernel.test_owner_recall import Nobody, adjust, ask

NAME = OwnerName("inventory-0")


def test_a_repeat_of_what_is_forgotten_but_not_written_yet_is_not_done_again(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'record.sqlite'}")
    migrate(engine)  # the projector has written nothing so far

    async def recall(keys: Sequence[str]) -> Sequence[Command]:
        return recall_adjustments(engine, NAME, keys)

    async def main() -> tuple[Message, int]:
        shard = InventoryShard(NAME, OrderShards(1))
        shard.ops = OpMemory(2)
        owner = Owner(NAME, shard, InMemoryJournal(NAME), Outbox(Nobody()), lambda reason: None)
        owner.recall_with(recall)
        await owner.start()
        await ask(owner, PutProduct("put", 1, "ann", Product("apple", "apple")))
        for number in range(5):
            await ask(owner, adjust(f"a{number}"))
        (answer,) = await ask(owner, adjust("a0"))
        await owner.stop()
        return answer, shard.items["apple"].sites["main"].on_hand

    answer, on_hand = asyncio.run(main())
    engine.dispose()
    assert on_hand == 25, "five adjustments of five"
    assert isinstance(answer, Adjusted | Busy)


def test_a_move_that_memory_has_forgotten_is_not_done_again() -> None:
    async def main() -> int:
        shard = InventoryShard(NAME, OrderShards(1))
        shard.ops = OpMemory(2)
        owner = Owner(NAME, shard, InMemoryJournal(NAME), Outbox(Nobody()), lambda reason: None)
        await owner.start()
        await ask(owner, PutProduct("put", 1, "ann", Product("apple", "apple")), adjust("a0"))
        move = Move("m0", 7, "ann", "apple", 1, "stock", "quarantine")
        await ask(owner, move)
        for number in range(1, 4):
            await ask(owner, adjust(f"a{number}"))
        await ask(owner, move)
        await owner.stop()
        return shard.items["apple"].sites["main"].on_hold

    assert asyncio.run(main()) == 1


def test_a_move_is_found_again_in_the_ledger(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'record.sqlite'}")
    migrate(engine)
    moved = Moved(5, "m0", 7, "ann", "apple", "main", "", 2, "stock", 9, "quarantine", 1)
    adjusted = Adjusted(6, "a0", 7, "ann", "apple", "main", "stock", "", 5, "found", "", 7, 12)
    with engine.begin() as connection:
        rows = [*movements(NAME, moved), *movements(NAME, adjusted)]
        insert(connection.connection.cursor(), "sqlite", inventory_movements, rows)
    found = recall_adjustments(engine, NAME, ["m0", "a0", "never"])
    engine.dispose()
    assert {command.adjusted.op_id: command.adjusted for command in found} == {"m0": moved, "a0": adjusted}
