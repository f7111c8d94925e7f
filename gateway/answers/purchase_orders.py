"""Purchase orders as JSON, on their way out."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from actors.procurement.documents import Document, Line
from actors.procurement.incoming import is_on_order
from gateway.answers.warnings import WarningAnswer, warnings_of_purchase
from gateway.fields import Instant, iso
from gateway.pages import Page

State = Literal["draft", "placed", "partially_received", "received", "closed", "on_hold", "cancelled"]
_LINE: Final = {
    "sku": "85123A", "quantity": 24, "quantity_received": 12, "quantity_damaged": 1, "quantity_open": 12,
    "unit_price": "2.50", "due_on": "2026-11-18", "lead_time_days": 5,
}  # fmt: skip
ORDER: Final[dict[str, Any]] = {
    "purchase_order_id": "po-17", "state": "partially_received", "supplier": "farm", "warehouse": "main",
    "external_reference": "", "created_at": "2026-11-10T09:00:00.000Z", "placed_at": "2026-11-11T09:00:00.000Z",
    "changed_at": "2026-11-16T10:30:00.000Z", "money": "60.00", "unpriced": 0, "lines": [_LINE], "asns": ["asn-4"],
    "receipts": ["r-9"],
    "warnings": [{
        "code": "not-orderable", "sku": "85123A",
        "detail": "85123A: 24 asked, at least 20 in multiples of 10, 30 is possible",
    }],
}  # fmt: skip


class PurchaseLineAnswer(BaseModel):
    """One SKU of a purchase order. `quantity_received` counts all units that arrived, the damaged ones included."""

    sku: str
    quantity: int
    quantity_received: int
    quantity_damaged: int
    quantity_open: Annotated[int, Field(description="still to come; 0 before it is placed and when it is over")]
    unit_price: str | None
    due_on: str | None
    lead_time_days: Annotated[int | None, Field(description="working days, as agreed then; null: nobody had said")]


class PurchaseOrderAnswer(BaseModel):
    """A purchase order as it stands, with the ids of what was announced and received for it. `money` is what was ordered comes
    to; lines without a price count as `unpriced`. `warnings` tell what its supplier takes no order of (`not-orderable`), or for
    so little (`below-minimum-order`), on the terms of when it was written, changed or placed last."""

    model_config = ConfigDict(json_schema_extra={"examples": [ORDER]})

    purchase_order_id: str
    state: State
    supplier: str
    warehouse: str
    external_reference: str
    created_at: Instant
    placed_at: Instant | None
    changed_at: Instant
    money: Annotated[str, Field(description="a decimal text")]
    unpriced: int
    lines: list[PurchaseLineAnswer]
    asns: list[str]
    receipts: list[str]
    warnings: list[WarningAnswer]


class PurchaseOrderPage(Page[PurchaseOrderAnswer]):
    """Purchase orders, newest first."""


class PurchaseMoment(BaseModel):
    """One entry of a purchase order's timeline."""

    at: Instant
    event: str
    actor: str
    note: str


class PurchaseTimeline(BaseModel):
    """What happened to a purchase order, oldest first."""

    purchase_order_id: str
    items: list[PurchaseMoment]


def purchase_answer(document: Document) -> PurchaseOrderAnswer:
    """A purchase order."""
    on_order = is_on_order(document)
    return PurchaseOrderAnswer(
        purchase_order_id=document.key,
        state=document.state,  # type: ignore[arg-type]  # its states are these
        supplier=document.supplier,
        warehouse=document.warehouse,
        external_reference=document.external_reference,
        created_at=iso(document.created_at),
        placed_at=iso(document.placed_at) if document.placed_at else None,
        changed_at=iso(document.changed_at),
        money=f"{document.money:f}",
        unpriced=document.unpriced,
        lines=[_line(line, on_order=on_order) for line in document.lines.values() if line.is_there],
        asns=list(document.notices),
        receipts=list(document.receipts),
        warnings=list(warnings_of_purchase(document)),
    )


def _line(line: Line, *, on_order: bool) -> PurchaseLineAnswer:
    return PurchaseLineAnswer(
        sku=line.sku,
        quantity=line.ordered,
        quantity_received=line.received,
        quantity_damaged=line.damaged,
        quantity_open=line.open if on_order else 0,
        unit_price=line.unit_price or None,
        due_on=line.due_on or None,
        lead_time_days=line.lead_time_days,
    )


def purchase_timeline(document: Document) -> PurchaseTimeline:
    """Its timeline."""
    items = [PurchaseMoment(at=iso(one.at), event=one.event, actor=one.actor, note=one.note) for one in document.timeline]
    return PurchaseTimeline(purchase_order_id=document.key, items=items)
