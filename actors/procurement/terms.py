"""The lines of an order on its supplier's terms of this moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from actors.kernel.messages import Refusal
from actors.procurement.calendar import day_of
from actors.procurement.documents import Line, NewLine
from actors.procurement.minimums import wrong_quantities
from actors.procurement.refusals import NotOrderable, NotSupplied, Overdue, UnknownSupplier
from actors.procurement.suppliers import Supplier, SupplierItem, lead_time_days

if TYPE_CHECKING:
    from actors.procurement.book import PurchaseBook


def on_terms(book: PurchaseBook, supplier: str, wanted: Sequence[NewLine], *, round_up: bool) -> tuple[Line, ...] | Refusal:
    """The lines of an order on the supplier's terms; refused when it does not sell one of them, or, strict, not so many."""
    if supplier not in book.suppliers:
        return UnknownSupplier(supplier)
    not_sold = [line.sku for line in wanted if (supplier, line.sku) not in book.items]
    if not_sold:
        return NotSupplied(supplier, tuple(not_sold))
    terms, _ = book.suppliers[supplier]
    lines = tuple([_on_terms(terms, book.items[supplier, line.sku][0], line, round_up=round_up) for line in wanted])
    wrong = wrong_quantities(lines) if terms.strict_minimums else ()
    return NotOrderable(wrong) if wrong else lines


def _on_terms(supplier: Supplier, item: SupplierItem, wanted: NewLine, *, round_up: bool) -> Line:
    quantity = item.rounded_up(wanted.quantity) if round_up else wanted.quantity
    return Line(
        wanted.sku, quantity, item.unit_price(quantity), wanted.due_on, lead_time_days=lead_time_days(supplier, item),
        minimum_quantity=item.minimum_quantity, order_multiple=item.order_multiple,
    )  # fmt: skip


def overdue(book: PurchaseBook, lines: Iterable[NewLine], now: int) -> Overdue | None:
    """Lines that are to come on a day that is over."""
    today = day_of(now, book.zone)
    late = tuple([(line.sku, line.due_on) for line in lines if line.due_on and line.due_on < today])
    return Overdue(late, today) if late else None
