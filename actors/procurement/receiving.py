"""What becomes of goods that arrive: received, booked on stock by its owners, carried to where they are sold from."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING

from actors.inventory.goods import DEFAULT_LOCATION, QUARANTINE_LOCATION, RECEIVING_LOCATION
from actors.kernel.messages import Busy, Event, KeyReused, Refusal
from actors.procurement import commands, events
from actors.procurement.arrivals import Booking, Receipt
from actors.procurement.buying import known_on
from actors.procurement.documents import ARRIVING, ORDER, Document
from actors.procurement.lead_times import LeadTime
from actors.procurement.putaway import Floor, Goods, places_for
from actors.procurement.refusals import NotOnTask, OverLine, OverReceipt, UnknownDocument, WrongPurchaseState
from actors.procurement.suppliers import most_receivable, over_receipt_percent
from actors.procurement.tasks import Task

if TYPE_CHECKING:
    from actors.procurement.book import PurchaseBook

Decision = Sequence[Event] | Refusal


def receive(book: PurchaseBook, c: commands.Receive, now: int) -> Decision:
    """Take goods in. The same receipt again is a repeat; another under its id, or more than is tolerated, is refused."""
    key = book.key_of_receipt(c)
    document = book.documents.get(key) if key is not None else None
    if key is None or (document is None and c.purchase_id):
        return UnknownDocument("ASN", c.asn_id) if key is None else UnknownDocument("purchase order", c.purchase_id)
    if document is None:
        return (_received(c, key, c.warehouse, now),)
    receipt = document.receipts.get(c.receipt_id)
    if receipt is not None:
        return () if (receipt.op_id, receipt.fingerprint) == (c.op_id, c.fingerprint) else KeyReused(c.receipt_id)
    if (known := known_on(document, c)) is not None:
        return known
    if document.kind != ORDER:
        return UnknownDocument("purchase order", c.purchase_id)
    if c.asn_id and c.asn_id not in document.notices:
        return UnknownDocument("ASN", c.asn_id)
    if document.state not in ARRIVING:
        return WrongPurchaseState(document.key, document.state, "be received")
    arrived = _arrived(c)
    too_many = _too_many(book, document, arrived)
    if too_many:
        return OverReceipt(document.key, too_many)
    return (_received(c, key, document.warehouse, now, document, arrived),)


def _arrived(c: commands.Receive) -> dict[str, int]:
    """Units by SKU, good and damaged."""
    arrived: dict[str, int] = {}
    for line in c.lines:
        arrived[line.sku] = arrived.get(line.sku, 0) + line.quantity + line.damaged
    return arrived


def _too_many(book: PurchaseBook, document: Document, arrived: dict[str, int]) -> tuple[OverLine, ...]:
    supplier, _ = book.suppliers[document.supplier]
    found = []
    for sku, units in arrived.items():
        line = document.lines.get(sku)
        item, _ = book.items.get((document.supplier, sku), (None, 0))
        ordered, received = (line.ordered, line.received) if line is not None else (0, 0)
        most = most_receivable(ordered, over_receipt_percent(supplier, item))
        if received + units > most:
            found.append(OverLine(sku, ordered, received, units, most))
    return tuple(found)


def _received(
    c: commands.Receive,
    key: str,
    warehouse: str,
    now: int,
    document: Document | None = None,
    arrived: dict[str, int] | None = None,
) -> events.Received:
    good = RECEIVING_LOCATION if c.put_away else DEFAULT_LOCATION
    bookings: list[Booking] = []
    for line in c.lines:
        for units, location, damaged in ((line.quantity, good, False), (line.damaged, QUARANTINE_LOCATION, True)):
            if units:
                bookings.append(
                    Booking(
                        len(bookings), line.sku, units, location, line.lot, line.expires_on, damaged, line.category,
                        line.volume_ml,
                    )
                )  # fmt: skip
    seen = []
    for sku, units in (arrived or {}).items():
        assert document is not None
        before = document.lines[sku]
        complete = before.received < before.ordered <= before.received + units
        seen.append(LeadTime(sku, units, before.received == 0, complete))
    supplier, placed_at = (document.supplier, document.placed_at) if document is not None else ("", 0)
    return events.Received(
        now, c.op_id, c.fingerprint, c.actor, key, c.receipt_id, c.asn_id, warehouse, c.put_away, supplier, placed_at,
        tuple(bookings), tuple(seen),
    )  # fmt: skip


def record_booked(book: PurchaseBook, c: commands.RecordBooked, now: int) -> Decision:
    """Units are on stock: say where they go from there, once."""
    document = book.documents.get(c.key)
    receipt = document.receipts.get(c.receipt_id) if document is not None else None
    if document is None or receipt is None or receipt.bookings[c.number].booked:
        return ()
    booking = receipt.bookings[c.number]
    tasks = _tasks(book, document, receipt, booking, c, now) if receipt.put_away and not booking.damaged else ()
    return (events.Booked(now, c.key, c.receipt_id, c.number, tasks),)


def _tasks(
    book: PurchaseBook, document: Document, receipt: Receipt, booking: Booking, c: commands.RecordBooked, now: int
) -> tuple[Task, ...]:
    goods = Goods(booking.sku, document.warehouse, booking.quantity, booking.category, booking.volume_ml)
    floor = Floor(dict(c.there), c.waited_for)
    rules = [rule for rule, _ in book.rules.values()]
    on_the_way = book.pending_tasks(booking.sku, document.warehouse)
    return tuple(
        [
            Task(
                _task_id(f"{c.key}:{receipt.receipt_id}:{booking.number}:{part}"), booking.sku, document.warehouse,
                place.quantity, booking.location, place.location, booking.lot, place.rule, place.cross_dock, now, now,
                receipt_id=receipt.receipt_id,
            )
            for part, place in enumerate(places_for(goods, rules, floor, on_the_way))
        ]
    )  # fmt: skip


def _task_id(name: str) -> str:
    return f"pt-{blake2b(name.encode(), digest_size=9).hexdigest()}"


def create_task(book: PurchaseBook, c: commands.CreateTask, now: int) -> Decision:
    """Ask for goods to be carried; the same task again is a repeat."""
    if c.task_id in book.task_of:
        document = book.documents[book.task_of[c.task_id]]
        known = known_on(document, c)
        return known if known is not None else KeyReused(c.task_id)
    task = Task(
        c.task_id, c.sku, c.warehouse, c.quantity, c.from_location, c.to_location, c.lot, created_at=now, changed_at=now
    )
    return (events.TaskCreated(now, c.op_id, c.fingerprint, c.actor, task),)


def confirm(book: PurchaseBook, c: commands.ConfirmTask, now: int) -> Decision:
    """Units were carried. One confirm at a time is on its way to stock."""
    found = book.find_task(c.task_id)
    if found is None:
        return UnknownDocument("putaway task", c.task_id)
    document, task = found
    if (known := known_on(document, c)) is not None:
        return known
    if task.state != "pending":
        return WrongPurchaseState(c.task_id, task.state, "be confirmed")
    if task.under_way:
        return Busy(f"{c.task_id} is being booked", 0.5)
    quantity = c.quantity or task.left
    if quantity > task.left:
        return NotOnTask(c.task_id, quantity, task.left)
    location = c.location or task.to_location
    return (events.TaskConfirmed(now, c.op_id, c.fingerprint, c.actor, c.task_id, quantity, location),)


def record_put_away(book: PurchaseBook, c: commands.RecordPutAway, now: int) -> Decision:
    """Stock has carried what was confirmed: once."""
    found = book.find_task(c.task_id)
    if found is None or found[1].confirms[c.number].moved is not None:
        return ()
    return (events.PutAway(now, c.task_id, c.number, c.moved),)


def cancel_task(book: PurchaseBook, c: commands.CancelTask, now: int) -> Decision:
    """Leave the rest where it is. Cancelling twice is cancelling once."""
    found = book.find_task(c.task_id)
    if found is None:
        return UnknownDocument("putaway task", c.task_id)
    document, task = found
    if (known := known_on(document, c)) is not None:
        return known
    if task.state == "cancelled":
        return ()
    if task.under_way:
        return Busy(f"{c.task_id} is being booked", 0.5)
    if task.state != "pending":
        return WrongPurchaseState(c.task_id, task.state, "be cancelled")
    return (events.TaskCancelled(now, c.op_id, c.fingerprint, c.actor, c.task_id),)


def recall(book: PurchaseBook, c: commands.RecallDocument, now: int) -> Decision:
    """Take a document back, unless it is there, or was there again and has changed since the rows told of it."""
    key = c.document.key
    known = key in book.documents or key in book.forgotten.lately
    return () if known else (events.DocumentRecalled(now, c.document),)
