"""Snapshots: a machine's whole state at one journal position, in pieces that decode one by one."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from actors.kernel.entry import START, Position
from actors.kernel.journal.port import Journal, StoredSnapshot
from actors.kernel.machine import Machine

RECORDS_IN_PIECE: Final = 1_000
"""About 200 KB: small enough that neither the store nor an event loop stalls on one."""

_encoder = msgspec.msgpack.Encoder()


def take_checkpoint(machine: Machine, position: Position) -> StoredSnapshot:
    """Encode the state that `machine` has at `position`."""
    pieces, piece = [], []
    for record in machine.snapshot():
        piece.append(record)
        if len(piece) == RECORDS_IN_PIECE:
            pieces.append(_encoder.encode(piece))
            piece = []
    pieces.append(_encoder.encode(piece))
    return StoredSnapshot(position, pieces)


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
