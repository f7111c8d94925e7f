"""Events that move demand as the system of record has them: `PUT /v1/demand-events/{id}` puts them there."""

from __future__ import annotations

import json
from datetime import date
from typing import Final

from sqlalchemy import Connection, text

from forecasting.calendar.event import Event

TABLE: Final = "demand_events"
QUERY: Final = """
SELECT kind, starts_on, ends_on, depth, skus, day_off, known_from FROM demand_events WHERE cancelled = 0 ORDER BY id
"""


def read_kept(connection: Connection) -> tuple[Event, ...]:
    """All that were not cancelled, by id."""
    return tuple(
        Event(
            kind,
            date.fromisoformat(starts_on),
            date.fromisoformat(ends_on),
            float(depth),
            frozenset(json.loads(skus)) or None,
            bool(off),
            date.fromisoformat(known_from) if known_from else None,
        )
        for kind, starts_on, ends_on, depth, skus, off, known_from in connection.execute(text(QUERY))
    )
