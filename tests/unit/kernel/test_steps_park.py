"""A step that a shard does not carry out is tried again less and less often, and parked in the end: soon, or late, by what is said."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import pytest

from actors.inventory.commands import Greet
from actors.kernel import owner as owner_module
from actors.kernel.journal.in_memory import InMemoryJournal
from actors.kernel.messages import Busy, Command, Failed, Message
from actors.kernel.outbox import Outbox
from actors.kernel.owner import Owner
from actors.kernel.routing import InventoryShards
from actors.orders.book import OrderBook
from actors.orders.commands import PlaceOrder, RetryOrder
from actors.orders.lines import NewOrder, OrderedLine
from tests.model.simulator.virtual_time import run_virtually
from tests.unit.kernel.test_outbox import NAME, Shard
from tests.unit.kernel.test_owner_recall import Heard

ORDER = PlaceOrder("o", 0, "ann", "o", NewOrder((OrderedLine("apple", 2),)))


class Reluctant(Shard):
    """Carries nothing out, for as long as it says so; notes when it was asked."""

    says: Message | None = None

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[float] = []

    def answer(self, message: Message) -> Message:
        if self.says is None or isinstance(message, Greet):
            return super().answer(message)
        self.asked.append(asyncio.get_running_loop().time())
        return self.says


class Orders:
    """An owner of orders with one shard, and who asks it."""

    def __init__(self) -> None:
        self.shard, self.book, self.heard = Reluctant(), OrderBook(NAME, InventoryShards(1)), Heard()
        self.owner = Owner(NAME, self.book, InMemoryJournal(NAME), Outbox(self.shard), lambda reason: None)

    async def ask(self, command: Command, wait_s: float, number: int = 1) -> str:
        self.owner.receive([(number, command)], self.heard)
        await asyncio.sleep(wait_s)
        return self.book.orders["o"].state


def play(then: Callable[[Orders], Awaitable[None]]) -> None:
    async def main() -> None:
        orders = Orders()
        await orders.owner.start()
        await asyncio.sleep(1)
        await then(orders)
        await orders.owner.stop()

    for _ in range(5):  # pauses are by chance
        run_virtually(main())


def test_a_step_that_fails_each_time_is_parked_within_a_minute_and_can_be_sent_on() -> None:
    async def then(orders: Orders) -> None:
        orders.shard.says = Failed("a bug")
        assert await orders.ask(ORDER, 20) == "received"
        await asyncio.sleep(50)
        assert orders.book.orders["o"].state == "parked"
        assert len(orders.shard.asked) == 20
        assert len(orders.heard.replies) == 1, "its client is told"
        orders.shard.says = None
        assert await orders.ask(RetryOrder("r", 0, "ann", "o", "retry"), 1) == "reserved"

    play(then)


@pytest.mark.parametrize("away_s", [30.0, 120.0])
def test_a_shard_that_is_busy_for_a_while_parks_nothing_and_is_not_pressed(away_s: float) -> None:
    async def then(orders: Orders) -> None:
        orders.shard.says = Busy("recovering", 1.0)
        assert await orders.ask(ORDER, away_s) == "received"
        asked = orders.shard.asked
        assert len(asked) < 8 + away_s / 10
        assert asked[2] - asked[0] < 1, "a moment costs a moment"
        orders.shard.says = None
        await asyncio.sleep(20)
        assert orders.book.orders["o"].state == "reserved"

    play(then)


def test_a_shard_that_is_busy_for_very_long_parks_too() -> None:
    async def then(orders: Orders) -> None:
        orders.shard.says = Busy("its journal is full", 1.0)
        assert await orders.ask(ORDER, 600) == "parked"

    play(then)


def test_who_asks_again_because_no_answer_comes_waits_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def then(orders: Orders) -> None:
        monkeypatch.setattr(owner_module, "MOST_WAITING", 3)
        orders.shard.says = Busy("recovering", 1.0)
        for _ in range(10):  # its sender sends the same message again
            await orders.ask(ORDER, 0.1)
        assert len(orders.owner._turns.waiting) == 1
        for number in range(2, 8):  # a client that repeats its request is a message of its own
            await orders.ask(ORDER, 0.1, number)
        assert len(orders.owner._turns.waiting) == 4
        orders.shard.says = None
        await asyncio.sleep(20)
        assert len(orders.owner._turns.waiting) == 0
        kinds = [type(orders.heard.replies[number]).__name__ for number in range(1, 8)]
        assert kinds == ["OrderView"] * 4 + ["Busy"] * 3

    play(then)


def test_the_senders_of_one_number_are_told_apart() -> None:
    async def then(orders: Orders) -> None:
        orders.shard.says = Busy("recovering", 1.0)
        other = Heard()
        orders.owner.receive([(1, ORDER)], other)
        await orders.ask(ORDER, 1)
        orders.shard.says = None
        await asyncio.sleep(10)
        assert _kinds(other.replies.values()) == _kinds(orders.heard.replies.values()) == ["OrderView"]

    play(then)


def _kinds(replies: Iterable[Message]) -> list[str]:
    return [type(reply).__name__ for reply in replies]
