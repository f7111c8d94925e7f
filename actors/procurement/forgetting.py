"""What has left memory, and how it is known again: documents that are over, the oldest first, by all their names.

The names are keys of documents, and `asn …` and `task …` for what belongs to them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from actors.kernel.messages import ClientCommand, Event
from actors.procurement import commands
from actors.procurement.documents import Document, blind
from actors.procurement.events import DocumentRecalled

if TYPE_CHECKING:
    from actors.procurement.book import PurchaseBook

FINISHED_KEPT: Final = 20_000
"""Documents that are over and kept in memory for quick repeats; older ones are recalled from the system of record."""


def no_longer_in_use(book: PurchaseBook, document: Document) -> None:
    """Keep a document that is over among the finished ones; of too many the oldest leaves memory."""
    book.finished[document.key] = None
    book.no_longer_open(document)
    if len(book.finished) > FINISHED_KEPT:
        oldest, _ = book.finished.popitem(last=False)
        gone = book.documents.pop(oldest)
        for asn_id in gone.notices:
            del book.notice_of[asn_id]
        for task_id in gone.tasks:
            del book.task_of[task_id]
        for name in _names_of(gone):
            book.forgotten.add(name)


def unknown_keys(book: PurchaseBook, command: ClientCommand) -> Iterator[str]:
    """What a command speaks of that is not in memory."""
    return (key for key in _keys_of(command) if not _knows(book, key))


def recall(book: PurchaseBook, c: commands.RecallDocument, now: int) -> Sequence[Event]:
    """Take a document back, unless it is there, or was there again and has changed since the rows told of it."""
    key = c.document.key
    known = key in book.documents or key in book.forgotten.lately
    return () if known else (DocumentRecalled(now, c.document),)


def _names_of(document: Document) -> Iterator[str]:
    """All that a document is looked for by."""
    yield document.key
    yield from [f"asn {asn_id}" for asn_id in document.notices]
    yield from [f"task {task_id}" for task_id in document.tasks]


def _keys_of(c: ClientCommand) -> list[str]:
    match c:
        case commands.PutSupplier() | commands.PutSupplierItem() | commands.PutPutawayRule() | commands.PutReorderPolicy():
            return []
        case commands.PutSuggestions() | commands.PutDemandEvent():
            return []
        case commands.ApproveSuggestion() | commands.OverrideSuggestion() | commands.RejectSuggestion():
            return []
        case commands.CreatePurchase():
            return [] if c.fresh else [c.purchase_id]
        case commands.Announce():
            return [f"asn {c.asn_id}", c.purchase_id]
        case commands.Receive():
            return [c.purchase_id or (f"asn {c.asn_id}" if c.asn_id else blind(c.receipt_id))]
        case commands.CreateTask() | commands.ConfirmTask() | commands.CancelTask():
            return [f"task {c.task_id}"]
        case _:
            return [c.purchase_id]  # type: ignore[attr-defined]  # all others are about a purchase order


def _knows(book: PurchaseBook, key: str) -> bool:
    word, _, name = key.partition(" ")
    return (word == "asn" and name in book.notice_of) or (word == "task" and name in book.task_of) or key in book.documents
