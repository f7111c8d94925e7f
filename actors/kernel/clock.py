"""The one clock of a process: owners, projector, gateway and command line read it; it comes into the rules with each command.

Durations and timers go by the monotonic clock of their loop, not by this one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

Clock: TypeAlias = Callable[[], int]
"""Gives ms since 1970 UTC, and never less than before."""


def _of_the_machine() -> int:
    return time.time_ns() // 1_000_000


_read: Clock = _of_the_machine


def now_ms() -> int:
    """Now, in ms since 1970 UTC."""
    return _read()


@contextmanager
def told_by(clock: Clock) -> Iterator[None]:
    """Let everything in this process read another clock: a year can pass in minutes. No setting and no request can."""
    global _read
    before, _read = _read, clock
    try:
        yield
    finally:
        _read = before
