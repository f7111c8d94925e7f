"""What receipts teach about lead times: from placing an order to its first and to its complete receipt."""

from __future__ import annotations

from math import sqrt
from typing import Final

from actors.kernel.messages import Message

DAY_S: Final = 86_400


class Spread(Message, frozen=True, array_like=True, gc=False):
    """Durations in whole seconds: how many, their sum and that of their squares, the shortest and the longest."""

    count: int = 0
    total_s: int = 0
    squares_s2: int = 0
    shortest_s: int = 0
    longest_s: int = 0

    def with_one(self, seconds: int) -> Spread:
        """With another duration in it."""
        shortest = min(self.shortest_s, seconds) if self.count else seconds
        return Spread(
            self.count + 1, self.total_s + seconds, self.squares_s2 + seconds**2, shortest, max(self.longest_s, seconds)
        )  # fmt: skip

    @property
    def mean_days(self) -> float | None:
        """None without any."""
        return self.total_s / self.count / DAY_S if self.count else None

    @property
    def deviation_days(self) -> float | None:
        """The standard deviation (of a sample: n - 1); None with fewer than two."""
        if self.count < 2:
            return None
        above = self.squares_s2 * self.count - self.total_s**2  # whole numbers: nothing is lost
        return sqrt(above / (self.count * (self.count - 1))) / DAY_S


class LeadTimes(Message, frozen=True, array_like=True, gc=False):
    """Of one item, or of all of a supplier's."""

    first: Spread = Spread()
    complete: Spread = Spread()


class LeadTime(Message, frozen=True, array_like=True, gc=False):
    """What one receipt says of one SKU: units, and whether they are the first of the order's line, and make it complete."""

    sku: str
    quantity: int
    first: bool
    complete: bool


def learned(known: LeadTimes, seen: LeadTime, placed_at: int, received_at: int) -> LeadTimes:
    """What is known after a receipt; instants in ms."""
    seconds = max(0, received_at - placed_at) // 1000
    return LeadTimes(
        known.first.with_one(seconds) if seen.first else known.first,
        known.complete.with_one(seconds) if seen.complete else known.complete,
    )
