"""Work in pieces: a port with three ways to carry it out, in this process, in threads of it, and as tasks of Ray (`tasks.py`).

A piece is a pure function of what is shared and of its own item, so it may be done anywhere, in any order, and again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Final, Protocol, TypeAlias, TypeVar

Progress: TypeAlias = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done and how much there is."""

LOOK_S: Final = 0.5
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


class Threads:
    """A `Runner` that does several pieces at a time, in threads of this process: LightGBM and numpy let others run meanwhile.

    The threads end with the process, so that whoever stops it waits for none of them.
    """

    def __init__(self, count: int) -> None:
        """`count` threads at most."""
        self._count = count

    def run(self, work: Callable[[S, T], R], shared: S, items: Sequence[T], what: str, progress: Progress = silent) -> list[R]:
        """See `Runner`."""
        left: SimpleQueue[int] = SimpleQueue()
        done: SimpleQueue[tuple[int, R | BaseException, bool]] = SimpleQueue()
        for number in range(len(items)):
            left.put(number)

        def go_on() -> None:
            with suppress(Empty):
                while True:
                    number = left.get_nowait()
                    try:
                        done.put((number, work(shared, items[number]), True))
                    except BaseException as error:
                        done.put((number, error, False))

        for _ in range(min(self._count, len(items))):
            Thread(target=go_on, daemon=True).start()
        return self._gathered(left, done, len(items), what, progress)

    @staticmethod
    def _gathered(left: Any, done: Any, count: int, what: str, progress: Progress) -> list[Any]:
        results: dict[int, Any] = {}
        try:
            while len(results) < count:
                progress(what, len(results), count)
                try:  # a wait without end may not hear that it should stop
                    number, result, is_well = done.get(timeout=LOOK_S)
                except Empty:
                    continue
                if not is_well:
                    raise result
                results[number] = result
        finally:
            with suppress(Empty):  # what nobody has begun is left undone
                while True:
                    left.get_nowait()
        progress(what, count, count)
        return [results[number] for number in range(count)]


def side_by_side(threads: int) -> Runner:
    """A runner on so many threads."""
    return Here() if threads == 1 else Threads(threads)


def ranges(count: int, size: int) -> Iterator[slice]:
    """`count` things in ranges of `size`, the last one shorter; how many workers there are does not matter."""
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))
