"""Reconciliation of procurement: what a document says it has received against its bookings, tasks against what is carried."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from actors.procurement.documents import Document

if TYPE_CHECKING:
    from actors.procurement.book import PurchaseBook


def reconcile(book: PurchaseBook) -> Iterator[str | None]:
    """Check every document; then that what is found by a SKU is open."""
    for key in list(book.documents):
        document = book.documents.get(key)
        if document is not None:
            yield from _of_document(document)
        yield None
    for (supplier, warehouse), key in list(book.baskets.items()):
        document = book.documents.get(key)
        if document is None or document.state != "draft" or (document.supplier, document.warehouse) != (supplier, warehouse):
            yield f"{key} gathers for {supplier} in {warehouse}, and is no draft for them"
        yield None
    for sku in list(book.open_of):
        for key in list(book.open_of.get(sku, ())):
            document = book.documents.get(key)
            if document is None or document.is_over:
                yield f"{sku} is awaited from {key}, which is over"
        yield None


def _of_document(document: Document) -> Iterator[str]:
    received: dict[str, int] = {}
    damaged: dict[str, int] = {}
    to_carry = 0
    for receipt in document.receipts.values():
        for booking in receipt.bookings:
            received[booking.sku] = received.get(booking.sku, 0) + booking.quantity
            damaged[booking.sku] = damaged.get(booking.sku, 0) + (booking.quantity if booking.damaged else 0)
            if booking.is_to_be_carried and booking.booked:
                to_carry += booking.quantity
    for line in document.lines.values():
        booked = received.get(line.sku, 0), damaged.get(line.sku, 0)
        if booked != (line.received, line.damaged):
            yield f"{document.key}: {line.sku}: received {line.received}, damaged {line.damaged}; bookings say {booked}"
    if document.receipts and to_carry != sum(task.quantity for task in document.tasks.values()):
        yield f"{document.key}: {to_carry} units are to be put away, tasks have another number"
    for task in document.tasks.values():
        done = sum(confirm.moved or 0 for confirm in task.confirms)
        if done != task.done or not 0 <= task.done <= task.quantity:
            yield f"{document.key}: {task.task_id}: {task.done} of {task.quantity} are done, stock has carried {done}"
