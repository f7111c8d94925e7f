"""What becomes of goods that arrive: received, booked on stock by its owners, given tasks that carry them on."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING

from actors.inventory.goods import DEFAULT_LOCATION, QUARANTINE_LOCATION, RECEIVING_LOCATION
from actors.kernel.messages import Event, KeyReused, Refusal
from actors.procurement import commands, events
from actors.procurement.arrivals import Booking, Receipt, units_by_sku
from actors.procurement.buying import known_on
from actors.procurement.calendar import day_of
from actors.procurement.documents import ARRIVING, ORDER, Document, blind
from actors.procurement.lead_times import LeadTime
from actors.procurement.putaway import Floor, Goods, places_for
from actors.procurement.refusals import OverLine, OverReceipt, UnknownDocument, WrongPurchaseState
from actors.procurement.suppliers import most_receivable, over_receipt_percent
from actors.procurement.tasks import Task

if TYPE_CHECKING:
    from actors.procurement.book import PurchaseBook

Decision = Sequence[Event] | Refusal


def receive(book: PurchaseBook, c: commands.Receive, now: int) -> Decision:
    """Take goods in. The same receipt again is a repeat; another under its id, or more than is tolerated, is refused."""
    key = key_of_receipt(book, c)
    document = book.documents.get(key) if key is not None else None
    if key is None or (document is None and c.purchase_id):
        return UnknownDocument("ASN", c.asn_id) if key is None else UnknownDocument("purchase order", c.purchase_id)
    if document is None:
        return (_received(book, c, key, c.warehouse, now),)
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
    arrived = units_by_sku((line.sku, line.quantity + line.damaged) for line in c.lines)
    too_many = too_many_of(book, document, arrived)
    if too_many:
        return OverReceipt(document.key, too_many)
    return (_received(book, c, key, document.warehouse, now, document, arrived),)


def key_of_receipt(book: PurchaseBook, c: commands.Receive) -> str | None:
    """The document that goods belong to; None for an ASN that nobody knows."""
    if c.purchase_id:
        return c.purchase_id
    return book.notice_of.get(c.asn_id) if c.asn_id else blind(c.receipt_id)


def too_many_of(book: PurchaseBook, document: Document, arrived: dict[str, int]) -> tuple[OverLine, ...]:
    """Lines of which, with so many units by SKU, more would have arrived than is tolerated."""
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
    book: PurchaseBook,
    c: commands.Receive,
    key: str,
    warehouse: str,
    now: int,
    document: Document | None = None,
    arrived: dict[str, int] | None = None,
) -> events.Received:
    usual, today = RECEIVING_LOCATION if c.put_away else DEFAULT_LOCATION, day_of(now, book.zone)
    bookings: list[Booking] = []
    for line in c.lines:
        good = QUARANTINE_LOCATION if line.expires_on and line.expires_on < today else usual
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
    tasks = _tasks(book, document, receipt, booking, c, now) if booking.is_to_be_carried else ()
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
