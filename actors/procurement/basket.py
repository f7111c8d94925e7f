"""Baskets: the draft that approved suggestions of one supplier and warehouse gather in until it is placed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from actors.kernel.messages import Message, Refusal
from actors.procurement.documents import Document, Line, NewLine
from actors.procurement.editing import MOST_LINES
from actors.procurement.suggestions import Suggestion
from actors.procurement.terms import on_terms

if TYPE_CHECKING:
    from actors.procurement.book import PurchaseBook


class Basket(Message, frozen=True, array_like=True, gc=False):
    """A basket in figures. `money` and `minimum` are decimal texts, `minimum` empty when the supplier has told none; lines
    without a price count as `unpriced`, not as money. `severity` is that of the most severe suggestion that went into it,
    `money_at_risk` (hundredths) what all of these put at risk together. `currency` is empty when the supplier has told none."""

    supplier: str
    warehouse: str
    purchase_id: str
    lines: int
    units: int
    money: str
    unpriced: int
    minimum: str
    severity: int = 0
    money_at_risk: int = 0
    currency: str = ""


def line_for(book: PurchaseBook, decided: Suggestion, fresh_id: str) -> tuple[str, Line] | Refusal:
    """The order that the units go into, and its line of the SKU with them on it. A full one stays a draft to be placed, and
    another is begun.

    Args:
        fresh_id: of the order to be written when there is none to go into.
    """
    document = open_basket(book, decided.supplier, decided.warehouse)
    there = document.lines.get(decided.sku) if document is not None else None
    on_it = there is not None and there.ordered > 0
    if document is not None and not on_it and sum(bool(line.ordered) for line in document.lines.values()) >= MOST_LINES:
        document, there = None, None
    units = decided.decided + (there.ordered if there is not None else 0)
    wanted = NewLine(decided.sku, units, there.due_on if there is not None else "")
    lines = on_terms(book, decided.supplier, (wanted,), round_up=False)
    if isinstance(lines, Refusal):
        return lines
    edited = there.edited if there is not None else 0
    return (document.key if document is not None else fresh_id), replace(lines[0], edited=edited)


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
    """Every basket: by severity, then by money at risk, then by supplier and warehouse."""
    found = [_in_figures(book, book.documents[key]) for _, key in sorted(book.baskets.items())]
    return tuple(sorted(found, key=lambda basket: (-basket.severity, -basket.money_at_risk)))


def _in_figures(book: PurchaseBook, document: Document) -> Basket:
    supplier, _ = book.suppliers[document.supplier]
    lines = [line for line in document.lines.values() if line.ordered]
    gathered = _gathered(book, document)
    return Basket(
        document.supplier, document.warehouse, document.key, len(lines), sum(line.ordered for line in lines),
        f"{document.money:f}", document.unpriced, supplier.minimum_order,
        max((one.severity for one in gathered), default=0), sum(one.money_at_risk for one in gathered), supplier.currency,
    )  # fmt: skip


def _gathered(book: PurchaseBook, document: Document) -> list[Suggestion]:
    """The latest suggestions of its SKUs, as far as their units are on it."""
    found = [book.suggestions.get((sku, document.warehouse)) for sku in document.lines]
    return [one for one in found if one is not None and one.purchase_id == document.key]
