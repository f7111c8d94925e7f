"""Work in pieces: a port with two ways to carry it out, in this process and as tasks of Ray (`tasks.py`).

A piece is a pure function of what is shared and of its own item, so it may be done anywhere, in any order, and again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeAlias, TypeVar

Progress: TypeAlias = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done and how much there is."""

S = TypeVar("S")
T = TypeVar("T")
R = TypeVar("R")


def silent(what: str, done: int, total: int) -> None:
    """Tell nobody."""


class WorkLost(RuntimeError):
    """Who should carry the work out is away; nothing came of it, and it can be done again. One line."""


class Runner(Protocol):
    """Carries out pieces of work. What comes of it does not depend on who does."""

    def run(self, work: Callable[[S, T], R], shared: S, items: Sequence[T], what: str, progress: Progress = silent) -> list[R]:
        """Do `work(shared, item)` for each item; gives the results in the order of the items.

        Args:
            work: a function of a module, without side effects; it changes neither of its arguments.
            shared: the bulk, such as a history; it is sent once.
            items: small: ranges, names, cut-offs.
            what: the name of it all, for the progress.
        Raises:
            What `work` raises.
        """
        ...


class Here:
    """A `Runner` that does one piece after the other, in this process."""

    def run(self, work: Callable[[S, T], R], shared: S, items: Sequence[T], what: str, progress: Progress = silent) -> list[R]:
        """See `Runner`."""
        results = []
        for number, item in enumerate(items):
            progress(what, number, len(items))
            results.append(work(shared, item))
        progress(what, len(items), len(items))
        return results


def ranges(count: int, size: int) -> Iterator[slice]:
    """`count` things in ranges of `size`, the last one shorter; how many workers there are does not matter."""
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))
