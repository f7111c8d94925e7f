"""Records what an owner decides: one append in flight, and everything that a batch causes leaves after it.

What is decided meanwhile becomes the next batch, so batches grow with the load and there is no timer; only what nobody
waits for lingers a moment, so that fewer appends carry it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import structlog

from actors.kernel.entry import MOST_ENTRY_BYTES, EntryCodec, Position
from actors.kernel.faults import Fault, Fenced, JournalBehind, StoreUnavailable
from actors.kernel.journal.port import Journal, refuse_unless_last
from actors.kernel.machine import Numbered, Outgoing
from actors.kernel.messages import Event, Message, OwnerName
from actors.kernel.owner_figures import OwnerFigures

log = structlog.get_logger()

LINGER_S: Final = 0.005
"""How long events that nobody waits for gather."""
RETRY_S: Final = 0.1
"""Pause between questions to a journal that does not answer."""


class Channel(Protocol):
    """Where replies go: one per sender, so that a batch answers each of them with one message."""

    def send(self, replies: Sequence[Numbered]) -> None:
        """Send replies, by the numbers of what they answer."""


@dataclass(slots=True)
class Batch:
    """What leaves together: events into the journal, then answers and steps."""

    events: list[Event] = field(default_factory=list)
    replies: dict[Channel, list[Numbered]] = field(default_factory=dict)
    steps: list[Outgoing] = field(default_factory=list)
    together: list[tuple[int, int]] = field(default_factory=list)
    """From and to where events are of one command, when it has several: in or out, never half."""
    received_bytes: int = 0
    """Of the requests that it comes from."""
    doubtful: bool = False
    """Somebody says that there is a newer owner: to be found out, even if nothing is to be written."""

    def replies_to(self, channel: Channel) -> list[Numbered]:
        """What a sender is answered with this batch, to be added to."""
        replies = self.replies.get(channel)
        if replies is None:
            replies = self.replies[channel] = []
        return replies

    @property
    def awaited(self) -> bool:
        """Somebody waits for what it has."""
        return bool(self.replies or self.steps or self.doubtful)


class Recorder:
    """The open batch of an owner, and the one that is being appended. Runs in the owner's event loop."""

    def __init__(
        self,
        name: OwnerName,
        journal: Journal,
        codec: EntryCodec[Event],
        read_model: Callable[[], dict[str, bytes]],
        figures: OwnerFigures,
        send_steps: Callable[[list[Outgoing]], None],
        run: Callable[[Coroutine[Any, Any, None]], None],
        give_up: Callable[[Fault], None],
    ) -> None:
        self.open = Batch()
        self.position = Position(0, 0)
        self._name = name
        self._journal = journal
        self._codec = codec
        self._read_model = read_model
        self._figures = figures
        self._send_steps = send_steps
        self._run = run
        self._give_up = give_up
        self._writing = False
        self._lingering = False
        self._begun = 0
        """Batches that were taken to be written, and below those of them that are recorded."""
        self._recorded = 0
        self._early: dict[Channel, list[Numbered]] = {}

    @property
    def is_busy(self) -> bool:
        """Something is decided that is not recorded."""
        return bool(self._writing or self.open.events)

    async def all_recorded(self) -> Position:
        """Wait until all that is decided by now is recorded; gives a position at which it is."""
        last = self._begun + bool(self.open.events)
        while self._recorded < last:  # noqa: ASYNC110  # asked once a second at most, by nobody in a hurry
            await asyncio.sleep(RETRY_S)
        return self.position

    def answer_early(self, channel: Channel, number: int, reply: Message) -> None:
        """Answer at the end of this turn: others have on record all that the reply says."""
        early = self._early.get(channel)
        if early is None:
            early = self._early[channel] = []
        early.append((number, reply))

    def end_turn(self) -> None:
        """Send the answers that others vouch for; let the batch be written at the end of this turn of the loop, so that what
        arrived together is one batch, or a little later when nobody waits for it."""
        if self._early:
            for channel, replies in self._early.items():
                channel.send(replies)
            self._early.clear()
        if self._writing:
            return
        if self.open.awaited:
            self._writing = True
            asyncio.get_running_loop().call_soon(self._begin_write)
        elif self.open.events and not self._lingering:
            self._lingering = True
            asyncio.get_running_loop().call_later(LINGER_S, self._write_unawaited)

    def _write_unawaited(self) -> None:
        self._lingering = False
        if self.open.events and not self._writing:
            self._writing = True
            self._begin_write()

    def _begin_write(self) -> None:
        self._run(self._write())

    async def _write(self) -> None:
        """Write the open batch, and those that are awaited when it is done."""
        try:
            while True:
                batch, self.open = self.open, Batch()
                self._begun += 1
                if batch.events:
                    await self._append(batch)
                elif batch.replies or batch.doubtful:
                    await self._confirm()
                self._recorded += 1
                self._settle(batch)
                if not self.open.awaited:
                    break
        except (Fenced, JournalBehind) as fault:
            self._give_up(fault)
            return
        finally:
            self._writing = False
        self.end_turn()

    async def _append(self, batch: Batch) -> None:
        events = batch.events
        data = self._codec.encode(self.position, events)
        read_model = self._read_model()
        if len(data) > MOST_ENTRY_BYTES and len(events) > 1:
            *first, events = self._codec.cut(events, batch.together)
            for piece in first:
                await self._append_entry(self._codec.encode(self.position, piece, more=True), {}, len(piece))
            data = self._codec.encode(self.position, events)
        await self._append_entry(data, read_model, len(events))

    async def _append_entry(self, data: bytes, read_model: dict[str, bytes], events: int) -> None:
        after = self.position
        position = Position(after.epoch, after.number + 1)
        began = time.perf_counter()
        try:
            await self._journal.append(position, after, data, read_model)
        except StoreUnavailable as fault:
            log.warning("append without an answer", owner=self._name, position=str(position), fault=str(fault))
            await self._find_out(position, after, data, read_model)
        self.position = position
        self._figures.appended(events, time.perf_counter() - began)

    async def _confirm(self) -> None:
        """Before answering without having appended (queries, refusals, repeats): make sure nobody has taken over.

        An owner that was replaced while it had nothing to write does not know it; its "no such order" would be a lie.
        """
        while True:
            try:
                refuse_unless_last(self._name, await self._journal.last(), self.position)
                return
            except StoreUnavailable as fault:
                self._figures.store_faults += 1
                log.warning("journal away", owner=self._name, fault=str(fault))
                await asyncio.sleep(RETRY_S)

    async def _find_out(self, position: Position, after: Position, data: bytes, read_model: dict[str, bytes]) -> None:
        """An append has no answer: ask for the last position until it is known, and send the same entry again if need be.

        Nothing is answered meanwhile, and nobody is told "refused": the entry may still be on its way.
        """
        while True:
            await asyncio.sleep(RETRY_S)
            try:
                last = await self._journal.last()
                if last == position:
                    return
                await self._journal.append(position, after, data, read_model)
                return
            except StoreUnavailable as fault:
                self._figures.store_faults += 1
                log.warning("journal away", owner=self._name, fault=str(fault))

    def _settle(self, batch: Batch) -> None:
        """The batch is durable: send its answers and its steps."""
        for channel, replies in batch.replies.items():
            if replies:
                channel.send(replies)
        if batch.steps:
            self._send_steps(batch.steps)
