"""What happens in an owner's turn: commands are decided and applied, and what follows is put where it leaves from."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from actors.kernel.machine import Answer, Machine, Numbered, Outgoing, Rush
from actors.kernel.messages import Command, Failed, Message, OwnerName, OwnerStatus, Query, ReadStatus, Refusal, Replaced
from actors.kernel.outbox import Outbox
from actors.kernel.owner_figures import OwnerFigures
from actors.kernel.recorder import Channel, Recorder
from actors.kernel.waiting import Waiting

log = structlog.get_logger()


class Turns:
    """Carries out commands: runs of plain ones together, the others one by one. Everything in it happens at once."""

    def __init__(
        self,
        owner: OwnerName,
        machine: Machine,
        recorder: Recorder,
        outbox: Outbox,
        figures: OwnerFigures,
        status: Callable[[], OwnerStatus],
    ) -> None:
        self._owner = owner
        self._machine = machine
        self._recorder = recorder
        self._outbox = outbox
        self._figures = figures
        self._status = status
        self.waiting = Waiting()
        """Commands whose answer is not known yet."""

    def carry_out_all(self, messages: Sequence[Numbered], now: int, channel: Channel) -> None:
        """Commands and queries, in their order; their replies go to `channel`."""
        at, end = 0, len(messages)
        while at < end:
            rush = self._machine.rush(messages, at, now)
            if rush is not None:
                self._take_over(rush, channel)
                at += rush.taken
                continue
            number, message = messages[at]
            at += 1
            if type(message) is ReadStatus:
                self._recorder.open.replies_to(channel).append((number, self._status()))
            elif isinstance(message, Query):
                self._recorder.open.replies_to(channel).append((number, self._machine.read(message, now)))
            else:
                self.carry_out(message, now, channel, number)  # type: ignore[arg-type]  # no query: a command

    def hear_all(self, answers: Sequence[Answer], now: int) -> list[Outgoing]:
        """Carry out what follows from other owners' answers; gives the steps that are to be sent again."""
        again: list[Outgoing] = []
        at, end = 0, len(answers)
        while at < end:
            rush = self._machine.rush_heard(answers, at, now)
            if rush is not None:
                self._take_over(rush, None)
                at += rush.taken
                continue
            sent, reply, certain = answers[at]
            at += 1
            if type(reply) is Replaced:
                self._recorder.open.doubtful = True
                again.append(sent)
                continue
            command = self._machine.hear(sent, reply, certain=certain)
            if command is None:
                again.append(sent)
            else:
                self.carry_out(command, now)
        return again

    def carry_out(self, command: Command, now: int, channel: Channel | None = None, number: int = 0) -> None:
        """One command; without a channel nobody is answered."""
        machine, batch = self._machine, self._recorder.open
        try:
            outcome = machine.decide(command, now)
        except Exception as error:  # a bug: deciding changed nothing, so only this command is lost
            log.exception("poison command", owner=self._owner, command=repr(command)[:500])
            outcome = Failed(f"{type(error).__name__} while deciding {type(command).__name__}")
        if isinstance(outcome, Refusal):
            self._figures.refusals += 1
            if channel is not None:
                batch.replies_to(channel).append((number, outcome))
            return
        if len(outcome) > 1:
            batch.together.append((len(batch.events), len(batch.events) + len(outcome)))
        for event in outcome:
            batch.events.append(event)
            subject = machine.apply(event)
            if subject is not None:
                steps = machine.outgoing(subject)
                if steps:
                    self._take_up(steps)
                if subject in self.waiting:
                    self._answer_waiting(subject)
        if channel is not None:
            reply = self._answer(command)
            if reply is not None:
                batch.replies_to(channel).append((number, reply))
            else:
                self.waiting.add(machine.subject(command), command, channel, number)

    def _answer(self, command: Command) -> Message | None:
        """A bug in answering changes nothing either: a successor would meet the same command, sent again, and die of it too."""
        try:
            return self._machine.answer(command)
        except Exception as error:
            log.exception("no answer", owner=self._owner, command=repr(command)[:500])
            return Failed(f"{type(error).__name__} while answering {type(command).__name__}")

    def _take_over(self, rush: Rush, channel: Channel | None) -> None:
        """What was carried out together takes the way of everything else."""
        batch, waiting = self._recorder.open, self.waiting
        batch.events += rush.events
        if channel is not None:
            if rush.replies:
                batch.replies_to(channel).extend(rush.replies)
            for subject, number, command in rush.waiting:
                waiting.add(subject, command, channel, number)
        if rush.steps:
            self._take_up(rush.steps)
        for subject, reply in rush.answers:
            for _, sender, number in waiting.take(subject):
                self._recorder.answer_early(sender, number, reply)

    def _take_up(self, steps: Sequence[Outgoing]) -> None:
        """Steps leave with the batch they follow from; those that carry their intent need not wait for it."""
        eager = []
        for step in self._outbox.take_up(steps):
            if step.carries_intent:
                eager.append(step)
            else:
                self._recorder.open.steps.append(step)
        if eager:
            self._outbox.send(eager, certain=True)

    def _answer_waiting(self, subject: str) -> None:
        vouched = self._machine.vouched(subject)
        for command, channel, number in self.waiting.take(subject):
            reply = self._answer(command)
            if reply is None:
                self.waiting.add(subject, command, channel, number)
            elif vouched:
                self._recorder.answer_early(channel, number, reply)
            else:
                self._recorder.open.replies_to(channel).append((number, reply))
