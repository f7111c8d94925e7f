"""Demand forecasts, as they were scored last."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Response

from gateway.answers.forecasts import ForecastAnswer, forecast_answer
from gateway.answers.written import written
from gateway.documented import Responses, answer_of, problems
from gateway.fields import Id, Sku
from gateway.forecast_reads import chart_of, read_event_days, read_latest, read_past
from gateway.keyed_route import KeyedRoute
from gateway.problems import NOT_FOUND, Problem
from gateway.system import Behind, Reader

router = APIRouter(tags=["demand"], route_class=KeyedRoute)
PNG: Final[Responses] = {200: {"content": {"image/png": {"schema": {"type": "string", "format": "binary"}}}}}
Slot = Annotated[str | None, Query(max_length=32, description="length of a period, lead time + review", examples=["week 2+1"])]


@router.get("/forecasts/{sku:path}/chart.png", responses=PNG | problems(NOT_FOUND), response_class=Response)
async def get_chart(
    sku: Annotated[Sku, Path()], system: Behind, caller: Reader, warehouse: Id | None = None, slot: Slot = None
) -> Response:
    """A chart of a SKU: its history with stock-outs and days of events shaded, the fan of what is expected, past forecasts
    against what came.

    Of the first warehouse and slot that fit, by name.
    """
    latest = await system.search(read_latest, sku)
    fitting = [row for row in latest if warehouse in (None, row.warehouse) and slot in (None, row.slot)]
    if not fitting:
        raise Problem(NOT_FOUND, f"no forecast has the SKU {sku}" if not latest else f"{sku} has no forecast there")
    past = await system.search(read_past, sku)
    told = await system.search(read_event_days, sku)
    drawn = await asyncio.to_thread(chart_of, fitting[0], past, system.settings.data_dir, told)
    return Response(drawn, media_type="image/png")


@router.get("/forecasts/{sku:path}", responses=answer_of(ForecastAnswer) | problems(NOT_FOUND))
async def get_forecast(
    sku: Annotated[Sku, Path()],
    system: Behind,
    caller: Reader,
    history: Annotated[bool, Query(description="add past forecasts against what came")] = False,
) -> Response:
    """The latest forecast of each warehouse and slot, with quantiles: demand summed over lead time plus review."""
    latest = await system.search(read_latest, sku)
    if not latest:
        raise Problem(NOT_FOUND, f"no forecast has the SKU {sku}: it is not on sale, or nothing was scored yet")
    past = await system.search(read_past, sku) if history else None
    return written(forecast_answer(sku, latest, past))
