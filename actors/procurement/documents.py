"""Documents of procurement: a purchase order with all that arrives for it; or goods that came without one.

A document keeps its receipts, their bookings on stock, and the putaway tasks that follow from them, so whatever happens
to it happens in one place, and it leaves memory as a whole. Structs are changed by events only (`evolution.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

import msgspec

from actors.kernel.messages import Message
from actors.procurement.arrivals import Notice, Receipt
from actors.procurement.tasks import Task

ORDER, BLIND, MANUAL = "order", "blind", "manual"
"""Kinds of documents: a purchase order, a receipt without one, a putaway task that somebody asked for."""
FINISHED: Final = frozenset({"closed", "cancelled"})
"""States after which nothing is received any more: such documents leave memory once their goods are put away."""
ARRIVING: Final = frozenset({"placed", "partially_received", "received"})
"""States in which goods are received."""


class NewLine(Message, frozen=True, array_like=True, gc=False):
    """What is to be ordered of a SKU; no `due_on` means: after the lead time."""

    sku: str
    quantity: int
    due_on: str = ""


class NewPurchase(Message, frozen=True, array_like=True, gc=False):
    """A purchase order as it came. `round_up`: to what the supplier takes an order of."""

    supplier: str
    warehouse: str
    lines: tuple[NewLine, ...]
    external_reference: str = ""
    round_up: bool = False


class Moment(Message, frozen=True, array_like=True, gc=False):
    """One entry of a document's timeline."""

    at: int
    event: str
    actor: str = ""
    note: str = ""


class Line(msgspec.Struct, array_like=True, gc=False):
    """One SKU of a purchase order. `received` are all units that arrived, `damaged` those of them that came damaged. `edited`
    are the units by which people changed it while it was a draft: of one that was taken off nothing is ordered, and the line
    stays. Price, lead time (working days; None: nobody has said), minimum and multiple are the supplier's of when it was
    written, changed or placed last."""

    sku: str
    ordered: int
    unit_price: str = ""
    due_on: str = ""
    received: int = 0
    damaged: int = 0
    edited: int = 0
    lead_time_days: int | None = None
    minimum_quantity: int = 1
    order_multiple: int = 1

    @property
    def is_there(self) -> bool:
        """Something of it was ordered, or has arrived."""
        return bool(self.ordered or self.received)

    @property
    def open(self) -> int:
        """Units that are still to come."""
        return max(0, self.ordered - self.received)


class Document(msgspec.Struct, array_like=True, gc=False):
    """A document and all that belongs to it. `key` is the purchase order's id, or a word, a blank and another id."""

    key: str
    kind: str
    warehouse: str
    created_at: int
    op_id: str
    fingerprint: int
    state: str
    supplier: str = ""
    external_reference: str = ""
    placed_at: int = 0
    changed_at: int = 0
    held: bool = False
    lines: dict[str, Line] = {}
    notices: dict[str, Notice] = {}
    receipts: dict[str, Receipt] = {}
    tasks: dict[str, Task] = {}
    ops: dict[str, int] = {}
    """Commands carried out on it, with their fingerprints."""
    timeline: list[Moment] = []
    gathers: bool = False
    """Approved suggestions of its supplier and warehouse go into this draft."""
    minimum_order: str = ""
    """The supplier's, of when it was written, changed or placed last."""

    @property
    def under_way(self) -> bool:
        """Goods of it are on their way onto stock or to their place, or are still to be carried."""
        if any(receipt.under_way for receipt in self.receipts.values()):
            return True
        return any(task.state == "pending" for task in self.tasks.values())

    @property
    def is_over(self) -> bool:
        """Nothing happens to it any more."""
        return self.state in FINISHED and not self.under_way

    @property
    def money(self) -> Decimal:
        """What its lines come to; those without a price (`unpriced`) do not count."""
        return money_of(self.lines.values())

    @property
    def unpriced(self) -> int:
        """Lines of which nobody has told the price."""
        return unpriced_of(self.lines.values())

    @property
    def named(self) -> str:
        """What the ledger calls it: the id without its word."""
        return self.key.rpartition(" ")[2]

    def resting_state(self) -> str:
        """The state that the lines of a placed order give it."""
        lines = self.lines.values()
        if not any(line.received for line in lines):
            return "placed" if self.placed_at else "draft"
        return "partially_received" if any(line.open for line in lines) else "received"

    def note(self, at: int, event: str, actor: str = "", note: str = "") -> None:
        """Add to the timeline."""
        self.changed_at = at
        self.timeline.append(Moment(at, event, actor, note))


class DocumentRecord(Message, tag="Document", frozen=True, array_like=True, gc=False):
    """A document as it stood: its snapshot, its row in the system of record, and the answer to clients."""

    document: Document


def money_of(lines: Iterable[Line]) -> Decimal:
    """What lines come to, as far as their prices are known."""
    return sum((Decimal(line.unit_price) * line.ordered for line in lines if line.unit_price), Decimal())


def unpriced_of(lines: Iterable[Line]) -> int:
    """How many lines have no price."""
    return sum(bool(line.ordered) and not line.unit_price for line in lines)


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Document).decode


def copied(document: Document) -> Document:
    """The same again: what was answered or stored does not change any more."""
    return _decode(_encode(document))


def blind(receipt_id: str) -> str:
    """The key of a receipt without a purchase order."""
    return f"blind {receipt_id}"


def manual(task_id: str) -> str:
    """The key of a task that somebody asked for."""
    return f"task {task_id}"
