"""Answers that are owed until their subject settles: by whom they are awaited, and under which number."""

from __future__ import annotations

from actors.kernel.messages import Command
from actors.kernel.recorder import Channel


class Waiting:
    """Who waits for what. Its length is the number of answers owed, however few subjects they are about."""

    def __init__(self) -> None:
        self._by_subject: dict[str, dict[tuple[Channel, int], Command]] = {}
        self._answers = 0

    def __len__(self) -> int:
        return self._answers

    def __contains__(self, subject: str) -> bool:
        return subject in self._by_subject

    def add(self, subject: str, command: Command, channel: Channel, number: int) -> None:
        """One more waits. A message that its sender sends again, because no answer comes, waits once."""
        waiting = self._by_subject.get(subject)
        if waiting is None:
            waiting = self._by_subject[subject] = {}
        before = len(waiting)
        waiting[channel, number] = command
        self._answers += len(waiting) - before

    def take(self, subject: str) -> list[tuple[Command, Channel, int]]:
        """Everybody who waits for a subject; none of them does any more."""
        taken = self._by_subject.pop(subject, {})
        self._answers -= len(taken)
        return [(command, channel, number) for (channel, number), command in taken.items()]
