"""A batch that is too large for one entry is several: in order, answered with the last, and a command is in or out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.inventory.commands import Adjust, PutProduct, Reserve, Wanted
from actors.inventory.events import Adjusted, InventoryEvent
from actors.inventory.goods import Product
from actors.inventory.shard import InventoryShard
from actors.kernel import checkpoint, entry, owner, recorder
from actors.kernel.entry import EntryCodec, Position, check_follows
from actors.kernel.faults import Fenced
from actors.kernel.journal.in_memory import InMemoryJournal, Shelf
from actors.kernel.messages import Busy, Message, OwnerName
from actors.kernel.outbox import Outbox
from actors.kernel.owner import Owner
from actors.kernel.peer import OnReply
from actors.kernel.recorder import Batch
from actors.kernel.routing import OrderShards
from tests.unit.kernel.test_owner_recall import NAME, Heard, adjust, ask

LIMIT = 600
codec: EntryCodec[Any] = EntryCodec(InventoryEvent)


@pytest.fixture(autouse=True)
def small_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (entry, recorder):
        monkeypatch.setattr(module, "MOST_ENTRY_BYTES", LIMIT)


class Deaf:
    """Order shards that answer nothing."""

    def post(self, to: OwnerName, messages: Sequence[Message], on_reply: OnReply) -> None:
        return


class Noting(InMemoryJournal):
    """Notes which entries changed the read model; refuses from the entry `until` on."""

    until = Position(99, 0)

    async def append(self, position: Position, after: Position, data: bytes, read_model: Mapping[str, bytes]) -> None:
        if position >= self.until:
            raise Fenced("another owner has it")
        assert len(data) <= LIMIT
        await asyncio.sleep(0)
        await super().append(position, after, data, read_model)
        if read_model:
            self.changing.append(position)

    def __init__(self, shelf: Shelf) -> None:
        super().__init__(NAME, shelf)
        self.changing: list[Position] = []


def owner_on(journal: Noting, left: list[str]) -> Owner:
    return Owner(NAME, InventoryShard(NAME, OrderShards(1)), journal, Outbox(Deaf()), left.append)


async def with_apples(journal: Noting, left: list[str]) -> Owner:
    made = owner_on(journal, left)
    await made.start()
    await ask(made, PutProduct("put", 1, "ann", Product("apple", "apple")))
    return made


def test_a_large_batch_is_several_entries_and_its_answers_leave_with_the_last() -> None:
    journal, left = Noting(Shelf()), list[str]()

    async def main() -> int:
        made = await with_apples(journal, left)
        await ask(made, *[adjust(f"a{number}") for number in range(50)])
        entries = journal.shelf.entries[2:]
        await made.stop()
        return len(entries)

    assert asyncio.run(main()) > 5
    last = Position(0, 0)
    for stored in journal.shelf.entries:
        check_follows(last, stored, codec.decode(stored).after)
        last = stored.position
    assert [codec.decode(stored).more for stored in journal.shelf.entries[2:]] == [True] * (last.number - 2) + [False]
    assert journal.changing == [Position(1, 1), last], "the read model has all of the batch or nothing"
    assert asyncio.run(level_after_restart(journal.shelf)) == 250


async def level_after_restart(shelf: Shelf) -> int:
    made = owner_on(Noting(shelf), [])
    await made.start()
    await asyncio.sleep(0)
    await made.stop()
    assert isinstance(made.machine, InventoryShard)
    return made.machine.items["apple"].sites["main"].on_hand


def test_an_owner_that_is_replaced_in_the_middle_of_a_batch_answers_nothing_of_it() -> None:
    journal, heard, left = Noting(Shelf()), Heard(), list[str]()

    async def main() -> bytes:
        made = await with_apples(journal, left)
        before = journal.shelf.read_model["apple"]
        journal.until = Position(1, 4)
        made.receive([(number, adjust(f"a{number}")) for number in range(50)], heard)
        await asyncio.sleep(0.05)
        await made.stop()
        return before

    before = asyncio.run(main())
    assert left
    assert heard.replies == {}
    assert journal.shelf.read_model["apple"] == before, "changes with the last entry only"
    recorded = sum(type(event) is Adjusted for stored in journal.shelf.entries for event in codec.decode(stored).events)
    assert 0 < recorded < 50

    async def succeed() -> tuple[int, Any]:
        successor = owner_on(Noting(journal.shelf), [])
        await successor.start()
        await ask(successor, PutProduct("pears", 1, "ann", Product("pear", "pear")))
        assert isinstance(successor.machine, InventoryShard)
        on_hand = successor.machine.items["apple"].sites["main"].on_hand
        await successor.stop()
        return on_hand, journal.shelf.read_model["apple"] != before

    assert asyncio.run(succeed()) == (5 * recorded, True), "the read model gets what the first pieces changed"


class Telling(InventoryShard):
    """Tells how many events each command has brought about."""

    def __init__(self) -> None:
        super().__init__(NAME, OrderShards(1))
        self.outcomes: list[int] = []

    def decide(self, command: Any, now: int) -> Any:
        outcome = super().decide(command, now)
        self.outcomes.append(len(outcome))
        return outcome


@pytest.mark.parametrize("fillers", range(6))
def test_what_a_command_brings_about_is_in_one_entry(fillers: int) -> None:
    journal, shard = Noting(Shelf()), Telling()

    async def main() -> None:
        made = Owner(NAME, shard, journal, Outbox(Deaf()), lambda _: None)
        await made.start()
        await ask(made, PutProduct("put", 1, "ann", Product("apple", "apple")))
        await ask(made, *[Reserve(f"o{n}:1", f"o{n}", 1, n, 0, "backorder", (Wanted("apple", 1),)) for n in range(3)])
        shard.outcomes.clear()
        counts = [Adjust(f"b{n}", 7, "ann", "apple", (-1) ** n * 5, "recounted") for n in range(2, 30)]
        await ask(made, *[adjust(f"a{number}") for number in range(fillers)], *counts)
        await made.stop()

    before = len(journal.shelf.entries)
    asyncio.run(main())
    entries = [codec.decode(stored).events for stored in journal.shelf.entries[before:]]
    recorded = sum(shard.outcomes)
    edges, left = set(), sum(len(events) for events in entries) - recorded
    for events in entries:
        left -= len(events)
        edges.add(-left)
    starts, at = set(), 0
    for outcome in shard.outcomes:
        starts.add(at)
        at += outcome
    inside = {edge for edge in edges if 0 < edge < recorded} - starts
    assert max(shard.outcomes) > 2
    assert not inside, "an entry ends in the middle of a command"


@given(st.lists(st.integers(1, 4), max_size=40), st.integers(0, 200))
def test_pieces_are_small_and_nothing_is_lost(runs: list[int], width: int) -> None:
    events, together = [], []
    for number, run in enumerate(runs):
        if run > 1:
            together.append((len(events), len(events) + run))
        events += [
            Adjusted(5, f"{number}:{one}", 7, "t", "a" * width, "main", "stock", "", 1, "found", "", 0, 1) for one in range(run)
        ]
    pieces = codec.cut(events, together)
    assert [event for piece in pieces for event in piece] == events
    cuts = set()
    for piece in pieces:
        cuts.add(sum(len(before) for before in pieces[: pieces.index(piece)]))
        assert len(piece) == 1 or len(codec.encode(Position(2**60, 2**60), piece, more=True)) <= LIMIT
    size = len(codec.encode(Position(0, 0), events[:1])) if events else 0
    for first, end in together:
        if (end - first) * size < LIMIT / 2:
            assert not cuts & set(range(first + 1, end))


def test_an_owner_whose_journal_is_slow_turns_large_commands_away_by_their_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner, "MOST_UNRECORDED_BYTES", 1_000)
    heard = Heard()

    async def main() -> None:
        made = await with_apples(Noting(Shelf()), [])
        made._recorder.open = Batch(received_bytes=0)
        made.receive([(0, adjust("a0"))], heard, 900)
        made.receive([(1, adjust("a1"))], heard, 900)
        made.receive([(2, adjust("a2"))], heard, 900)
        await asyncio.sleep(0.02)
        await made.stop()

    asyncio.run(main())
    assert [type(heard.replies[number]) for number in range(3)] == [Adjusted, Adjusted, Busy]
    assert "1,800 bytes" in heard.replies[2].reason  # type: ignore[attr-defined]  # it is Busy


def test_a_snapshot_of_large_records_is_in_small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "MOST_PIECE_BYTES", 2_000)
    shard = InventoryShard(NAME, OrderShards(1))
    for number in range(100):
        for event in shard.decide(PutProduct(f"p{number}", 1, "ann", Product(f"sku-{number}", "x" * 150)), 1):  # type: ignore[union-attr]
            shard.apply(event)
    snapshot = checkpoint.take_checkpoint(shard, Position(1, 1))
    assert max(len(piece) for piece in snapshot.chunks) <= 2_000
    again = InventoryShard(NAME, OrderShards(1))
    checkpoint.restore_checkpoint(again, snapshot)
    assert again.items.keys() == shard.items.keys()
