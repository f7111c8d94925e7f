"""What is kept twice, against the owners' memory: rows, and the read model, key by key, while everything goes on.

A key is told only when both sides stand still and still differ: under traffic one is always a moment behind the other. So
what differs is looked at again after the rows have taken all that the owner had recorded when it was asked; a pair that was
the same at three looks in a row is broken, one that changes is in use and is not judged.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

from actors.kernel.faults import Fault
from gateway.plain import in_words

Values = dict[str, Any]
"""What is known of a key, by the name of the quantity; what is zero or nothing is left out."""

PAGE: Final = 500
MOST_DOUBTFUL: Final = 1_000
"""Keys that differ and are looked at again: where more are wrong, these will do."""
MOST_TOLD: Final = 20
LOOKS: Final = 4
COMPARE_S: Final = 60.0
"""So long one kind is compared; what was not reached is told."""


class Kept(Protocol):
    """One kind of thing that is kept twice."""

    name: str
    """The invariant."""
    keys: str
    """What its keys are called, in the plural."""

    def pages(self) -> Iterator[Sequence[str]]:
        """Its keys, a page at a time. Blocks."""

    async def kept(self, keys: Sequence[str]) -> Mapping[str, Values]:
        """What is kept of these keys; a key that it leaves out is not compared."""

    async def in_memory(self, keys: Sequence[str]) -> Mapping[str, Values]:
        """What the owners say of these keys."""


class Compared(NamedTuple):
    """How many keys were compared, whether these were all, and what differs."""

    keys: int
    all: bool
    broken: list[str]


class _Doubt(NamedTuple):
    kept: Values
    memory: Values
    seen: int


async def compare(one: Kept, settle: Callable[[], Awaitable[bool]], compare_s: float = COMPARE_S) -> Compared:
    """Compare every key.

    Args:
        settle: waits until the rows have all that is recorded now; False when they cannot be brought there.
    Raises:
        Fault: an owner or a store does not answer.
    """
    ends, count, doubts = time.monotonic() + compare_s, 0, dict[str, _Doubt]()
    pages = one.pages()
    while (keys := await asyncio.to_thread(next, pages, None)) is not None:
        if time.monotonic() > ends:
            return Compared(count, False, await _judge(one, doubts, settle))
        count += len(keys)
        for key, (kept, memory) in (await _differing(one, keys)).items():
            if len(doubts) < MOST_DOUBTFUL:
                doubts[key] = _Doubt(kept, memory, 1)
    return Compared(count, True, await _judge(one, doubts, settle))


async def _judge(one: Kept, doubts: dict[str, _Doubt], settle: Callable[[], Awaitable[bool]]) -> list[str]:
    sure: dict[str, _Doubt] = {}
    for _ in range(LOOKS):
        if not doubts or not await settle():
            break
        found = await _differing(one, list(doubts))
        looked_at = {
            key: _Doubt(kept, memory, doubts[key].seen + 1 if doubts[key][:2] == (kept, memory) else 1)
            for key, (kept, memory) in found.items()
        }
        sure |= {key: doubt for key, doubt in looked_at.items() if doubt.seen > 2}
        doubts = {key: doubt for key, doubt in looked_at.items() if key not in sure}
    return [_told(key, doubt) for key, doubt in sorted(sure.items())[:MOST_TOLD]]


async def _differing(one: Kept, keys: Sequence[str]) -> dict[str, tuple[Values, Values]]:
    kept = await one.kept(keys)
    memory = await one.in_memory(list(kept))
    return {key: (have, memory[key]) for key, have in kept.items() if have != memory[key]}


def _told(key: str, doubt: _Doubt) -> str:
    """The key, and the first quantities that differ."""
    names = [name for name in (doubt.memory | doubt.kept) if doubt.kept.get(name) != doubt.memory.get(name)]
    named = [f"{name} {in_words(doubt.kept.get(name))}, must be {in_words(doubt.memory.get(name))}" for name in names[:3]]
    return f"{key}: {'; '.join(named)}"


class NoAnswer(Fault):
    """An owner that does not serve now."""
