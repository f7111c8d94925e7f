"""Is the process alive, do the owners serve, and what do they count."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field
from starlette.responses import HTMLResponse, PlainTextResponse

from actors.kernel.faults import Fault
from actors.kernel.messages import Busy, OwnerName, OwnerStatus, ReadStatus
from actors.kernel.routing import PROCUREMENT
from gateway.owner_metrics import owner_metrics
from gateway.problems import KINDS, NOT_FOUND, Problem
from gateway.system import System, system_of

router = APIRouter(tags=["health"])

READY_PATIENCE_S: Final = 2.0


class LivenessAnswer(BaseModel):
    """This process answers."""

    status: Literal["alive"]


class ReadinessAnswer(BaseModel):
    """Whether orders are taken here, and if not, why."""

    status: Literal["ready", "not ready", "stopping"]
    owners: Annotated[
        dict[str, str],
        Field(
            description="`serving`, or what keeps it from that", examples=[{"inventory-0": "serving", "orders-0": "serving"}]
        ),
    ]
    rows: Annotated[
        dict[str, str],
        Field(description="by owner, what keeps its rows from following; orders are taken all the same", examples=[{}]),
    ]


@router.get("/livez")
async def livez() -> LivenessAnswer:
    """This process answers."""
    return LivenessAnswer(status="alive")


@router.get("/readyz", responses={503: {"description": "stopping, or some owner does not serve", "model": ReadinessAnswer}})
async def readyz(request: Request, response: Response) -> ReadinessAnswer:
    """Every owner serves, and this gateway is not stopping."""
    system = system_of(request)
    if system.draining:
        response.status_code = 503
        return ReadinessAnswer(status="stopping", owners={}, rows={})
    names = [*system.owners.inventory.names(), *system.owners.orders.names(), PROCUREMENT]
    answers = await asyncio.gather(*[_serves(system, name) for name in names])
    owners: dict[str, str] = {name: serves for name, (serves, _) in zip(names, answers, strict=True)}
    rows: dict[str, str] = {name: alarm for name, (_, alarm) in zip(names, answers, strict=True) if alarm}
    ready = all(answer == "serving" for answer in owners.values())
    response.status_code = 200 if ready else 503
    return ReadinessAnswer(status="ready" if ready else "not ready", owners=owners, rows=rows)


async def _serves(system: System, name: OwnerName) -> tuple[str, str]:
    """Whether an owner serves, or why not; and its rows' alarm."""
    try:
        reply = await system.owners.ask(name, ReadStatus(), timeout_s=READY_PATIENCE_S)
    except Fault as fault:
        return str(fault), ""
    if isinstance(reply, Busy):
        return reply.reason, ""
    if not isinstance(reply, OwnerStatus):
        return "serving", ""
    asks = reply.figures.get("shards_unheard")
    return f"{name} asks {asks:.0f} shards which orders were begun" if asks else "serving", reply.rows_alarm


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(request: Request) -> str:
    """For Prometheus."""
    system = system_of(request)
    return system.metrics.text() + await owner_metrics(system.owners) + await system.demand_alarms.text(system)


@router.get("/", include_in_schema=False)
async def landing() -> dict[str, Any]:
    """Where to go from here."""
    return {"name": "skuld", "documentation": "/docs", "openapi": "/openapi.json", "health": "/readyz", "metrics": "/metrics"}


@router.get("/problems/{slug}", include_in_schema=False)
async def explain(slug: str) -> Response:
    """What a problem type means."""
    kind = KINDS.get(slug)
    if kind is None:
        raise Problem(NOT_FOUND, f"no problem type {slug}")
    return HTMLResponse(f"<!doctype html><title>{kind.title}</title><h1>{kind.title}</h1><p>{kind.status}: {kind.meaning}</p>")
