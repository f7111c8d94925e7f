"""A journal is read in pieces that fit into memory, however large its entries are."""

from __future__ import annotations

import asyncio

import pytest

from actors.kernel.entry import START, Position, StoredEntry
from actors.kernel.journal.in_memory import InMemoryJournal, Shelf
from actors.kernel.journal.reading import FIRST_ENTRIES, MOST_ENTRIES, PIECE_BYTES, JournalReader
from actors.kernel.messages import OwnerName


def pieces(sizes: list[int]) -> list[list[StoredEntry]]:
    """A journal with entries of these sizes, as it is read."""
    entries = [StoredEntry(Position(1, number + 1), bytes(size)) for number, size in enumerate(sizes)]
    journal = InMemoryJournal(OwnerName("orders-0"), Shelf(entries, entries[-1].position))

    async def main() -> list[list[StoredEntry]]:
        reader, position, found, more = JournalReader(journal), START, [], True
        while more:
            entries, more = await reader.after(position)
            if entries:
                found.append(entries)
                position = entries[-1].position
        return found

    return asyncio.run(main())


@pytest.mark.parametrize(("size", "count"), [(100, 700), (10_000, 700), (300_000, 60), (PIECE_BYTES + 1, FIRST_ENTRIES + 2)])
def test_nothing_is_left_out_and_pieces_are_about_as_large_as_they_should(size: int, count: int) -> None:
    found = pieces([size] * count)
    numbers = [stored.position.number for piece in found for stored in piece]
    assert numbers == list(range(1, count + 1))
    assert len(found[0]) == FIRST_ENTRIES
    for piece in found[1:]:
        assert len(piece) <= MOST_ENTRIES
        assert len(piece) == 1 or sum(len(stored.data) for stored in piece) <= PIECE_BYTES
    assert max(map(len, found[1:])) == min(MOST_ENTRIES, max(1, PIECE_BYTES // size)), "small entries are not read one by one"
