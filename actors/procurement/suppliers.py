"""Suppliers, what they sell and on which terms. Quantities are whole base units; prices are decimal texts, never floats."""

from __future__ import annotations

from actors.kernel.messages import Message
from actors.procurement.calendar import Calendar


class Supplier(Message, frozen=True, array_like=True, gc=False):
    """Who sells to us. `lead_time_days` are working days; None: nobody has said. 0: here the same working day.
    `minimum_order` and `order_cost` are money, empty when nobody has said: what it takes no order below, and what each order
    costs us, however much is on it. `strict_minimums`: an order below its minimum, or a line below its own or of no whole
    packs, is refused; else people are warned of it, and may have talked to the supplier."""

    id: str
    name: str
    lead_time_days: int | None = None
    over_receipt_percent: int = 0
    calendar: Calendar = Calendar()
    currency: str = ""
    minimum_order: str = ""
    order_cost: str = ""
    strict_minimums: bool = False


class PriceBreak(Message, frozen=True, array_like=True, gc=False):
    """The price of a unit from `quantity` units on."""

    quantity: int
    unit_price: str


class SupplierItem(Message, frozen=True, array_like=True, gc=False):
    """A SKU as a supplier sells it; what it does not say (None) its supplier does. Price breaks are in rising order.
    `line_cost` is money, empty for none: what a line of an order costs us, however many are on it."""

    supplier: str
    sku: str
    lead_time_days: int | None = None
    minimum_quantity: int = 1
    order_multiple: int = 1
    price_breaks: tuple[PriceBreak, ...] = ()
    supplier_sku: str = ""
    over_receipt_percent: int | None = None
    line_cost: str = ""

    def rounded_up(self, quantity: int) -> int:
        """The least the supplier takes an order of that is not below `quantity`."""
        return rounded_up(quantity, self.minimum_quantity, self.order_multiple)

    def unit_price(self, quantity: int) -> str:
        """The price of a unit when so many are ordered; empty when none is known."""
        return next((step.unit_price for step in reversed(self.price_breaks) if step.quantity <= quantity), "")


def rounded_up(quantity: int, minimum: int, multiple: int) -> int:
    """The least that is not below `quantity` or `minimum` and comes in whole multiples."""
    return -(-max(quantity, minimum) // multiple) * multiple


def lead_time_days(supplier: Supplier, item: SupplierItem) -> int | None:
    """Working days from placing to arrival; None when nobody has said."""
    return item.lead_time_days if item.lead_time_days is not None else supplier.lead_time_days


def over_receipt_percent(supplier: Supplier, item: SupplierItem | None) -> int:
    """By how many percent more than was ordered may be received."""
    own = item.over_receipt_percent if item is not None else None
    return own if own is not None else supplier.over_receipt_percent


def most_receivable(ordered: int, percent: int) -> int:
    """Units that may be received of so many that were ordered: a part of a unit is none."""
    return ordered + ordered * percent // 100
