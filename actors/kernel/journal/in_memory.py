"""A journal in this process's memory: for tests of rules and for the simulator, where a crash is an argument."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field

from actors.kernel.entry import START, Position, StoredEntry
from actors.kernel.journal.port import StoredSnapshot, StoreMemory, refuse_unless_last
from actors.kernel.messages import OwnerName


@dataclass(slots=True)
class Shelf:
    """What outlives an owner: its entries, its last position, its read model, its snapshot."""

    entries: list[StoredEntry] = field(default_factory=list)
    last: Position = START
    read_model: dict[str, bytes] = field(default_factory=dict)
    snapshot: StoredSnapshot | None = None


class InMemoryJournal:
    """Keeps the contract, except that its disk is a `Shelf`: as durable as the object that holds it."""

    def __init__(self, owner: OwnerName, shelf: Shelf | None = None) -> None:
        self.owner = owner
        self.shelf = shelf if shelf is not None else Shelf()

    async def open(self) -> None:
        """Nothing to connect."""

    async def last(self) -> Position:
        """The last position."""
        return self.shelf.last

    async def append(self, position: Position, after: Position, data: bytes, read_model: Mapping[str, bytes]) -> None:
        """Append, or refuse when another entry came between."""
        refuse_unless_last(self.owner, self.shelf.last, after)
        self.shelf.entries.append(StoredEntry(position, data))
        self.shelf.last = position
        self.shelf.read_model.update(read_model)

    async def read(self, after: Position, limit: int) -> list[StoredEntry]:
        """Entries after a position."""
        first = bisect_right(self.shelf.entries, after, key=lambda entry: entry.position)
        return self.shelf.entries[first : first + limit]

    async def trim(self, through: Position) -> None:
        """Forget old entries."""
        first = bisect_right(self.shelf.entries, through, key=lambda entry: entry.position)
        del self.shelf.entries[:first]

    async def save_snapshot(self, snapshot: StoredSnapshot) -> None:
        """Keep a snapshot that is newer."""
        if self.shelf.snapshot is None or snapshot.position > self.shelf.snapshot.position:
            self.shelf.snapshot = snapshot

    async def load_snapshot(self) -> StoredSnapshot | None:
        """The snapshot."""
        return self.shelf.snapshot

    async def length(self) -> int:
        """Entries kept."""
        return len(self.shelf.entries)

    async def memory(self) -> StoreMemory:
        """No limit but the process's own."""
        return StoreMemory()

    async def close(self) -> None:
        """Nothing to let go of."""
