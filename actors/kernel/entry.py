"""A journal entry: one batch of events, chained to the entry before it and sealed with a checksum."""

from __future__ import annotations

import zlib
from typing import Any, Final, Generic, NamedTuple, TypeVar

import msgspec

from actors.kernel.faults import JournalDamaged

ENTRY_VERSION: Final = 1
"""Raised when an event changes in a way that appended fields cannot express; `EntryCodec` then upcasts the older."""


class Position(NamedTuple):
    """Where an entry stands: `epoch` counts the owners there have been, `number` the entries of one owner."""

    epoch: int
    number: int

    def __str__(self) -> str:
        return f"{self.epoch}-{self.number}"

    @classmethod
    def parse(cls, text: str) -> Position:
        """Read `"E-n"`, the form of a Redis stream id."""
        epoch, _, number = text.partition("-")
        return cls(int(epoch), int(number or 0))


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


class EntryCodec(Generic[E]):
    """Encodes batches of one owner's events, and checks what it decodes."""

    def __init__(self, event_types: Any) -> None:
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder: msgspec.msgpack.Decoder[tuple[int, str, list[E]]] = msgspec.msgpack.Decoder(
            tuple[int, str, list[event_types]]
        )

    def encode(self, after: Position, events: list[E]) -> bytes:
        """Seal a batch: 4 bytes CRC-32, then MessagePack of (version, position it follows, events)."""
        body = self._encoder.encode((ENTRY_VERSION, str(after), events))
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
            version, after, events = self._decoder.decode(body)
        except msgspec.ValidationError as error:
            raise JournalDamaged(f"journal entry {stored.position}: not an entry this release knows ({error})") from None
        if version != ENTRY_VERSION:
            raise JournalDamaged(f"journal entry {stored.position}: version {version}, this release reads {ENTRY_VERSION}")
        return Entry(Position.parse(after), events)


def check_follows(last: Position, stored: StoredEntry, after: Position) -> None:
    """Check the chain: positions rise strictly and each entry names the one before it.

    Raises:
        JournalDamaged: an entry is missing, doubled, or written by an owner that had been replaced.
    """
    if stored.position <= last or after != last:
        raise JournalDamaged(f"journal entry {stored.position} says it follows {after}, but {last} stands before it")
