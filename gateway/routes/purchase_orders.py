"""Purchase orders: writing, placing, and everything that can happen to one but the arrival of goods (`receiving.py`)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime

from actors.procurement import reads
from actors.procurement.commands import (
    CancelPurchase,
    ClosePurchase,
    CreatePurchase,
    EditPurchase,
    HoldPurchase,
    PlacePurchase,
    ProcurementCommand,
    ResumePurchase,
)
from actors.procurement.documents import ORDER, Document, DocumentRecord, NewLine, NewPurchase
from actors.procurement.queries import ReadDocument
from gateway.answers.purchase_orders import (
    PurchaseOrderAnswer,
    PurchaseOrderPage,
    PurchaseTimeline,
    State,
    purchase_answer,
    purchase_timeline,
)
from gateway.documented import problems
from gateway.fields import Body, Id, Text
from gateway.keyed_route import KeyedRoute
from gateway.op_ids import id_from_key, new_id, op_id
from gateway.pages import Cursor, Limit, Number, cursor_after, unseal
from gateway.places import check_places, products_of
from gateway.problems import (
    BELOW_MINIMUM,
    CONFLICT,
    DAY_OVER,
    KEY_REUSED,
    LEAD_TIME,
    NOT_FOUND,
    NOT_ON_PURCHASE,
    NOT_ORDERABLE,
    NOT_SUPPLIED,
    UNKNOWN_PLACE,
    UNKNOWN_SKU,
    UNKNOWN_SUPPLIER,
    WRONG_LINES,
    Problem,
)
from gateway.purchase_bodies import PurchaseBody, PurchaseEditBody
from gateway.purchase_documents import find_document
from gateway.system import Behind, Buyer, Key, Reader, System, fingerprint

router = APIRouter(tags=["purchase orders"], route_class=KeyedRoute)

PurchaseId = Annotated[Id, Path()]


class ReasonBody(Body):
    """Why."""

    reason: Text = ""


@router.post(
    "/purchase-orders",
    status_code=201,
    responses=problems(
        UNKNOWN_SUPPLIER, NOT_SUPPLIED, NOT_ORDERABLE, DAY_OVER, UNKNOWN_SKU, UNKNOWN_PLACE, KEY_REUSED, body=True
    ),
)  # fmt: skip
async def post_purchase(body: PurchaseBody, key: Key, system: Behind, caller: Buyer) -> PurchaseOrderAnswer:
    """Write a draft, at the prices of today; nothing is ordered before it is placed. Without a key its id is its key."""
    await products_of(system, [line.sku for line in body.lines])
    await check_places(system, body.warehouse)
    named = body.purchase_order_id or (f"po-{id_from_key(key)}" if key is not None else None)
    purchase_id = named or f"po-{new_id()}"
    lines = tuple([NewLine(line.sku, line.quantity, line.due_on or "") for line in body.lines])
    purchase = NewPurchase(body.supplier, body.warehouse, lines, body.external_reference, body.round_up)
    op = op_id("create", key or purchase_id)
    command = CreatePurchase(op, fingerprint(body), caller.name, purchase_id, purchase, fresh=named is None)
    return await _command(system, command)


async def _command(system: System, command: ProcurementCommand) -> PurchaseOrderAnswer:
    """Send a command about a purchase order and answer with the order after."""
    record: DocumentRecord = await system.ask_procurement(command)
    return purchase_answer(record.document)


async def _find(system: System, purchase_id: str) -> Document:
    document = await find_document(system, ReadDocument(purchase_id), purchase_id)
    if document.kind != ORDER:
        raise Problem(NOT_FOUND, f"no purchase order {purchase_id}")
    return document


@router.get("/purchase-orders/{id}", responses=problems(NOT_FOUND))
async def get_purchase(id: PurchaseId, system: Behind, caller: Reader) -> PurchaseOrderAnswer:
    """A purchase order with its counters."""
    return purchase_answer(await _find(system, id))


@router.get("/purchase-orders/{id}/events", responses=problems(NOT_FOUND))
async def get_purchase_timeline(id: PurchaseId, system: Behind, caller: Reader) -> PurchaseTimeline:
    """A purchase order's timeline, oldest first."""
    return purchase_timeline(await _find(system, id))


@router.get("/purchase-orders", responses=problems())
async def search_purchases(
    system: Behind,
    caller: Reader,
    state: State | None = None,
    supplier: Id | None = None,
    warehouse: Id | None = None,
    since: AwareDatetime | None = None,
    external_reference: Annotated[str | None, Query(max_length=200)] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> PurchaseOrderPage:
    """Purchase orders, newest first (a moment behind their owner)."""
    since_ms = round(since.timestamp() * 1000) if since is not None else None
    wanted = reads.PurchaseFilter(state, supplier, warehouse, since_ms, external_reference)
    found = await system.search(reads.search_purchases, wanted, unseal(cursor, tuple[Number, str]), limit)
    last = (found[-1].created_at, found[-1].key) if found else ()
    items = [purchase_answer(document) for document in found]
    return PurchaseOrderPage(items=items, next_cursor=cursor_after(found, limit, last))


@router.patch(
    "/purchase-orders/{id}/lines",
    responses=problems(
        NOT_FOUND, CONFLICT, NOT_ON_PURCHASE, WRONG_LINES, NOT_SUPPLIED, NOT_ORDERABLE, DAY_OVER, UNKNOWN_SKU, UNKNOWN_SUPPLIER,
        KEY_REUSED, body=True,
    ),
)  # fmt: skip
async def edit_purchase(id: PurchaseId, body: PurchaseEditBody, key: Key, system: Behind, caller: Buyer) -> PurchaseOrderAnswer:
    """Change a draft before it is placed: all of it, or nothing. Prices are those of this moment; the timeline says who changed
    what."""
    await products_of(system, [line.sku for line in body.lines if line.quantity])
    lines = tuple([NewLine(line.sku, line.quantity, line.due_on or "") for line in body.lines])
    op = op_id("edit", key)
    return await _command(system, EditPurchase(op, fingerprint(id, body), caller.name, id, lines, body.round_up))


@router.post(
    "/purchase-orders/{id}/place",
    responses=problems(
        NOT_FOUND, CONFLICT, NOT_SUPPLIED, NOT_ORDERABLE, BELOW_MINIMUM, DAY_OVER, LEAD_TIME, UNKNOWN_SUPPLIER, KEY_REUSED
    ),
)
async def place_purchase(id: PurchaseId, key: Key, system: Behind, caller: Buyer) -> PurchaseOrderAnswer:
    """Send a draft to the supplier: prices and due days are those of this moment. What the supplier takes no order of, or for
    so little, is told in `warnings`, or refused where it is strict. Twice is once."""
    return await _command(system, PlacePurchase(op_id("place", key), fingerprint(id), caller.name, id))


@router.post("/purchase-orders/{id}/hold", responses=problems(NOT_FOUND, CONFLICT, KEY_REUSED, body=True))
async def hold_purchase(
    id: PurchaseId, key: Key, system: Behind, caller: Buyer, body: ReasonBody | None = None
) -> PurchaseOrderAnswer:
    """Let nothing be placed or received until it is resumed; what is on order stays so."""
    reason = (body or ReasonBody()).reason
    return await _command(system, HoldPurchase(op_id("hold", key), fingerprint(id, reason), caller.name, id, reason))


@router.post("/purchase-orders/{id}/resume", responses=problems(NOT_FOUND, CONFLICT, KEY_REUSED))
async def resume_purchase(id: PurchaseId, key: Key, system: Behind, caller: Buyer) -> PurchaseOrderAnswer:
    """Let it go on where it was."""
    return await _command(system, ResumePurchase(op_id("resume", key), fingerprint(id), caller.name, id))


@router.post("/purchase-orders/{id}/close", responses=problems(NOT_FOUND, CONFLICT, KEY_REUSED, body=True))
async def close_purchase(
    id: PurchaseId, key: Key, system: Behind, caller: Buyer, body: ReasonBody | None = None
) -> PurchaseOrderAnswer:
    """Nothing more is to come: what is missing is given up (short close). Only what has arrived in part can be closed."""
    reason = (body or ReasonBody()).reason
    return await _command(system, ClosePurchase(op_id("close", key), fingerprint(id, reason), caller.name, id, reason))


@router.post("/purchase-orders/{id}/cancel", responses=problems(NOT_FOUND, CONFLICT, KEY_REUSED, body=True))
async def cancel_purchase(
    id: PurchaseId, key: Key, system: Behind, caller: Buyer, body: ReasonBody | None = None
) -> PurchaseOrderAnswer:
    """Cancel an order of which nothing has arrived. Twice is once."""
    reason = (body or ReasonBody()).reason
    return await _command(system, CancelPurchase(op_id("cancel", key), fingerprint(id, reason), caller.name, id, reason))
