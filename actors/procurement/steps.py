"""Steps to inventory owners: what a document says is still to be booked or carried, and what the answers mean.

Nothing else moves goods. A step has the same op id for ever, is sent until it is answered, and cannot be refused for what
is there: a booking adds units, and a carry takes as many as there are. So an owner that dies anywhere in between is asked
again by its successor, and the inventory owner knows what it has done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from actors.inventory.commands import Adjust, Move
from actors.inventory.events import Adjusted, Moved
from actors.kernel.machine import Outgoing
from actors.kernel.messages import Command, Message, OwnerName
from actors.procurement.arrivals import Booking, Receipt
from actors.procurement.commands import RecordBooked, RecordPutAway
from actors.procurement.documents import BLIND, Document, blind
from actors.procurement.tasks import Task

BOOKED, CARRIED = "receipt", "putaway"
"""Reasons of movements, and first words of op ids."""


def outgoing(document: Document, owner_of_sku: Callable[[str], OwnerName]) -> Iterator[Outgoing]:
    """What is still to be sent for a document."""
    for receipt in document.receipts.values():
        for booking in receipt.bookings:
            if not booking.booked:
                yield Outgoing(owner_of_sku(booking.sku), _book(document, receipt, booking))
    for task in document.tasks.values():
        if task.under_way:
            yield Outgoing(owner_of_sku(task.sku), _carry(document, task))


def booking_op(document: Document, receipt: Receipt, booking: Booking) -> str:
    """Names a booking in every journal: `receipt:order:receipt:number`, with no order for a blind one. Ids have no colon."""
    order = "" if document.kind == BLIND else document.key
    return f"{BOOKED}:{order}:{receipt.receipt_id}:{booking.number}"


def carry_op(task: Task, number: int) -> str:
    """Names a confirmed carry in every journal."""
    return f"{CARRIED}:{task.task_id}:{number}"


def _book(document: Document, receipt: Receipt, booking: Booking) -> Adjust:
    return Adjust(
        booking_op(document, receipt, booking), 0, receipt.actor, booking.sku, booking.quantity, BOOKED, document.warehouse,
        booking.location, booking.lot, document.named, tell_level=True,
    )  # fmt: skip


def _carry(document: Document, task: Task) -> Move:
    number = len(task.confirms) - 1
    confirm = task.confirms[number]
    return Move(
        carry_op(task, number), 0, confirm.actor, task.sku, confirm.quantity, task.from_location, confirm.location,
        task.warehouse, task.lot, CARRIED, document.named, at_most=True,
    )  # fmt: skip


def heard(op_id: str, reply: Message) -> Command | None:
    """What to record of an answer. Anything but the deed itself is none: the step is sent again."""
    if isinstance(reply, Moved):
        _, task_id, number = op_id.split(":")
        return RecordPutAway(op_id, task_id, int(number), reply.quantity)
    if isinstance(reply, Adjusted):
        _, order, receipt_id, number = op_id.split(":")
        there, waited_for = _standing(reply)
        return RecordBooked(op_id, order or blind(receipt_id), receipt_id, int(number), there, waited_for)
    return None


def _standing(reply: Adjusted) -> tuple[tuple[tuple[str, int], ...], int]:
    """Where the SKU lies to be sold in the warehouse, and how many of it orders wait for."""
    site = next((site for site in reply.level.sites if site.warehouse == reply.warehouse), None) if reply.level else None
    if site is None:
        return (), 0
    units: dict[str, int] = {}
    for place in site.bins:
        if not place.on_hold:
            units[place.location] = units.get(place.location, 0) + place.on_hand
    return tuple(sorted(units.items())), site.backordered
