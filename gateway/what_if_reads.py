"""Plans one item from the rows, as it is and as it would be; in a thread, for it waits for the database and then computes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from actors.kernel.clock import now_ms
from actors.kernel.record.database import faults_named
from gateway.problems import CONFLICT, NOT_FOUND, Problem
from gateway.supplier_calendars import SupplierCalendars

if TYPE_CHECKING:  # numbers are loaded when somebody asks what if, not when orders are taken
    from collections.abc import Iterable
    from datetime import tzinfo

    from sqlalchemy import Connection, Engine

    from forecasting.calendar.event import Event
    from forecasting.planning.drivers import DriversOf
    from forecasting.planning.policy import Policy
    from forecasting.planning.what_if import Change
    from forecasting.registry.forecasts import ForecastRow

USUAL_TARGET: Final = 0.95
"""Of an item that no run and no reorder policy has said one for."""


class Asked(NamedTuple):
    """The forecast that was used, its days, what was planned with as it is, and both plans as the API tells suggestions."""

    forecast: ForecastRow
    days: float
    policy: Policy
    as_it_is: dict[str, Any]
    what_if: dict[str, Any]


def asked_what_if(
    engine: Engine, data_dir: Path | None, zone: tzinfo, sku: str, warehouse: str, change: Change
) -> Asked:  # fmt: skip
    """Plan it twice.

    Args:
        data_dir: where the history is; without its files nobody can say what drives the demand.

    Raises:
        Problem: nobody has forecast it, or too little is known to plan it.
    """
    from forecasting.planning.plan import Unplanned
    from forecasting.planning.record import read_item
    from forecasting.planning.run import Asked as AskedOfRun
    from forecasting.planning.run import driven, items, usual_days
    from forecasting.planning.what_if import AS_IT_IS, what_if
    from forecasting.registry.forecasts import beside

    calendars = SupplierCalendars(zone)
    today = calendars.day_of(now_ms())
    with faults_named("reading what planning needs"), engine.connect() as rows:
        books, policy = read_item(rows, sku, warehouse), _latest_policy(rows)
        own = books._replace(terms=books.terms.filter(books.terms["sku"] == sku))
        wanted = usual_days(own, AskedOfRun(policy), today, calendars)
        row, days = _nearest(rows, sku, warehouse, wanted)
        all_rows = [row, *beside(rows, row, books.terms["sku"])]
        forecast = _table(all_rows, warehouse, _latest_targets(rows, [one.sku for one in all_rows], warehouse))
        missed = _left_out(rows, row)
    drivers, plans = _drivers(row, warehouse, data_dir), []
    for one in (AS_IT_IS, change):
        found = what_if(forecast, (sku, warehouse), days, books, today, policy, calendars, one, missed)
        if isinstance(found, Unplanned):
            raise Problem(CONFLICT, f"{sku} in {warehouse} cannot be planned: {found.reason}")
        plans.append(next(items([driven(found, drivers)])))
    return Asked(row, days, policy, *plans)


def _latest_policy(rows: Connection) -> Policy:
    """What the latest run was made with; what it has not said is as usual."""
    from sqlalchemy import select

    from actors.procurement.planning_tables import replenishment_runs as runs
    from forecasting.planning.policy import Policy

    told = runs.c.review_days, runs.c.holding, runs.c.early_days, runs.c.lost_sales
    found = rows.execute(select(*told).order_by(runs.c.made_at.desc()).limit(1)).mappings().first()
    given: dict[str, Any] = {name: value for name, value in (found or {}).items() if value is not None}
    if "lost_sales" in given:
        given["lost_sales"] = bool(given["lost_sales"])
    return Policy(**given)


def _left_out(rows: Connection, row: ForecastRow) -> list[Event]:
    """Events that people told of and that the forecast leaves out; of one made before forecasts said so nobody knows."""
    from forecasting.calendar.event_rows import read_kept
    from forecasting.calendar.left_out import left_out

    if row.events and row.of_events is None:
        return []
    return left_out(read_kept(rows), {one.kind for one in row.events_ahead}, row.horizon)


def _latest_targets(rows: Connection, skus: Iterable[str], warehouse: str) -> dict[str, float]:
    """What the latest run wanted of each."""
    from sqlalchemy import func, select

    from actors.procurement.planning_tables import replenishment_suggestions as suggestions
    from forecasting.registry.forecasts import AT_ONCE
    from forecasting.work import ranges

    s, wanted = suggestions.c, list(skus)
    found: dict[str, float] = {}
    for part in ranges(len(wanted), AT_ONCE):
        newest = select(s.sku, func.max(s.made_at).label("made_at")).where(s.warehouse == warehouse, s.sku.in_(wanted[part]))
        each = newest.group_by(s.sku).subquery()
        same = (s.sku == each.c.sku) & (s.made_at == each.c.made_at)
        query = select(s.sku, s.target).join(each, same).where(s.warehouse == warehouse)
        found.update(rows.execute(query).all())
    return found


def _nearest(rows: Connection, sku: str, warehouse: str, wanted: float) -> tuple[ForecastRow, float]:
    """The champion's forecast whose protection period is nearest to so many days, and its days."""
    from forecasting.planning.forecasts import DAYS_OF
    from forecasting.registry.forecasts import latest_of

    found = [row for row in latest_of(rows, sku) if row.warehouse in ("", warehouse)]
    if not found:
        raise Problem(NOT_FOUND, f"no forecast has the SKU {sku} in {warehouse}: it is not on sale, or nothing was scored yet")
    lengths = [len(row.horizon) * DAYS_OF[row.horizon.frequency] for row in found]
    return min(zip(found, lengths, strict=True), key=lambda one: (abs(one[1] - wanted), one[1], one[0].slot))


def _table(rows: Iterable[ForecastRow], warehouse: str, targets: dict[str, float]) -> Any:
    import polars as pl

    from forecasting.calendar.ahead import named

    told = [
        {
            "sku": row.sku, "warehouse": warehouse, "mean": row.mean,
            **{f"p{100 * level:g}": units for level, units in row.levels},
            "of_plan": row.of_plan, "of_events": row.of_events, "occasion": named(row.events_ahead),
            "target": targets.get(row.sku, USUAL_TARGET),
        }
        for row in rows
    ]  # fmt: skip
    parts = "of_plan", "of_events"
    types = {**dict.fromkeys(parts, pl.Float64), "occasion": pl.String}
    table = pl.DataFrame(told, schema_overrides=types, infer_schema_length=None)
    return table.drop([name for name in parts if table[name].null_count() == len(table)])


def _drivers(row: ForecastRow, warehouse: str, data_dir: Path | None) -> DriversOf:
    """What drives the demand of its SKU, by the history of its periods; nothing where there are no files of that."""
    from forecasting.history.reading import panel_of_sku
    from forecasting.history.store import HistoryStore
    from forecasting.panel.faults import HistoryError
    from forecasting.planning.drivers import drivers_in

    apart = row.of_events is not None
    try:
        store = HistoryStore((data_dir or Path()) / "history")
        return drivers_in(panel_of_sku(store, row.sku, row.horizon.frequency, row.cutoff), warehouse, events_apart=apart)
    except HistoryError:  # none, or damaged: the plan is there all the same
        return lambda *_: ()
