"""What a supplier announces of an order. What can be meant is noted: a notice that comes late has a day that is over since, and
one that takes the place of another announces the same goods again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from actors.kernel.messages import Event, KeyReused, Refusal
from actors.procurement import commands, events
from actors.procurement.arrivals import units_by_sku
from actors.procurement.buying import of_an_order
from actors.procurement.calendar import day_of
from actors.procurement.documents import ARRIVING, Document
from actors.procurement.receiving import too_many_of
from actors.procurement.refusals import ExpectedTooEarly, NotOnPurchase, OverAnnounced, WrongPurchaseState

if TYPE_CHECKING:
    from actors.procurement.book import PurchaseBook

Decision = Sequence[Event] | Refusal


@of_an_order
def _announce(book: PurchaseBook, document: Document, c: commands.Announce, now: int) -> Decision:
    if document.state not in ARRIVING:
        return WrongPurchaseState(c.purchase_id, document.state, "be announced")
    there = {line.sku for line in document.lines.values() if line.is_there}
    unknown = [line.sku for line in c.lines if line.sku not in there]
    if unknown:
        return NotOnPurchase(c.purchase_id, tuple(unknown))
    placed_on = day_of(document.placed_at, book.zone)
    if c.expected_on < placed_on:  # a day that is over since is what a notice has that comes late
        return ExpectedTooEarly(c.purchase_id, c.expected_on, placed_on)
    if too_many := too_many_of(book, document, units_by_sku((line.sku, line.quantity) for line in c.lines)):
        return OverAnnounced(c.purchase_id, too_many)
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
