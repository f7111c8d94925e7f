"""Baskets: the draft that approved suggestions of one supplier and warehouse gather in until it is placed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from actors.kernel.messages import Message, Refusal
from actors.procurement.buying import on_terms
from actors.procurement.documents import Document, Line, NewLine
from actors.procurement.suggestions import Suggestion

if TYPE_CHECKING:
    from actors.procurement.book import PurchaseBook

MOST_LINES: Final = 1000
"""On one order; a full one stays a draft to be placed, and the next approval begins another."""


class Basket(Message, frozen=True, array_like=True, gc=False):
    """A basket in figures. `money` and `minimum` are decimal texts, `minimum` empty when the supplier has told none; lines
    without a price count as `unpriced`, not as money."""

    supplier: str
    warehouse: str
    purchase_id: str
    lines: int
    units: int
    money: str
    unpriced: int
    minimum: str


def line_for(book: PurchaseBook, decided: Suggestion, fresh_id: str) -> tuple[str, Line] | Refusal:
    """The order that the units go into, and its line of the SKU with them on it.

    Args:
        fresh_id: of the order to be written when there is none to go into.
    """
    document = open_basket(book, decided.supplier, decided.warehouse)
    there = document.lines.get(decided.sku) if document is not None else None
    if document is not None and there is None and len(document.lines) >= MOST_LINES:
        document = None
    units = decided.decided + (there.ordered if there is not None else 0)
    wanted = NewLine(decided.sku, units, there.due_on if there is not None else "")
    lines = on_terms(book, decided.supplier, (wanted,), round_up=False)
    if isinstance(lines, Refusal):
        return lines
    return (document.key if document is not None else fresh_id), lines[0]


def open_basket(book: PurchaseBook, supplier: str, warehouse: str) -> Document | None:
    """The draft that gathers for a supplier and warehouse; None when there is none."""
    key = book.baskets.get((supplier, warehouse))
    return book.documents[key] if key is not None else None


def gather(book: PurchaseBook, document: Document) -> None:
    """From now on this one gathers for its supplier and warehouse."""
    before = open_basket(book, document.supplier, document.warehouse)
    if before is not None:
        before.gathers = False
        book.changed[before.key] = before
    document.gathers = True
    book.baskets[document.supplier, document.warehouse] = document.key


def leave(book: PurchaseBook, document: Document) -> None:
    """It gathers no more."""
    if document.gathers:
        document.gathers = False
        del book.baskets[document.supplier, document.warehouse]


def in_figures(book: PurchaseBook) -> tuple[Basket, ...]:
    """Every basket, by supplier and warehouse."""
    return tuple([_in_figures(book, book.documents[key]) for _, key in sorted(book.baskets.items())])


def _in_figures(book: PurchaseBook, document: Document) -> Basket:
    supplier, _ = book.suppliers[document.supplier]
    lines = document.lines.values()
    money = sum((Decimal(line.unit_price) * line.ordered for line in lines if line.unit_price), Decimal())
    return Basket(
        document.supplier, document.warehouse, document.key, len(lines), sum(line.ordered for line in lines), f"{money:f}",
        sum(not line.unit_price for line in lines), supplier.minimum_order,
    )  # fmt: skip
