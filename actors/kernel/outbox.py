"""Steps to other owners: each is sent until it is answered, with the same op id, however long that takes.

Nothing is stored here. What is to be sent follows from the owner's journaled state; after a restart the owner says it
all again, and the receivers know what they have done already.
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple, Protocol

from actors.kernel.machine import Answer, Outgoing
from actors.kernel.messages import Failed, Message, OwnerName

FIRST_RETRY_S: Final = 0.25
LONGEST_RETRY_S: Final = 20.0
"""Between two attempts at an owner that is busy, or away. The rules park a step after 20 attempts: with pauses of 0.25, 0.5 …
16, 20, 20 … s (each up to half shorter, by chance) that is more than two minutes, and five with an owner that says nothing.
Overload and recovery take less, and park nothing."""
LONGEST_RETRY_AFTER_FAILURE_S: Final = 4.0
"""The same for an owner that is there and fails at the step each time, which waiting does not mend: parked within a minute."""
SWEEP_S: Final = 0.1


class Sender(Protocol):
    """Sends messages to an owner; the callback gets each one's number among them, its reply (None when none came in time), and
    how often it was sent."""

    def post(self, to: OwnerName, messages: Sequence[Message], on_reply: Callable[[int, Message | None, int], None]) -> None:
        """Send."""


class _Retry(NamedTuple):
    due: float
    sent: Outgoing
    attempts: int


class Outbox:
    """The steps of one owner that are on their way."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._under_way: dict[OwnerName, dict[str, int]] = defaultdict(dict)
        """Op ids of steps that are taken up and not answered, by whom they go to; and how often each was sent already."""
        self._given_up: set[tuple[OwnerName, str]] = set()
        """Steps that were sent and never answered, until they are sent again (a person retries): no longer than people take."""
        self._retries: list[_Retry] = []
        self._answers: list[Answer] = []
        self._scheduled = False
        self._sweeper: asyncio.Task[None] | None = None
        self._heard: Callable[[Sequence[Answer]], list[Outgoing]]
        self._stuck: Callable[[Outgoing, int], bool]

    def start(self, heard: Callable[[Sequence[Answer]], list[Outgoing]], stuck: Callable[[Outgoing, int], bool]) -> None:
        """Begin to send; `heard` takes answers, `stuck` says whether a step without one is still to be sent."""
        self._heard, self._stuck = heard, stuck
        self._sweeper = asyncio.get_running_loop().create_task(self._sweep())

    async def stop(self) -> None:
        """Send no more."""
        if self._sweeper is not None:
            self._sweeper.cancel()

    def __len__(self) -> int:
        return sum(map(len, self._under_way.values()))

    def take_up(self, steps: Iterable[Outgoing]) -> list[Outgoing]:
        """Of the steps that the state asks for, those not taken up yet; they count as under way from now on.

        Asked when the step is decided, not when it may leave: by then an answer may be there, and asking again would
        send for a second time what its owner has already heard about.
        """
        new = []
        for step in steps:
            under_way, op_id = self._under_way[step.to], step.command.op_id
            if op_id not in under_way:
                under_way[op_id] = 0
                new.append(step)
        return new

    def send(self, steps: Iterable[Outgoing], *, certain: bool) -> None:
        """Send steps that were taken up, now that what they follow from is recorded.

        `certain`: no earlier owner can have sent them.
        """
        parcels: dict[tuple[OwnerName, int], list[Outgoing]] = {}
        for step in steps:
            first = certain
            if self._given_up and (key := (step.to, step.command.op_id)) in self._given_up:
                self._given_up.remove(key)
                first = False
            parcels.setdefault((step.to, 1 if first else 2), []).append(step)
        for (to, attempt), parcel in parcels.items():
            self._post(to, parcel, attempt)

    def _post(self, to: OwnerName, steps: list[Outgoing], attempt: int) -> None:
        self._under_way[to].update([(step.command.op_id, attempt) for step in steps])

        def on_reply(number: int, reply: Message | None, times_sent: int) -> None:
            if reply is None:
                self._again(steps[number], attempt, LONGEST_RETRY_S)
            else:
                self._collect(steps[number], reply, attempt == 1 and times_sent == 1)

        self._sender.post(to, [step.command for step in steps], on_reply)

    def _collect(self, step: Outgoing, reply: Message, certain: bool) -> None:
        """Gather the answers of this turn of the loop, so that the owner records them as one batch."""
        self._answers.append((step, reply, certain))
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._deliver)

    def _deliver(self) -> None:
        self._scheduled = False
        answers, self._answers = self._answers, []
        again = {(step.to, step.command.op_id) for step in self._heard(answers)}
        for step, reply, _ in answers:
            under_way, op_id = self._under_way[step.to], step.command.op_id
            if again and (step.to, op_id) in again:  # it was no answer: the count of attempts goes on
                failed = type(reply) is Failed
                self._again(step, under_way[op_id], LONGEST_RETRY_AFTER_FAILURE_S if failed else LONGEST_RETRY_S)
            else:
                under_way.pop(op_id, None)

    def _again(self, step: Outgoing, attempts: int, longest_s: float) -> None:
        doublings = 0 if step.impatient else min(attempts - 1, 10)
        pause = min(longest_s, FIRST_RETRY_S * 2**doublings) * random.uniform(0.5, 1.0)
        self._retries.append(_Retry(asyncio.get_running_loop().time() + pause, step, attempts))

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            now = asyncio.get_running_loop().time()
            due = [retry for retry in self._retries if retry.due <= now]
            if due:
                self._retries = [retry for retry in self._retries if retry.due > now]
            for retry in due:
                if self._stuck(retry.sent, retry.attempts):
                    self._post(retry.sent.to, [retry.sent], retry.attempts + 1)
                else:
                    to, op_id = retry.sent.to, retry.sent.command.op_id
                    self._under_way[to].pop(op_id, None)
                    self._given_up.add((to, op_id))
