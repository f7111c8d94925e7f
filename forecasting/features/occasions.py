"""Types of events as columns beside promotions and prices: how deep each is in each period of each series."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from forecasting.calendar.event import Event, within
from forecasting.calendar.spans import Spans, by_sku, mean_of_days, of_all
from forecasting.panel.periods import Periods
from forecasting.parameters import Floats

MOST_TYPES: Final = 24
"""So many types of events are looked at: what each costs, in features and coefficients, grows with their number."""


def looked_at(events: Iterable[Event], skus: Sequence[str], periods: Periods) -> tuple[str, ...]:
    """The types that there have been in some periods, by name; of more than `MOST_TYPES` those with most occasions, each as
    many as the SKUs that it is about."""
    known, seen = frozenset(skus), Counter[str]()
    for event in within(events, periods.first, periods.last_day) if len(periods) else ():
        seen[event.kind] += len(known) if event.skus is None else len(event.skus & known)
    most = sorted((kind for kind in seen if seen[kind]), key=lambda kind: (-seen[kind], kind))
    return tuple(sorted(most[:MOST_TYPES]))


@dataclass(frozen=True, slots=True, eq=False)
class Occasions:
    """How deep types of events are, in periods and in those ahead.

    Attributes:
        kinds: the types, by name.
        periods: those of the history and those ahead.
        ahead: how many of them are ahead.
        shared, own: of each type the events about all series, and those about some.
        usual: depth of a period of each type, which it is measured in.
    """

    kinds: tuple[str, ...]
    periods: Periods
    ahead: int
    shared: tuple[Spans, ...]
    own: tuple[Spans, ...]
    usual: tuple[float, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """Series, and periods with those ahead, and these once more."""
        return self.own[0].count, len(self.periods) + self.ahead

    def of(self, rows: slice) -> Floats:
        """Of some series, shape (series, types, periods + ahead + ahead)."""
        found = np.stack([self._depths(number, rows) for number in range(len(self.kinds))], axis=1)
        return np.concatenate([found, found[:, :, len(self.periods) - self.ahead :]], axis=2)

    def _depths(self, number: int, rows: slice) -> Floats:
        own = self.own[number].block(rows)
        daily = np.maximum(own.daily(self.periods), self.shared[number].daily(self.periods))
        return mean_of_days(daily, self.periods).astype(np.float64) / self.usual[number]


def occasions(
    events: Iterable[Event], kinds: Collection[str], skus: Sequence[str], periods: Periods, ahead: int, known: int
) -> Occasions | None:
    """Types of events about the series of a history, of which the first `known` periods are learned from; None when there has
    been none of these types by then."""
    rows, seen, told = by_sku(skus), periods.up_to(known), dict[str, list[Event]]()
    for event in events:
        if event.kind in kinds:
            told.setdefault(event.kind, []).append(event)
    found: list[tuple[str, Spans, Spans, float]] = []
    for kind in sorted(told):
        shared = of_all(event for event in told[kind] if event.skus is None)
        own = Spans.of((event for event in told[kind] if event.skus is not None), rows, len(skus))
        usual = [part.usual_depth(seen) for part in (shared, own)]
        if any(usual):
            found.append((kind, shared, own, max(usual)))
    if not found:
        return None
    names, shared_ones, own_ones, depths = zip(*found, strict=True)
    whole = Periods(periods.frequency, periods.first, len(periods) + ahead)
    return Occasions(names, whole, ahead, shared_ones, own_ones, depths)
