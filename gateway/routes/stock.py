"""Levels, adjustments, movements, and who holds what."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field

from actors.inventory import reads
from actors.inventory.commands import Adjust, Move
from actors.inventory.events import Adjusted, Moved
from actors.inventory.goods import ADJUSTMENT_REASONS, DEFAULT_LOCATION, DEFAULT_WAREHOUSE
from actors.inventory.queries import ReadLevel
from actors.inventory.refusals import UnknownSku
from actors.inventory.replies import Level
from gateway.auth import Caller
from gateway.batches import batch_response, each_item
from gateway.documented import batch_of, problems
from gateway.fields import Body, Change, Id, ShortText, Sku, Text, Units, iso
from gateway.pages import Cursor, Limit, Number, page, unseal
from gateway.problems import KEY_REUSED, NOT_FOUND, SHORT, UNKNOWN_PLACE, UNKNOWN_SKU, Problem, accepted
from gateway.system import Behind, Key, Reader, Stocker, System, fingerprint, op_id

router = APIRouter(tags=["stock"])

Reason = Annotated[str, Field(pattern=f"^({'|'.join(sorted(ADJUSTMENT_REASONS))})$", examples=["found"], json_schema_extra={})]


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


def level_json(level: Level) -> dict[str, Any]:
    """The quantities of a SKU: stored ones as they are, derived ones computed here and nowhere else."""
    sites = [
        {
            "warehouse": site.warehouse,
            "on_hand": site.on_hand,
            "reserved": site.reserved,
            "on_hold": site.on_hold,
            "available": site.on_hand - site.on_hold - site.reserved,
            "backordered": site.backordered,
            "locations": [
                {"location": b.location, "lot": b.lot, "on_hand": b.on_hand, "on_hold": b.on_hold} for b in site.bins
            ],
        }
        for site in level.sites
    ]
    return {**totals(level.sku, sites), "warehouses": sites, "as_of": iso(level.as_of)}


def totals(sku: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Sums over warehouses. Nothing is allocated to a place, picked, in transit or incoming before a floor says so."""
    on_hand, reserved, on_hold, backordered = (
        sum(row[name] for row in rows) for name in ("on_hand", "reserved", "on_hold", "backordered")
    )
    available = on_hand - on_hold - reserved
    return {
        "sku": sku,
        "on_hand": on_hand,
        "reserved": reserved,
        "allocated": 0,
        "on_hold": on_hold,
        "picked": 0,
        "in_transit": 0,
        "incoming": 0,
        "backordered": backordered,
        "available": available,
        "available_to_promise": available - backordered,
    }


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


@router.get("/inventory-levels/{sku}", responses=problems(NOT_FOUND))
async def get_level(sku: Annotated[Sku, Path()], system: Behind, caller: Reader, consistent: bool = False) -> dict[str, Any]:
    """The quantities of a SKU as of the last answer; `consistent=true` asks the owner."""
    return level_json(await read_level(system, sku, consistent=consistent))


@router.get("/inventory-levels", responses=problems(NOT_FOUND))
async def list_levels(
    system: Behind,
    caller: Reader,
    sku: Annotated[list[Sku] | None, Query(max_length=200)] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Several SKUs (`?sku=a&sku=b`), or all of them by page (then a moment behind)."""
    if sku:
        levels = await asyncio.gather(*[read_level(system, one, consistent=False) for one in dict.fromkeys(sku)])
        return {"items": [level_json(level) for level in levels], "next_cursor": None}
    after = unseal(cursor, tuple[str])
    rows = await system.search(reads.list_levels, after[0] if after else None, limit)
    items = [{**totals(row["sku"], [row]), "as_of": iso(row["as_of"])} for row in rows]
    return page(items, limit, (rows[-1]["sku"],) if rows else ())


async def adjust(system: System, caller: Caller, body: AdjustmentBody, key: str | None) -> tuple[int, dict[str, Any]]:
    """Carry out an adjustment; gives the level after."""
    command = Adjust(
        op_id("adjust", key), fingerprint(body), caller.name, body.sku, body.quantity, body.reason,
        body.warehouse, body.location, body.lot, body.document,
    )  # fmt: skip
    done: Adjusted = await system.ask_inventory(body.sku, command)
    return 201, {
        "adjustment_id": done.op_id.removeprefix("adjust:"),
        "sku": done.sku,
        "warehouse": done.warehouse,
        "location": done.location,
        "lot": done.lot,
        "quantity": done.quantity,
        "reason": done.reason,
        "before": done.before,
        "after": done.after,
        "at": iso(done.at),
    }


@router.post("/adjustments", status_code=201, responses=problems(SHORT, UNKNOWN_SKU, UNKNOWN_PLACE, KEY_REUSED, body=True))
async def post_adjustment(body: AdjustmentBody, key: Key, system: Behind, caller: Stocker) -> dict[str, Any]:
    """Change what is on hand; the answer has the place's count before and after, and the level after."""
    _, done = await adjust(system, caller, body, key)
    level = await read_level(system, body.sku, consistent=True)
    return {**done, "level": level_json(level)}


@router.post("/adjustments:batch", responses=problems(body=True), openapi_extra=batch_of(AdjustmentBody))
async def post_adjustments(request: Request, key: Key, system: Behind, caller: Stocker) -> Response:
    """Up to 10,000 adjustments, each answered on its own."""
    return batch_response(await each_item(request, key, AdjustmentBody, lambda body, k: adjust(system, caller, body, k)))


@router.get("/inventory-movements", responses=problems())
async def list_movements(
    system: Behind, caller: Reader, sku: Sku | None = None, limit: Limit = 100, cursor: Cursor = None
) -> dict[str, Any]:
    """The movement ledger, newest first (a moment behind): every row a fact that was never changed."""
    before = unseal(cursor, tuple[Number])
    rows = await system.search(reads.movements, sku, before[0] if before else None, limit)
    items = [
        {
            **{name: row[name] for name in ("sku", "warehouse", "location", "lot", "quantity", "before", "after")},
            **{name: row[name] for name in ("reason", "document", "actor")},
            "at": iso(row["at"]),
        }
        for row in rows
    ]
    return page(items, limit, (rows[-1]["id"],) if rows else ())


@router.post(
    "/inventory-movements", status_code=201, responses=problems(SHORT, UNKNOWN_SKU, UNKNOWN_PLACE, KEY_REUSED, body=True)
)
async def post_movement(body: MovementBody, key: Key, system: Behind, caller: Stocker) -> dict[str, Any]:
    """Carry goods to another location; promises made from the warehouse stand."""
    command = Move(
        op_id("move", key), fingerprint(body), caller.name, body.sku, body.quantity, body.from_location,
        body.to_location, body.warehouse, body.lot,
    )  # fmt: skip
    done: Moved = await system.ask_inventory(body.sku, command)
    return {
        "sku": done.sku,
        "warehouse": done.warehouse,
        "lot": done.lot,
        "quantity": done.quantity,
        "from_location": done.from_location,
        "to_location": done.to_location,
        "at": iso(done.at),
    }
