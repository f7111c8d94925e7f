"""What becomes of purchase orders between a draft and their end, goods apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from actors.kernel.messages import ClientCommand, Event, KeyReused, Refusal
from actors.procurement import commands, events
from actors.procurement.calendar import day_of, due_on
from actors.procurement.documents import ARRIVING, FINISHED, ORDER, Document, NewLine
from actors.procurement.minimums import below_minimum
from actors.procurement.refusals import LeadTimeUnknown, UnknownDocument, WrongPurchaseState
from actors.procurement.terms import on_terms, overdue

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
    if late := overdue(book, new.lines, now):
        return late
    lines = on_terms(book, new.supplier, new.lines, round_up=new.round_up)
    if isinstance(lines, Refusal):
        return lines
    return (
        events.PurchaseCreated(
            now, c.op_id, c.fingerprint, c.actor, c.purchase_id, new.supplier, new.warehouse, new.external_reference, lines
        ),
    )


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
    if late := overdue(book, wanted, now):
        return late
    lines = on_terms(book, document.supplier, wanted, round_up=False)
    if isinstance(lines, Refusal):
        return lines
    supplier, _ = book.suppliers[document.supplier]
    too_little = below_minimum(document.key, supplier.id, lines, supplier.minimum_order)
    if too_little and supplier.strict_minimums and not too_little.unpriced:
        return too_little
    unknown = [line.sku for line in lines if not line.due_on and line.lead_time_days is None]
    if unknown:
        return LeadTimeUnknown(document.supplier, tuple(unknown))
    for line in lines:
        line.edited = document.lines[line.sku].edited
        if not line.due_on and line.lead_time_days is not None:
            line.due_on = due_on(supplier.calendar, day_of(now, book.zone), line.lead_time_days)
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
