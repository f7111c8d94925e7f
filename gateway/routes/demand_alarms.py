"""Alarms: forecasts that are off beside what came, kept by `skuld forecast score`."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, NamedTuple

from fastapi import APIRouter, Query
from sqlalchemy import Engine

from actors.kernel.record.database import faults_named
from gateway.answers.demand_alarms import About, DemandAlarmPage, alarm_answer
from gateway.documented import problems
from gateway.keyed_route import KeyedRoute
from gateway.pages import Cursor, Limit, cursor_after, unseal
from gateway.system import Behind, Reader

if TYPE_CHECKING:
    from forecasting.registry.alarm_rows import AlarmRow

router = APIRouter(tags=["demand"], route_class=KeyedRoute)


@router.get("/demand-alarms", responses=problems())
async def list_demand_alarms(
    system: Behind,
    caller: Reader,
    slot: Annotated[str | None, Query(max_length=32, examples=["week 2+1"])] = None,
    about: About | None = None,
    current: Annotated[bool, Query(description="only of the latest scores")] = False,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> DemandAlarmPage:
    """What `skuld forecast score` found out of bounds: bias, coverage and drift of champions over the latest cut-offs, the
    latest first. An alarm that is not `current` was over, or went on, when the slot was scored again."""
    after = unseal(cursor, tuple[date, str, str])
    rows = await system.search(_read, _Wanted(limit, after, slot, about, current))
    last = (rows[-1].cutoff, rows[-1].slot, rows[-1].kind) if rows else ()
    return DemandAlarmPage(items=[alarm_answer(row) for row in rows], next_cursor=cursor_after(rows, limit, last))


class _Wanted(NamedTuple):
    limit: int
    after: tuple[date, str, str] | None
    slot: str | None
    about: About | None
    current: bool


def _read(engine: Engine, wanted: _Wanted) -> list[AlarmRow]:
    from forecasting.registry.alarm_rows import list_alarms

    with faults_named("listing alarms"), engine.connect() as rows:
        return list_alarms(rows, **wanted._asdict())
