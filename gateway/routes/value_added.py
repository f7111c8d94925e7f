"""Forecast value added: what each step from the naive forecast to the order, and each person, was worth."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from pydantic import AwareDatetime
from sqlalchemy import Engine

from actors.kernel.record.database import faults_named
from gateway.answers.value_added import ValueAddedAnswer, value_added_answer
from gateway.documented import problems
from gateway.fields import Id
from gateway.keyed_route import KeyedRoute
from gateway.problems import AWAY, Problem
from gateway.system import Behind, Reader

router = APIRouter(tags=["demand"], route_class=KeyedRoute)


@router.get("/forecast-value-added", responses=problems())
async def get_value_added(
    system: Behind, caller: Reader, since: AwareDatetime | None = None, warehouse: Id | None = None
) -> ValueAddedAnswer:
    """Over decisions from `since` on: the error of each step against the demand that came, and how much each step, person and
    reason came nearer to it. What came is known as far as `skuld forecast history` has written it."""
    since_ms = round(since.timestamp() * 1000) if since is not None else 0
    return await system.search(told_of, system.settings.data_dir, since_ms, warehouse or "")


def told_of(engine: Engine, data_dir: Path | None, since: int, warehouse: str) -> ValueAddedAnswer:
    """Read, and judge; in a thread.

    Raises:
        Problem: a file of the history is damaged.
    """
    from forecasting.history.store import HistoryStore
    from forecasting.panel.faults import HistoryError
    from forecasting.value_added.reading import read_decisions
    from forecasting.value_added.value import value_added

    try:
        with faults_named("reading decisions"), engine.connect() as rows:
            read = read_decisions(rows, HistoryStore((data_dir or Path()) / "history"), since, warehouse)
    except HistoryError as error:
        raise Problem(AWAY, str(error)) from None
    return value_added_answer(read, value_added(read.judged))
