"""What the events of procurement change: one function per event. None refuses anything, none reads a clock.

What an event brings is copied before it becomes part of the state: the event itself is recorded later, as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from actors.procurement import basket, events, evolution_of_goods, suggested
from actors.procurement.arrivals import Notice
from actors.procurement.documents import ORDER, Document, copied
from actors.procurement.minimums import ask_minimum_order

if TYPE_CHECKING:
    from actors.procurement.book import PurchaseBook

EDITS_TOLD: Final = 20
"""Changes of one edit that the timeline names."""


# ── reference data ──────────────────────────────────────────────────────────────────────────────────────────────────
def _supplier_put(book: PurchaseBook, e: events.SupplierPut) -> None:
    book.suppliers[e.supplier.id] = (e.supplier, e.version)
    book.changed_suppliers.add(e.supplier.id)
    book.ops.remember(e.op_id, e)


def _item_put(book: PurchaseBook, e: events.SupplierItemPut) -> None:
    key = e.item.supplier, e.item.sku
    book.items[key] = (e.item, e.version)
    book.changed_items.add(key)
    book.ops.remember(e.op_id, e)


def _rule_put(book: PurchaseBook, e: events.PutawayRulePut) -> None:
    book.rules[e.rule.id] = (e.rule, e.version)
    book.changed_rules.add(e.rule.id)
    book.ops.remember(e.op_id, e)


def _demand_event_put(book: PurchaseBook, e: events.DemandEventPut) -> None:
    book.demand_events[e.event.id] = (e.event, e.version)
    book.changed_demand_events.add(e.event.id)
    book.ops.remember(e.op_id, e)


# ── purchase orders ─────────────────────────────────────────────────────────────────────────────────────────────────
def _created(book: PurchaseBook, e: events.PurchaseCreated) -> Document:
    document = Document(
        e.purchase_id, ORDER, e.warehouse, e.at, e.op_id, e.fingerprint, "draft", e.supplier, e.external_reference
    )
    document.lines = {line.sku: replace(line) for line in e.lines}
    ask_minimum_order(book, document)
    document.note(e.at, "created", e.actor)
    book.take_in(document)
    return _all_of_it(book, document)


def _edited(book: PurchaseBook, e: events.PurchaseEdited) -> Document:
    document = _carried_out(book, e)
    told = []
    for line in e.lines:
        before = document.lines.get(line.sku)
        told.append(f"{line.sku} {before.ordered if before is not None else 0} → {line.ordered}")
        document.lines[line.sku] = replace(line)
    ask_minimum_order(book, document)
    more = len(told) - EDITS_TOLD
    document.note(e.at, "edited", e.actor, ", ".join(told[:EDITS_TOLD]) + (f" and {more} more" if more > 0 else ""))
    book.take_in(document)  # where it is found by the SKUs that are new on it
    return _all_of_it(book, document)


def _placed(book: PurchaseBook, e: events.PurchasePlaced) -> Document:
    document = _carried_out(book, e)
    document.lines = {line.sku: replace(line) for line in e.lines}
    document.placed_at, document.state = e.at, "placed"
    ask_minimum_order(book, document)
    basket.leave(book, document)
    document.note(e.at, "placed", e.actor)
    return _all_of_it(book, document)


def _held(book: PurchaseBook, e: events.PurchaseHeld) -> Document:
    document = _carried_out(book, e)
    document.held, document.state = True, "on_hold"
    basket.leave(book, document)
    document.note(e.at, "on_hold", e.actor, e.reason)
    return _all_of_it(book, document)


def _resumed(book: PurchaseBook, e: events.PurchaseResumed) -> Document:
    document = _carried_out(book, e)
    document.held, document.state = False, document.resting_state()
    document.note(e.at, "resumed", e.actor)
    return _all_of_it(book, document)


def _closed(book: PurchaseBook, e: events.PurchaseClosed) -> Document:
    document = _carried_out(book, e)
    document.state = "closed"
    short = sum(line.open for line in document.lines.values())
    document.note(e.at, "closed", e.actor, ", ".join(filter(None, (e.reason, f"{short} units short" if short else ""))))
    return _all_of_it(book, document)


def _cancelled(book: PurchaseBook, e: events.PurchaseCancelled) -> Document:
    document = _carried_out(book, e)
    document.held, document.state = False, "cancelled"
    basket.leave(book, document)
    document.note(e.at, "cancelled", e.actor, e.reason)
    return _all_of_it(book, document)


def _nothing_changed(book: PurchaseBook, e: events.NothingChanged) -> Document:
    return _carried_out(book, e)


def _announced(book: PurchaseBook, e: events.Announced) -> Document:
    document = _carried_out(book, e)
    notice = Notice(e.asn_id, e.op_id, e.fingerprint, e.at, e.expected_on, e.lines, e.sscc, e.external_reference)
    document.notices[e.asn_id] = notice
    book.notice_of[e.asn_id] = document.key
    book.changed_notices[e.asn_id] = (document, notice)
    document.note(e.at, "announced", e.actor, e.asn_id)
    return _all_of_it(book, document)


def _all_of_it(book: PurchaseBook, document: Document) -> Document:
    """What is to come changes for every SKU of it."""
    book.changed_skus.update(document.lines)
    return document


def _recalled(book: PurchaseBook, e: events.DocumentRecalled) -> Document:
    document = copied(e.document)
    book.take_in(document)
    return document


def _carried_out(book: PurchaseBook, e: Any) -> Document:
    """Remember the command on its order."""
    document = book.documents[e.purchase_id]
    document.ops[e.op_id] = e.fingerprint
    return document


APPLY: Final[dict[type, Callable[[PurchaseBook, Any], Document | None]]] = {
    events.SupplierPut: _supplier_put,
    events.SupplierItemPut: _item_put,
    events.PutawayRulePut: _rule_put,
    events.DemandEventPut: _demand_event_put,
    events.PurchaseCreated: _created,
    events.PurchaseEdited: _edited,
    events.PurchasePlaced: _placed,
    events.PurchaseHeld: _held,
    events.PurchaseResumed: _resumed,
    events.PurchaseClosed: _closed,
    events.PurchaseCancelled: _cancelled,
    events.NothingChanged: _nothing_changed,
    events.Announced: _announced,
    events.DocumentRecalled: _recalled,
    **evolution_of_goods.APPLY,
    **suggested.APPLY,
}
