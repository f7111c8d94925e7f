"""What leaves the bounded memory at the very moment somebody asks for it: nobody may be told of an order that is not so."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import pytest

from actors.inventory import commands as stock
from actors.inventory import forgetting as stock_forgetting
from actors.inventory.goods import Product
from actors.inventory.shard import InventoryShard
from actors.kernel.journal.in_memory import InMemoryJournal
from actors.kernel.machine import Machine
from actors.kernel.messages import Busy, Command, Message, OwnerName, Refusal
from actors.kernel.outbox import Outbox
from actors.kernel.owner import Owner
from actors.kernel.peer import OnReply
from actors.kernel.routing import InventoryShards, OrderShards
from actors.orders import commands, evolution
from actors.orders.book import OrderBook
from actors.orders.queries import ReadOrder
from actors.orders.records import OrderRecord
from actors.orders.refusals import UnknownOrder
from actors.orders.replies import OrderView
from tests.model.world import PureWorld
from tests.unit.kernel.test_owner_recall import Heard

BOOK, SHARD = OwnerName("orders-0"), OwnerName("inventory-0")


TURNS: Final = 50
"""Of the loop: more than anything here takes."""


class Deaf:
    """Whoever steps go to does not answer."""

    def post(self, to: OwnerName, messages: Sequence[Message], on_reply: OnReply) -> None:
        return None


async def ask(owner: Owner, *asked: Command) -> list[Message | None]:
    """Send them as one message; gives the answers, None for what is not answered."""
    heard = Heard()
    owner.receive(list(enumerate(asked)), heard)
    for _ in range(TURNS):
        await asyncio.sleep(0)
    return [heard.replies.get(number) for number in range(len(asked))]


def shipped_orders(*order_ids: str) -> dict[str, OrderRecord]:
    """Orders that have been shipped, as they are kept."""
    world = PureWorld()
    world.stock(apple=len(order_ids))
    for order_id in order_ids:
        world.place(order_id, ("apple", 1))
        world.ship(order_id)
    return {order_id: world.order(order_id) for order_id in order_ids}


def deliver(order_id: str) -> commands.DeliverOrder:
    return commands.DeliverOrder(f"deliver-{order_id}", 0, "ann", order_id)


def place_again(record: OrderRecord) -> commands.PlaceOrder:
    """The command that the order came with."""
    return commands.PlaceOrder(record.op_id, record.fingerprint, "test", record.order_id, record.order)


class Books:
    """An owner of orders that keeps one finished order, and rows to look the others up in."""

    def __init__(self) -> None:
        self.book = OrderBook(BOOK, InventoryShards(1))
        self.rows: dict[str, OrderRecord] = {}
        self.open = asyncio.Event()
        self.open.set()
        self.owner = Owner(BOOK, self.book, InMemoryJournal(BOOK), Outbox(Deaf()), lambda reason: None)
        self.owner.recall_with(self._recall)

    async def _recall(self, keys: Sequence[str]) -> Sequence[Command]:
        found = [commands.RecallOrder(f"{key}:recall", self.rows[key]) for key in keys if key in self.rows]
        await self.open.wait()  # read, but the answer is under way
        return found

    async def take_in(self, *records: OrderRecord) -> None:
        """Put orders into memory as they are."""
        await ask(self.owner, *[commands.RecallOrder(f"{record.order_id}:in", record) for record in records])


def run(monkeypatch: pytest.MonkeyPatch, play: Any) -> Any:
    monkeypatch.setattr(evolution, "FINISHED_KEPT", 1)
    monkeypatch.setattr(OrderBook, "begin", lambda self, epoch: None)  # no shard is to be asked first

    async def main() -> Any:
        books = Books()
        await books.owner.start()
        told = await play(books)
        await books.owner.stop()
        return told

    return asyncio.run(main())


def test_an_order_that_leaves_memory_within_the_message_that_repeats_it_is_not_taken_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def play(books: Books) -> list[Message | None]:
        records = shipped_orders("o1", "o2")
        await books.take_in(*records.values())
        await ask(books.owner, deliver("o1"))
        return await ask(books.owner, deliver("o2"), place_again(records["o1"]))

    _, told = run(monkeypatch, play)
    assert isinstance(told, Busy) or (isinstance(told, OrderView) and told.state == "delivered")


def test_an_order_that_changed_and_left_memory_while_it_was_looked_up_is_not_recalled_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def play(books: Books) -> bool:
        records = shipped_orders("o1", "o2", "o3", "o4")
        books.rows = dict(records)  # they have them as shipped
        await books.take_in(records["o2"], records["o3"])
        await ask(books.owner, deliver("o2"), deliver("o3"))
        books.book.forgotten.add("o1")  # long ago
        for _ in range(2):
            books.book.forgotten.lately.rows_have_passed()
        books.open.clear()
        books.owner.receive([(0, place_again(records["o1"]))], Heard())
        await asyncio.sleep(0)  # its row has been read
        await books.take_in(records["o1"])  # as another client's command does
        await ask(books.owner, deliver("o1"))
        await books.take_in(records["o4"])
        await ask(books.owner, deliver("o4"))
        assert "o1" not in books.book.orders
        books.open.set()
        for _ in range(TURNS):
            await asyncio.sleep(0)
        found = books.book.orders.get("o1")
        return found is None or found.state == "delivered"

    assert run(monkeypatch, play)


@pytest.mark.parametrize(
    "question",
    [ReadOrder("o1"), commands.CancelOrder("c", 0, "ann", "o1", "customer"), deliver("o1")],
    ids=lambda q: type(q).__name__,
)
def test_an_order_that_has_just_left_memory_is_not_unknown(monkeypatch: pytest.MonkeyPatch, question: Command) -> None:
    """Its row may be missing or old: whoever is told that it is unknown looks there."""

    async def play(books: Books) -> list[Message | None]:
        await books.take_in(*shipped_orders("o1", "o2").values())
        await ask(books.owner, deliver("o1"), deliver("o2"))
        return await ask(books.owner, question)

    (told,) = run(monkeypatch, play)
    assert not isinstance(told, UnknownOrder)


@pytest.mark.parametrize("late", ["hold", "extend", "release", "force-release"])
def test_a_repeat_about_a_reservation_that_was_forgotten_is_answered(monkeypatch: pytest.MonkeyPatch, late: str) -> None:
    """The answer is remembered, what it was about is not."""
    monkeypatch.setattr(stock_forgetting, "CLOSED_KEPT", 1)

    async def main() -> Message | None:
        shard: Machine = InventoryShard(SHARD, OrderShards(1))
        left: list[str] = []
        owner = Owner(SHARD, shard, InMemoryJournal(SHARD), Outbox(Deaf()), left.append)
        await owner.start()
        who = (0, "ann")
        again: dict[str, Command] = {
            "hold": stock.Hold("hold", *who, "b1", "apple", 1, 60_000),
            "extend": stock.ExtendHold("extend", *who, "b1", 90_000),
            "release": stock.EndHold("release", *who, "b1", "released"),
            "force-release": stock.ForceRelease("force", *who, "o1", "apple", "audit"),
        }
        await ask(owner, stock.PutProduct("put", *who, Product("apple", "apple")), stock.Adjust("a", *who, "apple", 9, "found"))
        await ask(owner, stock.Reserve("o1:1", "o1", 1, 0, 0, "refuse", (stock.Wanted("apple", 1),)))
        await ask(owner, *again.values())
        await ask(owner, stock.Release("o1:2", "o1", 2), stock.Release("o2:1", "o2", 1))
        (told,) = await ask(owner, again[late])
        await owner.stop()
        assert not left, f"the owner has left: {left}"
        return told

    told = asyncio.run(main())
    assert told is not None
    assert not isinstance(told, Refusal) or "Unknown" in type(told).__name__
