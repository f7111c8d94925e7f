"""Which few warehouses give all there is of an order. Every small set is tried while that is cheap, then the largest first.

It runs in an owner's turn, where everybody waits: so what it looks at is counted, and has a limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Final, NamedTuple

MOST_WAREHOUSES_COMBINED: Final = 4
"""Sets of up to so many warehouses are compared."""
MOST_LOOKS: Final = 10_000
"""SKUs × sets that are looked at, some milliseconds; then few warehouses will do instead of the fewest."""


class Need(NamedTuple):
    """What must come of a SKU, and what each of the warehouses that are compared has of that (never more than `units`)."""

    units: int
    parts: tuple[int, ...]

    def kind(self) -> tuple[int, Need | None]:
        """Which warehouses have enough by themselves, as bits; and the need itself when others have enough together."""
        alone, bit, others = 0, 1, 0
        for part in self.parts:
            if part == self.units:
                alone |= bit
            else:
                others += part
            bit <<= 1
        return alone, self if others >= self.units else None


class Cover:
    """The search for one order. `looks` counts how often it looked at what warehouses give of a SKU."""

    def __init__(self, needs: Sequence[Need], compared: int, most_looks: int = MOST_LOOKS) -> None:
        self._needs = needs
        self._compared = compared
        self._most_looks = most_looks
        self.looks = 0

    def choose(self) -> tuple[int, ...] | None:
        """The smallest set that gives everything, the first in lexical order; a small one when that takes too long.

        None when no set of `MOST_WAREHOUSES_COMBINED` does.
        """
        needs = _distinct(self._needs)
        for size in range(min(MOST_WAREHOUSES_COMBINED, self._compared) + 1):
            for chosen in combinations(range(self._compared), size):
                if self._give_all(chosen, needs):
                    return chosen
                if self.looks > self._most_looks:
                    return self.largest_first()
        return None

    def _give_all(self, chosen: tuple[int, ...], needs: Sequence[tuple[int, Need | None]]) -> bool:
        bits = sum(1 << at for at in chosen)
        for alone, together in needs:
            self.looks += 1
            if not alone & bits and (together is None or sum(together.parts[at] for at in chosen) < together.units):
                return False
        return True

    def largest_first(self) -> tuple[int, ...] | None:
        """Always the warehouse that has most of what is still missing, in units; None when all together have not enough."""
        left = list(self._needs)
        chosen: list[int] = []
        while left:
            gives = [0] * self._compared
            for need in left:
                self.looks += 1
                for at, part in enumerate(need.parts):
                    gives[at] += min(part, need.units)
            best = max((at for at in range(self._compared) if at not in chosen), key=lambda at: (gives[at], -at), default=None)
            if best is None or not gives[best]:
                return None
            chosen.append(best)
            left = [Need(need.units - need.parts[best], need.parts) for need in left if need.parts[best] < need.units]
        return tuple(chosen)


def _distinct(needs: Iterable[Need]) -> list[tuple[int, Need | None]]:
    """Each thing that a set must have, once: the hardest to meet first, so that a set that will not do is soon put aside.

    Most SKUs need one of the warehouses that have enough of them: of ten thousand there are as many kinds as warehouses
    make sets. Only where warehouses with too little each have enough together, the amounts are looked at.
    """
    return sorted(dict.fromkeys(need.kind() for need in needs), key=lambda kind: (kind[0].bit_count(), kind[0]))
