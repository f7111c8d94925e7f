"""Something that moves demand and whose dates are known beforehand: a holiday, a promotion, a sale."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import date, timedelta

from forecasting.parameters import ParameterError


@dataclass(frozen=True, slots=True)
class Event:
    """One occasion, from its first day to its last.

    Attributes:
        kind: what it is; events of one kind share a feature (`Christmas`, `promotion`).
        start: first day.
        end: last day, not before the first.
        depth: how strong, > 0: 0.2 for a fifth off the price, 1 when it just is.
        skus: those it is about; None for all.
        day_off: whether people do not work then.
        known_from: the day it was announced; None when it was always known.
    """

    kind: str
    start: date
    end: date
    depth: float = 1.0
    skus: frozenset[str] | None = None
    day_off: bool = False
    known_from: date | None = None

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ParameterError("end", self.end, f"{self.start}, the start, or later")


def known_at(events: Iterable[Event], day: date) -> list[Event]:
    """The events that were announced by the end of `day`: what a forecast made then may use."""
    return [event for event in events if event.known_from is None or event.known_from <= day]


def joined(told: Iterable[Event], kept: Iterable[Event]) -> list[Event]:
    """What was told for a fit, and what the system keeps: of one occasion (type, first day and SKUs) what was told stands."""
    first = list(told)
    known = {_occasion(event) for event in first}
    return first + [event for event in kept if _occasion(event) not in known]


def _occasion(event: Event) -> tuple[str, date, frozenset[str] | None]:
    return event.kind, event.start, event.skus


def digest_of(events: Iterable[Event]) -> str:
    """SHA-256 of events in their order, hexadecimal; empty when there are none."""
    told = [repr([sorted(cell) if isinstance(cell, frozenset) else cell for cell in astuple(event)]) for event in events]
    return hashlib.sha256("\n".join(told).encode()).hexdigest() if told else ""


def day_off(kind: str, day: date) -> Event:
    """A holiday of one day."""
    return Event(kind, day, day, day_off=True)


def shopping_day(kind: str, day: date) -> Event:
    """A day on which people buy and work."""
    return Event(kind, day, day)


def nth_weekday(year: int, month: int, weekday: int, number: int) -> date:
    """The `number`-th such weekday (0 is Monday) of a month, from 1; -1 is the last one."""
    if number > 0:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))
    last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - weekday) % 7)


def within(events: Iterable[Event], first: date, last: date) -> Sequence[Event]:
    """Those that touch the days from `first` to `last`, in order of time."""
    touching = (event for event in events if event.start <= last and event.end >= first)
    return sorted(touching, key=lambda event: (event.start, event.end, event.kind))
