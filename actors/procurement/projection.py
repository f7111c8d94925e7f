"""From procurement to its rows."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from sqlalchemy import Table

from actors.procurement import planning_tables, tables
from actors.procurement.book import PurchaseBook
from actors.procurement.documents import Document
from actors.procurement.events import Received, SuggestionDecided, SuggestionsPut
from actors.procurement.incoming import expected_of, is_on_order
from actors.procurement.lead_times import LeadTimes
from actors.procurement.steps import booking_op
from actors.procurement.suggestions import Suggestion, suggestion_id

Row = tuple[Any, ...]
_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Document).decode


def _text(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def changed_rows(book: PurchaseBook, events: list[Any]) -> tuple[dict[Table, list[Row]], dict[Table, list[Row]]]:
    """The rows to replace after `events` were applied to `book`; each has a key of its own, so none is added."""
    documents = list(book.changed.values())
    replace: dict[Table, list[Row]] = {
        tables.suppliers: [_supplier(book, supplier) for supplier in sorted(book.changed_suppliers)],
        tables.supplier_items: [_item(book, key) for key in sorted(book.changed_items) if key in book.items],
        tables.putaway_rules: [_rule(book, rule) for rule in sorted(book.changed_rules)],
        planning_tables.reorder_policies: [_policy(book, key) for key in sorted(book.changed_policies)],
        planning_tables.demand_events: [_demand_event(book, id) for id in sorted(book.changed_demand_events)],
        planning_tables.replenishment_suggestions: [_suggestion(one) for one in book.changed_suggestions.values()],
        planning_tables.replenishment_explanations: [
            row for e in events if type(e) is SuggestionsPut for row in _explanations(e)
        ],
        planning_tables.replenishment_runs: list({e.run_id: _run(e) for e in events if type(e) is SuggestionsPut}.values()),
        planning_tables.replenishment_decisions: [_decision(e.suggestion) for e in events if type(e) is SuggestionDecided],
        tables.purchase_orders: [_document(document) for document in documents],
        tables.purchase_order_lines: [row for document in documents if document.supplier for row in _lines(document)],
        tables.receipt_lines: _bookings(book),
        tables.asns: [
            (n.asn_id, document.key, n.state, n.expected_on, n.sscc, n.external_reference, n.announced_at)
            for document, n in book.changed_notices.values()
        ],
        tables.asn_lines: [row for document in documents for row in _announced(document)],
        tables.putaway_tasks: _tasks(book),
        tables.lead_times: [row for event in events if type(event) is Received for row in _lead_times(event)],
    }
    return replace, {}


def _supplier(book: PurchaseBook, supplier: str) -> Row:
    s, version = book.suppliers[supplier]
    times = book.supplier_times.get(supplier, LeadTimes())
    return (
        s.id, s.name, s.lead_time_days, s.over_receipt_percent, _text(msgspec.structs.asdict(s.calendar)), s.currency,
        version, _text(times), s.minimum_order, s.order_cost, int(s.strict_minimums),
    )  # fmt: skip


def _item(book: PurchaseBook, key: tuple[str, str]) -> Row:
    i, version = book.items[key]
    times = book.item_times.get(key, LeadTimes())
    return (
        i.supplier, i.sku, i.lead_time_days, i.minimum_quantity, i.order_multiple, _text(i.price_breaks), i.supplier_sku,
        i.over_receipt_percent, version, _text(times), i.line_cost,
    )  # fmt: skip


def _rule(book: PurchaseBook, rule: str) -> Row:
    r, version = book.rules[rule]
    return (
        r.id, r.warehouse, r.location, r.sequence, r.sku, r.category, r.largest_volume_ml, r.capacity, int(r.same_item),
        int(r.cross_dock), version,
    )  # fmt: skip


def _policy(book: PurchaseBook, key: tuple[str, str]) -> Row:
    p, version = book.policies[key]
    return (
        p.sku, p.warehouse, p.target, p.review_days, p.supplier, p.minimum, p.maximum, p.shelf_life_days, version
    )  # fmt: skip


def _demand_event(book: PurchaseBook, id: str) -> Row:
    e, version = book.demand_events[id]
    return (
        e.id, e.kind, e.start, e.end, e.depth, _text(e.skus), int(e.day_off), e.known_from, int(e.cancelled), version
    )  # fmt: skip


def _suggestion(s: Suggestion) -> Row:
    warnings = f",{','.join(s.warnings)}," if s.warnings else ""
    return (
        s.id, s.run_id, s.sku, s.warehouse, s.supplier, s.state, s.quantity, s.unit_price, s.target, s.grade,
        s.severity, s.money_at_risk, warnings, s.made_at, s.expires_on, s.decided, s.decided_at, s.actor, s.reason,
        s.until, s.purchase_id, s.order_by, s.expected_on,
    )  # fmt: skip


def _explanations(e: SuggestionsPut) -> list[Row]:
    return [(suggestion_id(e.run_id, new.sku, new.warehouse), _text(new.explanation)) for new in e.opened]


def _run(e: SuggestionsPut) -> Row:
    made = e.made_with
    if made is None:
        return (e.run_id, e.at, None, None, None, None)
    return (e.run_id, e.at, made.review_days, made.holding, made.early_days, int(made.lost_sales))


def _decision(s: Suggestion) -> Row:
    return (
        s.number, s.id, s.run_id, s.sku, s.warehouse, s.supplier, s.made_at, s.decided_at, s.actor, s.state, s.quantity,
        s.decided, s.reason, s.until, s.purchase_id,
    )  # fmt: skip


def _document(d: Document) -> Row:
    return (
        d.key, d.kind, d.supplier, d.warehouse, d.state, d.external_reference, d.created_at, d.placed_at, d.changed_at,
        _encode(d),
    )  # fmt: skip


def _lines(d: Document) -> list[Row]:
    on_order = is_on_order(d)
    return [
        (
            d.key, line.sku, d.supplier, d.warehouse, d.state, line.ordered, line.received, line.damaged,
            line.open if on_order else 0, line.due_on, d.placed_at, line.unit_price, line.edited, line.lead_time_days,
        )
        for line in d.lines.values()
    ]  # fmt: skip


def _announced(d: Document) -> list[Row]:
    expected = {(one.asn_id, sku): one.quantity for sku, line in d.lines.items() for one in expected_of(d, line)}
    return [
        (n.asn_id, sku, d.key, d.warehouse, n.expected_on, units, expected.get((n.asn_id, sku), 0))
        for n in d.notices.values()
        for sku, units in n.announced.items()
    ]  # fmt: skip


def _bookings(book: PurchaseBook) -> list[Row]:
    return [
        (
            document.key, receipt.receipt_id, b.number, booking_op(document, receipt, b), receipt.asn_id, b.sku,
            document.warehouse, b.location, b.lot, b.expires_on, b.quantity, int(b.damaged), int(b.booked), receipt.at,
            receipt.actor,
        )
        for document, receipt, b in book.changed_bookings.values()
    ]  # fmt: skip


def _tasks(book: PurchaseBook) -> list[Row]:
    return [
        (
            t.task_id, document.key, t.state, t.sku, t.warehouse, t.lot, t.quantity, t.done, t.from_location,
            t.to_location, t.rule, int(t.cross_dock), t.created_at, t.changed_at,
        )
        for document, t in book.changed_tasks.values()
    ]  # fmt: skip


def _lead_times(e: Received) -> list[Row]:
    return [
        (
            e.key,
            e.receipt_id,
            seen.sku,
            e.supplier,
            e.warehouse,
            e.placed_at,
            e.at,
            seen.quantity,
            int(seen.first),
            int(seen.complete),
        )
        for seen in e.lead_times
    ]


def decode_document(data: bytes) -> Document:
    """A document as it was stored."""
    return _decode(data)
