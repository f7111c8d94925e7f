"""What suppliers sell, on which terms, and what receipts have shown of their lead times."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import AfterValidator, Field

from actors.procurement import reads
from actors.procurement.commands import PutSupplierItem
from actors.procurement.events import SupplierItemPut
from actors.procurement.queries import ReadSupplierItem
from actors.procurement.refusals import UnknownDocument
from actors.procurement.replies import SupplierItemView
from actors.procurement.suppliers import PriceBreak, SupplierItem
from gateway.answers.suppliers import (
    LeadTimePage,
    SupplierItemAnswer,
    SupplierItemPage,
    item_answer,
    listed_item,
    listed_lead_time,
)
from gateway.documented import problems, versioned
from gateway.fields import Body, Id, Percent, Price, ShortText, Sku, Units, WorkingDays, with_example
from gateway.keyed_route import KeyedRoute
from gateway.op_ids import op_id
from gateway.pages import Cursor, Limit, Number, cursor_after, unseal
from gateway.places import products_of
from gateway.problems import KEY_REUSED, NOT_FOUND, UNKNOWN_SKU, UNKNOWN_SUPPLIER, VERSION, Problem
from gateway.refusals import accepted
from gateway.system import PROCUREMENT, Behind, Key, Reader, SupplierKeeper, System, fingerprint
from gateway.versions import IfMatch, IfNoneMatch, any_version, same_name, show_version, version_wanted

router = APIRouter(tags=["suppliers"], route_class=KeyedRoute)

MOST_BREAKS = 50


class PriceBreakBody(Body):
    """The price of a unit from so many on."""

    quantity: Units
    unit_price: Price


def _rising(breaks: list[PriceBreakBody]) -> list[PriceBreakBody]:
    for before, after in pairwise(breaks):
        if after.quantity <= before.quantity:
            raise ValueError(f"quantities must rise, but {after.quantity} comes after {before.quantity}")
    return breaks


class SupplierItemBody(Body):
    """A SKU as a supplier sells it; what is left out is as its supplier says. `line_cost` is the money that a line of an order
    costs beside the supplier's `order_cost`, however many are on it (left out: none)."""

    model_config = with_example(
        minimum_quantity=12, order_multiple=6, price_breaks=[{"quantity": 1, "unit_price": "2.50"}], supplier_sku="F-17"
    )

    supplier: Id | None = None
    sku: Sku | None = None
    lead_time_days: WorkingDays | None = None
    minimum_quantity: Units = 1
    order_multiple: Units = 1
    price_breaks: Annotated[list[PriceBreakBody], Field(default_factory=list, max_length=MOST_BREAKS), AfterValidator(_rising)]
    supplier_sku: ShortText = ""
    over_receipt_percent: Percent | None = None
    line_cost: Price | None = None


@router.put(
    "/supplier-items/{supplier}/{sku:path}",
    responses=versioned(SupplierItemAnswer) | problems(KEY_REUSED, VERSION, UNKNOWN_SKU, UNKNOWN_SUPPLIER, body=True),
)
async def put_supplier_item(
    supplier: Annotated[Id, Path()],
    sku: Annotated[Sku, Path()],
    body: SupplierItemBody,
    response: Response,
    key: Key,
    system: Behind,
    caller: SupplierKeeper,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> SupplierItemAnswer:
    """Create or replace what a supplier sells of a SKU."""
    same_name(supplier, body.supplier, "supplier")
    same_name(sku, body.sku, "sku")
    version = version_wanted(if_match, if_none_match)
    await products_of(system, [sku])
    if any_version(if_match) and await _item(system, supplier, sku) is None:
        raise Problem(VERSION, f"{supplier} does not sell {sku} yet", version=0)
    item = SupplierItem(
        supplier, sku, body.lead_time_days, body.minimum_quantity, body.order_multiple,
        tuple([PriceBreak(one.quantity, one.unit_price) for one in body.price_breaks]), body.supplier_sku,
        body.over_receipt_percent, body.line_cost or "",
    )  # fmt: skip
    op = op_id("supplier-item", key, supplier, sku)
    command = PutSupplierItem(op, fingerprint(supplier, sku, body, version), caller.name, item, version)
    reply: SupplierItemPut | SupplierItemView = await system.ask_procurement(command)
    response.status_code = 201 if isinstance(reply, SupplierItemPut) and reply.version == 1 else 200
    show_version(response, reply.version)
    view = await _item(system, supplier, sku)
    assert view is not None, "it was put just now"
    return item_answer(reply.item, reply.version, view.lead_times)


async def _item(system: System, supplier: str, sku: str) -> SupplierItemView | None:
    reply = await system.owners.ask(PROCUREMENT, ReadSupplierItem(supplier, sku), timeout_s=system.settings.patience_s)
    view: SupplierItemView | None = None if isinstance(reply, UnknownDocument) else accepted(reply)
    return view


@router.get("/supplier-items/{supplier}/{sku:path}", responses=versioned() | problems(NOT_FOUND))
async def get_supplier_item(
    supplier: Annotated[Id, Path()], sku: Annotated[Sku, Path()], response: Response, system: Behind, caller: Reader
) -> SupplierItemAnswer:
    """What a supplier sells of a SKU, with what receipts have shown of its lead times, and its version as ETag."""
    view = await _item(system, supplier, sku)
    if view is None:
        raise Problem(NOT_FOUND, f"{supplier} does not sell {sku}")
    show_version(response, view.version)
    return item_answer(view.item, view.version, view.lead_times)


@router.get("/supplier-items", responses=problems())
async def list_supplier_items(
    system: Behind, caller: Reader, sku: Sku | None = None, limit: Limit = 100, cursor: Cursor = None
) -> SupplierItemPage:
    """What suppliers sell, by supplier and SKU; of one SKU when it is named. A list may be a moment behind."""
    rows = await system.search(reads.list_supplier_items, unseal(cursor, tuple[str, str]), sku, limit)
    next_cursor = cursor_after(rows, limit, (rows[-1]["supplier"], rows[-1]["sku"]) if rows else ())
    return SupplierItemPage(items=[listed_item(row) for row in rows], next_cursor=next_cursor)


@router.get("/lead-times", responses=problems())
async def list_lead_times(
    system: Behind,
    caller: Reader,
    supplier: Annotated[Id | None, Query()] = None,
    sku: Sku | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> LeadTimePage:
    """From placing to receipt, one row per receipt and SKU, oldest receipt first (a moment behind)."""
    after = unseal(cursor, tuple[Number, str, str, str])
    rows = await system.search(reads.list_lead_times, supplier, sku, after, limit)
    last = tuple([rows[-1][name] for name in ("received_at", "purchase_order_id", "receipt_id", "sku")]) if rows else ()
    return LeadTimePage(items=[listed_lead_time(row) for row in rows], next_cursor=cursor_after(rows, limit, last))
