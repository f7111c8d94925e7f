"""What is still to come of a SKU, by warehouse and day: for availability by a date, and for whoever orders more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from actors.kernel.messages import Message
from actors.procurement.documents import ARRIVING, Document, Line
from actors.procurement.tasks import Task


class Due(Message, frozen=True, array_like=True, gc=False):
    """Units of open purchase orders that are expected on a day."""

    warehouse: str
    due_on: str
    quantity: int


class Incoming(Message, tag="Incoming", frozen=True, array_like=True, gc=False):
    """Units on order by day; those of them that are announced (in transit), and those that arrived and are on hold until they
    are put away, by warehouse. Also the value kept in the read model."""

    sku: str
    due: tuple[Due, ...] = ()
    in_transit: tuple[tuple[str, int], ...] = ()
    to_put_away: tuple[tuple[str, int], ...] = ()


class Expected(NamedTuple):
    """Units of a line of an order and the day they are expected on; `asn_id` is empty where no notice announces them."""

    asn_id: str
    due_on: str
    quantity: int


def incoming_of(sku: str, documents: Iterable[Document], pending: Iterable[Task]) -> Incoming:
    """Sum up the documents that have the SKU on a line, and the tasks that carry it."""
    due: dict[tuple[str, str], int] = {}
    in_transit: dict[str, int] = {}
    to_put_away: dict[str, int] = {}
    for document in documents:
        warehouse = document.warehouse
        line = document.lines.get(sku)
        for one in expected_of(document, line) if line is not None else ():
            due[warehouse, one.due_on] = due.get((warehouse, one.due_on), 0) + one.quantity
            if one.asn_id:
                in_transit[warehouse] = in_transit.get(warehouse, 0) + one.quantity
    for task in pending:
        if task.comes_off_hold:
            to_put_away[task.warehouse] = to_put_away.get(task.warehouse, 0) + task.left
    dues = tuple([Due(warehouse, day, units) for (warehouse, day), units in sorted(due.items())])
    return Incoming(sku, dues, tuple(sorted(in_transit.items())), tuple(sorted(to_put_away.items())))


def expected_of(document: Document, line: Line) -> list[Expected]:
    """What is still to come of a line, by what its supplier has said last: units that a notice announces on its day, the
    others when the line is due."""
    found: list[Expected] = []
    left = line.open if is_on_order(document) else 0
    for notice in document.notices.values():
        units = min(notice.in_transit_of(line.sku), left)
        if units:
            found.append(Expected(notice.asn_id, notice.expected_on, units))
            left -= units
    return [*found, Expected("", line.due_on, left)] if left else found


def is_on_order(document: Document) -> bool:
    """Whether what is missing of its lines is still to come: also while it is on hold."""
    return document.state in ARRIVING or (document.held and bool(document.placed_at))
