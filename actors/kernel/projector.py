"""The projector: follows an owner's journal and keeps the system of record equal to the fold of it.

It applies the same events to a machine of its own, so the rows it writes are absolute values: a hot SKU is one row,
however often it changed. The position travels in the same transaction. Because it holds the owner's state a moment
later, it is also who takes the snapshots: the owner never stops for one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final, Protocol

import structlog

from actors.kernel.checkpoints import CHECKPOINT_S, Checkpoints
from actors.kernel.clock import now_ms
from actors.kernel.entry import START, EntryCodec, Position, check_follows
from actors.kernel.faults import DataRefused, JournalDamaged, StoreUnavailable
from actors.kernel.journal.port import Journal
from actors.kernel.journal.reading import JournalReader
from actors.kernel.machine import Machine
from actors.kernel.messages import Event, OwnerName

log = structlog.get_logger()

EVENTS_IN_WINDOW: Final = 15_000
"""Events folded into one transaction at most."""
PAUSE_S: Final = 0.5
"""Between two windows: rows that change twice within it are written once."""
REST: Final = 3.0
"""While owners are busy the projector rests so many times as long as it has worked: behind is where it belongs."""
MOST_BEHIND_S: Final = 20.0
"""Rows older than this are written without rest, however busy the owners are: a restarted owner replays what they lack."""
RETRY_S: Final = 1.0
REFUSED_RETRY_S: Final = 10.0
"""Between two attempts at rows that the system of record refuses: only a person changes that, and may do it there."""


class SystemOfRecord(Protocol):
    """Where the rows go."""

    async def position(self, owner: OwnerName) -> tuple[Position, int]:
        """The last position applied, and the newest epoch known."""

    async def write(
        self, owner: OwnerName, machine: Machine, events: list[Event], previous: Position, last: Position, epoch: int
    ) -> None:
        """Write the rows that changed and move the position, in one transaction.

        Raises:
            Fenced: another projector has moved the position.
            StoreUnavailable: it does not answer; calling again with the same arguments is safe.
            DataRefused: it refuses a row, and will again.
        """


class Projector:
    """Follows one owner."""

    def __init__(
        self,
        name: OwnerName,
        make_machine: Callable[[], Machine],
        journal: Journal,
        record: SystemOfRecord,
        *,
        checkpoint_s: float = CHECKPOINT_S,
        clock: Callable[[], int] | None = None,
    ) -> None:
        self.name = name
        self._journal = journal
        self._reader = JournalReader(journal)
        self._record = record
        self._checkpoints = Checkpoints(journal, checkpoint_s)
        self._machine = make_machine()
        self._codec: EntryCodec[Event] = EntryCodec(self._machine.event_types)
        self.applied = START
        self._read = START
        self._epoch = 0
        self._clock = clock or now_ms
        self._written_at = 0
        """The owner's clock at the newest event written, in ms."""
        self._last_seen = START
        self._unwritten: list[Event] = []
        """Folded, but not in the system of record yet: a journal that goes away within a window takes none of them along."""
        self.transactions = 0
        self.events = 0
        self.alarm = ""
        self.refused = False
        """The alarm is about what the system of record refuses: it does not pass by itself."""
        self.follows = False
        """It has come to the end of the journal, or written a window: what stopped an earlier one is over."""

    async def run(self) -> None:
        """Follow for ever. Store faults are waited out; a damaged journal stops the projector with an alarm."""
        await self._until_it_answers(self._journal.open)
        await self._until_it_answers(self._begin)
        time = asyncio.get_running_loop().time
        while True:
            began = time()
            moved = await self._until_it_answers(self._window)
            self.follows = True
            caught_up = moved < EVENTS_IN_WINDOW
            await self._until_it_answers(self._checkpoints.make_room)
            if self._checkpoints.is_due(self.applied, self.events, caught_up=caught_up):
                await self._until_it_answers(self.checkpoint)
            if caught_up:
                await asyncio.sleep(PAUSE_S)
            elif not (self._is_far_behind() or await self._until_it_answers(self._is_left_alone)):
                await asyncio.sleep(max(PAUSE_S, REST * (time() - began)))

    def _is_far_behind(self) -> bool:
        return self._clock() - self._written_at > MOST_BEHIND_S * 1000

    async def _is_left_alone(self) -> bool:
        """Whether the owner has written nothing since this was asked last."""
        before, self._last_seen = self._last_seen, await self._journal.last()
        return self._last_seen == before

    async def _until_it_answers(self, work: Callable[[], Any]) -> Any:
        while True:
            try:
                result = await work()
                self.alarm = self._checkpoints.no_room
                return result
            except StoreUnavailable as fault:
                self.alarm = str(fault)
                log.warning("projector waits", owner=self.name, reason=str(fault))
                await asyncio.sleep(RETRY_S)

    async def _begin(self) -> None:
        """Load the newest snapshot and fold up to what the system of record has."""
        self.applied, self._epoch = await self._record.position(self.name)
        if self._read == START:
            self._read = await self._checkpoints.load(self._machine)
        if self._read > self.applied:
            raise JournalDamaged(
                f"the snapshot of {self.name} stands at {self._read}, the system of record at {self.applied}: "
                "it was set back, restore it to a state after the snapshot"
            )
        while self._read < self.applied:
            entries = (await self._reader.after(self._read)).entries
            if not entries or entries[0].position > self.applied:
                raise JournalDamaged(f"the journal of {self.name} lacks {self.applied}, at which its rows stand")
            for stored in entries:
                if stored.position <= self.applied:
                    self._fold(stored)
            self._machine.forget_changes()
        await self._checkpoints.finish_trim()

    async def _window(self) -> int:
        """Fold the entries there are, up to a window's worth, and write what changed."""
        events = self._unwritten
        while len(events) < EVENTS_IN_WINDOW:
            entries, more = await self._reader.after(self._read)
            for stored in entries:
                events += self._fold(stored)
                self._epoch = max(self._epoch, stored.position.epoch)
                if len(events) >= EVENTS_IN_WINDOW:
                    break
            if not more:
                break
            await asyncio.sleep(0)
        if self._read > self.applied:
            await self._write(events)
        return len(events)

    async def _write(self, events: list[Event]) -> None:
        """Write until it is written: the fold cannot be taken back, so neither can the transaction be given up."""
        while True:
            try:
                await self._record.write(self.name, self._machine, events, self.applied, self._read, self._epoch)
                break
            except StoreUnavailable as fault:
                self.alarm = str(fault)
                log.warning("system of record away", owner=self.name, reason=str(fault))
                await asyncio.sleep(RETRY_S)
            except DataRefused as fault:
                self.alarm, self.refused = str(fault), True
                log.error("rows refused", owner=self.name, reason=str(fault))
                await asyncio.sleep(REFUSED_RETRY_S)
        self.alarm, self.refused = self._checkpoints.no_room, False
        self._machine.forget_changes()
        self._machine.forgotten.lately.rows_have_passed()
        self.applied = self._read
        self._unwritten = []
        if events:
            self._written_at = events[-1].at
        self.transactions += 1
        self.events += len(events)

    def _fold(self, stored: Any) -> list[Event]:
        entry = self._codec.decode(stored)
        if self._read != START or entry.after == START:
            check_follows(self._read, stored, entry.after)
        else:
            raise JournalDamaged(f"the journal of {self.name} begins at {stored.position}: entries before it are gone")
        for event in entry.events:
            self._machine.apply(event)
        self._read = stored.position
        self._checkpoints.passed(stored)
        return entry.events

    async def checkpoint(self) -> None:
        """Take a snapshot now, and trim the journal."""
        await self._checkpoints.take(self._machine, self.applied, self.events)

    async def journal_end(self) -> Position | None:
        """Where the journal ends now; None when that cannot be told."""
        try:
            return await self._journal.last()
        except StoreUnavailable:
            return None

    def status(self) -> dict[str, Any]:
        """How far it has come."""
        return {
            "owner": self.name,
            "applied": str(self.applied),
            "checkpoint": str(self._checkpoints.position),
            "transactions": self.transactions,
            "events": self.events,
            "alarm": self.alarm,
            "refused": self.refused,
        }
