"""Features of the periods ahead: calendar, events, and the promotions and prices that are planned."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecasting.calendar.event import Event
from forecasting.calendar.features import period_features, sku_features
from forecasting.calendar.kinds import is_make_up_workday
from forecasting.features.column import Column, Known
from forecasting.features.view import View
from forecasting.features.windows import Windows, since_last
from forecasting.panel.panel import Cells
from forecasting.panel.periods import Frequency, Periods

FEWEST_YEARS: Final = 1.5
"""The time of year is looked at only when more than one of each season can be seen."""
FEWEST_TIMES: Final = 3
"""Models of earlier releases look at an event that comes more often than yearly once it has come so often."""
WORKDAYS: Final = "workdays ahead"


def future_columns(view: View) -> Iterator[Column]:
    """Every feature of the protection period, with those of the past that belong to them."""
    periods = view.history.periods
    whole = Periods(periods.frequency, periods.first, len(periods) + view.protection)
    yield from _calendar(view, whole)
    yield from _own_events(view, whole)
    yield from _factor(view)
    yield from _promotion(view)
    yield from _price(view)
    yield from _stock(view)


def learned_events(
    events: Iterable[Event], names: Collection[str], last_day: date, kinds: Collection[str] | None = None
) -> list[Event]:
    """Events of whose type there has been one by a day, and that are of the types looked at, or, when these are not told, of
    which features of these names tell; a day off, or one that is worked, is told of by workdays."""
    known = list(events)
    were = {event.kind for event in known if event.start <= last_day}

    def is_learned(event: Event) -> bool:
        if event.skus is None and (event.day_off or is_make_up_workday(event.kind)) and WORKDAYS in names:
            return True
        has_features = f"days in {event.kind}" if event.skus is None else f"depth of {event.kind} ahead"
        return event.kind in were and (has_features in names if kinds is None else event.kind in kinds)

    return [event for event in known if is_learned(event)]


def _calendar(view: View, whole: Periods) -> Iterator[Column]:
    shared = [event for event in view.history.events if event.skus is None]
    kinds = {event.kind for event in shared}
    table = period_features(whole, shared)
    yearly = len(view.history.periods) >= FEWEST_YEARS * view.year

    def column(name: str, values: NDArray[np.float64]) -> Column:
        return Column(name, Known.AHEAD, np.asarray(values, np.float32).reshape(1, -1))

    first, middle = view.origins + 1, view.origins + 1 + view.protection // 2
    if yearly:
        unit = "month" if view.frequency is Frequency.MONTH else "week_of_year"
        yield column(f"{unit} ahead", table[unit].to_numpy()[np.minimum(middle, len(whole) - 1)])
    if view.frequency is Frequency.DAY:
        yield column("first day of the week", table["day_of_week"].to_numpy()[first])
    if yearly or view.frequency is Frequency.DAY:
        workdays = Windows(table["workdays"].to_numpy()[None].astype(np.float32), view.origins)
        yield column(WORKDAYS, workdays.total(view.protection, -view.protection)[0])
        yield column("workdays of the latest", workdays.total(view.protection)[0])
    for kind in sorted(kinds if view.history.kinds is None else kinds & {*view.history.kinds}):
        if not (yearly or (view.history.kinds is None and _came_often(kind, view))):
            continue
        within = Windows(table[f"days in {kind}"].to_numpy()[None].astype(np.float32), view.origins)
        yield column(f"days in {kind}", within.total(view.protection, -view.protection)[0])
        yield column(f"days in {kind} of the latest", within.total(view.protection)[0])
        yield column(f"days to {kind}", table[f"days to {kind}"].to_numpy()[first + view.protection - 1])
        yield column(f"days since {kind}", table[f"days since {kind}"].to_numpy()[first])


def _came_often(kind: str, view: View) -> bool:
    """Whether events of a type about all series have begun often enough."""
    last_day = view.history.periods.last_day
    begun = [event for event in view.history.events if event.skus is None and event.start <= last_day]
    return sum(event.kind == kind for event in begun) >= FEWEST_TIMES


def _own_events(view: View, whole: Periods) -> Iterator[Column]:
    """Events about some SKUs: depth ahead and of late, and how far away the next and the last one are."""
    kinds = view.history.kinds
    looked_at = [event for event in view.history.events if kinds is None or event.kind in kinds]
    for name, values in sku_features(whole, view.history.skus, looked_at):
        if name.startswith("depth"):
            yield from _ahead_and_behind(view, name, values)
        else:
            place = view.origins + (view.protection if name.startswith("days to") else 1)
            yield Column(name, Known.AHEAD, values[:, place])


def _factor(view: View) -> Iterator[Column]:
    """What is expected to be made of demand ahead, beside what was made of it lately."""
    found = view.history.factor
    if found is not None:
        lately = Windows(found.each[:, : len(view.history.periods)], view.origins).mean(view.quarter)
        yield Column("factor ahead", Known.AHEAD, _log_ratio(found.ahead[:, view.origins].astype(np.float64), lately))
        if view.history.siblings is not None:
            yield Column("factor of siblings ahead", Known.AHEAD, view.history.siblings.lift(found, view.origins))


def _promotion(view: View) -> Iterator[Column]:
    cells = view.history.promotion
    if cells is None:
        return
    past = Windows(cells, view.origins)
    for length in (1, 4, view.quarter):
        yield Column(f"promotion in {length}", Known.PAST, past.mean(length).astype(np.float32))
    yield Column("since promotion", Known.PAST, since_last(cells > 0, view.origins).astype(np.float32))
    yield Column("demand without promotion", Known.PAST, _without(view, cells))
    if "promotion" in view.history.planned:
        yield Column("promotion ahead", Known.AHEAD, past.mean(view.protection, -view.protection).astype(np.float32))
        ahead = np.stack([cells[:, view.origins + step] for step in range(1, view.protection + 1)])
        yield Column("deepest promotion ahead", Known.AHEAD, ahead.max(axis=0))
        on = (ahead > 0).mean(axis=0, dtype=np.float32)
        yield Column("share ahead with promotion", Known.AHEAD, on)


def _without(view: View, promotion: Cells) -> Cells:
    """Mean of the latest quarter's periods that had no promotion, relative to the level."""
    demand = view.history.demand
    plain = np.where(promotion[:, : demand.shape[1]] > 0, np.float32(np.nan), demand)
    return view.relative(Windows(plain, view.origins).mean(view.quarter))


def _price(view: View) -> Iterator[Column]:
    cells = view.history.price
    if cells is None:
        return
    past = Windows(cells, view.origins)
    now, usual = past.mean(1), past.mean(view.quarter)
    yield Column("price", Known.PAST, np.log1p(now).astype(np.float32))
    yield Column("price to the quarter's", Known.PAST, _log_ratio(now, usual))
    yield Column("price to the year's", Known.PAST, _log_ratio(now, past.mean(view.year)))
    if "price" in view.history.planned:
        ahead = past.mean(view.protection, -view.protection)
        yield Column("price ahead to the quarter's", Known.AHEAD, _log_ratio(ahead, usual))
        yield Column("price ahead to the latest", Known.AHEAD, _log_ratio(ahead, now))


def _stock(view: View) -> Iterator[Column]:
    cells = view.history.in_stock_share
    if cells is not None:
        past = Windows(cells, view.origins)
        for length in (1, 4, view.quarter):
            yield Column(f"in stock in {length}", Known.PAST, past.mean(length).astype(np.float32))


def _ahead_and_behind(view: View, name: str, values: Cells) -> Iterator[Column]:
    windows = Windows(values, view.origins)
    yield Column(f"{name} ahead", Known.AHEAD, windows.mean(view.protection, -view.protection).astype(np.float32))
    for length in (view.protection, view.quarter):
        yield Column(f"{name} in {length}", Known.PAST, windows.mean(length).astype(np.float32))


def _log_ratio(over: NDArray[np.float64], under: NDArray[np.float64]) -> Cells:
    known = (over > 0) & (under > 0)
    return np.where(known, np.log(np.where(known, over, 1) / np.where(known, under, 1)), np.nan).astype(np.float32)
