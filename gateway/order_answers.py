"""Orders as JSON, on their way out: structs that msgspec writes ten times faster than anything else, and documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final, Literal, get_args

import msgspec

from actors.inventory.refusals import InsufficientStock, UnknownSku
from actors.kernel.messages import Message, Refusal
from actors.orders.records import LineView, OrderRecord
from actors.orders.replies import OrderView
from gateway.fields import Instant, iso
from gateway.pages import NextCursor
from gateway.refusals import problem_of_refusal

State = Literal[
    "received", "reserved", "partially_reserved", "backordered", "rejected", "released", "picking", "picked", "packed",
    "shipped", "partially_shipped", "delivered", "on_hold", "cancelled", "parked",
]  # fmt: skip
_State = Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(get_args(State))})]


class OrderLineAnswer(msgspec.Struct, gc=False):
    """A line and its counters, in base units."""

    sku: str
    quantity: int
    quantity_reserved: int
    quantity_backordered: int
    quantity_cancelled: int
    quantity_shipped: int
    quantity_returned: int
    quantity_allocated: int = 0
    quantity_picked: int = 0
    quantity_packed: int = 0


class OrderAnswer(msgspec.Struct, gc=False):
    """An order after a command."""

    order_id: str
    state: _State
    warehouses: tuple[str, ...]
    lines: list[OrderLineAnswer]


class OrderResult(OrderAnswer, gc=False):
    """An order in a batch: with the status that it alone would have been answered with."""

    status: int = 201


class OrderSource(msgspec.Struct, gc=False):
    """What a warehouse holds of a SKU for an order, and what waits there."""

    sku: str
    warehouse: str
    reserved: int
    backordered: int


class LineRefused(msgspec.Struct, gc=False):
    """A line that could not be had."""

    sku: str
    requested: int
    available: int


class WhyRejected(msgspec.Struct, gc=False):
    """The problem that whoever placed the order was answered with, or would have been."""

    type: str
    title: str
    detail: str
    lines: list[LineRefused]
    skus: tuple[str, ...]


class OrderInFull(msgspec.Struct, gc=False):
    """An order with its counters, and where its stock is reserved. `warehouse` is the one that it asked for.

    `refusal` says why a rejected order is: the lines that could not be had, or the SKUs that are none. `unit_prices` are those
    that the order told, by SKU.
    """

    order_id: str
    state: _State
    policy: str
    priority: int
    customer: str
    external_reference: str
    carrier: str
    warehouse: str | None
    ship_by: Instant | None
    received_at: Instant
    changed_at: Instant
    lines: list[OrderLineAnswer]
    sources: list[OrderSource]
    refusal: WhyRejected | None
    unit_prices: dict[str, str]


class OrderPage(msgspec.Struct, gc=False):
    """Orders, newest first."""

    items: list[OrderInFull]
    next_cursor: NextCursor


class TimelineMoment(msgspec.Struct, gc=False):
    """What happened to an order, and who asked for it (nobody, when it came by itself)."""

    at: Instant
    event: str
    actor: str
    note: str


class Timeline(msgspec.Struct, gc=False):
    """What happened to an order, oldest first."""

    order_id: str
    items: list[TimelineMoment]
    next_cursor: NextCursor = None


encode_json: Final = msgspec.json.Encoder().encode


def line_answers(lines: tuple[LineView, ...]) -> list[OrderLineAnswer]:
    """The lines of an order, but for those that an edit took off."""
    return [
        OrderLineAnswer(line.sku, line.ordered, line.reserved, line.backordered, line.cancelled, line.shipped, line.returned)
        for line in lines
        if line.ordered
    ]


def order_answer(view: OrderView) -> OrderAnswer:
    """An order after a command."""
    return OrderAnswer(view.order_id, view.state, view.warehouses, line_answers(view.lines))


def order_result(view: OrderView) -> OrderResult:
    """An order of a batch."""
    return OrderResult(view.order_id, view.state, view.warehouses, line_answers(view.lines))


def order_in_full(record: OrderRecord) -> OrderInFull:
    """An order in full."""
    new = record.order
    sources = [
        OrderSource(line.sku, line.warehouse, line.reserved, line.backordered)
        for part in record.parts
        for line in part.lines
        if line.holds
    ]
    return OrderInFull(
        record.order_id, record.state, new.policy, new.priority, new.customer, new.external_reference, new.carrier,
        new.warehouse or None, iso(new.ship_by) if new.ship_by is not None else None, iso(record.received_at),
        iso(record.changed_at), line_answers(record.lines), sources, why_rejected(record),
        dict(new.unit_prices),
    )  # fmt: skip


def why_rejected(record: OrderRecord) -> WhyRejected | None:
    """The refusal that a rejected order met; None for any other, and when nothing but a policy left nothing of it."""
    refusal = record.refusal
    if refusal is None or record.state != "rejected":
        return None
    told = problem_of_refusal(refusal).content()
    short = refusal.lines if isinstance(refusal, InsufficientStock) else ()
    skus = refusal.skus if isinstance(refusal, UnknownSku) else ()
    lines = [LineRefused(line.sku, line.requested, line.available) for line in short]
    return WhyRejected(told["type"], told["title"], told["detail"], lines, skus)


def order_page(records: Sequence[OrderRecord], next_cursor: str | None) -> OrderPage:
    """Orders that a search found."""
    return OrderPage([order_in_full(record) for record in records], next_cursor)


def timeline(record: OrderRecord) -> Timeline:
    """An order's timeline."""
    moments = [TimelineMoment(iso(moment.at), moment.event, moment.actor, moment.note) for moment in record.timeline]
    return Timeline(record.order_id, moments)


def placed(reply: Message) -> OrderView:
    """The order that was placed.

    Raises:
        Problem: it was refused, or rejected; a rejected order has left its shortages as the reason.
    """
    if isinstance(reply, Refusal):
        raise problem_of_refusal(reply)
    assert isinstance(reply, OrderView)
    if reply.state == "rejected" and reply.refusal is not None:
        raise problem_of_refusal(reply.refusal, order_id=reply.order_id)
    return reply
