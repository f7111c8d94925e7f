"""What procurement answers: a document as it stands, reference data, what is still to come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actors.kernel.doubtful import not_in_rows_yet
from actors.kernel.messages import Command, Message, Query
from actors.procurement import basket, commands, queries
from actors.procurement.documents import Document, DocumentRecord, copied
from actors.procurement.lead_times import LeadTimes
from actors.procurement.receiving import key_of_receipt
from actors.procurement.refusals import UnknownDocument, UnknownSupplier
from actors.procurement.replies import (
    Baskets,
    DemandEventView,
    PutawayRules,
    Recorded,
    ReorderPolicyView,
    SuggestionView,
    SupplierItemView,
    SupplierView,
)

if TYPE_CHECKING:
    from actors.procurement.book import PurchaseBook


def subject(book: PurchaseBook, command: Command) -> str:
    """The document whose goods an answer waits for."""
    match command:
        case commands.Receive():
            return key_of_receipt(book, command) or ""
        case commands.ConfirmTask():
            return book.task_of[command.task_id]
        case _:
            return command.op_id


def answer(book: PurchaseBook, command: Command) -> Message | None:
    """What a carried-out command has come to; None while stock has not answered."""
    match command:
        case commands.PutSupplier():
            return book.ops.get(command.op_id) or supplier_view(book, command.supplier.id)
        case commands.PutSupplierItem():
            return book.ops.get(command.op_id) or item_view(book, command.item.supplier, command.item.sku)
        case commands.PutPutawayRule():
            return book.ops.get(command.op_id) or rules(book)
        case commands.PutReorderPolicy():
            return book.ops.get(command.op_id) or policy_view(book, command.policy.sku, command.policy.warehouse)
        case commands.PutDemandEvent():
            return book.ops.get(command.op_id) or demand_event_view(book, command.event.id)
        case commands.PutSuggestions():
            return book.ops.get(command.op_id)
        case commands.ApproveSuggestion() | commands.OverrideSuggestion() | commands.RejectSuggestion():
            return book.ops.get(command.op_id) or _suggestion(book, command.suggestion_id)
        case commands.Receive():
            document = book.documents[key_of_receipt(book, command) or ""]
            return None if document.receipts[command.receipt_id].under_way else _record(document)
        case commands.ConfirmTask():
            document = book.documents[book.task_of[command.task_id]]
            confirms = document.tasks[command.task_id].confirms
            done = next((one for one in confirms if one.op_id == command.op_id), None)
            return None if done is not None and done.moved is None else _record(document)
        case commands.CreateTask() | commands.CancelTask():
            return _record(book.documents[book.task_of[command.task_id]])
        case commands.RecordBooked() | commands.RecordPutAway() | commands.RecallDocument():
            return Recorded()
        case _:
            return _record(book.documents[command.purchase_id])  # type: ignore[attr-defined]  # all others are about one


def _record(document: Document) -> DocumentRecord:
    return DocumentRecord(copied(document))


def read(book: PurchaseBook, query: Query) -> Message:
    """Answer a query; what does not exist is a refusal."""
    match query:
        case queries.ReadDocument():
            return _found(book, query.key, query.key, "purchase order" if " " not in query.key else "receipt")
        case queries.ReadNotice():
            return _found(book, f"asn {query.asn_id}", book.notice_of.get(query.asn_id), "ASN")
        case queries.ReadTask():
            return _found(book, f"task {query.task_id}", book.task_of.get(query.task_id), "putaway task")
        case queries.ReadSupplier():
            known = query.supplier in book.suppliers
            return supplier_view(book, query.supplier) if known else UnknownSupplier(query.supplier)
        case queries.ReadSupplierItem():
            if (query.supplier, query.sku) not in book.items:
                return UnknownDocument("supplier item", f"{query.supplier} {query.sku}")
            return item_view(book, query.supplier, query.sku)
        case queries.ReadPutawayRules():
            return rules(book)
        case queries.ReadReorderPolicy():
            return policy_view(book, query.sku, query.warehouse)
        case queries.ReadDemandEvent():
            return demand_event_view(book, query.id)
        case queries.ReadSuggestion():
            return _suggestion(book, query.suggestion_id)
        case queries.ReadBaskets():
            return Baskets(basket.in_figures(book))
        case queries.ReadIncoming():
            return book.incoming(query.sku)
        case _:
            raise AssertionError(f"not a query of procurement: {query!r}")


def _found(book: PurchaseBook, name: str, key: str | None, what: str) -> Message:
    document = book.documents.get(key) if key is not None else None
    if document is not None:
        return _record(document)
    return not_in_rows_yet(name) if name in book.forgotten.lately else UnknownDocument(what, name.rpartition(" ")[2])


def supplier_view(book: PurchaseBook, supplier: str) -> SupplierView:
    """A supplier with its version."""
    return SupplierView(*book.suppliers[supplier], book.supplier_times.get(supplier, LeadTimes()))


def item_view(book: PurchaseBook, supplier: str, sku: str) -> SupplierItemView:
    """What a supplier sells of a SKU, with its version."""
    return SupplierItemView(*book.items[supplier, sku], book.item_times.get((supplier, sku), LeadTimes()))


def policy_view(book: PurchaseBook, sku: str, warehouse: str) -> ReorderPolicyView:
    """How a SKU is to be replenished, with its version."""
    return ReorderPolicyView(*book.policies.get((sku, warehouse), (None, 0)))


def demand_event_view(book: PurchaseBook, id: str) -> DemandEventView:
    """An event that moves demand, with its version."""
    return DemandEventView(*book.demand_events.get(id, (None, 0)))


def _suggestion(book: PurchaseBook, suggestion_id: str) -> Message:
    found = book.find_suggestion(suggestion_id)
    return SuggestionView(found) if found is not None else UnknownDocument("replenishment suggestion", suggestion_id)


def rules(book: PurchaseBook) -> PutawayRules:
    """Every rule, in the order of their ids."""
    return PutawayRules(tuple([book.rules[rule] for rule in sorted(book.rules)]))
