"""Goods that were bought: what was answered about them, what documents say, and what the ledgers of stock have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from actors.inventory.events import Adjusted, Moved
from actors.procurement import commands
from actors.procurement.documents import Document
from actors.procurement.steps import BOOKED, CARRIED, booking_op, carry_op
from actors.procurement.tasks import Task
from tests.model.simulator.asking import Asking
from tests.model.simulator.history import History


def broken_goods(asking: Asking, documents: dict[str, Document], histories: Iterable[History]) -> list[str]:
    """Everything that is not as somebody was told, or not in the ledger once.

    Args:
        documents: all there ever were, as they stand.
    """
    return [*_of_the_ledger(documents, histories), *_of_promises(asking, documents), *_left(documents)]


def _left(documents: dict[str, Document]) -> Iterator[str]:
    for key, document in documents.items():
        if any(receipt.under_way for receipt in document.receipts.values()):
            yield f"goods of {key} are left under way"
        if any(task.under_way for task in document.tasks.values()):
            yield f"a carry of {key} is left under way"


def _of_the_ledger(documents: dict[str, Document], histories: Iterable[History]) -> Iterator[str]:
    """Every booking and carry has moved its units once, from where to where it says; nothing else goes by such a name."""
    moved: dict[str, Any] = {}
    times: Counter[str] = Counter()
    for history in histories:
        for event in history.events:
            if isinstance(event, Adjusted | Moved) and event.op_id.startswith((f"{BOOKED}:", f"{CARRIED}:")):
                moved[event.op_id] = event
                times[event.op_id] += 1
    yield from [f"{op_id} moved goods {count} times" for op_id, count in times.items() if count > 1]
    for document in documents.values():
        for receipt in document.receipts.values():
            for one in receipt.bookings:
                done = moved.pop(booking_op(document, receipt, one), None)
                if done is None or (done.sku, done.quantity, done.location) != (one.sku, one.quantity, one.location):
                    yield f"{booking_op(document, receipt, one)}: {one}, but stock has {done}"
        for task in document.tasks.values():
            yield from _of_task(task, moved)
    yield from [f"{op_id} moved goods of no document" for op_id in moved]


def _of_task(task: Task, moved: dict[str, Any]) -> Iterator[str]:
    for number, confirm in enumerate(task.confirms):
        done = moved.pop(carry_op(task, number), None)
        if done is None or (done.quantity, done.to_location) != (confirm.moved, confirm.location):
            yield f"{carry_op(task, number)}: {confirm}, but stock has {done}"


def _of_promises(asking: Asking, documents: dict[str, Document]) -> Iterator[str]:
    for told in asking.told.values():
        c = told.command
        match c:
            case commands.CreatePurchase() if c.purchase_id not in documents:
                yield f"{c.purchase_id} was acknowledged and is lost"
            case commands.PlacePurchase() if not documents[c.purchase_id].placed_at:
                yield f"{c.purchase_id} was acknowledged as placed"
            case commands.ClosePurchase() | commands.CancelPurchase():
                state = "closed" if isinstance(c, commands.ClosePurchase) else "cancelled"
                if documents[c.purchase_id].state != state:
                    yield f"{c.purchase_id} was acknowledged as {state} and is {documents[c.purchase_id].state}"
            case commands.Announce() if c.asn_id not in documents[c.purchase_id].notices:
                yield f"{c.asn_id} was acknowledged and is lost"
            case commands.Receive():
                document = documents.get(c.purchase_id or f"blind {c.receipt_id}")
                if document is None or c.receipt_id not in document.receipts:
                    yield f"receipt {c.receipt_id} was acknowledged and is lost"
            case commands.ConfirmTask():
                confirms = [one for d in documents.values() for t in d.tasks.values() for one in t.confirms]
                if not any(one.op_id == c.op_id for one in confirms):
                    yield f"carry {c.op_id} was acknowledged and is lost"
