"""A journal entry: one batch of events, chained to the entry before it and sealed with a checksum."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import Any, Final, Generic, NamedTuple, TypeVar

import msgspec

from actors.kernel.faults import JournalDamaged

ENTRY_VERSION: Final = 1
"""Raised when an event changes in a way that appended fields cannot express; `EntryCodec` then upcasts the older."""


MOST_ENTRY_BYTES: Final = 4 << 20
"""A batch that encodes to more is appended as several entries. A database takes statements of 16 MB unless told otherwise
(`max_allowed_packet`), and a store that is busy with one owner's batch for long keeps the others waiting; an event alone is
smaller, but for the largest orders that are brought back into memory."""


LARGEST: Final = 2**63 - 1
"""What every store can keep and compare."""


class Position(NamedTuple):
    """Where an entry stands: `epoch` counts the owners there have been, `number` the entries of one owner."""

    epoch: int
    number: int

    def __str__(self) -> str:
        return f"{self.epoch}-{self.number}"

    @classmethod
    def parse(cls, text: str) -> Position:
        """Read `"E-n"`, the form of a Redis stream id; `"E"` is `"E-0"`.

        Raises:
            ValueError: it is none, or no store could keep it.
        """
        epoch, dash, number = text.partition("-")
        if not (text.isascii() and epoch.isdigit() and (number.isdigit() or not dash)):
            raise ValueError(f"{text[:40]!r} is no position such as 1-42")
        longest = max(len(epoch), len(number))
        found = cls(int(epoch), int(number or 0)) if longest <= len(str(LARGEST)) else None
        if found is None or max(found) > LARGEST:
            raise ValueError(f"{text[:40]!r} is beyond every position: both numbers are {LARGEST} at most")
        return found


START: Final = Position(0, 0)
"""Before the first entry of a journal."""


class StoredEntry(NamedTuple):
    """An entry as the store gives it back."""

    position: Position
    data: bytes


E = TypeVar("E")


class Entry(NamedTuple, Generic[E]):
    """A batch as it is read: an empty one is the claim that begins an epoch."""

    after: Position
    events: list[E]
    more: bool = False
    """The batch goes on in the next entry, unless its owner died between them; the read model changes with its last."""


class EntryCodec(Generic[E]):
    """Encodes batches of one owner's events, and checks what it decodes."""

    def __init__(self, event_types: Any) -> None:
        self._encoder = msgspec.msgpack.Encoder()
        members: list[Any] = [("version", int), ("after", str), ("events", list[event_types]), ("more", bool, False)]
        self._decoder: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(
            msgspec.defstruct("Body", members, array_like=True, gc=False)
        )

    def encode(self, after: Position, events: list[E], *, more: bool = False) -> bytes:
        """Seal a batch: 4 bytes CRC-32, then MessagePack of (version, position it follows, events, whether there is more)."""
        content = (ENTRY_VERSION, str(after), events)
        body = self._encoder.encode((*content, True) if more else content)
        return zlib.crc32(body).to_bytes(4, "big") + body

    def decode(self, stored: StoredEntry) -> Entry[E]:
        """Open a batch.

        Raises:
            JournalDamaged: the checksum is wrong, or a newer release wrote it.
        """
        body = stored.data[4:]
        if len(stored.data) < 5 or zlib.crc32(body) != int.from_bytes(stored.data[:4], "big"):
            raise JournalDamaged(f"journal entry {stored.position}: the checksum does not match its {len(body)} bytes")
        try:
            content = self._decoder.decode(body)
            after = Position.parse(content.after)
        except (msgspec.DecodeError, ValueError) as error:
            raise JournalDamaged(f"journal entry {stored.position}: not an entry this release knows ({error})") from None
        if content.version != ENTRY_VERSION:
            raise JournalDamaged(
                f"journal entry {stored.position}: version {content.version}, this release reads {ENTRY_VERSION}"
            )
        return Entry(after, content.events, content.more)

    def cut(self, events: list[E], together: Sequence[tuple[int, int]]) -> list[list[E]]:
        """Cut a batch into pieces that encode to `MOST_ENTRY_BYTES` or less, or are one event.

        Args:
            together: from and to where events are of one command: recorded in one piece or not at all. A command that
                brings about more than a piece holds is cut nevertheless: each event leaves every invariant true.
        """
        sizes = [len(self._encoder.encode(event)) for event in events]
        pieces: list[list[E]] = []
        room = 0
        for first, end in _units(sizes, together):
            size = sum(sizes[first:end])
            if size > room:
                pieces.append([])
                room = MOST_ENTRY_BYTES - ENVELOPE_BYTES
            pieces[-1] += events[first:end]
            room -= size
        return pieces


ENVELOPE_BYTES: Final = 64
"""What an entry has around its events."""


def _units(sizes: Sequence[int], together: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """From and to: what is not to be cut."""
    ends = dict(together)
    at = 0
    while at < len(sizes):
        end = ends.get(at, at + 1)
        if sum(sizes[at:end]) > MOST_ENTRY_BYTES - ENVELOPE_BYTES:
            yield from ((one, one + 1) for one in range(at, end))
        else:
            yield at, end
        at = end


def check_follows(last: Position, stored: StoredEntry, after: Position) -> None:
    """Check the chain: positions rise strictly and each entry names the one before it.

    Raises:
        JournalDamaged: an entry is missing, doubled, or written by an owner that had been replaced.
    """
    if stored.position <= last or after != last:
        raise JournalDamaged(f"journal entry {stored.position} says it follows {after}, but {last} stands before it")
