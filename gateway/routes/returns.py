"""Returns: units that come back, and what becomes of each."""

from __future__ import annotations

from asyncio import gather
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from actors.inventory.commands import Adjust
from actors.inventory.goods import DEFAULT_WAREHOUSE, QUARANTINE_LOCATION
from actors.inventory.queries import WouldRefuse
from actors.inventory.refusals import UnknownSku
from actors.kernel.messages import KeyReused
from actors.orders.commands import ReturnLines
from actors.orders.decisions import WHERE_RETURNS_GO
from actors.orders.lines import ReturnedLine
from gateway.auth import Caller
from gateway.documented import problems
from gateway.fields import Body, Id, Sku, Units
from gateway.keyed_route import KeyedRoute
from gateway.op_ids import id_from_key, new_id, op_id
from gateway.problems import CONFLICT, KEY_REUSED, NOT_FOUND, NOT_ON_ORDER, UNKNOWN_PLACE, UNKNOWN_SKU
from gateway.refusals import accepted
from gateway.routes.order_commands import command_order
from gateway.system import Behind, Key, Returner, System, fingerprint

router = APIRouter(tags=["returns"], route_class=KeyedRoute)


Outcome = Literal["restock", "refurbish", "quarantine", "return_to_vendor", "scrap", "reject"]


class ReturnLineBody(Body):
    """Units that came back. Restocked ones can be sold again; scrapped and rejected ones go onto no stock."""

    sku: Sku
    quantity: Units
    outcome: Outcome = "restock"


class ReturnBody(Body):
    """A return, of an order that shipped; without one the goods are taken on stock as a return of unknown origin."""

    return_id: Id | None = None
    order_id: Id | None = None
    warehouse: Id = DEFAULT_WAREHOUSE
    lines: Annotated[list[ReturnLineBody], Field(min_length=1, max_length=1000)]


class ReturnLineAnswer(BaseModel):
    """Units that came back, and what became of them."""

    sku: str
    quantity: int
    outcome: Outcome


class ReturnAnswer(BaseModel):
    """A return, as it was booked."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "return_id": "r-17",
                    "order_id": "web-10017",
                    "state": "closed",
                    "lines": [{"sku": "85123A", "quantity": 1, "outcome": "restock"}],
                }
            ]
        }
    )

    return_id: str
    order_id: str | None
    state: Literal["closed"]
    lines: list[ReturnLineAnswer]


@router.post(
    "/returns",
    status_code=201,
    responses=problems(NOT_FOUND, CONFLICT, NOT_ON_ORDER, UNKNOWN_SKU, UNKNOWN_PLACE, KEY_REUSED, body=True),
)
async def post_return(body: ReturnBody, key: Key, system: Behind, caller: Returner) -> ReturnAnswer:
    """Take goods back: received, inspected and booked in one step."""
    return_id = body.return_id or (f"r-{id_from_key(key)}" if key is not None else f"r-{new_id()}")
    if body.order_id is None:
        await _without_order(system, caller, body, return_id, key or return_id)
    else:
        lines = tuple(ReturnedLine(line.sku, line.quantity, line.outcome) for line in body.lines)
        op = op_id("return", key or return_id)
        command = ReturnLines(op, fingerprint(body), caller.name, body.order_id, return_id, lines)
        await command_order(system, body.order_id, command)
    lines_back = [ReturnLineAnswer(sku=line.sku, quantity=line.quantity, outcome=line.outcome) for line in body.lines]
    return ReturnAnswer(return_id=return_id, order_id=body.order_id, state="closed", lines=lines_back)


async def _without_order(system: System, caller: Caller, body: ReturnBody, return_id: str, key: str) -> None:
    """Each line is an adjustment with an op id of its own: a repeat after a fault goes on where it stopped.

    Every owner is asked before the first line is booked, also about what goes onto no stock.
    """
    lines: list[Adjust] = []
    for number, line in enumerate(body.lines):
        location = WHERE_RETURNS_GO.get(line.outcome, QUARANTINE_LOCATION)
        op = op_id("return", f"{key}:{number}", line.sku)
        booked = Adjust(
            op, fingerprint(body), caller.name, line.sku, line.quantity, "return", body.warehouse, location, document=return_id
        )
        lines.append(booked)
    owners, patience_s = system.owners, system.settings.patience_s
    asked = [owners.ask(owners.inventory.owner_of(line.sku), WouldRefuse(line), timeout_s=patience_s) for line in lines]
    said = [KeyReused(op_id("return", key)) if isinstance(reply, KeyReused) else reply for reply in await gather(*asked)]
    unknown = [sku for reply in said if isinstance(reply, UnknownSku) for sku in reply.skus]
    for reply in (UnknownSku(tuple(dict.fromkeys(unknown))), *said) if unknown else said:
        accepted(reply)
    for line, command in zip(body.lines, lines, strict=True):
        if line.outcome in WHERE_RETURNS_GO:
            await system.ask_inventory(line.sku, command)
