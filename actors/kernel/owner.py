"""An owner: takes commands in turn, decides in memory, records in batches, and answers only what is recorded.

    claim → load snapshot → replay → serve → drain → leave

It decides at once, also while an append is under way (`turns.py`); `recorder.py` says when answers and steps to other owners
leave.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import structlog

from actors.kernel.acknowledged import NOTHING, Acknowledged
from actors.kernel.clock import now_ms
from actors.kernel.doubtful import Doubtful, set_aside
from actors.kernel.entry import START, EntryCodec, Position
from actors.kernel.faults import Fault, JournalBehind
from actors.kernel.journal.port import Journal
from actors.kernel.machine import Answer, Machine, Numbered, Outgoing
from actors.kernel.messages import (
    Busy,
    Command,
    Event,
    OwnerName,
    OwnerStatus,
)
from actors.kernel.outbox import Outbox
from actors.kernel.owner_figures import OwnerFigures
from actors.kernel.recorder import Channel, Recorder
from actors.kernel.recovery import recover
from actors.kernel.self_check import check_for_ever
from actors.kernel.turns import Turns

log = structlog.get_logger()

MOST_UNRECORDED: Final = 20_000
"""Events that may wait for the journal; above this watermark new commands are turned away."""
MOST_UNRECORDED_BYTES: Final = 64 << 20
"""The same in bytes of the requests they come from: 20,000 events of 10,000 lines each would be gigabytes."""
MOST_WAITING: Final = 50_000
"""Answers that may wait for sagas, however few orders they are about."""
MOST_LOOKED_UP: Final = 10_000
"""Commands that may wait for a look-up behind the memory: a database that hangs takes no more than these with it."""
SWEEP_S: Final = 0.25
"""How often what is due by time alone is looked for."""


Recall = Callable[[Sequence[str]], Awaitable[Sequence[Command]]]
"""From keys to the commands that bring back what was forgotten of them (none for a key that never was)."""


class Owner:
    """The one writer of a machine's state. Runs in one event loop; every method is called from it."""

    recorder_type = Recorder

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
        self.rows_alarm = ""
        self.trouble = ""
        """What keeps it from serving, as far as its process knows."""
        self._journal = journal
        self._outbox = outbox
        self._leave = leave
        self._clock = clock or now_ms
        self._codec: EntryCodec[Event] = EntryCodec(machine.event_types)
        self._looked_up = 0
        self._now = 0
        self._full: Callable[[], str] = lambda: ""
        self._recall: Recall = _nothing_to_recall
        self._note_loss: Callable[[Position], None] = lambda _: None
        self._background: set[asyncio.Task[None]] = set()
        self._recorder = self.recorder_type(
            name, journal, self._codec, machine.changed_read_model, self.figures, self._send_steps, self._run, self._give_up
        )
        self._turns = Turns(name, machine, self._recorder, outbox, self.figures, self.status)

    @property
    def epoch(self) -> int:
        """The epoch this owner has claimed."""
        return self._recorder.position.epoch

    # ── life ────────────────────────────────────────────────────────────────────────────────────────────────────────
    async def start(self, epoch_floor: int = 0, stored: Position = START, acknowledged: Acknowledged = NOTHING) -> None:
        """Claim the journal, rebuild memory from it, and serve. The arguments are those of `recover`.

        Raises:
            JournalTooWeak, JournalDamaged: serving would break the promise; a person has to look.
            Fenced: another owner keeps winning the claim.
        """
        self.state = "recovering"
        began = time.monotonic()
        await self._journal.open()
        self._recorder.position, replayed = await recover(
            self.name, self.machine, self._journal, self._codec, epoch_floor, stored, acknowledged
        )
        self._now = max(self._now, self._clock())
        self.machine.begin(self._recorder.position.epoch)
        self.state = "serving"
        self.figures.recovery_s = time.monotonic() - began
        log.info(
            "serving",
            owner=self.name,
            epoch=self._recorder.position.epoch,
            replayed=replayed,
            seconds=round(self.figures.recovery_s, 3),
        )
        self._outbox.start(self._heard, self._stuck)
        for subject in self.machine.unfinished():
            self._outbox.send(self._outbox.take_up(self.machine.outgoing(subject)), certain=False)
        self._run(self._sweep())
        self._run(check_for_ever(self.name, self.machine, self.figures))

    async def drain(self, timeout_s: float) -> bool:
        """Take no new commands and wait until everything decided is recorded and answered; False when time ran out."""
        self.state = "draining"
        time_now = asyncio.get_running_loop().time
        deadline = time_now() + timeout_s
        while self.is_busy and time_now() < deadline:
            await asyncio.sleep(0.02)
        return not self.is_busy

    @property
    def position(self) -> Position:
        """The newest entry that is recorded."""
        return self._recorder.position

    async def all_recorded(self) -> Position:
        """Wait until all that is decided by now is recorded; gives a position at which it is."""
        return await self._recorder.all_recorded()

    @property
    def is_busy(self) -> bool:
        """Something is decided that is not recorded, or asked that is not answered."""
        return bool(self._recorder.is_busy or self._turns.waiting or self._looked_up)

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

    def note_loss_with(self, note: Callable[[Position], None]) -> None:
        """Before leaving a store that has lost what it acknowledged, tell `note` up to where it had acknowledged."""
        self._note_loss = note

    # ── taking commands ─────────────────────────────────────────────────────────────────────────────────────────────
    def receive(self, messages: Sequence[Numbered], channel: Channel, size: int = 0) -> None:
        """Carry out commands and queries in order; each reply goes to `channel` under the number it came with.

        `size` is what they had in bytes on their way here: so much will wait for the journal.
        """
        busy = self._why_busy()
        if busy:
            channel.send([(number, Busy(busy, 1.0)) for number, _ in messages])
            return
        with self._leaving_over_bugs():
            self._recorder.open.received_bytes += size
            now = self._turn()
            if self.machine.forgotten:
                messages, busy_now, doubtful = set_aside(self.machine, messages)
                if busy_now:
                    self._recorder.open.replies_to(channel).extend(busy_now)
                if doubtful:
                    self._looked_up += len(doubtful)
                    self._run(self._carry_out_doubtful(doubtful, channel))
            self._turns.carry_out_all(messages, now, channel)
            self._recorder.end_turn()

    async def _carry_out_doubtful(self, doubtful: list[Doubtful], channel: Channel) -> None:
        """Commands that may repeat what has left memory: bring that back first. Without the look-up they are not decided."""
        try:
            recalled = await self._recall([one.key for one in doubtful])
        except Fault as fault:
            reason = f"it cannot be told now whether this was done long ago: {fault}"
            channel.send([(one.number, Busy(reason, 2.0)) for one in doubtful])
            return
        finally:
            self._looked_up -= len(doubtful)
        with self._leaving_over_bugs():
            now = self._turn()
            for command in recalled:
                self._turns.carry_out(command, now)
            certain, busy_now, _ = set_aside(self.machine, [(one.number, one.command) for one in doubtful], recalled=True)
            self._recorder.open.replies_to(channel).extend(busy_now)
            self._turns.carry_out_all(certain, now, channel)
            self._recorder.end_turn()

    def status(self) -> OwnerStatus:
        """This process and its figures."""
        figures = {**self.figures.as_dict(), **self.machine.figures(), "steps_under_way": len(self._outbox)}
        figures["rows_alarm"] = float(bool(self.rows_alarm))
        return OwnerStatus(self.name, os.getpid(), self.epoch, figures, self.rows_alarm)

    def _why_busy(self) -> str:
        if self.state != "serving":
            return f"{self.name} is {self.state}{self.trouble and ': '}{self.trouble}"
        if len(self._recorder.open.events) > MOST_UNRECORDED:
            return f"{self.name} has {len(self._recorder.open.events)} events that its journal has not taken"
        if self._recorder.open.received_bytes > MOST_UNRECORDED_BYTES:
            return f"{self.name} has {self._recorder.open.received_bytes:,} bytes of commands that its journal has not taken"
        if len(self._turns.waiting) > MOST_WAITING:
            return f"{self.name} owes {len(self._turns.waiting)} answers about orders under way"
        if self._looked_up > MOST_LOOKED_UP:
            return f"{self.name} waits for the database to look {self._looked_up} commands up"
        return self._full()

    def _turn(self) -> int:
        """Begin a turn: read the clock (it never goes back) and do what is due before anything else is decided."""
        self._now = max(self._now, self._clock())
        for command in self.machine.due(self._now):
            self._turns.carry_out(command, self._now)
        return self._now

    def _heard(self, answers: Sequence[Answer]) -> list[Outgoing]:
        """Record what other owners answered; gives the steps that are to be sent again."""
        again: list[Outgoing] = []
        with self._leaving_over_bugs():
            again = self._turns.hear_all(answers, self._turn())
            self._recorder.end_turn()
        return again

    def _stuck(self, sent: Outgoing, attempts: int) -> bool:
        """Ask the rules what becomes of a step without an answer; True when it is still to be sent."""
        with self._leaving_over_bugs():
            command = self.machine.stuck(sent, attempts)
            if command is not None:
                self._turns.carry_out(command, self._turn())
                self._recorder.end_turn()
                return False
        return True

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            self._turn()
            self._recorder.end_turn()

    def _send_steps(self, steps: list[Outgoing]) -> None:
        self._outbox.send(steps, certain=True)

    def _give_up(self, why: Fault | str) -> None:
        """Leave at once: this copy may no longer answer anybody."""
        self.state = "gone"
        log.error("leaving", owner=self.name, reason=str(why))
        if isinstance(why, JournalBehind):
            self._note_loss(self.position)
        self._leave(str(why))

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(self._guarded(work))
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _guarded(self, work: Any) -> None:
        with self._leaving_over_bugs():
            await work

    @contextmanager
    def _leaving_over_bugs(self) -> Iterator[None]:
        """After a bug this copy's memory may be ahead of its journal: it leaves, and its successor rebuilds from that."""
        try:
            yield
        except Fault as fault:
            self._give_up(fault)
        except Exception as error:
            log.exception("bug", owner=self.name)
            self._give_up(f"{type(error).__name__}: {error}")


async def _nothing_to_recall(keys: Sequence[str]) -> Sequence[Command]:
    return ()
