"""What a night of planning consists of. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

HISTORY, TRAIN, SCORE, SUGGEST = "history", "train", "score", "suggest"


class Weekday(StrEnum):
    """Days, in the order of `date.weekday`, and none."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"
    NEVER = "never"


WEEK: Final = tuple(Weekday)[:7]


class Work(NamedTuple):
    """A step of the night: what it is called, and the arguments of `skuld` that do it."""

    name: str
    arguments: tuple[str, ...]


def models_due(asked: Sequence[str], trained: Iterable[str], usual: str, *, is_day: bool, is_long: bool) -> list[str]:
    """The slots to train tonight.

    Args:
        asked: slots that somebody wants; when none, those that were trained, or the usual one.
        trained: slots that have a champion.
        is_day: whether this is the night of the week for it; a slot without a champion does not wait for that.
        is_long: whether the history is long enough for a first champion.
    """
    champions = list(trained)
    wanted = asked or champions or [usual]
    return [slot for slot in wanted if (is_day if slot in champions else is_long)]


def work_of(slots: Iterable[str], trained: Iterable[str], suggest_options: Sequence[str]) -> list[Work]:
    """After the history is written: train what is due, score when there is a champion, then say what to order."""
    due = list(slots)
    work = [Work(f"{TRAIN} {slot}", ("forecast", "train", "--slot", slot)) for slot in due]
    if due or list(trained):
        work.append(Work(SCORE, ("forecast", "score")))
    return [*work, Work(SUGGEST, ("suggest", *suggest_options))]
