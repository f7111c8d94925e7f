"""Procurement as records, and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from actors.kernel.forgotten import ForgottenKeys
from actors.kernel.messages import Message
from actors.procurement.documents import DocumentRecord, copied
from actors.procurement.lead_times import LeadTimes
from actors.procurement.records import (
    DemandEventRecord,
    ForgottenDocuments,
    OpRecord,
    PutawayRuleRecord,
    ReorderPolicyRecord,
    RunsRecord,
    SuggestionRecord,
    SupplierItemRecord,
    SupplierRecord,
)

if TYPE_CHECKING:
    from actors.procurement.book import PurchaseBook


def records_of(book: PurchaseBook) -> Iterable[Message]:
    """Reference data, then documents that are over, then the others, then the memory of op ids."""
    for supplier, version in book.suppliers.values():
        yield SupplierRecord(supplier, version, book.supplier_times.get(supplier.id, LeadTimes()))
    for item, version in book.items.values():
        yield SupplierItemRecord(item, version, book.item_times.get((item.supplier, item.sku), LeadTimes()))
    for rule, version in book.rules.values():
        yield PutawayRuleRecord(rule, version)
    for policy, version in book.policies.values():
        yield ReorderPolicyRecord(policy, version)
    for event, version in book.demand_events.values():
        yield DemandEventRecord(event, version)
    for suggestion in book.suggestions.values():
        yield SuggestionRecord(suggestion)
    yield RunsRecord(tuple(book.runs), book.decisions)
    still_open = [key for key in book.documents if key not in book.finished]
    for key in (*book.finished, *still_open):
        yield DocumentRecord(copied(book.documents[key]))
    for op_id, done in book.ops.items():
        yield OpRecord(op_id, done)  # type: ignore[arg-type]  # only such events are remembered
    yield from book.forgotten.records()
    yield ForgottenDocuments(len(book.forgotten))


def restore(book: PurchaseBook, record: Message) -> None:
    """Take one record of a snapshot."""
    match record:
        case SupplierRecord():
            book.suppliers[record.supplier.id] = (record.supplier, record.version)
            if record.lead_times != LeadTimes():
                book.supplier_times[record.supplier.id] = record.lead_times
        case SupplierItemRecord():
            key = record.item.supplier, record.item.sku
            book.items[key] = (record.item, record.version)
            if record.lead_times != LeadTimes():
                book.item_times[key] = record.lead_times
        case PutawayRuleRecord():
            book.rules[record.rule.id] = (record.rule, record.version)
        case ReorderPolicyRecord():
            book.policies[record.policy.sku, record.policy.warehouse] = (record.policy, record.version)
        case DemandEventRecord():
            book.demand_events[record.event.id] = (record.event, record.version)
        case SuggestionRecord():
            book.take_in_suggestion(record.suggestion)
        case RunsRecord():
            book.runs, book.decisions = dict.fromkeys(record.runs), record.decisions
        case DocumentRecord():
            book.take_in(copied(record.document))
        case OpRecord():
            book.ops.remember(record.op_id, record.event)
        case ForgottenKeys():
            book.forgotten.restore(record)
        case ForgottenDocuments():
            book.forgotten.restored(record.keys)
        case _:
            raise AssertionError(f"not a record of procurement: {record!r}")
