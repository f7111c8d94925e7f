"""Every way in which a journal can be spoiled by hand is named; one that is trimmed, or grows meanwhile, is sound."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from actors.kernel import chain_check
from actors.kernel.chain_check import Chain, check_chain
from actors.kernel.entry import START, EntryCodec, Position, StoredEntry
from actors.kernel.journal.in_memory import InMemoryJournal
from actors.kernel.messages import OwnerName

codec: EntryCodec[int] = EntryCodec(int)
OWNER = OwnerName("inventory-0")
EPOCHS = {1: 5, 3: 4}
"""Entries by epoch, claims included."""


def a_journal() -> InMemoryJournal:
    """Two epochs, of which the second was begun by a successor of a successor."""
    journal = InMemoryJournal(OWNER)

    async def fill() -> None:
        last = START
        for epoch, entries in EPOCHS.items():
            for number in range(entries):
                position = Position(epoch, number)
                await journal.append(position, last, codec.encode(last, [number] if number else []), {})
                last = position

    asyncio.run(fill())
    return journal


def checked(journal: InMemoryJournal, rows: Position = START) -> Chain:
    async def rows_at() -> Position:
        return rows

    return asyncio.run(check_chain(journal, codec, rows_at))


def entries_of(journal: InMemoryJournal) -> list[StoredEntry]:
    return journal.shelf.entries


def test_a_sound_journal_has_nothing_broken() -> None:
    assert checked(a_journal()) == Chain(9, [])
    assert checked(a_journal(), rows=Position(3, 1)) == Chain(9, [])
    assert checked(InMemoryJournal(OWNER)) == Chain(0, [])


@pytest.mark.parametrize("through", [Position(1, 0), Position(1, 4), Position(3, 2), Position(3, 3)])
def test_a_trimmed_journal_is_sound_as_far_as_the_rows_have_it(through: Position) -> None:
    journal = a_journal()
    asyncio.run(journal.trim(through))
    assert checked(journal, rows=Position(3, 3)).broken == []
    assert checked(journal, rows=START).broken, "the rows have none of what was trimmed"


def damaged(stored: StoredEntry) -> StoredEntry:
    return StoredEntry(stored.position, stored.data[:-1] + bytes([stored.data[-1] ^ 1]))


def missing(journal: InMemoryJournal) -> None:
    del entries_of(journal)[2]


def the_last_ones_missing(journal: InMemoryJournal) -> None:
    del entries_of(journal)[-2:]


def a_bit_turned(journal: InMemoryJournal) -> None:
    entries_of(journal)[3] = damaged(entries_of(journal)[3])


def another_predecessor(journal: InMemoryJournal) -> None:
    entries_of(journal)[3] = StoredEntry(Position(1, 3), codec.encode(Position(1, 1), [3]))


def a_writer_without_a_claim(journal: InMemoryJournal) -> None:
    entries_of(journal)[5] = StoredEntry(Position(3, 0), codec.encode(Position(1, 4), [7]))


def a_number_left_out(journal: InMemoryJournal) -> None:
    del entries_of(journal)[6:]
    entries_of(journal).append(StoredEntry(Position(3, 3), codec.encode(Position(3, 0), [3])))


SPOILED = [
    (missing, "journal entry 1-3 says it follows 1-2, but 1-1 stands before it"),
    (the_last_ones_missing, "the journal ends at 3-1, but 3-3 was appended to it"),
    (a_bit_turned, "journal entry 1-3: the checksum does not match"),
    (another_predecessor, "journal entry 1-3 says it follows 1-1, but 1-2 stands before it"),
    (a_writer_without_a_claim, "journal entry 3-0 begins epoch 3 without claiming it"),
    (a_number_left_out, "journal entry 3-3 is not the one after 3-0"),
]


@pytest.mark.parametrize(("spoil", "says"), SPOILED, ids=lambda value: getattr(value, "__name__", ""))
def test_a_spoiled_journal_is_named_entry_by_entry(spoil: Callable[[InMemoryJournal], None], says: str) -> None:
    journal = a_journal()
    spoil(journal)
    (line, *_) = checked(journal, rows=Position(1, 1)).broken
    assert line.startswith(says)


def test_rows_beyond_the_journal_or_at_an_entry_it_has_not_are_named() -> None:
    assert checked(a_journal(), rows=Position(3, 9)).broken == ["the journal ends at 3-3, but its rows stand at 3-9"]
    assert checked(a_journal(), rows=Position(2, 5)).broken == ["the rows stand at 2-5, but 3-0 follows 1-4"]


def test_what_is_trimmed_while_it_is_read_is_not_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    journal = a_journal()
    monkeypatch.setattr("actors.kernel.journal.reading.FIRST_ENTRIES", 2)
    read = journal.read

    async def read_and_trim(after: Position, limit: int) -> list[StoredEntry]:
        found = await read(after, limit)
        if after == START and limit > 1:
            await journal.trim(Position(3, 1))
        return found

    monkeypatch.setattr(journal, "read", read_and_trim)
    assert checked(journal, rows=Position(3, 3)).broken == []


def test_no_more_is_told_than_can_be_read() -> None:
    journal = a_journal()
    entries_of(journal)[:] = [damaged(stored) for stored in entries_of(journal)] * 10
    assert len(checked(journal).broken) <= chain_check.MOST_TOLD
