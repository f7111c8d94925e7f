"""What was answered under which op id, for as long as clients may still ask again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from actors.kernel.forgotten import Forgotten
from actors.kernel.messages import Event

OP_WINDOW: Final = 100_000
"""Answers kept in memory per owner; older ones are looked up in the system of record (`OpMemory.forgotten`)."""


class OpMemory:
    """The last `window` commands that left an event, oldest forgotten first. Part of the state: replay rebuilds it."""

    def __init__(self, window: int = OP_WINDOW) -> None:
        self._window = window
        self._answers: OrderedDict[str, Event] = OrderedDict()  # a dict walks over all that left it to find its first
        self.forgotten = Forgotten()

    def __len__(self) -> int:
        return len(self._answers)

    def get(self, op_id: str) -> Event | None:
        """The event that carried out `op_id`, which is also its answer."""
        return self._answers.get(op_id)

    def remember(self, op_id: str, event: Event) -> None:
        """Keep the answer of a command; the oldest leaves when the window is full."""
        self._answers[op_id] = event
        if len(self._answers) > self._window:
            self.forgotten.add(self._answers.popitem(last=False)[0])

    def items(self) -> Iterable[tuple[str, Event]]:
        """Oldest first, as `remember` must see them again."""
        return self._answers.items()
