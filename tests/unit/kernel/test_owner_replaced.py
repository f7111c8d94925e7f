"""An owner that hears of its successor from others finds out, although it has nothing to write."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from actors.inventory.commands import Greet
from actors.kernel.entry import Position
from actors.kernel.journal.in_memory import InMemoryJournal, Shelf
from actors.kernel.messages import Message, OwnerName, Replaced
from actors.kernel.outbox import Outbox
from actors.kernel.owner import Owner
from actors.kernel.peer import OnReply
from actors.kernel.routing import InventoryShards
from actors.orders.book import OrderBook

NAME = OwnerName("orders-0")


class Shard:
    """Answers every greeting with the news that there is a newer owner."""

    def post(self, to: OwnerName, messages: Sequence[Message], on_reply: OnReply) -> None:
        (message,) = messages
        assert isinstance(message, Greet)
        asyncio.get_running_loop().call_soon(on_reply, 0, Replaced(NAME, message.epoch + 1), 1)


def play(*, successor: bool) -> list[str]:
    """Why the owner left, if it did."""
    left: list[str] = []

    async def main() -> None:
        shelf = Shelf()
        owner = Owner(NAME, OrderBook(NAME, InventoryShards(1)), InMemoryJournal(NAME, shelf), Outbox(Shard()), left.append)
        await owner.start()
        if successor:
            await InMemoryJournal(NAME, shelf).append(Position(owner.epoch + 1, 0), shelf.last, b"", {})
        await asyncio.sleep(0.05)
        await owner.stop()

    asyncio.run(main())
    return left


def test_an_owner_with_a_successor_leaves() -> None:
    assert "newer owner" in play(successor=True)[0]


def test_an_owner_without_one_stays() -> None:
    assert play(successor=False) == []
