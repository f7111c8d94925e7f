"""What of a mean comes of what is planned, and of events: the same trees, asked again without them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from forecasting.calendar.ahead import EventsAhead, found_ahead, put_off
from forecasting.calendar.event import Event
from forecasting.features.planned import moves, unplanned
from forecasting.features.table import Rows
from forecasting.features.view import History
from forecasting.parameters import Floats

Ask = Callable[[History, Rows], Floats]
"""The mean of some series, shape (rows,), by a history with the same past."""
Mask = NDArray[np.bool_]


def at_the_end(seen: History, chosen: Mask) -> Rows:
    """Some series, by a mask, at the last period known."""
    series = np.flatnonzero(chosen)
    return Rows(series, np.full(len(series), len(seen.periods) - 1))


def of_plan(seen: History, on_sale: Mask, mean: Floats, ask: Ask) -> Floats:
    """What the mean has above that with nothing planned; only series with a plan are asked about again."""
    found = np.where(on_sale, 0.0, np.nan)
    rows = at_the_end(seen, on_sale & moves(seen).any(axis=1))
    if len(rows):
        found[rows.series] = mean[rows.series] - ask(unplanned(seen), rows)
    return found


def of_events(seen: History, on_sale: Mask, usual: Floats, ask: Ask, events: Iterable[Event]) -> EventsAhead:
    """What events add to the mean with nothing planned: their types are left out one after the other, by name, so that all
    together add what that mean has above the one without any. Only series that an event is about are asked about again.

    Args:
        usual: the mean with nothing planned, shape (series,).
        events: that are looked at.
    """
    days = seen.periods.ahead(seen.protection)
    found, left = found_ahead(events, seen.skus, days), usual.copy()
    has_plan = moves(seen).any(axis=1)
    parts = [(seen, on_sale & ~has_plan), *([(unplanned(seen), on_sale & has_plan)] if has_plan.any() else [])]
    for place in range(len(found.kinds)):
        for history, chosen in parts:
            rows = at_the_end(history, chosen & found.touches[:, place])
            if len(rows):
                without = put_off(history.events, found.kinds[: place + 1], days)
                factor = None if history.factor is None else history.factor.without(found.kinds[: place + 1])
                now = ask(replace(history, events=without, factor=factor), rows)
                found.units[rows.series, place] = left[rows.series] - now
                left[rows.series] = now
    return found
