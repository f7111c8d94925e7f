"""Snapshots: a machine's whole state at one journal position, in pieces that decode one by one."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from actors.kernel.entry import MOST_ENTRY_BYTES, START, Position
from actors.kernel.journal.port import Journal, StoredSnapshot
from actors.kernel.machine import Machine

RECORDS_IN_PIECE: Final = 1_000
"""About 200 KB: small enough that neither the store nor an event loop stalls on one."""
MOST_PIECE_BYTES: Final = MOST_ENTRY_BYTES
"""Pieces of large records are cut until they are no larger, or of one record."""

_encoder = msgspec.msgpack.Encoder()


def take_checkpoint(machine: Machine, position: Position) -> StoredSnapshot:
    """Encode the state that `machine` has at `position`."""
    pieces: list[bytes] = []
    piece: list[Any] = []
    for record in machine.snapshot():
        piece.append(record)
        if len(piece) == RECORDS_IN_PIECE:
            pieces += _encoded(piece)
            piece = []
    pieces += _encoded(piece)
    return StoredSnapshot(position, pieces)


def _encoded(records: list[Any]) -> list[bytes]:
    data = _encoder.encode(records)
    if len(data) <= MOST_PIECE_BYTES or len(records) <= 1:
        return [data]
    half = len(records) // 2
    return _encoded(records[:half]) + _encoded(records[half:])


def restore_checkpoint(machine: Machine, snapshot: StoredSnapshot) -> Position:
    """Fill an empty machine from a snapshot; gives the position replay goes on from."""
    kinds: Any = list[machine.record_types]  # type: ignore[name-defined]  # a union that is a value
    decoder = msgspec.msgpack.Decoder(kinds)
    for piece in snapshot.chunks:
        for record in decoder.decode(piece):
            machine.restore(record)
    return snapshot.position


async def load_checkpoint(machine: Machine, journal: Journal) -> Position:
    """The newest snapshot of the journal, or the beginning."""
    snapshot = await journal.load_snapshot()
    return restore_checkpoint(machine, snapshot) if snapshot is not None else START
