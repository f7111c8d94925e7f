"""The journal port: one append-only log per owner, the only thing in Skuld that decides what happened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from actors.kernel.entry import Position, StoredEntry
from actors.kernel.faults import Fenced, JournalBehind
from actors.kernel.messages import OwnerName


class StoredSnapshot(NamedTuple):
    """A snapshot of an owner's state as it stood at `position`, in chunks (one at least) that decode one by one."""

    position: Position
    chunks: list[bytes]


class StoreMemory(NamedTuple):
    """What is used of a store that keeps everything in memory, in bytes."""

    journal: int = 0
    """By the entries of this journal."""
    used: int = 0
    """By everything in the store, whoever it belongs to."""
    limit: int = 0
    """What the store may use; 0 when nobody has told it."""


class Journal(Protocol):
    """The log of one owner. Every implementation passes `tests/integration/journal/test_contract.py`.

    Durable means: on disk after an fsync, so that neither a killed process nor a power cut takes it back.
    """

    owner: OwnerName

    async def open(self) -> None:
        """Connect, and check that the store keeps the promise above.

        Raises:
            JournalTooWeak: a setting would let it lose what it acknowledges; the message names it.
            StoreUnavailable: it does not answer.
        """

    async def last(self) -> Position:
        """The position of the last entry; `START` when there is none. Survives trimming.

        Raises:
            StoreUnavailable: it does not answer.
        """

    async def append(self, position: Position, after: Position, data: bytes, read_model: Mapping[str, bytes]) -> None:
        """Write one entry and the read model's values, all or nothing; return once they are durable.

        Raises:
            Fenced: the last entry is newer than `after`: another owner has taken over, nothing was written.
            JournalBehind: the last entry is older than `after`: the store lost acknowledged entries.
            StoreUnavailable: the outcome is unknown; `last()` tells it later.
        """

    async def read(self, after: Position, limit: int) -> list[StoredEntry]:
        """Up to `limit` entries after a position, oldest first."""

    async def trim(self, through: Position) -> None:
        """Forget the entries up to and including `through`; the last position stays known."""

    async def save_snapshot(self, snapshot: StoredSnapshot) -> None:
        """Keep a snapshot in place of the one before, unless that is as new; a reader never sees half of it.

        Two projectors may live at once. The older one's snapshot, saved late, would stand before what is trimmed already.
        """

    async def load_snapshot(self) -> StoredSnapshot | None:
        """The newest snapshot, if there is one."""

    async def length(self) -> int:
        """How many entries are kept: the lag of whoever follows."""

    async def memory(self) -> StoreMemory:
        """How tight the store's memory is; all zero for a store on disk, whose disk is its administrator's to watch."""

    async def close(self) -> None:
        """Let go of connections."""


def refuse_unless_last(owner: OwnerName, last: Position, after: Position) -> None:
    """Say which fault it is when an append does not follow the last entry."""
    if last > after:
        raise Fenced(f"{owner}: the journal stands at {last}, past {after}: a newer owner has it")
    if last < after:
        raise JournalBehind(f"{owner}: the journal stands at {last}, but {after} was acknowledged")
