"""How full a journal may be: at the limit its owner turns work away, and long before that its projector makes room.

Both go by the same numbers. Were the projector to wait for more than the owner lets come, neither would move again.
"""

from __future__ import annotations

from typing import Final

MOST_JOURNAL_ENTRIES: Final = 400_000
"""Entries that may wait for the system of record; above this watermark new commands are turned away."""
ROOM_SHARE: Final = 4
"""At one part in so many of a limit, room is made: the journal grows on while a snapshot of a large state is written."""


def is_long(entries: int) -> bool:
    """Whether so much has gathered since a snapshot that the journal is to be trimmed, whatever a snapshot costs."""
    return entries * ROOM_SHARE >= MOST_JOURNAL_ENTRIES


def why_full(owner: str, entries: int) -> str:
    """Why an owner takes nothing new; empty while it does."""
    if entries > MOST_JOURNAL_ENTRIES:
        return f"the journal of {owner} has {entries} entries that the system of record has not taken"
    return ""
