"""What becomes of purchase orders between a draft and their end, goods apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from actors.kernel.messages import ClientCommand, Event, KeyReused, Refusal
from actors.procurement import commands, events
from actors.procurement.calendar import day_of, due_on
from actors.procurement.documents import ARRIVING, FINISHED, ORDER, Document, Line, NewLine
from actors.procurement.refusals import (
    LeadTimeUnknown,
    NotOnPurchase,
    NotOrderable,
    NotSupplied,
    UnknownDocument,
    UnknownSupplier,
    WrongPurchaseState,
    WrongQuantity,
)
from actors.procurement.suppliers import lead_time_days

if TYPE_CHECKING:
    from actors.procurement.book import PurchaseBook

Decision = Sequence[Event] | Refusal
Asked = TypeVar(
    "Asked",
    bound=commands.EditPurchase | commands.PlacePurchase | commands.HoldPurchase | commands.ResumePurchase
    | commands.ClosePurchase | commands.CancelPurchase | commands.Announce,
)  # fmt: skip
"""What clients ask of an order that is there."""


def create(book: PurchaseBook, c: commands.CreatePurchase, now: int) -> Decision:
    """Write a draft; the same again is a repeat, another under the same id is refused."""
    found = book.documents.get(c.purchase_id)
    if found is not None:
        return () if (found.op_id, found.fingerprint) == (c.op_id, c.fingerprint) else KeyReused(c.purchase_id)
    new = c.purchase
    lines = on_terms(book, new.supplier, new.lines, round_up=new.round_up)
    if isinstance(lines, Refusal):
        return lines
    return (
        events.PurchaseCreated(
            now, c.op_id, c.fingerprint, c.actor, c.purchase_id, new.supplier, new.warehouse, new.external_reference, lines
        ),
    )


def on_terms(book: PurchaseBook, supplier: str, wanted: Sequence[NewLine], *, round_up: bool) -> tuple[Line, ...] | Refusal:
    """The lines of an order at the supplier's prices; refused when it does not sell one of them, or not so many."""
    if supplier not in book.suppliers:
        return UnknownSupplier(supplier)
    not_sold = [line.sku for line in wanted if (supplier, line.sku) not in book.items]
    if not_sold:
        return NotSupplied(supplier, tuple(not_sold))
    lines, wrong = [], []
    for line in wanted:
        item, _ = book.items[supplier, line.sku]
        quantity = item.rounded_up(line.quantity) if round_up else line.quantity
        if not item.may_be_ordered(quantity):
            possible = item.rounded_up(quantity)
            wrong.append(WrongQuantity(line.sku, quantity, item.minimum_quantity, item.order_multiple, possible))
        lines.append(Line(line.sku, quantity, item.unit_price(quantity), line.due_on))
    return NotOrderable(tuple(wrong)) if wrong else tuple(lines)


def of_an_order(
    decide: Callable[[PurchaseBook, Document, Asked, int], Decision],
) -> Callable[[PurchaseBook, Asked, int], Decision]:
    """What is asked of an order finds it first: an unknown one is refused, and a repeat records nothing."""

    @wraps(decide)
    def found(book: PurchaseBook, c: Asked, now: int) -> Decision:
        document = book.documents.get(c.purchase_id)
        if document is None or document.kind != ORDER:
            return UnknownDocument("purchase order", c.purchase_id)
        known = known_on(document, c)
        return known if known is not None else decide(book, document, c, now)

    return found


def known_on(document: Document, c: ClientCommand) -> Decision | None:
    """A repeat records nothing; the same key with another body is refused."""
    done = document.ops.get(c.op_id)
    if done is None:
        return None
    return () if done == c.fingerprint else KeyReused(c.op_id)


def _as_it_is(c: commands.PlacePurchase | commands.HoldPurchase | commands.ResumePurchase, now: int) -> Decision:
    """Acknowledge what was so already. Of what nothing follows (closed, cancelled) nothing need be recorded."""
    return (events.NothingChanged(now, c.op_id, c.fingerprint, c.purchase_id),)


@of_an_order
def place(book: PurchaseBook, document: Document, c: commands.PlacePurchase, now: int) -> Decision:
    """Send a draft to the supplier, on the terms of today."""
    if document.placed_at and document.state not in FINISHED and not document.held:
        return _as_it_is(c, now)
    if document.state != "draft":
        return WrongPurchaseState(c.purchase_id, document.state, "be placed")
    wanted = [NewLine(line.sku, line.ordered, line.due_on) for line in document.lines.values() if line.ordered]
    lines = on_terms(book, document.supplier, wanted, round_up=False)
    if isinstance(lines, Refusal):
        return lines
    supplier, _ = book.suppliers[document.supplier]
    unknown = []
    for line in lines:
        if not line.due_on:
            days = lead_time_days(supplier, book.items[document.supplier, line.sku][0])
            if days is None:
                unknown.append(line.sku)
            else:
                line.due_on = due_on(supplier.calendar, day_of(now, book.zone), days)
    if unknown:
        return LeadTimeUnknown(document.supplier, tuple(unknown))
    for line in lines:
        line.edited = document.lines[line.sku].edited
    taken_off = [replace(line) for line in document.lines.values() if not line.ordered]
    return (events.PurchasePlaced(now, c.op_id, c.fingerprint, c.actor, c.purchase_id, (*lines, *taken_off)),)


@of_an_order
def hold(book: PurchaseBook, document: Document, c: commands.HoldPurchase, now: int) -> Decision:
    """Stop an order."""
    if document.held:
        return _as_it_is(c, now)
    if document.state in FINISHED:
        return WrongPurchaseState(c.purchase_id, document.state, "be held")
    return (events.PurchaseHeld(now, c.op_id, c.fingerprint, c.actor, c.purchase_id, c.reason),)


@of_an_order
def resume(book: PurchaseBook, document: Document, c: commands.ResumePurchase, now: int) -> Decision:
    """Let it go on."""
    if not document.held:
        over = document.state in FINISHED
        return WrongPurchaseState(c.purchase_id, document.state, "be resumed") if over else _as_it_is(c, now)
    return (events.PurchaseResumed(now, c.op_id, c.fingerprint, c.actor, c.purchase_id),)


@of_an_order
def close(book: PurchaseBook, document: Document, c: commands.ClosePurchase, now: int) -> Decision:
    """End an order of which something has arrived; the rest is given up. Closing twice is closing once."""
    if document.state == "closed":
        return ()
    if document.state not in ARRIVING or document.state == "placed":
        return WrongPurchaseState(c.purchase_id, document.state, "be closed")
    return (events.PurchaseClosed(now, c.op_id, c.fingerprint, c.actor, c.purchase_id, c.reason),)


@of_an_order
def cancel(book: PurchaseBook, document: Document, c: commands.CancelPurchase, now: int) -> Decision:
    """End an order of which nothing has arrived. Cancelling twice is cancelling once."""
    if document.state == "cancelled":
        return ()
    if document.state in FINISHED or any(line.received for line in document.lines.values()):
        return WrongPurchaseState(c.purchase_id, document.state, "be cancelled")
    return (events.PurchaseCancelled(now, c.op_id, c.fingerprint, c.actor, c.purchase_id, c.reason),)


@of_an_order
def _announce(book: PurchaseBook, document: Document, c: commands.Announce, now: int) -> Decision:
    if document.state not in ARRIVING:
        return WrongPurchaseState(c.purchase_id, document.state, "be announced")
    there = {line.sku for line in document.lines.values() if line.is_there}
    unknown = [line.sku for line in c.lines if line.sku not in there]
    if unknown:
        return NotOnPurchase(c.purchase_id, tuple(unknown))
    return (
        events.Announced(
            now, c.op_id, c.fingerprint, c.actor, c.asn_id, c.purchase_id, c.expected_on, c.lines, c.sscc, c.external_reference
        ),
    )


def announce(book: PurchaseBook, c: commands.Announce, now: int) -> Decision:
    """Note what will arrive; the same notice again is a repeat."""
    notice = book.notice(c.asn_id)
    if notice is not None:
        return () if notice.fingerprint == c.fingerprint else KeyReused(c.asn_id)
    return _announce(book, c, now)
