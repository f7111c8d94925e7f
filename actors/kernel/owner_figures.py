"""What an owner counts about itself, for `/metrics`, Ray's dashboard and `skuld status`."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field, fields
from typing import Final

BATCH_EVENTS: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000)
APPEND_SECONDS: Final = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5)
HISTOGRAMS: Final = {"batch_events": ("events", "appends"), "append_seconds": ("append_s", "appends")}
"""Distributions among the figures, `NAME_le_LIMIT` each: with the figures that are their sum and their count."""


@dataclass(slots=True)
class OwnerFigures:
    """Counters since start; times are sums in seconds."""

    appends: int = 0
    events: int = 0
    append_s: float = 0.0
    slowest_append_s: float = 0.0
    largest_batch: int = 0
    refusals: int = 0
    store_faults: int = 0
    recovery_s: float = 0.0
    reconciliations: int = 0
    reconciliation_broken: int = 0
    journal_entries: int = 0
    """Entries in the journal that the system of record has not taken: how far the rows lag."""
    batch_events: list[int] = field(default_factory=lambda: [0] * (len(BATCH_EVENTS) + 1))
    append_seconds: list[int] = field(default_factory=lambda: [0] * (len(APPEND_SECONDS) + 1))

    def appended(self, events: int, seconds: float) -> None:
        """One more batch is durable."""
        self.appends += 1
        self.events += events
        self.append_s += seconds
        self.slowest_append_s = max(self.slowest_append_s, seconds)
        self.largest_batch = max(self.largest_batch, events)
        self.batch_events[bisect_left(BATCH_EVENTS, events)] += 1
        self.append_seconds[bisect_left(APPEND_SECONDS, seconds)] += 1

    def as_dict(self) -> dict[str, float]:
        """By name; of a distribution how many were at most so large, limit by limit."""
        figures: dict[str, float] = {}
        for one in fields(self):
            value = getattr(self, one.name)
            if isinstance(value, list):
                figures |= _up_to(one.name, BATCH_EVENTS if one.name == "batch_events" else APPEND_SECONDS, value)
            else:
                figures[one.name] = value
        return figures


def _up_to(name: str, limits: tuple[float, ...], counts: list[int]) -> dict[str, float]:
    total = 0
    found: dict[str, float] = {}
    for limit, count in zip(limits, counts, strict=False):
        total += count
        found[f"{name}_le_{limit:g}"] = total
    return found
