"""An owner: takes commands in turn, decides in memory, records in batches, and answers only what is recorded.

    claim → load snapshot → replay → serve → drain → leave

One append is in flight at a time. What arrives meanwhile is decided at once and becomes the next batch, so batches grow
with the load and there is no timer. Everything a batch causes (answers, steps to other owners) leaves after its append.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import structlog

from actors.kernel.entry import START, EntryCodec, Position
from actors.kernel.faults import Fault, Fenced, JournalBehind, StoreUnavailable
from actors.kernel.journal.port import Journal, refuse_unless_last
from actors.kernel.machine import Machine, Outgoing
from actors.kernel.messages import (
    Busy,
    Command,
    Event,
    Failed,
    Message,
    OwnerName,
    OwnerStatus,
    Query,
    ReadStatus,
    Refusal,
    Replaced,
)
from actors.kernel.outbox import Outbox
from actors.kernel.owner_figures import OwnerFigures
from actors.kernel.recovery import recover

log = structlog.get_logger()

MOST_UNRECORDED: Final = 20_000
"""Events that may wait for the journal; above this watermark new commands are turned away."""
MOST_WAITING: Final = 50_000
"""Answers that may wait for a saga."""
SWEEP_S: Final = 0.25
"""How often what is due by time alone is looked for."""
RECONCILE_S: Final = 0.2
RECONCILE_BUDGET_S: Final = 0.001
"""Checking goes on all the time, one millisecond in every two hundred: no turn is late for it, and no order pays for it."""
LINGER_S: Final = 0.005
"""How long events that nobody waits for gather, so that fewer appends carry them."""
RETRY_S: Final = 0.1
"""Pause between questions to a journal that does not answer."""


Recall = Callable[[Sequence[str]], Awaitable[Sequence[Command]]]
"""From keys to the commands that bring back what was forgotten of them (none for a key that never was)."""


class Channel(Protocol):
    """Where replies go: one per sender, so that a batch answers each of them with one message."""

    def reply(self, seq: int, message: Message) -> None:
        """Put a reply among those that leave with the next `flush`."""

    def flush(self) -> None:
        """Send what was put."""


@dataclass(slots=True)
class Batch:
    """What leaves together: events into the journal, then answers and steps."""

    events: list[Event] = field(default_factory=list)
    replies: list[tuple[Channel, int, Message]] = field(default_factory=list)
    steps: list[Outgoing] = field(default_factory=list)
    doubtful: bool = False
    """Somebody says that there is a newer owner: to be found out, even if nothing is to be written."""

    @property
    def awaited(self) -> bool:
        """Somebody waits for what it has."""
        return bool(self.replies or self.steps or self.doubtful)


class Owner:
    """The one writer of a machine's state. Runs in one event loop; every method is called from it."""

    def __init__(
        self,
        name: OwnerName,
        machine: Machine,
        journal: Journal,
        outbox: Outbox,
        leave: Callable[[str], None],
        clock: Callable[[], int] | None = None,
    ) -> None:
        self.name = name
        self.machine = machine
        self.figures = OwnerFigures()
        self.state = "starting"
        self._journal = journal
        self._outbox = outbox
        self._leave = leave
        self._clock = clock or now_ms
        self._codec: EntryCodec[Event] = EntryCodec(machine.event_types)
        self._position = Position(0, 0)
        self._open = Batch()
        self._writing = False
        self._waiting: dict[str, list[tuple[Command, Channel, int]]] = {}
        self._now = 0
        self._full: Callable[[], str] = lambda: ""
        self._recall: Recall = _nothing_to_recall
        self._answered_early: dict[int, Channel] = {}
        self._lingering = False
        self._background: set[asyncio.Task[None]] = set()

    @property
    def epoch(self) -> int:
        """The epoch this owner has claimed."""
        return self._position.epoch

    # ── life ────────────────────────────────────────────────────────────────────────────────────────────────────────
    async def start(self, epoch_floor: int = 0, stored: Position = START) -> None:
        """Claim the journal, rebuild memory from it, and serve.

        Raises:
            JournalTooWeak, JournalDamaged: serving would break the promise; a person has to look.
            Fenced: another owner keeps winning the claim.
        """
        self.state = "recovering"
        began = time.monotonic()
        await self._journal.open()
        self._position, replayed = await recover(self.name, self.machine, self._journal, self._codec, epoch_floor, stored)
        self._now = max(self._now, self._clock())
        self.machine.forget_changes()
        self.machine.begin(self._position.epoch)
        self.state = "serving"
        self.figures.recovery_s = time.monotonic() - began
        log.info(
            "serving",
            owner=self.name,
            epoch=self._position.epoch,
            replayed=replayed,
            seconds=round(self.figures.recovery_s, 3),
        )
        self._outbox.start(self._heard, self._stuck)
        for subject in self.machine.unfinished():
            self._outbox.send(self._outbox.take_up(self.machine.outgoing(subject)), certain=False)
        self._run(self._sweep())
        self._run(self._reconcile())

    async def drain(self, timeout_s: float) -> bool:
        """Take no new commands and wait until everything decided is recorded and answered; False when time ran out."""
        self.state = "draining"
        time_now = asyncio.get_running_loop().time
        deadline = time_now() + timeout_s
        while self.is_busy and time_now() < deadline:
            await asyncio.sleep(0.02)
        return not self.is_busy

    @property
    def is_busy(self) -> bool:
        """Something is decided that is not recorded, or asked that is not answered."""
        return bool(self._writing or self._waiting or self._open.events)

    async def stop(self) -> None:
        """Leave in order; memory is given up, the journal has everything."""
        self.state = "stopped"
        for task in tuple(self._background):
            task.cancel()
        await self._outbox.stop()
        await self._journal.close()

    def turn_away_when(self, full: Callable[[], str]) -> None:
        """Ask `full` before taking outside commands: a reason (journal or memory too long) turns them away."""
        self._full = full

    def recall_with(self, recall: Recall) -> None:
        """Look behind the bounded memory with `recall`, before a command that may repeat something forgotten."""
        self._recall = recall

    # ── taking commands ─────────────────────────────────────────────────────────────────────────────────────────────
    def receive(self, messages: Sequence[tuple[int, Message]], channel: Channel) -> None:
        """Carry out commands and queries in order; each reply goes to `channel` under the number it came with."""
        busy = self._why_busy()
        if busy:
            for seq, _ in messages:
                channel.reply(seq, Busy(busy, 1.0))
            channel.flush()
            return
        now = self._turn()
        doubtful: list[tuple[str, int, Command]] = []
        for seq, message in messages:
            if type(message) is ReadStatus:
                self._open.replies.append((channel, seq, self.status()))
            elif isinstance(message, Query):
                self._open.replies.append((channel, seq, self.machine.read(message, now)))
            elif (key := self.machine.recall_key(message)) is not None:  # type: ignore[arg-type]  # no query: a command
                doubtful.append((key, seq, message))  # type: ignore[arg-type]
            else:
                self._carry_out(message, now, channel, seq)  # type: ignore[arg-type]
        if doubtful:
            self._run(self._carry_out_doubtful(doubtful, channel))
        self._end_turn()

    async def _carry_out_doubtful(self, doubtful: list[tuple[str, int, Command]], channel: Channel) -> None:
        """Commands that may repeat what has left memory: bring that back first. Without the look-up they are not decided."""
        try:
            recalled = await self._recall([key for key, _, _ in doubtful])
        except Fault as fault:
            for _, seq, _ in doubtful:
                channel.reply(seq, Busy(f"it cannot be told now whether this was done long ago: {fault}", 2.0))
            channel.flush()
            return
        now = self._turn()
        for command in recalled:
            self._carry_out(command, now, None, 0)
        for _, seq, command in doubtful:
            self._carry_out(command, now, channel, seq)
        self._end_turn()

    def status(self) -> OwnerStatus:
        """This process and its figures."""
        figures = {**self.figures.as_dict(), **self.machine.figures(), "steps_under_way": len(self._outbox)}
        return OwnerStatus(self.name, os.getpid(), self.epoch, figures)

    def _why_busy(self) -> str:
        if self.state != "serving":
            return f"{self.name} is {self.state}"
        if len(self._open.events) > MOST_UNRECORDED:
            return f"{self.name} has {len(self._open.events)} events that its journal has not taken"
        if len(self._waiting) > MOST_WAITING:
            return f"{self.name} has {len(self._waiting)} orders under way"
        return self._full()

    def _turn(self) -> int:
        """Begin a turn: read the clock (it never goes back) and do what is due before anything else is decided."""
        self._now = max(self._now, self._clock())
        for command in self.machine.due(self._now):
            self._carry_out(command, self._now, None, 0)
        return self._now

    def _carry_out(self, command: Command, now: int, channel: Channel | None, seq: int) -> None:
        machine, batch = self.machine, self._open
        try:
            outcome = machine.decide(command, now)
        except Exception as error:  # a bug: deciding changed nothing, so only this command is lost
            log.exception("poison command", owner=self.name, command=repr(command)[:500])
            outcome = Failed(f"{type(error).__name__} while deciding {type(command).__name__}")
        if isinstance(outcome, Refusal):
            self.figures.refusals += 1
            if channel is not None:
                batch.replies.append((channel, seq, outcome))
            return
        for event in outcome:
            batch.events.append(event)
            subject = machine.apply(event)
            if subject is not None:
                steps = machine.outgoing(subject)
                if steps:
                    self._take_up(steps)
                if subject in self._waiting:
                    self._answer_waiting(subject)
        if channel is not None:
            reply = machine.answer(command)
            if reply is not None:
                batch.replies.append((channel, seq, reply))
            else:
                self._waiting.setdefault(machine.subject(command), []).append((command, channel, seq))

    def _take_up(self, steps: Sequence[Outgoing]) -> None:
        """Steps leave with the batch they follow from; those that carry their intent need not wait for it."""
        for step in self._outbox.take_up(steps):
            if step.carries_intent:
                self._outbox.send((step,), certain=True)
            else:
                self._open.steps.append(step)

    def _answer_waiting(self, subject: str) -> None:
        still = []
        vouched = self.machine.vouched(subject)
        for command, channel, seq in self._waiting.pop(subject):
            reply = self.machine.answer(command)
            if reply is None:
                still.append((command, channel, seq))
            elif vouched:
                channel.reply(seq, reply)
                self._answered_early[id(channel)] = channel
            else:
                self._open.replies.append((channel, seq, reply))
        if still:
            self._waiting[subject] = still

    def _heard(self, answers: Sequence[tuple[Outgoing, Message, bool]]) -> list[Outgoing]:
        """Record what other owners answered; gives the steps that are to be sent again."""
        again = []
        now = self._turn()
        for sent, reply, certain in answers:
            if type(reply) is Replaced:
                self._open.doubtful = True
                again.append(sent)
                continue
            command = self.machine.hear(sent, reply, certain=certain)
            if command is None:
                again.append(sent)
            else:
                self._carry_out(command, now, None, 0)
        self._end_turn()
        return again

    def _stuck(self, sent: Outgoing, attempts: int) -> bool:
        """Ask the rules what becomes of a step without an answer; True when it is still to be sent."""
        command = self.machine.stuck(sent, attempts)
        if command is not None:
            self._carry_out(command, self._turn(), None, 0)
            self._end_turn()
            return False
        return True

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            self._turn()
            self._end_turn()

    async def _reconcile(self) -> None:
        """Check the invariants all the time, a little at a moment, so that no turn is late for it."""
        while True:
            broken: list[str] = []
            began = time.perf_counter()
            for line in self.machine.reconciliation():
                if line is not None:
                    broken.append(line)
                if time.perf_counter() - began > RECONCILE_BUDGET_S:
                    await asyncio.sleep(RECONCILE_S)
                    began = time.perf_counter()
            self.figures.reconciliation_broken = len(broken)
            self.figures.reconciliations += 1
            for line in broken[:10]:
                log.error("reconciliation", owner=self.name, broken=line)
            await asyncio.sleep(RECONCILE_S)

    # ── recording and answering ─────────────────────────────────────────────────────────────────────────────────────
    def _end_turn(self) -> None:
        """Send the answers that others vouch for; let the batch be written at the end of this turn of the loop, so that what
        arrived together is one batch, or a little later when nobody waits for it."""
        if self._answered_early:
            for channel in self._answered_early.values():
                channel.flush()
            self._answered_early.clear()
        if self._writing:
            return
        if self._open.awaited:
            self._writing = True
            asyncio.get_running_loop().call_soon(self._begin_write)
        elif self._open.events and not self._lingering:
            self._lingering = True
            asyncio.get_running_loop().call_later(LINGER_S, self._write_unawaited)

    def _write_unawaited(self) -> None:
        self._lingering = False
        if self._open.events and not self._writing:
            self._writing = True
            self._begin_write()

    def _begin_write(self) -> None:
        self._run(self._write())

    async def _write(self) -> None:
        """Write the open batch, and those that are awaited when it is done."""
        try:
            while True:
                batch, self._open = self._open, Batch()
                if batch.events:
                    await self._append(batch.events)
                elif batch.replies or batch.doubtful:
                    await self._confirm()
                self._settle(batch)
                if not self._open.awaited:
                    break
        except (Fenced, JournalBehind) as fault:
            self._give_up(str(fault))
            return
        finally:
            self._writing = False
        self._end_turn()

    async def _append(self, events: list[Event]) -> None:
        after = self._position
        position = Position(after.epoch, after.number + 1)
        data = self._codec.encode(after, events)
        read_model = self.machine.changed_read_model()
        began = time.perf_counter()
        try:
            await self._journal.append(position, after, data, read_model)
        except StoreUnavailable as fault:
            log.warning("append without an answer", owner=self.name, position=str(position), fault=str(fault))
            await self._find_out(position, after, data, read_model)
        self._position = position
        self.figures.appended(len(events), time.perf_counter() - began)

    async def _confirm(self) -> None:
        """Before answering without having appended (queries, refusals, repeats): make sure nobody has taken over.

        An owner that was replaced while it had nothing to write does not know it; its "no such order" would be a lie.
        """
        while True:
            try:
                refuse_unless_last(self.name, await self._journal.last(), self._position)
                return
            except StoreUnavailable as fault:
                self.figures.store_faults += 1
                log.warning("journal away", owner=self.name, fault=str(fault))
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
                self.figures.store_faults += 1
                log.warning("journal away", owner=self.name, fault=str(fault))

    def _settle(self, batch: Batch) -> None:
        """The batch is durable: send its answers and its steps."""
        channels: dict[int, Channel] = {}
        for channel, seq, reply in batch.replies:
            channel.reply(seq, reply)
            channels[id(channel)] = channel
        for channel in channels.values():
            channel.flush()
        if batch.steps:
            self._outbox.send(batch.steps, certain=True)

    def _give_up(self, reason: str) -> None:
        """Leave at once: this copy may no longer answer anybody."""
        self.state = "gone"
        log.error("leaving", owner=self.name, reason=reason)
        self._leave(reason)

    def _run(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(self._guarded(work))
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _guarded(self, work: Any) -> None:
        """A bug in the background drops this copy's memory: it leaves, and its successor rebuilds from the journal."""
        try:
            await work
        except Fault as fault:
            self._give_up(str(fault))
        except Exception as error:
            log.exception("bug", owner=self.name)
            self._give_up(f"{type(error).__name__}: {error}")


async def _nothing_to_recall(keys: Sequence[str]) -> Sequence[Command]:
    return ()


def now_ms() -> int:
    """The clock, in ms since 1970 UTC."""
    return time.time_ns() // 1_000_000
