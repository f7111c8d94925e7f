"""ASNs as JSON, on their way out."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict

from actors.procurement.arrivals import Notice
from actors.procurement.documents import Document
from gateway.answers.warnings import WarningAnswer, warnings_of_notice
from gateway.fields import Instant, iso

NOTICE: Final[dict[str, Any]] = {
    "asn_id": "asn-4", "purchase_order_id": "po-17", "state": "announced", "expected_on": "2026-11-18", "sscc": "",
    "external_reference": "", "announced_at": "2026-11-12T09:00:00.000Z",
    "lines": [{"sku": "85123A", "quantity": 12, "lot": "L7", "expires_on": "2027-05-01"}], "warnings": [],
}  # fmt: skip


class NoticeLineAnswer(BaseModel):
    """What is announced of a SKU and lot."""

    sku: str
    quantity: int
    lot: str
    expires_on: str | None


class NoticeAnswer(BaseModel):
    """An ASN. `warnings` tell of a day that was over when it came (`day-is-over`), and of SKUs of which more is announced, by
    other ASNs of the order too, than is still to come (`more-than-open`)."""

    model_config = ConfigDict(json_schema_extra={"examples": [NOTICE]})

    asn_id: str
    purchase_order_id: str
    state: Literal["announced", "partially_received", "received"]
    expected_on: str
    sscc: str
    external_reference: str
    announced_at: Instant
    lines: list[NoticeLineAnswer]
    warnings: list[WarningAnswer]


def notice_answer(document: Document, notice: Notice, zone: tzinfo) -> NoticeAnswer:
    """An ASN of a purchase order; `zone` is the site's."""
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
        warnings=list(warnings_of_notice(document, notice, zone)),
    )
