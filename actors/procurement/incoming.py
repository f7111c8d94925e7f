"""What is still to come of a SKU, by warehouse and day: for availability by a date, and for whoever orders more."""

from __future__ import annotations

from collections.abc import Iterable

from actors.kernel.messages import Message
from actors.procurement.documents import ARRIVING, Document
from actors.procurement.tasks import Task


class Due(Message, frozen=True, array_like=True, gc=False):
    """Units of open purchase orders that are due on a day."""

    warehouse: str
    due_on: str
    quantity: int


class Incoming(Message, tag="Incoming", frozen=True, array_like=True, gc=False):
    """Units on order by day; those of them that are announced (in transit), and those that arrived and are not put away
    yet, by warehouse. Also the value kept in the read model."""

    sku: str
    due: tuple[Due, ...] = ()
    in_transit: tuple[tuple[str, int], ...] = ()
    to_put_away: tuple[tuple[str, int], ...] = ()


def incoming_of(sku: str, documents: Iterable[Document], pending: Iterable[Task]) -> Incoming:
    """Sum up the documents that have the SKU on a line, and the tasks that carry it."""
    due: dict[tuple[str, str], int] = {}
    in_transit: dict[str, int] = {}
    to_put_away: dict[str, int] = {}
    for document in documents:
        warehouse = document.warehouse
        line = document.lines.get(sku)
        if line is not None and line.open and is_on_order(document):
            due[warehouse, line.due_on] = due.get((warehouse, line.due_on), 0) + line.open
            announced = sum(notice.in_transit_of(sku) for notice in document.notices.values())
            if announced:
                in_transit[warehouse] = in_transit.get(warehouse, 0) + min(announced, line.open)
    for task in pending:
        to_put_away[task.warehouse] = to_put_away.get(task.warehouse, 0) + task.left
    dues = tuple([Due(warehouse, day, units) for (warehouse, day), units in sorted(due.items())])
    return Incoming(sku, dues, tuple(sorted(in_transit.items())), tuple(sorted(to_put_away.items())))


def is_on_order(document: Document) -> bool:
    """Whether what is missing of its lines is still to come: also while it is on hold."""
    return document.state in ARRIVING or (document.held and bool(document.placed_at))
