"""Levels, adjustments and movements."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AfterValidator, Field

from actors.inventory import reads
from actors.inventory.commands import Adjust, Move
from actors.inventory.events import Adjusted, Moved
from actors.inventory.goods import ADJUSTMENT_REASONS, DEFAULT_LOCATION, DEFAULT_WAREHOUSE
from actors.inventory.levels import Level
from actors.inventory.queries import ReadLevel
from actors.inventory.refusals import UnknownSku
from actors.kernel.faults import Fault
from actors.procurement.incoming import Incoming
from actors.procurement.queries import ReadIncoming
from actors.procurement.reads import incoming_units
from gateway.answers.levels import LevelAnswer, LevelPage, TotalsPage, level_answer, totals_page
from gateway.answers.movements import (
    AdjustmentAnswer,
    AdjustmentResult,
    MoveAnswer,
    MovementPage,
    adjustment_answer,
    adjustment_done,
    move_answer,
    movement_page,
)
from gateway.answers.written import written
from gateway.auth import Caller
from gateway.batches import batch_response, each_item
from gateway.documented import answer_of, batch_of, problems, results_of
from gateway.fields import Body, Change, Day, Id, ShortText, Sku, Text, Units
from gateway.keyed_route import KeyedRoute
from gateway.op_ids import op_id
from gateway.pages import Cursor, Limit, Number, cursor_after, unseal
from gateway.plain import in_words
from gateway.problems import INVALID_BODY, KEY_REUSED, NOT_FOUND, SHORT, UNKNOWN_PLACE, UNKNOWN_SKU, Problem
from gateway.refusals import accepted
from gateway.system import PROCUREMENT, Behind, Key, Reader, Stocker, System, fingerprint

router = APIRouter(tags=["stock"], route_class=KeyedRoute)

INCOMING_S: Final = 1.0
"""How long a look-up of stock waits for what is to come."""


def _one_of_the_reasons(text: str) -> str:
    if text not in ADJUSTMENT_REASONS:
        raise ValueError(f"must be one of {', '.join(sorted(ADJUSTMENT_REASONS))}")
    return text


Reason = Annotated[
    str,
    Field(strict=True, examples=["found"], json_schema_extra={"enum": sorted(ADJUSTMENT_REASONS)}),
    AfterValidator(_one_of_the_reasons),
]


class AdjustmentBody(Body):
    """A change of what is on hand at a place, and why."""

    sku: Sku
    quantity: Change
    reason: Reason
    warehouse: Id = DEFAULT_WAREHOUSE
    location: Id = DEFAULT_LOCATION
    lot: ShortText = ""
    document: Text = ""


class MovementBody(Body):
    """Goods carried from one location to another of the same warehouse."""

    sku: Sku
    quantity: Units
    from_location: Id = DEFAULT_LOCATION
    to_location: Id
    warehouse: Id = DEFAULT_WAREHOUSE
    lot: ShortText = ""


async def read_level(system: System, sku: str, *, consistent: bool) -> Level:
    """The level of a SKU: from the read model, or from the owner itself."""
    if not consistent and system.read_model is not None:
        level = await system.read_model.level(sku)
        if level is not None:
            return level
    owner = system.owners.inventory.owner_of(sku)
    reply = await system.owners.ask(owner, ReadLevel(sku), timeout_s=system.settings.patience_s)
    if isinstance(reply, UnknownSku):
        raise Problem(NOT_FOUND, f"no product has the SKU {sku}")
    found: Level = accepted(reply)
    return found


async def read_incoming(system: System, sku: str, *, consistent: bool) -> Incoming | None:
    """What is still to come of a SKU; None when procurement cannot tell now: what is there is told all the same."""
    if not consistent and system.read_model is not None:
        incoming = await system.read_model.incoming(sku)
        if incoming is not None:
            return incoming
    try:
        reply = await system.owners.ask(PROCUREMENT, ReadIncoming(sku), timeout_s=INCOMING_S)
    except Fault:
        return None
    return reply if isinstance(reply, Incoming) else None


async def _whole_level(system: System, sku: str, *, consistent: bool = False, by: str | None = None) -> LevelAnswer:
    level, incoming = await asyncio.gather(
        read_level(system, sku, consistent=consistent), read_incoming(system, sku, consistent=consistent)
    )
    return level_answer(level, incoming, by)


@router.get("/inventory-levels/{sku:path}", responses=answer_of(LevelAnswer) | problems(NOT_FOUND))
async def get_level(
    sku: Annotated[Sku, Path()], system: Behind, caller: Reader, consistent: bool = False, by: Day | None = None
) -> Response:
    """The quantities of a SKU as of the last answer; `consistent=true` asks the owner.

    With `by`, `available_to_promise` counts what is due until that day.
    """
    return written(await _whole_level(system, sku, consistent=consistent, by=by))


@router.get("/inventory-levels", responses=answer_of(LevelPage, TotalsPage) | problems(NOT_FOUND))
async def list_levels(
    system: Behind,
    caller: Reader,
    sku: Annotated[list[Sku] | None, Query(max_length=200)] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Several SKUs (`?sku=a&sku=b`), or all of them by page (then a moment behind)."""
    if sku:
        return written(LevelPage(await asyncio.gather(*[_whole_level(system, one) for one in dict.fromkeys(sku)])))
    after = unseal(cursor, tuple[str])
    rows = await system.search(reads.list_levels, after[0] if after else None, limit)
    on_order = await system.search(incoming_units, [row["sku"] for row in rows])
    return written(totals_page(rows, on_order, cursor_after(rows, limit, (rows[-1]["sku"],) if rows else ())))


def _adjust(caller: Caller, body: AdjustmentBody, key: str | None, *, tell_level: bool) -> Adjust:
    return Adjust(
        op_id("adjust", key, body.sku), fingerprint(body), caller.name, body.sku, body.quantity, body.reason,
        body.warehouse, body.location, body.lot, body.document, tell_level,
    )  # fmt: skip


@router.post(
    "/adjustments",
    status_code=201,
    responses=answer_of(AdjustmentAnswer, status=201) | problems(SHORT, UNKNOWN_SKU, UNKNOWN_PLACE, KEY_REUSED, body=True),
)
async def post_adjustment(body: AdjustmentBody, key: Key, system: Behind, caller: Stocker) -> Response:
    """Change what is on hand; the answer has the place's count before and after, and the level after."""
    done: Adjusted = await system.ask_inventory(body.sku, _adjust(caller, body, key, tell_level=True))
    assert done.level is not None, "it was asked for"
    return written(adjustment_answer(done, level_answer(done.level)), 201)


@router.post(
    "/adjustments:batch", responses=results_of(AdjustmentResult) | problems(body=True), openapi_extra=batch_of(AdjustmentBody)
)
async def post_adjustments(request: Request, key: Key, system: Behind, caller: Stocker) -> Response:
    """Up to 10,000 adjustments, each answered on its own."""

    async def one(body: AdjustmentBody, item_key: str | None) -> tuple[int, dict[str, Any]]:
        done: Adjusted = await system.ask_inventory(body.sku, _adjust(caller, body, item_key, tell_level=False))
        return 201, msgspec.to_builtins(adjustment_done(done))

    return batch_response(await each_item(request, key, AdjustmentBody, one))


@router.get("/inventory-movements", responses=answer_of(MovementPage) | problems())
async def list_movements(
    system: Behind, caller: Reader, sku: Sku | None = None, limit: Limit = 100, cursor: Cursor = None
) -> Response:
    """The movement ledger, newest first (a moment behind): every row a fact that was never changed."""
    before = unseal(cursor, tuple[Number])
    rows = await system.search(reads.movements, sku, before[0] if before else None, limit)
    return written(movement_page(rows, cursor_after(rows, limit, (rows[-1]["id"],) if rows else ())))


@router.post(
    "/inventory-movements",
    status_code=201,
    responses=answer_of(MoveAnswer, status=201) | problems(SHORT, UNKNOWN_SKU, UNKNOWN_PLACE, KEY_REUSED, body=True),
)
async def post_movement(body: MovementBody, key: Key, system: Behind, caller: Stocker) -> Response:
    """Carry goods to another location; promises made from the warehouse stand."""
    if body.to_location == body.from_location:
        told = {"field": "to_location", "value": body.to_location, "problem": "must be another than from_location"}
        raise Problem(INVALID_BODY, f"to_location = {in_words(body.to_location)}: {told['problem']}", errors=[told])
    command = Move(
        op_id("move", key, body.sku), fingerprint(body), caller.name, body.sku, body.quantity, body.from_location,
        body.to_location, body.warehouse, body.lot,
    )  # fmt: skip
    done: Moved = await system.ask_inventory(body.sku, command)
    return written(move_answer(done), 201)
