"""How full a journal and its store may be: at the limit an owner turns work away, and before that its projector makes room.

Both go by the same numbers. Were the projector to wait for more than the owner lets come, neither would move again.
"""

from __future__ import annotations

from typing import Final

from actors.kernel.journal.port import StoreMemory

MOST_JOURNAL_ENTRIES: Final = 400_000
"""Entries that may wait for the system of record; above this watermark new commands are turned away."""
MOST_JOURNAL_BYTES: Final = 4 << 30
"""The same in bytes, where a journal is in memory: 400,000 entries of 4 MB would be more than any machine has."""
ROOM_SHARE: Final = 4
"""At one part in so many of a limit, room is made: the journal grows on while a snapshot of a large state is written."""
MOST_MEMORY: Final = 0.5
"""Of what a store in memory may use by its own limit, by whoever shares it. At the worst all of it is to be written once more,
as snapshots, before anything can be trimmed. All owners see the same: an order is not taken that its shards turn away."""
ROOM_MEMORY: Final = 0.4
"""From here on entries that a snapshot stands for are not kept for those who may be loading an older one."""


def is_long(entries: int, size: int = 0) -> bool:
    """Whether so much has gathered since a snapshot that the journal is to be trimmed, whatever a snapshot costs."""
    return entries * ROOM_SHARE >= MOST_JOURNAL_ENTRIES or size * ROOM_SHARE >= MOST_JOURNAL_BYTES


def is_tight(memory: StoreMemory, share: float = ROOM_MEMORY) -> bool:
    """Whether more than `share` of a store in memory is used."""
    return memory.used > share * memory.limit > 0


def why_full(owner: str, entries: int, memory: StoreMemory) -> str:
    """Why an owner takes nothing new; empty while it does."""
    if entries > MOST_JOURNAL_ENTRIES:
        return f"the journal of {owner} has {entries} entries that the system of record has not taken"
    if memory.journal > MOST_JOURNAL_BYTES:
        return f"the journal of {owner} has {memory.journal:,} bytes that the system of record has not taken"
    if is_tight(memory, MOST_MEMORY):
        return f"the store of the journal of {owner} uses {memory.used:,} of the {memory.limit:,} bytes it may"
    return ""
