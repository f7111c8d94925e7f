"""When a projector takes a snapshot, and what it trims from the journal after it."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from actors.kernel.checkpoint import RECORDS_IN_PIECE, load_checkpoint, take_checkpoint
from actors.kernel.entry import START, Position, StoredEntry
from actors.kernel.faults import StoreFull
from actors.kernel.journal.port import Journal
from actors.kernel.machine import Machine
from actors.kernel.watermarks import is_long, is_tight

log = structlog.get_logger()

CHECKPOINT_S: Final = 20.0
"""Between two snapshots while events come: bounds what a restarted owner has to replay."""
CHECKPOINT_EVENTS: Final = 50_000
"""After so many, half a second of replay, a projector that has caught up does not wait for that."""
RECORDS_PER_EVENT: Final = 4
"""A snapshot writes every record there is: it waits for an event per so many of them, so its cost per event has a bound.
A million open orders would be written anew every twenty seconds otherwise. A long journal and a tight store do not wait."""
LOOK_S: Final = 2.0
"""Between two looks at the store's memory."""
NO_ROOM_S: Final = 10.0
"""Before a snapshot that the store had no room for is tried again."""


class Checkpoints:
    """The snapshots of one journal. `position` is where the newest one stands that is surely kept."""

    def __init__(self, journal: Journal, every_s: float = CHECKPOINT_S) -> None:
        self.position = START
        self.no_room = ""
        """Why the last snapshot was not kept, when the store was full."""
        self._journal = journal
        self._every_s = every_s
        self._trimmed = START
        self._taken_at = 0.0
        self._not_before = 0.0
        self._events = 0
        self._records = 0
        self._entries_since = self._bytes_since = 0
        self._tight = False
        self._looked_at = -LOOK_S

    async def load(self, machine: Machine) -> Position:
        """Fill an empty machine from the newest snapshot; gives the position it stands at."""
        self.position = await load_checkpoint(machine, self._journal)
        return self.position

    def passed(self, stored: StoredEntry) -> None:
        """One more entry is behind the projector, and stays in the journal until a snapshot stands for it."""
        self._entries_since += 1
        self._bytes_since += len(stored.data)

    async def make_room(self) -> None:
        """Look whether memory is tight, and then keep no entries that a snapshot stands for."""
        now = _time()
        if now - self._looked_at >= LOOK_S:
            self._looked_at = now
            self._tight = is_tight(await self._journal.memory())
        if self._tight:
            await self._trim(self.position)

    async def finish_trim(self) -> None:
        """Trim a long journal up to its snapshot: an earlier projector may have died between the two."""
        if is_long(await self._journal.length()):
            await self._trim(self.position)

    def is_due(self, applied: Position, events: int, *, caught_up: bool) -> bool:
        """Whether to take one of the state at `applied`, after so many events in all."""
        now = _time()
        if applied <= self.position or now < self._not_before:
            return False
        if self._is_long:
            return True
        if not self._tight and (events - self._events) * RECORDS_PER_EVENT < self._records:
            return False
        many = events - self._events > CHECKPOINT_EVENTS
        return (caught_up and many) or now - self._taken_at > self._every_s

    @property
    def _is_long(self) -> bool:
        return is_long(self._entries_since, self._bytes_since)

    async def take(self, machine: Machine, applied: Position, events: int) -> None:
        """Keep a snapshot of the state at `applied`, then trim the journal up to the one before.

        An owner may be loading that one at this moment: it needs the entries since, or has to begin again. A long journal, or
        one in a tight store, is trimmed up to the new snapshot: its owner may be turning everything away, and nothing would
        come to bring about another one. A store that has no room for the snapshot gets some: what the last one stands for goes.
        """
        began = _time()
        snapshot = take_checkpoint(machine, applied)
        try:
            await self._journal.save_snapshot(snapshot)
        except StoreFull as fault:
            self.no_room, self._not_before = str(fault), _time() + NO_ROOM_S
            log.warning("no room for a snapshot", owner=self._journal.owner, reason=str(fault))
            await self._trim(self.position)
            return
        through = applied if self._tight or self._is_long else self.position
        self.no_room = ""
        self.position, self._taken_at, self._events = applied, _time(), events
        self._records = (len(snapshot.chunks) - 1) * RECORDS_IN_PIECE
        self._entries_since = self._bytes_since = 0
        await self._trim(through)
        log.info("checkpoint", owner=self._journal.owner, position=str(applied), seconds=round(_time() - began, 3))

    async def _trim(self, through: Position) -> None:
        if through > self._trimmed:
            await self._journal.trim(through)
            self._trimmed = through


def _time() -> float:
    return asyncio.get_running_loop().time()
