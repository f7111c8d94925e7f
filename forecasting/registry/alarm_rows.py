"""Rows of alarms: what was out of bounds, as known after a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, ScalarSelect, delete, func, insert, select, tuple_

from forecasting.registry.tables import alarms, forecasts, slots
from forecasting.window.alarms import Alarm

KINDS: Final = ("bias", "coverage", "drift")
"""What alarms are about; those of coverage have its level after it."""


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """An alarm of a slot after a day; `is_current` when that is the latest day that was scored."""

    slot: str
    cutoff: date
    kind: str
    model: str
    value: float
    least: float
    most: float
    message: str
    raised_at: int
    is_current: bool


def write_alarms(connection: Connection, slot: str, cutoff: date, model: str, raised: list[Alarm], now: int) -> None:
    """Keep what alarms after a day. Those that are there already keep their time; those that are over by now go."""
    c = alarms.c
    there = set(connection.execute(select(c.kind).where(c.slot == slot, c.cutoff == cutoff)).scalars())
    over = there - {alarm.kind for alarm in raised}
    if over:
        connection.execute(delete(alarms).where(c.slot == slot, c.cutoff == cutoff, c.kind.in_(over)))
    for alarm in raised:
        if alarm.kind not in there:
            told = {name: getattr(alarm, name) for name in ("kind", "value", "least", "most", "message")}
            connection.execute(insert(alarms).values(slot=slot, cutoff=cutoff, model=model, raised_at=now, **told))


def list_alarms(
    connection: Connection, limit: int, after: tuple[date, str, str] | None = None, slot: str | None = None,
    about: str | None = None, *, current: bool = False,
) -> list[AlarmRow]:  # fmt: skip
    """Alarms, latest cut-off first, then by slot and kind.

    Args:
        after: cut-off, slot and kind of the last one known.
        about: one of `KINDS`.
        current: only those of the latest cut-off that was scored.
    """
    c, latest = alarms.c, _latest(alarms.c.slot)
    query = select(alarms, (c.cutoff == latest).label("is_current")).order_by(c.cutoff.desc(), c.slot, c.kind).limit(limit)
    if after is not None:
        query = query.where((c.cutoff < after[0]) | ((c.cutoff == after[0]) & (tuple_(c.slot, c.kind) > after[1:])))
    if slot is not None:
        query = query.where(c.slot == slot)
    if about is not None:
        query = query.where(c.kind.startswith(about, autoescape=True))
    if current:
        query = query.where(c.cutoff == latest)
    return [AlarmRow(**(row._asdict() | {"is_current": bool(row.is_current)})) for row in connection.execute(query)]


def count_current(connection: Connection) -> Mapping[tuple[str, str], int]:
    """How many alarms there are after the latest cut-off of each slot, by slot and what they are about; zeros too."""
    found = {(slot, kind): 0 for slot in connection.execute(select(slots.c.slot)).scalars() for kind in KINDS}
    c = alarms.c
    for slot, kind in connection.execute(select(c.slot, c.kind).where(c.cutoff == _latest(c.slot))):
        found[slot, kind.split(" ")[0]] = found.get((slot, kind.split(" ")[0]), 0) + 1
    return found


def _latest(slot: Any) -> ScalarSelect[Any]:
    """The latest cut-off of a slot that was scored: one step in an index for each."""
    return select(func.max(forecasts.c.cutoff)).where(forecasts.c.slot == slot).scalar_subquery()
