"""The owner of procurement: suppliers, purchase orders, and goods from the dock to their place.

`decisions.py` says what it decides, `evolution.py` what events change, `steps.py` what it asks of inventory owners.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, tzinfo
from typing import Any

import msgspec

from actors.kernel.doubtful import not_in_rows_yet
from actors.kernel.forgotten import Forgotten
from actors.kernel.machine import Answer, Numbered, Outgoing, Rush
from actors.kernel.messages import ClientCommand, Command, Event, Message, OwnerName, Query, Refusal
from actors.kernel.op_memory import OpMemory
from actors.kernel.routing import InventoryShards
from actors.procurement import commands, decisions, evolution, forgetting, reconciliation, snapshot, steps, views
from actors.procurement.arrivals import Booking, Notice, Receipt
from actors.procurement.demand_events import DemandEvent
from actors.procurement.documents import Document, blind
from actors.procurement.events import Booked, ProcurementEvent
from actors.procurement.incoming import Incoming, incoming_of
from actors.procurement.lead_times import LeadTimes
from actors.procurement.policies import ReorderPolicy
from actors.procurement.queries import ProcurementQuery
from actors.procurement.records import ProcurementRecord
from actors.procurement.replies import ProcurementReply
from actors.procurement.suggestions import Suggestion
from actors.procurement.suppliers import Supplier, SupplierItem
from actors.procurement.tasks import PutawayRule, Task

_encode = msgspec.msgpack.Encoder().encode


class PurchaseBook:
    """Owns all of procurement. Invariant: units received of an order are units of its bookings, each booked once."""

    command_types: Any = commands.ProcurementCommand | ProcurementQuery
    reply_types: Any = ProcurementReply
    event_types: Any = ProcurementEvent
    record_types: Any = ProcurementRecord

    def __init__(self, name: OwnerName, inventory: InventoryShards, zone: tzinfo = UTC) -> None:
        self.name = name
        self.inventory = inventory
        self.zone = zone
        """Of the site: orders are placed, and suggestions expire, by its days."""
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

    def begin(self, epoch: int) -> None:
        """Procurement has nothing to ask of others before it serves."""

    # ── deciding ────────────────────────────────────────────────────────────────────────────────────────────────────
    def decide(self, command: Command, now: int) -> Sequence[Event] | Refusal:
        """Answer a command and change nothing."""
        if self.forgotten.lately and isinstance(command, ClientCommand):
            for key in forgetting.unknown_keys(self, command):
                if key in self.forgotten.lately:
                    return not_in_rows_yet(key)
        return decisions.DECIDE[type(command)](self, command, now)

    def due(self, now: int) -> Sequence[Command]:
        """Procurement has no timers."""
        return ()

    # ── finding ─────────────────────────────────────────────────────────────────────────────────────────────────────
    def key_of_receipt(self, c: commands.Receive) -> str | None:
        """The document that goods belong to; None for an ASN that nobody knows."""
        if c.purchase_id:
            return c.purchase_id
        return self.notice_of.get(c.asn_id) if c.asn_id else blind(c.receipt_id)

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

    # ── applying ────────────────────────────────────────────────────────────────────────────────────────────────────
    def apply(self, event: Event) -> str | None:
        """Make an event true; gives the document it is about."""
        document = evolution.APPLY[type(event)](self, event)
        if document is None:
            return None
        self.changed[document.key] = document
        if document.is_over:
            forgetting.no_longer_in_use(self, document)
        if isinstance(event, Booked) and document.receipts[event.receipt_id].under_way:
            return None  # nothing more is to be sent, and nobody is answered before all of it is booked
        return document.key

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

    def ask_minimum_order(self, document: Document) -> None:
        """What its supplier asks of an order now is asked of this one."""
        supplier, _ = self.suppliers[document.supplier]
        document.minimum_order = supplier.minimum_order

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

    # ── answering ───────────────────────────────────────────────────────────────────────────────────────────────────
    def subject(self, command: Command) -> str:
        """Answers wait for their document."""
        return views.subject(self, command)

    def answer(self, command: Command) -> Message | None:
        """What a command has come to, once stock has answered all that it asks of it."""
        return views.answer(self, command)

    def vouched(self, subject: str) -> bool:
        """What arrived is on record here only."""
        return False

    def read(self, query: Query, now: int) -> Message:
        """Answer a query."""
        return views.read(self, query)

    # ── many at once ────────────────────────────────────────────────────────────────────────────────────────────────
    def rush(self, messages: Sequence[Numbered], at: int, now: int) -> Rush | None:
        """Nobody buys in a rush."""
        return None

    def rush_heard(self, answers: Sequence[Answer], at: int, now: int) -> Rush | None:
        """Nor are there many answers."""
        return None

    # ── what has left memory ────────────────────────────────────────────────────────────────────────────────────────
    @property
    def forgotten(self) -> Forgotten:
        """Op ids of reference data; documents, ASNs (`asn …`) and tasks (`task …`)."""
        return self.ops.forgotten

    def recall_key(self, command: Command) -> str | None:
        """What a client speaks of that is not in memory, and may have been."""
        if not isinstance(command, ClientCommand):
            return None
        return next((key for key in forgetting.unknown_keys(self, command) if key in self.forgotten), None)

    # ── driving goods ───────────────────────────────────────────────────────────────────────────────────────────────
    def outgoing(self, subject: str) -> Sequence[Outgoing]:
        """Steps still to be sent for a document."""
        document = self.documents.get(subject)
        return list(steps.outgoing(document, self.inventory.owner_of)) if document is not None else ()

    def unfinished(self) -> Iterable[str]:
        """Documents that have something to be sent."""
        return [key for key, document in self.documents.items() if any(steps.outgoing(document, self.inventory.owner_of))]

    def hear(self, sent: Outgoing, reply: Message, *, certain: bool) -> Command | None:
        """Record what an inventory owner has done."""
        return steps.heard(sent.command.op_id, reply)

    def stuck(self, sent: Outgoing, attempts: int) -> Command | None:
        """Goods that have arrived are there whatever happens: a step is sent for ever."""
        return None

    # ── what changed ────────────────────────────────────────────────────────────────────────────────────────────────
    def changed_read_model(self) -> dict[str, bytes]:
        """What is to come of the SKUs that changed, encoded."""
        found = {sku: _encode(self.incoming(sku)) for sku in self.changed_skus}
        self.forget_changes()
        return found

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

    # ── snapshot ────────────────────────────────────────────────────────────────────────────────────────────────────
    def snapshot(self) -> Iterable[Message]:
        """Reference data, then documents that are over in the order they ended, then the others, then op ids."""
        return snapshot.records_of(self)

    def restore(self, record: Message) -> None:
        """Take one record of a snapshot."""
        snapshot.restore(self, record)

    def reconciliation(self) -> Iterator[str | None]:
        """Lines against receipts, tasks against bookings, by document."""
        return reconciliation.reconcile(self)

    def figures(self) -> dict[str, float]:
        """Gauges for operators."""
        return {
            "documents_in_memory": len(self.documents),
            "documents_open": len(self.documents) - len(self.finished),
            "suppliers": len(self.suppliers),
            "supplier_items": len(self.items),
            "suggestions": len(self.suggestions),
            "baskets": len(self.baskets),
            "skus_awaited": len(self.open_of),
            "op_ids": len(self.ops),
        }
