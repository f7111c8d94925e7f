"""Rows of forecasts: what each model said of every SKU and warehouse, as known after a day."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Any, Final

import numpy as np
import polars as pl
from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from forecasting.calendar.ahead import EventAhead
from forecasting.forecast import Forecast
from forecasting.metrics import LEVELS
from forecasting.panel.panel import Panel
from forecasting.panel.periods import Periods
from forecasting.parameters import Floats
from forecasting.registry.slot import Slot
from forecasting.registry.tables import forecasts
from forecasting.work import ranges

CHAMPION, SHADOW = "champion", "shadow"
DIGITS: Final = 6
"""Significant ones that are kept of quantiles and means of periods."""
AT_ONCE: Final = 2_000
"""Rows of a statement."""


@dataclass(frozen=True, slots=True)
class Said:
    """Who says it: slot, last day known, model, in which role, and the digests of the plan and of the system's events that it
    saw, empty when none."""

    slot: str
    cutoff: date
    model: str
    role: str
    plan: str = ""
    events: str = ""


@dataclass(frozen=True, slots=True)
class ForecastRow:
    """A forecast of one SKU in one warehouse: of the sum over the protection period, units; `of_plan` is the part of the mean
    that comes of the plan named by its digest, None when the model saw none; `of_events` that of the mean with nothing planned
    which comes of events of the days forecast, None when the model looks at none, and `events_ahead` are their types."""

    sku: str
    warehouse: str
    slot: str
    cutoff: date
    model: str
    role: str
    mean: float
    quantiles: tuple[float, ...]
    by_period: tuple[float, ...]
    actual: float | None = None
    plan: str = ""
    of_plan: float | None = None
    events: str = ""
    of_events: float | None = None
    events_ahead: tuple[EventAhead, ...] = ()

    @property
    def horizon(self) -> Periods:
        """The periods that it is of."""
        slot = Slot.read(self.slot)
        return Periods(slot.frequency, self.cutoff + timedelta(1), slot.horizon.protection)

    @property
    def levels(self) -> list[tuple[float, float]]:
        """Level and units of each quantile."""
        return list(zip(LEVELS, self.quantiles, strict=True))


def is_said(connection: Connection, said: Said) -> bool:
    """Whether there are rows of this slot, cut-off, model, plan and events."""
    c = forecasts.c
    query = _of(select(c.sku), said).where(c.plan == said.plan, c.events == said.events)
    return connection.execute(query.limit(1)).first() is not None


def write_forecast(connection: Connection, said: Said, panel: Panel, forecast: Forecast) -> int:
    """Write a forecast of every series that is on sale, unless it is there; gives the number of rows.

    What the model said with another plan, or other events, goes, and what came is asked for anew.
    """
    if is_said(connection, said):
        return 0
    if connection.execute(_of(delete(forecasts), said)).rowcount:
        c = forecasts.c
        connection.execute(update(forecasts).where(c.slot == said.slot, c.cutoff == said.cutoff).values(actual=None))
    rows = _rows(said, panel, forecast)
    count = 0
    while some := list(islice(rows, AT_ONCE)):
        connection.execute(insert(forecasts), some)
        count += len(some)
    return count


def set_role(connection: Connection, said: Said) -> None:
    """Give the rows that are there this role; a cut-off has one champion, so any other one of then is in shadow."""
    c = forecasts.c
    connection.execute(_of(update(forecasts), said).where(c.role != said.role).values(role=said.role))
    if said.role == CHAMPION:
        others = update(forecasts).where(c.slot == said.slot, c.cutoff == said.cutoff, c.model != said.model)
        connection.execute(others.where(c.role == CHAMPION).values(role=SHADOW))


def forget_before(connection: Connection, slot: str, day: date) -> None:
    """Delete forecasts made before a day: they have been judged long ago."""
    connection.execute(delete(forecasts).where(forecasts.c.slot == slot, forecasts.c.cutoff < day))


def cutoffs_of(connection: Connection, slot: str, model: str) -> list[date]:
    """The days after which a model has forecast, latest first."""
    c = forecasts.c
    query = select(c.cutoff).where(c.slot == slot, c.model == model).distinct().order_by(c.cutoff.desc())
    return list(connection.execute(query).scalars())


def read_forecast(connection: Connection, slot: str, cutoff: date, model: str) -> pl.DataFrame:
    """What a model said after a day: `sku`, `location`, `mean`, `quantiles` (list), one row for each series."""
    query = _of(select(forecasts), Said(slot, cutoff, model, ""))
    rows = [(one.sku, one.warehouse, one.mean, json.loads(one.quantiles)) for one in connection.execute(query)]
    schema: dict[str, Any] = {"sku": pl.String, "location": pl.String, "mean": pl.Float64, "quantiles": pl.List(pl.Float64)}
    return pl.DataFrame(rows, schema=schema, orient="row")


def forecasts_of(connection: Connection, sku: str, most: int) -> list[ForecastRow]:
    """Forecasts of champions for a SKU, latest first, at most so many."""
    c = forecasts.c
    query = select(forecasts).where(c.sku == sku, c.role == CHAMPION)
    query = query.order_by(c.cutoff.desc(), c.slot, c.warehouse).limit(most)
    return [_read(found) for found in connection.execute(query)]


def latest_of(connection: Connection, sku: str) -> list[ForecastRow]:
    """The latest forecast of a champion for a SKU in each warehouse and slot."""
    c = forecasts.c
    newest = select(c.warehouse, c.slot, func.max(c.cutoff).label("cutoff")).where(c.sku == sku, c.role == CHAMPION)
    each = newest.group_by(c.warehouse, c.slot).subquery()
    same = (c.warehouse == each.c.warehouse) & (c.slot == each.c.slot) & (c.cutoff == each.c.cutoff)
    query = select(forecasts).join(each, same).where(c.sku == sku, c.role == CHAMPION).order_by(c.warehouse, c.slot)
    return [_read(found) for found in connection.execute(query)]


def beside(connection: Connection, row: ForecastRow, skus: Iterable[str]) -> list[ForecastRow]:
    """What the same model said of other SKUs in the same place after the same day."""
    c, wanted = forecasts.c, sorted(set(skus) - {row.sku})
    query = _of(select(forecasts), Said(row.slot, row.cutoff, row.model, row.role)).where(c.warehouse == row.warehouse)
    parts = [wanted[part] for part in ranges(len(wanted), AT_ONCE)]
    return [_read(found) for some in parts for found in connection.execute(query.where(c.sku.in_(some)).order_by(c.sku))]


def unanswered(connection: Connection, slot: str) -> list[date]:
    """Cut-offs of which nobody has written down yet what came after them."""
    c = forecasts.c
    query = select(c.cutoff).where(c.slot == slot).group_by(c.cutoff).having(func.count(c.actual) == 0).order_by(c.cutoff)
    return list(connection.execute(query).scalars())


def write_actual(connection: Connection, slot: str, cutoff: date, panel: Panel, actual: Floats) -> None:
    """Write down what came after a day, shape (series,), into the rows of every model; NaN leaves them as they are."""
    c = forecasts.c
    known = np.flatnonzero(~np.isnan(actual)).tolist()
    series = panel.series.rows()
    rows = [{"of": series[one][0], "at": series[one][1] or "", "came": float(actual[one])} for one in known]
    query = update(forecasts).where(
        c.slot == slot, c.cutoff == cutoff, c.sku == bindparam("of"), c.warehouse == bindparam("at")
    )
    for part in ranges(len(rows), AT_ONCE):
        connection.execute(query.values(actual=bindparam("came")), rows[part])


def _of(query: Any, said: Said) -> Any:
    c = forecasts.c
    return query.where(c.slot == said.slot, c.cutoff == said.cutoff, c.model == said.model)


def _rows(said: Said, panel: Panel, forecast: Forecast) -> Iterator[dict[str, Any]]:
    series, of_events = panel.series.rows(), None if forecast.events is None else forecast.events.total
    for place in np.flatnonzero(~np.isnan(forecast.mean)).tolist():
        sku, location = series[place]
        ahead = () if forecast.events is None else forecast.events.of(place)
        by_period = () if forecast.by_period is None else forecast.by_period[place].tolist()
        yield {
            "sku": sku,
            "warehouse": location or "",
            "slot": said.slot,
            "cutoff": said.cutoff,
            "model": said.model,
            "role": said.role,
            "mean": float(forecast.mean[place]),
            "quantiles": _short(forecast.quantiles[place].tolist()),
            "by_period": _short(by_period),
            "plan": said.plan,
            "events": said.events,
            "of_plan": None if forecast.of_plan is None else float(forecast.of_plan[place]),
            "of_events": None if of_events is None else float(of_events[place]),
            "events_ahead": _written(ahead) if ahead else None,
        }


def _written(ahead: Iterable[EventAhead]) -> str:
    return json.dumps([(one.kind, str(one.first), str(one.last), float(f"{one.units:.{DIGITS}g}")) for one in ahead])


def _events(text: str | None) -> tuple[EventAhead, ...]:
    days = date.fromisoformat
    return tuple(EventAhead(kind, days(first), days(last), units) for kind, first, last, units in json.loads(text or "[]"))


def _short(values: Iterable[float]) -> str:
    return json.dumps([float(f"{value:.{DIGITS}g}") for value in values])


def _read(found: Row[Any]) -> ForecastRow:
    lists: dict[str, Any] = {name: tuple(json.loads(getattr(found, name))) for name in ("quantiles", "by_period")}
    lists["events_ahead"] = _events(found.events_ahead)
    return ForecastRow(**(found._asdict() | lists))
