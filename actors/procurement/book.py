"""The owner of procurement: suppliers, purchase orders, and goods from the dock to their place.

`memory.py` says what it keeps, `decisions.py` what it decides, `evolution.py` what events change, `steps.py` what it asks of
inventory owners.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, tzinfo
from typing import Any

import msgspec

from actors.kernel.doubtful import not_in_rows_yet
from actors.kernel.machine import Answer, Numbered, Outgoing, Rush
from actors.kernel.messages import ClientCommand, Command, Event, Message, OwnerName, Query, Refusal
from actors.kernel.routing import InventoryShards
from actors.procurement import commands, decisions, evolution, forgetting, reconciliation, snapshot, steps, views
from actors.procurement.events import Booked, ProcurementEvent
from actors.procurement.memory import PurchaseMemory
from actors.procurement.queries import ProcurementQuery
from actors.procurement.records import ProcurementRecord
from actors.procurement.replies import ProcurementReply

_encode = msgspec.msgpack.Encoder().encode


class PurchaseBook(PurchaseMemory):
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
        super().__init__()

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
