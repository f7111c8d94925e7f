"""The dock: receipts of what has arrived."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path
from pydantic import Field, model_validator

from actors.inventory.goods import DEFAULT_WAREHOUSE
from actors.procurement import reads
from actors.procurement.commands import ArrivedLine, Receive
from actors.procurement.documents import DocumentRecord
from actors.procurement.editing import MOST_LINES
from gateway.answers.receipts import ReceiptAnswer, ReceivedPage, listed_receipt, receipt_answer
from gateway.auth import Caller
from gateway.documented import problems
from gateway.fields import Body, Day, Id, ShortText, Sku, UnitsOrNone, with_example
from gateway.keyed_route import KeyedRoute
from gateway.op_ids import id_from_key, new_id, op_id
from gateway.pages import Cursor, Limit, Number, cursor_after, unseal
from gateway.places import check_places, products_of
from gateway.problems import CONFLICT, KEY_REUSED, NOT_FOUND, OVER_RECEIPT, UNKNOWN_PLACE, UNKNOWN_SKU
from gateway.system import Behind, Key, Reader, Receiver, System, fingerprint

router = APIRouter(tags=["receiving"], route_class=KeyedRoute)


ARRIVED: Final = {"sku": "85123A", "quantity": 11, "quantity_damaged": 1, "lot": "L7", "expires_on": "2027-05-01"}


class ArrivedLineBody(Body):
    """What arrived of a SKU and lot: good units, and damaged ones, which go to quarantine, as does a lot that has expired."""

    sku: Sku
    quantity: UnitsOrNone = 0
    quantity_damaged: UnitsOrNone = 0
    lot: ShortText = ""
    expires_on: Day | None = None

    @model_validator(mode="after")
    def some(self) -> ArrivedLineBody:
        """Nothing did not arrive."""
        if not self.quantity and not self.quantity_damaged:
            raise ValueError("quantity and quantity_damaged are both 0: nothing arrived")
        return self


Arrived = Annotated[list[ArrivedLineBody], Field(min_length=1, max_length=MOST_LINES)]


class ReceiveBody(Body):
    """Goods that arrived for a purchase order. `put_away` false: they are available at once (default: `SKULD_RECEIVE_TO`)."""

    model_config = with_example(receipt_id="r-9", lines=[ARRIVED])

    receipt_id: Id | None = None
    asn_id: Id | None = None
    put_away: bool | None = None
    lines: Arrived


class ReceiptBody(Body):
    """Goods that arrived: for an ASN, for a purchase order, or with neither (blind), then in a `warehouse`."""

    model_config = with_example(asn_id="asn-4", lines=[ARRIVED])

    receipt_id: Id | None = None
    purchase_order_id: Id | None = None
    asn_id: Id | None = None
    warehouse: Id | None = None
    put_away: bool | None = None
    lines: Arrived

    @model_validator(mode="after")
    def at_home(self) -> ReceiptBody:
        """The warehouse is that of the order, if there is one."""
        if self.warehouse is not None and (self.purchase_order_id or self.asn_id):
            raise ValueError("goods of a purchase order arrive in its own warehouse: leave warehouse out")
        return self


RECEIVED = problems(
    NOT_FOUND, CONFLICT, OVER_RECEIPT, UNKNOWN_SKU, UNKNOWN_PLACE, KEY_REUSED, body=True
)  # fmt: skip


@router.post("/purchase-orders/{id}/receive", status_code=201, responses=RECEIVED)
async def receive_purchase(
    id: Annotated[Id, Path()], body: ReceiveBody, key: Key, system: Behind, caller: Receiver
) -> ReceiptAnswer:
    """Goods of a placed order have arrived, all or a part: answered when they are on stock.

    More than was ordered is refused (409 `over-receipt`, line by line) beyond the supplier's tolerance.
    """
    return await _receive(system, caller, key, body, body.lines, purchase_id=id, asn_id=body.asn_id or "")


@router.post("/receipts", status_code=201, responses=RECEIVED)
async def post_receipt(body: ReceiptBody, key: Key, system: Behind, caller: Receiver) -> ReceiptAnswer:
    """Goods have arrived: for an ASN, for a purchase order, or blind. Answered when they are on stock."""
    warehouse = body.warehouse or DEFAULT_WAREHOUSE
    of = {"purchase_id": body.purchase_order_id or "", "asn_id": body.asn_id or "", "warehouse": warehouse}
    if not of["purchase_id"] and not of["asn_id"]:
        await check_places(system, warehouse)
    return await _receive(system, caller, key, body, body.lines, **of)


async def _receive(
    system: System,
    caller: Caller,
    key: str | None,
    body: ReceiveBody | ReceiptBody,
    arrived: list[ArrivedLineBody],
    **of: Any,
) -> ReceiptAnswer:
    products = await products_of(system, [line.sku for line in arrived])
    receipt_id = body.receipt_id or (f"r-{id_from_key(key)}" if key is not None else f"r-{new_id()}")
    lines = tuple(
        [
            ArrivedLine(
                line.sku, line.quantity, line.quantity_damaged, line.lot, line.expires_on or "", products[line.sku].category,
                products[line.sku].volume_ml,
            )
            for line in arrived
        ]
    )  # fmt: skip
    put_away = body.put_away if body.put_away is not None else system.settings.put_away
    command = Receive(
        op_id("receive", key or receipt_id), fingerprint(body), caller.name, receipt_id, lines, put_away=put_away, **of
    )
    record: DocumentRecord = await system.ask_procurement(command)
    return receipt_answer(record.document, receipt_id)


@router.get("/receipts", responses=problems())
async def list_receipts(
    system: Behind,
    caller: Reader,
    sku: Sku | None = None,
    purchase_order_id: Id | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> ReceivedPage:
    """What has arrived, line by line with lot and expiry, newest first (a moment behind)."""
    before = unseal(cursor, tuple[Number, str, str, Number])
    rows = await system.search(reads.list_receipt_lines, sku, purchase_order_id, before, limit)
    last = tuple([rows[-1][name] for name in ("received_at", "document", "receipt_id", "number")]) if rows else ()
    return ReceivedPage(items=[listed_receipt(row) for row in rows], next_cursor=cursor_after(rows, limit, last))
