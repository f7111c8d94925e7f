"""A draft is changed before it is placed: other quantities, lines taken off, lines added. All of a change, or nothing of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from actors.kernel.messages import Event, Refusal
from actors.procurement import commands, events
from actors.procurement.buying import of_an_order
from actors.procurement.documents import Document, Line, NewLine
from actors.procurement.refusals import NotOnPurchase, WrongLines, WrongPurchaseState
from actors.procurement.terms import on_terms, overdue

if TYPE_CHECKING:
    from actors.procurement.book import PurchaseBook

MOST_LINES: Final = 1000
"""Of one order."""


@of_an_order
def edit(book: PurchaseBook, document: Document, c: commands.EditPurchase, now: int) -> Sequence[Event] | Refusal:
    """Set quantities of a draft, on the terms of today. What is not on it cannot be taken off; one line at least stays."""
    if document.state != "draft":
        return WrongPurchaseState(c.purchase_id, document.state, "be edited")
    if late := overdue(book, c.lines, now):
        return late
    there = {line.sku: line for line in document.lines.values() if line.ordered}
    strange = [line.sku for line in c.lines if not line.quantity and line.sku not in there]
    if strange:
        return NotOnPurchase(c.purchase_id, tuple(strange))
    left = there.keys() - {line.sku for line in c.lines if not line.quantity} | {line.sku for line in c.lines if line.quantity}
    if not 1 <= len(left) <= MOST_LINES:
        return WrongLines(c.purchase_id, len(left), MOST_LINES)
    wanted = [_with_day(line, there.get(line.sku)) for line in c.lines if line.quantity]
    lines = on_terms(book, document.supplier, wanted, round_up=c.round_up)
    if isinstance(lines, Refusal):
        return lines
    taken_off = [replace(there[line.sku], ordered=0) for line in c.lines if not line.quantity]
    changed = [_counted(line, document.lines.get(line.sku)) for line in (*lines, *taken_off)]
    return (events.PurchaseEdited(now, c.op_id, c.fingerprint, c.actor, c.purchase_id, tuple(changed)),)


def _with_day(line: NewLine, before: Line | None) -> NewLine:
    """A line whose day nobody speaks of is due when it was due before."""
    return NewLine(line.sku, line.quantity, line.due_on or (before.due_on if before is not None else ""))


def _counted(line: Line, before: Line | None) -> Line:
    """With the units by which it was changed."""
    ordered, edited = (before.ordered, before.edited) if before is not None else (0, 0)
    return replace(line, edited=edited + line.ordered - ordered)
