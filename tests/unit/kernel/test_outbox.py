"""A step that was given up may have been carried out after all: that is remembered until it is sent again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from actors.inventory.commands import Greet, Release, Reserve
from actors.inventory.goods import ReservedLine
from actors.inventory.replies import ReservationView, Unconfirmed
from actors.kernel.journal.in_memory import InMemoryJournal
from actors.kernel.machine import Answer, Outgoing
from actors.kernel.messages import Command, Message, OwnerName
from actors.kernel.outbox import Outbox
from actors.kernel.owner import Owner
from actors.kernel.peer import OnReply
from actors.kernel.routing import InventoryShards
from actors.orders.book import OrderBook
from actors.orders.commands import PlaceOrder, RetryOrder
from actors.orders.lines import NewOrder, OrderedLine
from tests.model.simulator.virtual_time import run_virtually

SHARD = OwnerName("inventory-0")
NAME = OwnerName("orders-0")
LONG_S = 3600.0


class Shard:
    """A shard that can be away: then nothing is answered."""

    def __init__(self) -> None:
        self.away = False

    def post(self, to: OwnerName, messages: Sequence[Message], on_reply: OnReply) -> None:
        for number, message in enumerate(messages):
            reply = None if self.away else self.answer(message)
            asyncio.get_running_loop().call_later(5.0 if reply is None else 0.01, on_reply, number, reply, 1)

    def answer(self, message: Message) -> Message:
        match message:
            case Greet():
                return Unconfirmed((), ("main",))
            case Reserve():
                return ReservationView(message.order_id, message.revision, 1, (ReservedLine("apple", "main", 2),))
            case Release():
                return ReservationView(message.order_id, message.revision, 2, (ReservedLine("apple", "main", 0),))
        raise AssertionError(message)


class Steps:
    """An outbox that gives a step up after three attempts, and what it heard."""

    def __init__(self) -> None:
        self.shard = Shard()
        self.outbox = Outbox(self.shard)
        self.certain: dict[str, bool] = {}
        self.outbox.start(self._heard, lambda step, attempts: attempts < 3)

    def _heard(self, answers: Sequence[Answer]) -> list[Outgoing]:
        self.certain |= {step.command.op_id: certain for step, _, certain in answers}
        return []

    def send(self, op_id: str) -> None:
        order_id, _, revision = op_id.partition(":")
        self.outbox.send(self.outbox.take_up([Outgoing(SHARD, Release(op_id, order_id, int(revision)))]), certain=True)

    async def give_up(self, *op_ids: str) -> None:
        self.shard.away = True
        for op_id in op_ids:
            self.send(op_id)
        await asyncio.sleep(LONG_S)
        self.shard.away = False

    async def answered(self, op_id: str) -> bool:
        """Whether a step's answer is taken for that to its only copy."""
        self.send(op_id)
        await asyncio.sleep(1)
        return self.certain[op_id]


def test_a_step_that_was_given_up_counts_as_sent_before() -> None:
    async def main() -> None:
        steps = Steps()
        await steps.give_up("a:1", "b:1")
        assert not await steps.answered("a:1")
        assert await steps.answered("a:2"), "this one is new"
        assert not await steps.answered("b:1"), "an answer about another subject says nothing of it"
        assert not steps.outbox._given_up

    run_virtually(main())


class Client:
    """Nobody waits for these answers."""

    def send(self, replies: Sequence[tuple[int, Message]]) -> None:
        """Not looked at."""


def test_a_parked_order_that_is_sent_on_leaves_nothing_behind() -> None:
    async def main() -> None:
        shard, book = Shard(), OrderBook(NAME, InventoryShards(1))
        outbox = Outbox(shard)
        owner = Owner(NAME, book, InMemoryJournal(NAME), outbox, lambda reason: None)

        async def give(asked: Command, wait_s: float) -> str:
            owner.receive([(1, asked)], Client())
            await asyncio.sleep(wait_s)
            return book.orders["o"].state

        await owner.start()
        await asyncio.sleep(1)
        shard.away = True
        order = NewOrder((OrderedLine("apple", 2),))
        assert await give(PlaceOrder("o", 0, "ann", "o", order), LONG_S) == "parked"
        assert outbox._given_up
        shard.away = False
        assert await give(RetryOrder("r", 0, "ann", "o", "retry"), 1) == "reserved"
        assert not outbox._given_up
        await owner.stop()

    run_virtually(main())
