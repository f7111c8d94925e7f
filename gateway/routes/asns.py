"""What suppliers announce: notices of what will arrive."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from actors.procurement.arrivals import AnnouncedLine
from actors.procurement.commands import Announce
from actors.procurement.documents import DocumentRecord
from actors.procurement.editing import MOST_LINES
from actors.procurement.queries import ReadNotice
from gateway.answers.notices import NoticeAnswer, notice_answer
from gateway.documented import problems
from gateway.fields import SSCC_PATTERN, Body, Day, Id, ShortText, Sku, Text, Units, with_example
from gateway.keyed_route import KeyedRoute
from gateway.op_ids import id_from_key, new_id, op_id
from gateway.problems import CONFLICT, KEY_REUSED, NOT_FOUND, NOT_ON_PURCHASE, OVER_ANNOUNCED, TOO_EARLY
from gateway.purchase_documents import find_document
from gateway.system import Behind, Key, Reader, Receiver, fingerprint

router = APIRouter(tags=["receiving"], route_class=KeyedRoute)


class NoticeLineBody(Body):
    """What will arrive of a SKU and lot."""

    sku: Sku
    quantity: Units
    lot: ShortText = ""
    expires_on: Day | None = None


class NoticeBody(Body):
    """A supplier's notice of what will arrive for a placed order, on which day; the SSCC is that of the logistic unit."""

    model_config = with_example(
        asn_id="asn-4", purchase_order_id="po-17", expected_on="2030-11-18", lines=[{"sku": "85123A", "quantity": 12}]
    )

    asn_id: Id | None = None
    purchase_order_id: Id
    expected_on: Day
    sscc: Annotated[str, Field(strict=True, max_length=18, pattern=SSCC_PATTERN, examples=["340123450000000018"])] = ""
    external_reference: Text = ""
    lines: Annotated[list[NoticeLineBody], Field(min_length=1, max_length=MOST_LINES)]


@router.post(
    "/asns",
    status_code=201,
    responses=problems(NOT_FOUND, CONFLICT, NOT_ON_PURCHASE, TOO_EARLY, OVER_ANNOUNCED, KEY_REUSED, body=True),
)  # fmt: skip
async def post_notice(body: NoticeBody, key: Key, system: Behind, caller: Receiver) -> NoticeAnswer:
    """Announce goods of a placed order: they count as in transit until they arrive. More than may still be received of it, or a
    day before it was placed, is refused; a day that is over since, and more than is still to come, are told as warnings."""
    asn_id = body.asn_id or (f"asn-{id_from_key(key)}" if key is not None else f"asn-{new_id()}")
    lines = tuple([AnnouncedLine(line.sku, line.quantity, line.lot, line.expires_on or "") for line in body.lines])
    command = Announce(
        op_id("announce", key or asn_id), fingerprint(body), caller.name, asn_id, body.purchase_order_id, body.expected_on,
        lines, body.sscc, body.external_reference,
    )  # fmt: skip
    record: DocumentRecord = await system.ask_procurement(command)
    return notice_answer(record.document, record.document.notices[asn_id], system.settings.zone)


@router.get("/asns/{id}", responses=problems(NOT_FOUND))
async def get_notice(id: Annotated[Id, Path()], system: Behind, caller: Reader) -> NoticeAnswer:
    """An ASN, and how far it has arrived."""
    document = await find_document(system, ReadNotice(id), f"asn {id}")
    return notice_answer(document, document.notices[id], system.settings.zone)
