"""Purchase orders and what else procurement keeps, wherever it is kept now."""

from __future__ import annotations

from actors.procurement import reads
from actors.procurement.documents import Document, DocumentRecord
from actors.procurement.queries import ReadDocument, ReadNotice, ReadTask
from actors.procurement.refusals import UnknownDocument
from gateway.refusals import accepted
from gateway.system import PROCUREMENT, System


async def find_document(system: System, query: ReadDocument | ReadNotice | ReadTask, name: str) -> Document:
    """A document: from its owner, or from the system of record when it has left memory.

    Args:
        name: what it goes by there.
    Raises:
        Problem: there is none, or its owner cannot tell now.
    """
    reply = await system.owners.ask(PROCUREMENT, query, timeout_s=system.settings.patience_s)
    if isinstance(reply, UnknownDocument):
        found = await system.read(reads.find_document, name)
        return found if found is not None else accepted(reply)
    record: DocumentRecord = accepted(reply)
    return record.document
