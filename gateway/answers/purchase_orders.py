"""Purchase orders and ASNs as JSON, on their way out."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from actors.procurement.arrivals import Notice
from actors.procurement.documents import Document, Line
from actors.procurement.incoming import is_on_order
from gateway.fields import Instant, iso
from gateway.pages import Page

State = Literal["draft", "placed", "partially_received", "received", "closed", "on_hold", "cancelled"]
_LINE: Final = {
    "sku": "85123A", "quantity": 24, "quantity_received": 12, "quantity_damaged": 1, "quantity_open": 12,
    "unit_price": "2.50", "due_on": "2026-11-18",
}  # fmt: skip
ORDER: Final[dict[str, Any]] = {
    "purchase_order_id": "po-17", "state": "partially_received", "supplier": "farm", "warehouse": "main",
    "external_reference": "", "created_at": "2026-11-10T09:00:00.000Z", "placed_at": "2026-11-11T09:00:00.000Z",
    "changed_at": "2026-11-16T10:30:00.000Z", "money": "60.00", "unpriced": 0, "lines": [_LINE], "asns": ["asn-4"],
    "receipts": ["r-9"],
}  # fmt: skip
NOTICE: Final[dict[str, Any]] = {
    "asn_id": "asn-4", "purchase_order_id": "po-17", "state": "announced", "expected_on": "2026-11-18", "sscc": "",
    "external_reference": "", "announced_at": "2026-11-12T09:00:00.000Z",
    "lines": [{"sku": "85123A", "quantity": 12, "lot": "L7", "expires_on": "2027-05-01"}],
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


class PurchaseOrderAnswer(BaseModel):
    """A purchase order as it stands, with the ids of what was announced and received for it. `money` is what was ordered comes
    to; lines without a price count as `unpriced`."""

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


class NoticeLineAnswer(BaseModel):
    """What is announced of a SKU and lot."""

    sku: str
    quantity: int
    lot: str
    expires_on: str | None


class NoticeAnswer(BaseModel):
    """An ASN."""

    model_config = ConfigDict(json_schema_extra={"examples": [NOTICE]})

    asn_id: str
    purchase_order_id: str
    state: Literal["announced", "partially_received", "received"]
    expected_on: str
    sscc: str
    external_reference: str
    announced_at: Instant
    lines: list[NoticeLineAnswer]


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
    )


def purchase_timeline(document: Document) -> PurchaseTimeline:
    """Its timeline."""
    items = [PurchaseMoment(at=iso(one.at), event=one.event, actor=one.actor, note=one.note) for one in document.timeline]
    return PurchaseTimeline(purchase_order_id=document.key, items=items)


def notice_answer(document: Document, notice: Notice) -> NoticeAnswer:
    """An ASN of a purchase order."""
    lines = [
        NoticeLineAnswer(sku=line.sku, quantity=line.quantity, lot=line.lot, expires_on=line.expires_on or None)
        for line in notice.lines
    ]
    return NoticeAnswer(
        asn_id=notice.asn_id,
        purchase_order_id=document.key,
        state=notice.state,  # type: ignore[arg-type]  # its states are these
        expected_on=notice.expected_on,
        sscc=notice.sscc,
        external_reference=notice.external_reference,
        announced_at=iso(notice.announced_at),
        lines=lines,
    )
