"""What an owner counts about itself, for `/metrics` and `skuld status`."""

from __future__ import annotations

from dataclasses import asdict, dataclass


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

    def appended(self, events: int, seconds: float) -> None:
        """One more batch is durable."""
        self.appends += 1
        self.events += events
        self.append_s += seconds
        self.slowest_append_s = max(self.slowest_append_s, seconds)
        self.largest_batch = max(self.largest_batch, events)

    def as_dict(self) -> dict[str, float]:
        """By name."""
        return asdict(self)
