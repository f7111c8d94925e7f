"""Rows of alarms: what was out of bounds, as known after a day."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, delete, insert, select

from forecasting.registry.tables import alarms
from forecasting.window.alarms import Alarm


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
