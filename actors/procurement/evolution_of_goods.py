"""What events of goods change, from the dock to their place: as `evolution.py`, none refuses anything, none reads a clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from actors.procurement import events
from actors.procurement.arrivals import Receipt
from actors.procurement.documents import BLIND, MANUAL, ORDER, Document, Line, manual
from actors.procurement.lead_times import LeadTimes, learned
from actors.procurement.tasks import Confirm, Task

if TYPE_CHECKING:
    from actors.procurement.book import PurchaseBook


def _received(book: PurchaseBook, e: events.Received) -> Document:
    document = book.documents.get(e.key)
    if document is None:
        document = Document(e.key, BLIND, e.warehouse, e.at, e.op_id, e.fingerprint, "closed")
    bookings = [replace(booking) for booking in e.bookings]
    receipt = Receipt(e.receipt_id, e.at, e.op_id, e.fingerprint, e.actor, e.asn_id, e.put_away, bookings)
    document.receipts[e.receipt_id] = receipt
    document.ops[e.op_id] = e.fingerprint
    notice = document.notices.get(e.asn_id)
    for booking in bookings:
        line = document.lines.get(booking.sku)
        if line is None:
            line = document.lines[booking.sku] = Line(booking.sku, 0)
        line.received += booking.quantity
        line.damaged += booking.quantity if booking.damaged else 0
        if notice is not None:
            notice.arrived[booking.sku] = notice.arrived.get(booking.sku, 0) + booking.quantity
        book.changed_bookings[e.key, e.receipt_id, booking.number] = (document, receipt, booking)
        book.changed_skus.add(booking.sku)
    if notice is not None:
        book.changed_notices[e.asn_id] = (document, notice)
    if document.kind == ORDER:
        document.state = document.resting_state()
        _learn(book, e)
    units = sum(booking.quantity for booking in bookings)
    document.note(e.at, "received", e.actor, f"{e.receipt_id}: {units} units")
    book.take_in(document)
    return document


def _learn(book: PurchaseBook, e: events.Received) -> None:
    """Lead times of the items, and of their supplier."""
    for seen in e.lead_times:
        key, supplier = (e.supplier, seen.sku), e.supplier
        book.item_times[key] = learned(book.item_times.get(key, LeadTimes()), seen, e.placed_at, e.at)
        book.supplier_times[supplier] = learned(book.supplier_times.get(supplier, LeadTimes()), seen, e.placed_at, e.at)
        book.changed_items.add(key)
        book.changed_suppliers.add(supplier)


def _booked(book: PurchaseBook, e: events.Booked) -> Document:
    document = book.documents[e.key]
    receipt = document.receipts[e.receipt_id]
    booking = receipt.bookings[e.number]
    booking.booked = True
    book.changed_bookings[e.key, e.receipt_id, e.number] = (document, receipt, booking)
    for task in e.tasks:
        _add_task(book, document, task)
    book.changed_skus.add(booking.sku)
    document.changed_at = e.at
    return document


def _add_task(book: PurchaseBook, document: Document, task: Task) -> None:
    own = document.tasks[task.task_id] = replace(task, confirms=[])
    book.take_in_task(document, own)
    book.changed_tasks[task.task_id] = (document, own)


def _task_created(book: PurchaseBook, e: events.TaskCreated) -> Document:
    task = e.task
    document = Document(manual(task.task_id), MANUAL, task.warehouse, e.at, e.op_id, e.fingerprint, "closed")
    document.ops[e.op_id] = e.fingerprint
    document.note(e.at, "created", e.actor)
    _add_task(book, document, task)
    book.take_in(document)
    book.changed_skus.add(task.sku)
    return document


def _task_confirmed(book: PurchaseBook, e: events.TaskConfirmed) -> Document:
    document, task = _touched(book, e.task_id, e.at)
    document.ops[e.op_id] = e.fingerprint
    task.confirms.append(Confirm(e.op_id, e.quantity, e.location, e.actor))
    return document


def _put_away(book: PurchaseBook, e: events.PutAway) -> Document:
    document, task = _touched(book, e.task_id, e.at)
    task.confirms[e.number].moved = e.moved
    task.done += e.moved
    if task.done >= task.quantity:
        task.state = "done"
        book.task_is_over(task)
    return document


def _task_cancelled(book: PurchaseBook, e: events.TaskCancelled) -> Document:
    document, task = _touched(book, e.task_id, e.at)
    document.ops[e.op_id] = e.fingerprint
    task.state = "cancelled"
    book.task_is_over(task)
    document.note(e.at, "putaway_cancelled", e.actor, f"{e.task_id}: {task.quantity - task.done} units stay")
    return document


def _touched(book: PurchaseBook, task_id: str, at: int) -> tuple[Document, Task]:
    document = book.documents[book.task_of[task_id]]
    task = document.tasks[task_id]
    task.changed_at = document.changed_at = at
    book.changed_skus.add(task.sku)
    book.changed_tasks[task_id] = (document, task)
    return document, task


APPLY: Final[dict[type, Callable[[PurchaseBook, Any], Document]]] = {
    events.Received: _received,
    events.Booked: _booked,
    events.TaskCreated: _task_created,
    events.TaskConfirmed: _task_confirmed,
    events.PutAway: _put_away,
    events.TaskCancelled: _task_cancelled,
}
