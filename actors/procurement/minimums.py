"""What a supplier asks of an order, and where one falls short of it: of whoever is strict that is a refusal, else a warning."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from actors.procurement.documents import Document, Line, money_of, unpriced_of
from actors.procurement.refusals import BelowMinimum, WrongQuantity
from actors.procurement.suppliers import rounded_up

if TYPE_CHECKING:
    from actors.procurement.book import PurchaseBook


def ask_minimum_order(book: PurchaseBook, document: Document) -> None:
    """What its supplier asks of an order now is asked of this one."""
    supplier, _ = book.suppliers[document.supplier]
    document.minimum_order = supplier.minimum_order


def wrong_quantities(lines: Iterable[Line]) -> tuple[WrongQuantity, ...]:
    """Lines below their minimum, or of no whole packs, by the terms they were written on."""
    wrong = []
    for line in lines:
        possible = rounded_up(line.ordered, line.minimum_quantity, line.order_multiple)
        if line.ordered not in (0, possible):
            wrong.append(WrongQuantity(line.sku, line.ordered, line.minimum_quantity, line.order_multiple, possible))
    return tuple(wrong)


def below_minimum(purchase_id: str, supplier: str, lines: Collection[Line], minimum_order: str) -> BelowMinimum | None:
    """What an order comes to, where its supplier takes none for so little; None where it is enough, or nobody has said."""
    money = money_of(lines)
    if money >= Decimal(minimum_order or 0):
        return None
    return BelowMinimum(purchase_id, supplier, f"{money:f}", minimum_order, unpriced_of(lines))
