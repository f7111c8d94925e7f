"""Whether a journal is one unbroken chain: every entry follows the one before it, is as it was written, and is of one writer.

Recovery checks what it replays; this reads all that is not trimmed, while the owner goes on writing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple

from actors.kernel.entry import START, Entry, EntryCodec, Position, StoredEntry, check_follows
from actors.kernel.faults import JournalDamaged
from actors.kernel.journal.port import Journal
from actors.kernel.journal.reading import JournalReader

MOST_TOLD: Final = 20


class Chain(NamedTuple):
    """How many entries were read, and what is wrong with which."""

    entries: int
    broken: list[str]


async def check_chain(journal: Journal, codec: EntryCodec[Any], rows_at: Callable[[], Awaitable[Position]]) -> Chain:
    """Read a journal from its first entry to where it ends now.

    Args:
        rows_at: the position that the owner's rows stand at. Nothing after it may have been trimmed.
    """
    rows, tail = await rows_at(), await journal.last()
    reader, last, read = JournalReader(journal), START, 0
    broken = [f"the journal ends at {tail}, but its rows stand at {rows}"] if rows > tail else []
    while last < tail and len(broken) < MOST_TOLD:
        entries = (await reader.after(last)).entries
        for stored in entries:
            read += 1
            try:
                entry = codec.decode(stored)
                if last != entry.after and await _is_trimmed_up_to(stored, entry.after, journal, rows_at):
                    last = entry.after
                check_follows(last, stored, entry.after)
                broken += _of_one_writer(stored.position, entry)
                if entry.after < rows < stored.position:
                    broken.append(f"the rows stand at {rows}, but {stored.position} follows {entry.after}")
            except JournalDamaged as damage:
                broken.append(str(damage))
            last = stored.position
        if not entries:
            if await rows_at() < tail:  # else the rows have all of it, and it was trimmed
                broken.append(f"the journal ends at {last}, but {tail} was appended to it")
            break
    return Chain(read, broken[:MOST_TOLD])


async def _is_trimmed_up_to(
    stored: StoredEntry, after: Position, journal: Journal, rows_at: Callable[[], Awaitable[Position]]
) -> bool:
    """Whether this is the first entry there is, also one that has become it since, and the rows have what was before it."""
    oldest = await journal.read(START, 1)
    return bool(oldest) and oldest[0].position >= stored.position and after <= await rows_at()


def _of_one_writer(position: Position, entry: Entry[Any]) -> list[str]:
    """An epoch begins with the empty entry that claims it; its owner numbers the others without a gap."""
    if position.epoch == entry.after.epoch:
        if position.number == entry.after.number + 1:
            return []
        return [f"journal entry {position} is not the one after {entry.after}: another writer has numbered it"]
    if position.number == 0 and not entry.events:
        return []
    return [f"journal entry {position} begins epoch {position.epoch} without claiming it"]
