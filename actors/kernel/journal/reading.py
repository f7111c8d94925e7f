"""Reading a journal in pieces that fit into memory: an entry may hold one event, or a rush of thousands."""

from __future__ import annotations

from typing import Final, NamedTuple

from actors.kernel.entry import Position, StoredEntry
from actors.kernel.journal.port import Journal

PIECE_BYTES: Final = 4 * 2**20
FIRST_ENTRIES: Final = 16
"""Asked for before anything is known of the size of entries."""
MOST_ENTRIES: Final = 100
"""However small they were: the next ones may be the entries of a rush."""


class Piece(NamedTuple):
    """Entries in their order, and whether there may be more."""

    entries: list[StoredEntry]
    more: bool


class JournalReader:
    """Asks for as many entries as make about `PIECE_BYTES`, going by the ones before."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._at_once = FIRST_ENTRIES

    async def after(self, position: Position) -> Piece:
        """The next entries after a position."""
        asked = self._at_once
        entries = await self._journal.read(position, asked)
        size = sum([len(stored.data) for stored in entries])
        if size:
            self._at_once = max(1, min(MOST_ENTRIES, PIECE_BYTES * len(entries) // size))
        return Piece(entries, len(entries) == asked)
