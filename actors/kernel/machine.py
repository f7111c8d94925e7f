"""What an owner's rules offer to the kernel. Rules are pure: no I/O, no clock, no chance; the kernel brings those."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

from actors.kernel.forgotten import Forgotten
from actors.kernel.messages import Command, Event, Message, OwnerName, Query, Refusal


class Outgoing(msgspec.Struct, frozen=True, gc=False):
    """A command that the state says is still to be sent to another owner."""

    to: OwnerName
    command: Command
    carries_intent: bool = False
    """The receiver records why it was asked along with what it does, and tells a new owner: the step may leave before
    our own append."""
    impatient: bool = False
    """Clients are turned away until it is answered: tried again and again without longer and longer pauses."""


Numbered = tuple[int, Message]
"""A message, and the number its sender knows it by."""

Answer = tuple[Outgoing, Message, bool]
"""A step, what it was answered with, and whether no other copy of it can have been sent (`Machine.hear`)."""


@dataclass(slots=True)
class Rush:
    """What came of a run of plain messages that were carried out together; numbers are those the messages came with."""

    taken: int = 0
    """Messages in the run: the others were not looked at."""
    events: list[Event] = field(default_factory=list)
    replies: list[Numbered] = field(default_factory=list)
    """By number: they leave when the events are recorded."""
    steps: list[Outgoing] = field(default_factory=list)
    waiting: list[tuple[str, int, Command]] = field(default_factory=list)
    """New subjects, with the number of the command that waits for each to settle."""
    answers: list[tuple[str, Message]] = field(default_factory=list)
    """Subjects that have settled, and the vouched reply to all that waits for each."""


class Machine(Protocol):
    """A deterministic state machine. The same events in the same order give the same state, on every machine."""

    command_types: Any
    """The union of commands and queries it understands."""
    reply_types: Any
    """The union of what it may answer, refusals included."""
    event_types: Any
    """The union of its events, as they stand in the journal."""
    record_types: Any
    """The union of what a snapshot of it holds."""

    def begin(self, epoch: int) -> None:
        """This copy serves from now on, as the owner of `epoch`. Called once, after recovery; never by the projector."""

    def decide(self, command: Command, now: int) -> Sequence[Event] | Refusal:
        """Answer a command and change nothing: the events to record (none for a repeat), or a refusal."""

    def apply(self, event: Event) -> str | None:
        """Make an event true; replay runs this too. Gives the subject whose steps or answers it may change."""

    def answer(self, command: Command) -> Message | None:
        """The reply to a command that was carried out, or None while its subject is not settled yet."""

    def subject(self, command: Command) -> str:
        """The subject whose settling the answer to `command` waits for."""

    def vouched(self, subject: str) -> bool:
        """Whether other owners have recorded all that the subject's answer says, and why: it need not wait for our append."""

    def read(self, query: Query, now: int) -> Message:
        """Answer a query from the state as it is."""

    def rush(self, messages: Sequence[Numbered], at: int, now: int) -> Rush | None:
        """Carry out messages from number `at` on together, as long as they are plain; None when already that one is not.

        Decides, applies and answers exactly as one by one, only faster: most of a rush is plain.
        """

    def rush_heard(self, answers: Sequence[Answer], at: int, now: int) -> Rush | None:
        """The same for what other owners answered."""

    @property
    def forgotten(self) -> Forgotten:
        """Keys that have left the bounded memory."""

    def recall_key(self, command: Command) -> str | None:
        """What to look for behind the bounded memory before `command` is decided, if it was forgotten; None when all that the
        command is about is in memory, or nothing is kept behind it."""

    def outgoing(self, subject: str) -> Sequence[Outgoing]:
        """What is still to be sent for a subject, derived from state alone: the journal is the outbox."""

    def unfinished(self) -> Iterable[str]:
        """Every subject that may have something to send; asked once, after recovery."""

    def hear(self, sent: Outgoing, reply: Message, *, certain: bool) -> Command | None:
        """Turn another owner's reply into a command to this one.

        `certain` is False when the command may have been sent before (a retry, a recovery): a refusal then says nothing
        about what an earlier copy did.
        """

    def stuck(self, sent: Outgoing, attempts: int) -> Command | None:
        """A step got no answer after `attempts` tries: the command that parks it, or None to go on trying."""

    def due(self, now: int) -> Sequence[Command]:
        """Commands that time alone calls for (expired holds); found by a sweep, so a restart forgets none."""

    def changed_read_model(self) -> dict[str, bytes]:
        """Read-model values changed since the last call, by key: written in the same step as the batch."""

    def forget_changes(self) -> None:
        """What changed so far is written, or need not be."""

    def snapshot(self) -> Iterable[Message]:
        """The whole state as records, in an order that `restore` accepts."""

    def restore(self, record: Message) -> None:
        """Take one record of a snapshot into an empty machine."""

    def reconciliation(self) -> Iterator[str | None]:
        """Check the invariants bit by bit, while the state may change between two steps.

        Gives a line, naming the key, for each that does not hold, and None after each bit of work that found nothing.
        """

    def figures(self) -> dict[str, float]:
        """Gauges by name: open orders, backordered lines, units in memory…"""


def broken_invariants(machine: Machine) -> list[str]:
    """All of a machine's reconciliation at once: empty when everything adds up."""
    return [line for line in machine.reconciliation() if line is not None]
