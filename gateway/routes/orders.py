"""Orders: placing (one by one in `order_wire.py`, batches here) and reading."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Header, Path, Query, Request, Response

from actors.orders import reads
from actors.orders.queries import ReadOrder
from actors.orders.records import OrderRecord
from actors.orders.refusals import UnknownOrder
from gateway.answers.written import written
from gateway.batches import check_size
from gateway.documented import answer_of, batch_of, body_of, problems, results_of
from gateway.fields import Id, Moment
from gateway.json_bodies import read_items
from gateway.keyed_route import KeyedRoute
from gateway.media_types import NDJSON, media_type
from gateway.order_answers import (
    OrderAnswer,
    OrderInFull,
    OrderPage,
    OrderResult,
    State,
    Timeline,
    order_in_full,
    order_page,
    timeline,
)
from gateway.order_batch import OrderBatch
from gateway.order_bodies import OrderBody
from gateway.pages import Cursor, Limit, Number, cursor_after, unseal
from gateway.problems import KEY_REUSED, NOT_FOUND, SHORT, UNKNOWN_SKU, Problem
from gateway.refusals import accepted
from gateway.system import Behind, Key, Reader, Seller, System

router = APIRouter(tags=["orders"], route_class=KeyedRoute)

RECORDED = answer_of(
    OrderAnswer,
    status=202,
    description="recorded (`Prefer: respond-async`)",
    headers={
        "Location": {"description": "where to look", "schema": {"type": "string"}},
        "Preference-Applied": {"description": "`respond-async`", "schema": {"type": "string"}},
    },
)
OrderId = Annotated[Id, Path()]
Prefer = Annotated[
    str | None,
    Header(description="`respond-async`: answer 202 once the order is recorded (RFC 7240)", examples=["respond-async"]),
]
_items = msgspec.json.Decoder(list[msgspec.Raw])


@router.post(
    "/orders",
    status_code=201,
    responses=answer_of(OrderAnswer, status=201) | RECORDED | problems(SHORT, UNKNOWN_SKU, KEY_REUSED, body=True),
    openapi_extra=body_of(OrderBody),
)
async def post_order(key: Key, prefer: Prefer = None) -> Response:
    """Take an order: answered when it is reserved, backordered or rejected, and recorded for good.

    Without an Idempotency-Key its `order_id` is its key. With `Prefer: respond-async` it is answered (202) once it is recorded.
    """
    raise AssertionError("the shell answers this route itself; it stands here for the document")


@router.post(
    "/orders:batch",
    responses=results_of(OrderResult) | problems(body=True),
    openapi_extra=batch_of(OrderBody, ndjson=True),
)
async def post_orders(request: Request, key: Key, caller: Seller, system: Behind) -> Response:
    """Up to 10,000 orders, as an array or as NDJSON: one result each, in their order. Each is its own transaction.

    An order's `order_id` is its key; the n-th order without one takes the batch's key and n.
    """
    data = await request.body()
    ndjson = media_type(request.headers.get("content-type", "").encode("latin-1")) == NDJSON
    bodies = check_size(_lines(data) if ndjson else _array(data))
    batch = OrderBatch(system, len(bodies))
    return Response(await batch.take(bodies, caller, key), media_type="application/json")


def _array(data: bytes) -> list[bytes | Problem]:
    """The orders in an array; only one that has other than plain JSON in it is read, and written, twice."""
    try:
        if not data.isascii():
            data.decode()  # the decoder does not look into what it leaves as it is
        return [bytes(item) for item in _items.decode(data)]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return [item if isinstance(item, Problem) else json.dumps(item).encode() for item in read_items(data)]


def _lines(data: bytes) -> list[bytes | Problem]:
    return [line for line in data.split(b"\n") if line.strip()]


async def find(system: System, order_id: str) -> OrderRecord:
    """An order: from its owner, or from the system of record when it has left memory.

    Only "no such order" leads to the rows. An owner that is busy may know of the order what no row says yet.

    Raises:
        Problem: there is none, or its owner cannot tell now.
    """
    owner = system.owners.orders.owner_of(order_id)
    reply = await system.owners.ask(owner, ReadOrder(order_id), timeout_s=system.settings.patience_s)
    if isinstance(reply, UnknownOrder):
        return await _in_rows(system, order_id)
    found: OrderRecord = accepted(reply)
    return found


async def _in_rows(system: System, order_id: str) -> OrderRecord:
    """An order that its owner does not have in memory.

    Raises:
        Problem: there is none.
    """
    found = await system.read(reads.find_order, order_id)
    if found is None:
        raise Problem(NOT_FOUND, f"no order {order_id}")
    return found


@router.get("/orders/{id}", responses=answer_of(OrderInFull) | problems(NOT_FOUND))
async def get_order(id: OrderId, system: Behind, caller: Reader) -> Response:
    """An order with its counters, and where its stock is reserved."""
    return written(order_in_full(await find(system, id)))


@router.get("/orders/{id}/events", responses=answer_of(Timeline) | problems(NOT_FOUND))
async def get_timeline(id: OrderId, system: Behind, caller: Reader) -> Response:
    """An order's timeline, oldest first."""
    return written(timeline(await find(system, id)))


@router.get("/orders", responses=answer_of(OrderPage) | problems())
async def search_orders(
    system: Behind,
    caller: Reader,
    state: State | None = None,
    since: Moment | None = None,
    customer: Annotated[str | None, Query(max_length=200)] = None,
    external_reference: Annotated[str | None, Query(max_length=200)] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Orders, newest first (a moment behind their owners)."""
    wanted = reads.OrderFilter(state, _ms(since), customer, external_reference)
    records = await system.search(reads.search_orders, wanted, unseal(cursor, tuple[Number, str]), limit)
    last = (records[-1].received_at, records[-1].order_id) if records else ()
    return written(order_page(records, cursor_after(records, limit, last)))


def _ms(moment: datetime | None) -> int | None:
    return round(moment.timestamp() * 1000) if moment is not None else None
