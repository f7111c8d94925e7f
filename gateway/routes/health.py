"""Is the process alive, do the owners serve, and what do they count."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field
from starlette.responses import HTMLResponse, PlainTextResponse

from actors.kernel.faults import Fault
from actors.kernel.messages import Busy, OwnerName, OwnerStatus, ReadStatus
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
        return ReadinessAnswer(status="stopping", owners={})
    names = [*system.owners.inventory.names(), *system.owners.orders.names()]
    answers = await asyncio.gather(*[_serves(system, name) for name in names])
    ready = all(answer == "serving" for answer in answers)
    response.status_code = 200 if ready else 503
    owners: dict[str, str] = dict(zip(names, answers, strict=True))
    return ReadinessAnswer(status="ready" if ready else "not ready", owners=owners)


async def _serves(system: System, name: OwnerName) -> str:
    try:
        reply = await system.owners.ask(name, ReadStatus(), timeout_s=READY_PATIENCE_S)
    except Fault as fault:
        return str(fault)
    if isinstance(reply, Busy):
        return reply.reason
    asks = isinstance(reply, OwnerStatus) and reply.figures.get("shards_unheard")
    return f"{name} asks {asks:.0f} shards which orders were begun" if asks else "serving"


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(request: Request) -> str:
    """For Prometheus."""
    system = system_of(request)
    return system.metrics.text() + await owner_metrics(system.owners)


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
