"""Commands that may repeat what has left the bounded memory: they wait until that was looked up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from actors.kernel.machine import Machine, Numbered
from actors.kernel.messages import Busy, Command, Query


class Doubtful(NamedTuple):
    """A command, the number it came with, and what to look for before it is decided."""

    key: str
    number: int
    command: Command


def set_aside(machine: Machine, messages: Sequence[Numbered]) -> tuple[list[Numbered], list[Numbered], list[Doubtful]]:
    """Sort messages: those that can be carried out now, answers to those nobody can tell about now, and the doubtful."""
    certain: list[Numbered] = []
    busy: list[Numbered] = []
    doubtful: list[Doubtful] = []
    for number, message in messages:
        key = None if isinstance(message, Query) else machine.recall_key(message)  # type: ignore[arg-type]  # no query: a command
        if key is None:
            certain.append((number, message))
        elif key in machine.lately_forgotten:
            busy.append((number, Busy(f"{key} is over and not in the rows yet", 1.0)))
        else:
            doubtful.append(Doubtful(key, number, message))  # type: ignore[arg-type]
    return certain, busy, doubtful
