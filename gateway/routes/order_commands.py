"""Everything that can happen to an order once it is placed."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Response

from actors.orders.commands import (
    CancelOrder,
    DeliverOrder,
    EditLines,
    HoldOrder,
    OrderCommand,
    ResumeOrder,
    RetryOrder,
    ShipOrder,
)
from gateway.answers.written import written
from gateway.documented import answer_of, problems
from gateway.fields import Body, Id, Text
from gateway.keyed_route import KeyedRoute
from gateway.op_ids import op_id
from gateway.order_answers import OrderAnswer, order_answer
from gateway.order_bodies import EditBody, sum_lines
from gateway.problems import CONFLICT, KEY_REUSED, NOT_FOUND, SHORT, UNKNOWN_SKU
from gateway.system import Behind, Key, Seller, System, fingerprint

router = APIRouter(tags=["orders"], route_class=KeyedRoute)

AFTER = answer_of(OrderAnswer, description="the order after")
OrderId = Annotated[Id, Path()]


class CancelBody(Body):
    """Why the order is cancelled."""

    reason: Literal[
        "customer", "stock_out", "fraud", "data_entry", "payment", "duplicate", "expired", "correction", "other"
    ] = "customer"


class OrderHoldBody(Body):
    """Why the order is put on hold."""

    reason: Text = ""


class RetryBody(Body):
    """What becomes of a parked order: try the step again, or undo what was done."""

    action: Literal["retry", "compensate"] = "retry"


async def command_order(system: System, order_id: str, command: OrderCommand) -> Response:
    """Send a command about an order and answer with the order after."""
    return written(order_answer(await system.ask_orders(order_id, command)))


@router.post("/orders/{id}/cancel", responses=AFTER | problems(NOT_FOUND, CONFLICT, KEY_REUSED, body=True))
async def cancel_order(id: OrderId, key: Key, system: Behind, caller: Seller, body: CancelBody | None = None) -> Response:
    """Cancel at any moment before shipping, also while it is being reserved. Twice is once."""
    reason = (body or CancelBody()).reason
    return await command_order(system, id, CancelOrder(op_id("cancel", key), fingerprint(id, reason), caller.name, id, reason))


@router.post("/orders/{id}/hold", responses=AFTER | problems(NOT_FOUND, CONFLICT, KEY_REUSED, body=True))
async def hold_order(id: OrderId, key: Key, system: Behind, caller: Seller, body: OrderHoldBody | None = None) -> Response:
    """Keep the promise, but let nothing ship."""
    reason = (body or OrderHoldBody()).reason
    return await command_order(system, id, HoldOrder(op_id("hold", key), fingerprint(id, reason), caller.name, id, reason))


@router.post("/orders/{id}/resume", responses=AFTER | problems(NOT_FOUND, CONFLICT, KEY_REUSED))
async def resume_order(id: OrderId, key: Key, system: Behind, caller: Seller) -> Response:
    """Let it ship again."""
    return await command_order(system, id, ResumeOrder(op_id("resume", key), fingerprint(id), caller.name, id))


@router.post("/orders/{id}/retry", responses=AFTER | problems(NOT_FOUND, CONFLICT, KEY_REUSED, body=True))
async def retry_order(id: OrderId, key: Key, system: Behind, caller: Seller, body: RetryBody | None = None) -> Response:
    """Send a parked order on, or undo it."""
    action = (body or RetryBody()).action
    return await command_order(system, id, RetryOrder(op_id("retry", key), fingerprint(id, action), caller.name, id, action))


@router.post("/orders/{id}/ship", responses=AFTER | problems(NOT_FOUND, CONFLICT, KEY_REUSED))
async def ship_order(id: OrderId, key: Key, system: Behind, caller: Seller) -> Response:
    """What is reserved has left, for shops whose floor is not in Skuld."""
    return await command_order(system, id, ShipOrder(op_id("ship", key), fingerprint(id), caller.name, id))


@router.post("/orders/{id}/deliver", responses=AFTER | problems(NOT_FOUND, CONFLICT, KEY_REUSED))
async def deliver_order(id: OrderId, key: Key, system: Behind, caller: Seller) -> Response:
    """The customer has it."""
    return await command_order(system, id, DeliverOrder(op_id("deliver", key), fingerprint(id), caller.name, id))


@router.patch("/orders/{id}/lines", responses=AFTER | problems(NOT_FOUND, CONFLICT, SHORT, UNKNOWN_SKU, KEY_REUSED, body=True))
async def edit_lines(id: OrderId, body: EditBody, key: Key, system: Behind, caller: Seller) -> Response:
    """Set new quantities: all of them, or (when more is wanted than there is) none."""
    return await command_order(
        system, id, EditLines(op_id("edit", key), fingerprint(id, body), caller.name, id, sum_lines(body.lines))
    )
