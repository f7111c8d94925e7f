"""An owner's memory of answers is bounded; what has left it is looked up before a repeat is decided."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest

from actors.inventory.commands import Adjust, PutProduct, RecallAdjusted
from actors.inventory.events import Adjusted
from actors.inventory.goods import Product
from actors.inventory.shard import InventoryShard
from actors.kernel import owner as owner_module
from actors.kernel.faults import StoreUnavailable
from actors.kernel.journal.in_memory import InMemoryJournal
from actors.kernel.messages import Busy, Command, Failed, KeyForgotten, Message, OwnerName
from actors.kernel.op_memory import OpMemory
from actors.kernel.outbox import Outbox
from actors.kernel.owner import Owner
from actors.kernel.peer import OnReply
from actors.kernel.routing import OrderShards

NAME = OwnerName("inventory-0")


class Nobody:
    """A shard of this test owes nobody a notice."""

    def post(self, to: OwnerName, messages: Sequence[Message], on_reply: OnReply) -> None:
        raise AssertionError(f"{messages} was to be sent to {to}")


class Heard:
    """Keeps what was answered."""

    def __init__(self) -> None:
        self.replies: dict[int, Message] = {}

    def send(self, replies: Sequence[tuple[int, Message]]) -> None:
        self.replies.update(replies)


async def ask(owner: Owner, *commands: Command) -> list[Message]:
    heard = Heard()
    owner.receive(list(enumerate(commands)), heard)
    while len(heard.replies) < len(commands):
        await asyncio.sleep(0)
    return [heard.replies[seq] for seq in range(len(commands))]


def adjust(op_id: str) -> Adjust:
    return Adjust(op_id, 7, "ann", "apple", 5, "found")


def play(recall: Callable[[Sequence[str]], Sequence[Command]]) -> tuple[list[Message], int, list[str]]:
    """Five adjustments through a memory of two, then the first again; gives its answer, the count, the look-ups."""
    looked_up: list[str] = []

    async def look_up(keys: Sequence[str]) -> Sequence[Command]:
        looked_up.extend(keys)
        return recall(keys)

    async def main() -> tuple[list[Message], int]:
        shard = InventoryShard(NAME, OrderShards(1))
        shard.ops = OpMemory(2)
        owner = Owner(NAME, shard, InMemoryJournal(NAME), Outbox(Nobody()), lambda reason: None)
        owner.recall_with(look_up)
        await owner.start()
        await ask(owner, PutProduct("put", 1, "ann", Product("apple", "apple")))
        for number in range(5):
            await ask(owner, adjust(f"a{number}"))
        (unknown,) = await ask(owner, adjust("a0"))
        assert isinstance(unknown, Busy), "it has left memory, and may not be in the rows yet"
        shard.forgotten.lately.rows_have_passed()
        shard.forgotten.lately.rows_have_passed()
        answers = await ask(owner, adjust("a0"))
        await owner.stop()
        return answers, shard.items["apple"].sites["main"].on_hand

    answers, on_hand = asyncio.run(main())
    return answers, on_hand, looked_up


def done_long_ago(keys: Sequence[str]) -> list[Command]:
    adjusted = Adjusted(1, "a0", 7, "ann", "apple", "main", "stock", "", 5, "found", "", 0, 5)
    return [RecallAdjusted("a0:recall", adjusted) for key in keys if key == "a0"]


def test_a_repeat_of_something_forgotten_is_answered_from_the_record_and_not_done_again() -> None:
    (answer,), on_hand, looked_up = play(done_long_ago)
    assert isinstance(answer, Adjusted)
    assert (answer.before, answer.after) == (0, 5)
    assert on_hand == 25
    assert looked_up[-1] == "a0"


def test_something_new_is_done_after_a_look_that_found_nothing() -> None:
    (answer,), on_hand, _ = play(lambda keys: [])
    assert isinstance(answer, Adjusted)
    assert on_hand == 30


def test_without_the_record_nothing_is_done_that_may_be_a_repeat() -> None:
    def away(keys: Sequence[str]) -> list[Command]:
        if "a0" in keys:
            raise StoreUnavailable("the database is away")
        return []

    (answer,), on_hand, _ = play(away)
    assert isinstance(answer, Busy)
    assert on_hand == 25


def test_new_work_goes_on_while_the_record_is_away() -> None:
    async def away(keys: Sequence[str]) -> Sequence[Command]:
        raise StoreUnavailable("the database is away")

    async def main() -> list[Message]:
        shard = InventoryShard(NAME, OrderShards(1))
        shard.ops = OpMemory(2)
        owner = Owner(NAME, shard, InMemoryJournal(NAME), Outbox(Nobody()), lambda reason: None)
        owner.recall_with(away)
        await owner.start()
        await ask(owner, PutProduct("put", 1, "ann", Product("apple", "apple")))
        answers = [(await ask(owner, adjust(f"a{number}")))[0] for number in range(9)]
        await owner.stop()
        return answers

    assert all(isinstance(answer, Adjusted) for answer in asyncio.run(main()))


def test_a_repeat_that_cannot_be_looked_up_is_refused_and_not_done_again() -> None:
    async def main() -> Message:
        shard = InventoryShard(NAME, OrderShards(1))
        shard.ops = OpMemory(2)
        owner = Owner(NAME, shard, InMemoryJournal(NAME), Outbox(Nobody()), lambda reason: None)
        await owner.start()
        put = PutProduct("put", 1, "ann", Product("apple", "apple"))
        await ask(owner, put)
        await ask(owner, *[adjust(f"a{number}") for number in range(3)])
        (answer,) = await ask(owner, put)
        await owner.stop()
        return answer

    assert asyncio.run(main()) == KeyForgotten("put")


def test_a_bug_in_answering_is_the_answer_of_one_command(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> list[Message]:
        shard, left = InventoryShard(NAME, OrderShards(1)), []
        owner = Owner(NAME, shard, InMemoryJournal(NAME), Outbox(Nobody()), left.append)
        await owner.start()
        await ask(owner, PutProduct("put", 1, "ann", Product("apple", "apple")))
        answer = shard.answer
        monkeypatch.setattr(shard, "answer", lambda command: answer(command) if command.op_id != "bad" else 1 / 0)
        answers = await ask(owner, adjust("bad"), adjust("good"))
        await owner.stop()
        assert not left
        return answers

    bad, good = asyncio.run(main())
    assert isinstance(bad, Failed)
    assert isinstance(good, Adjusted)


def test_a_record_that_hangs_takes_only_so_many_commands_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner_module, "MOST_LOOKED_UP", 3)

    async def main() -> tuple[list[Message], bool, list[Message]]:
        shard, heard, free = InventoryShard(NAME, OrderShards(1)), Heard(), asyncio.Event()
        for number in range(4):
            shard.forgotten.add(f"a{number}")
        shard.forgotten.lately.rows_have_passed()
        shard.forgotten.lately.rows_have_passed()

        async def hang(keys: Sequence[str]) -> Sequence[Command]:
            await free.wait()
            return ()

        owner = Owner(NAME, shard, InMemoryJournal(NAME), Outbox(Nobody()), lambda reason: None)
        owner.recall_with(hang)
        await owner.start()
        await ask(owner, PutProduct("put", 1, "ann", Product("apple", "apple")))
        owner.receive([(number, adjust(f"a{number}")) for number in range(4)], heard)
        turned_away = await ask(owner, adjust("b"))
        drained = await owner.drain(0.05)
        owner.state = "serving"
        free.set()
        await asyncio.sleep(0.05)
        await owner.stop()
        return turned_away, drained, [heard.replies[number] for number in range(4)]

    (turned_away,), drained, done = asyncio.run(main())
    assert isinstance(turned_away, Busy)
    assert not drained, "what is looked up is under way"
    assert all(isinstance(reply, Adjusted) for reply in done)
