"""What becomes of putaway tasks: asked for, carried out as stock confirms it, given up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from actors.kernel.messages import Busy, Event, KeyReused, Refusal
from actors.procurement import commands, events
from actors.procurement.buying import known_on
from actors.procurement.refusals import NotOnTask, UnknownDocument, WrongPurchaseState
from actors.procurement.tasks import Task

if TYPE_CHECKING:
    from actors.procurement.book import PurchaseBook

Decision = Sequence[Event] | Refusal


def create_task(book: PurchaseBook, c: commands.CreateTask, now: int) -> Decision:
    """Ask for goods to be carried; the same task again is a repeat."""
    if c.task_id in book.task_of:
        document = book.documents[book.task_of[c.task_id]]
        known = known_on(document, c)
        return known if known is not None else KeyReused(c.task_id)
    task = Task(
        c.task_id, c.sku, c.warehouse, c.quantity, c.from_location, c.to_location, c.lot, created_at=now, changed_at=now
    )
    return (events.TaskCreated(now, c.op_id, c.fingerprint, c.actor, task),)


def confirm(book: PurchaseBook, c: commands.ConfirmTask, now: int) -> Decision:
    """Units were carried. One confirm at a time is on its way to stock."""
    found = book.find_task(c.task_id)
    if found is None:
        return UnknownDocument("putaway task", c.task_id)
    document, task = found
    if (known := known_on(document, c)) is not None:
        return known
    if task.state != "pending":
        return WrongPurchaseState(c.task_id, task.state, "be confirmed")
    if task.under_way:
        return Busy(f"{c.task_id} is being booked", 0.5)
    quantity = c.quantity or task.left
    if quantity > task.left:
        return NotOnTask(c.task_id, quantity, task.left)
    location = c.location or task.to_location
    return (events.TaskConfirmed(now, c.op_id, c.fingerprint, c.actor, c.task_id, quantity, location),)


def record_put_away(book: PurchaseBook, c: commands.RecordPutAway, now: int) -> Decision:
    """Stock has carried what was confirmed: once."""
    found = book.find_task(c.task_id)
    if found is None or found[1].confirms[c.number].moved is not None:
        return ()
    return (events.PutAway(now, c.task_id, c.number, c.moved),)


def cancel_task(book: PurchaseBook, c: commands.CancelTask, now: int) -> Decision:
    """Leave the rest where it is. Cancelling twice is cancelling once."""
    found = book.find_task(c.task_id)
    if found is None:
        return UnknownDocument("putaway task", c.task_id)
    document, task = found
    if (known := known_on(document, c)) is not None:
        return known
    if task.state == "cancelled":
        return ()
    if task.under_way:
        return Busy(f"{c.task_id} is being booked", 0.5)
    if task.state != "pending":
        return WrongPurchaseState(c.task_id, task.state, "be cancelled")
    return (events.TaskCancelled(now, c.op_id, c.fingerprint, c.actor, c.task_id),)
