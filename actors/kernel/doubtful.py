"""Commands about what has left the bounded memory: they wait until that was looked up."""

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


def set_aside(
    machine: Machine, messages: Sequence[Numbered], *, recalled: bool = False
) -> tuple[list[Numbered], list[Numbered], list[Doubtful]]:
    """Sort messages: those that can be carried out now, answers to those nobody can tell about now, and the doubtful.

    With `recalled` what could be found was brought back just now: nothing is doubtful any more.
    """
    certain: list[Numbered] = []
    busy: list[Numbered] = []
    doubtful: list[Doubtful] = []
    forgotten = machine.forgotten
    for number, message in messages:
        key = None if isinstance(message, Query) else machine.recall_key(message)  # type: ignore[arg-type]  # no query: a command
        if key is None or key not in forgotten:
            certain.append((number, message))
        elif key in forgotten.lately:
            busy.append((number, not_in_rows_yet(key)))
        elif recalled:
            certain.append((number, message))
        else:
            doubtful.append(Doubtful(key, number, message))  # type: ignore[arg-type]
    return certain, busy, doubtful


def not_in_rows_yet(key: str) -> Busy:
    """Nobody can tell about this key at the moment."""
    return Busy(f"{key} is over and not in the rows yet", 1.0)
