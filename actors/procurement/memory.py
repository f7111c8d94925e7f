"""What procurement keeps in memory, where it is found, and what of it has changed since it was written."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from actors.kernel.forgotten import Forgotten
from actors.kernel.op_memory import OpMemory
from actors.procurement.arrivals import Booking, Notice, Receipt
from actors.procurement.demand_events import DemandEvent
from actors.procurement.documents import Document
from actors.procurement.incoming import Incoming, incoming_of
from actors.procurement.lead_times import LeadTimes
from actors.procurement.policies import ReorderPolicy
from actors.procurement.suggestions import Suggestion
from actors.procurement.suppliers import Supplier, SupplierItem
from actors.procurement.tasks import PutawayRule, Task


class PurchaseMemory:
    """Reference data with versions, documents, suggestions; found by all that belongs to them."""

    def __init__(self) -> None:
        self.suppliers: dict[str, tuple[Supplier, int]] = {}
        self.supplier_times: dict[str, LeadTimes] = {}
        self.items: dict[tuple[str, str], tuple[SupplierItem, int]] = {}
        self.item_times: dict[tuple[str, str], LeadTimes] = {}
        self.rules: dict[str, tuple[PutawayRule, int]] = {}
        self.documents: dict[str, Document] = {}
        self.finished: OrderedDict[str, None] = OrderedDict()
        self.notice_of: dict[str, str] = {}
        """Documents of ASNs, and below of tasks, by their ids."""
        self.task_of: dict[str, str] = {}
        self.open_of: dict[str, dict[str, None]] = {}
        """Documents that are not over, by the SKUs on their lines."""
        self.pending: dict[str, dict[str, Task]] = {}
        """Tasks that are not over, by SKU."""
        self.policies: dict[tuple[str, str], tuple[ReorderPolicy, int]] = {}
        """Reorder policies by SKU and warehouse."""
        self.demand_events: dict[str, tuple[DemandEvent, int]] = {}
        self.suggestions: dict[tuple[str, str], Suggestion] = {}
        """The latest suggestion by SKU and warehouse."""
        self.suggestion_of: dict[str, tuple[str, str]] = {}
        self.baskets: dict[tuple[str, str], str] = {}
        """Drafts that approved suggestions gather in, by supplier and warehouse."""
        self.runs: dict[str, None] = {}
        """Runs of planning, the newest last."""
        self.decisions = 0
        """How many suggestions were decided on."""
        self.ops = OpMemory()
        self.forget_changes()

    # ── finding ─────────────────────────────────────────────────────────────────────────────────────────────────────
    def notice(self, asn_id: str) -> Notice | None:
        """An ASN."""
        key = self.notice_of.get(asn_id)
        return self.documents[key].notices[asn_id] if key is not None else None

    def find_task(self, task_id: str) -> tuple[Document, Task] | None:
        """A putaway task and its document."""
        key = self.task_of.get(task_id)
        return (self.documents[key], self.documents[key].tasks[task_id]) if key is not None else None

    def find_suggestion(self, suggestion_id: str) -> Suggestion | None:
        """A suggestion whose place no other has taken."""
        key = self.suggestion_of.get(suggestion_id)
        return self.suggestions[key] if key is not None else None

    def open_documents(self, sku: str) -> Iterator[Document]:
        """Documents that have the SKU and are not over."""
        for key in self.open_of.get(sku, ()):
            yield self.documents[key]

    def pending_tasks(self, sku: str, warehouse: str) -> list[Task]:
        """Units of a SKU that are on their way to a place in a warehouse."""
        return [task for task in self.pending.get(sku, {}).values() if task.warehouse == warehouse]

    def incoming(self, sku: str) -> Incoming:
        """What is still to come of a SKU."""
        return incoming_of(sku, self.open_documents(sku), self.pending.get(sku, {}).values())

    # ── taking in ───────────────────────────────────────────────────────────────────────────────────────────────────
    def take_in(self, document: Document) -> None:
        """Put a document into memory, where it is found by all that belongs to it."""
        self.documents[document.key] = document
        self.notice_of.update(dict.fromkeys(document.notices, document.key))
        for task in document.tasks.values():
            self.take_in_task(document, task)
        if document.is_over:
            self.finished[document.key] = None
            return
        if document.gathers:
            self.baskets[document.supplier, document.warehouse] = document.key
        for sku in document.lines:
            self.open_of.setdefault(sku, {})[document.key] = None

    def take_in_suggestion(self, suggestion: Suggestion) -> None:
        """Put a suggestion into memory."""
        self.suggestions[suggestion.key] = suggestion
        self.suggestion_of[suggestion.id] = suggestion.key

    def take_in_task(self, document: Document, task: Task) -> None:
        """The same for a task, and for the units that it is to carry."""
        self.task_of[task.task_id] = document.key
        if task.state == "pending":
            self.pending.setdefault(task.sku, {})[task.task_id] = task

    def task_is_over(self, task: Task) -> None:
        """Nothing of it is on its way any more."""
        there = self.pending[task.sku]
        del there[task.task_id]
        if not there:
            del self.pending[task.sku]

    def no_longer_open(self, document: Document) -> None:
        """It is over: nothing of its SKUs is to come of it."""
        for sku in document.lines:
            there = self.open_of.get(sku)
            if there is not None:
                there.pop(document.key, None)
                if not there:
                    del self.open_of[sku]

    # ── what has left memory, and what changed ──────────────────────────────────────────────────────────────────────
    @property
    def forgotten(self) -> Forgotten:
        """Op ids of reference data; documents, ASNs (`asn …`) and tasks (`task …`)."""
        return self.ops.forgotten

    def forget_changes(self) -> None:
        """What changed so far is written."""
        self.changed: dict[str, Document] = {}
        self.changed_skus: set[str] = set()
        self.changed_suppliers: set[str] = set()
        self.changed_items: set[tuple[str, str]] = set()
        self.changed_rules: set[str] = set()
        self.changed_policies: set[tuple[str, str]] = set()
        self.changed_demand_events: set[str] = set()
        self.changed_suggestions: dict[str, Suggestion] = {}
        self.changed_notices: dict[str, tuple[Document, Notice]] = {}
        self.changed_tasks: dict[str, tuple[Document, Task]] = {}
        self.changed_bookings: dict[tuple[str, str, int], tuple[Document, Receipt, Booking]] = {}
