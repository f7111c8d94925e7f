"""What is ordered and what comes back, line by line."""

from __future__ import annotations

from typing import Final

from actors.kernel.messages import Message

POLICIES: Final = ("all_or_nothing", "ship_complete", "ship_partial", "cancel_rest")
RETURN_OUTCOMES: Final = ("restock", "refurbish", "quarantine", "return_to_vendor", "scrap", "reject")


class OrderedLine(Message, frozen=True, array_like=True, gc=False):
    """What is ordered of one SKU; repeated lines of a SKU were summed before."""

    sku: str
    quantity: int


class NewOrder(Message, frozen=True, array_like=True, gc=False):
    """An order as it came. `ship_by` is ms since 1970 UTC; `warehouse` empty means: choose. `unit_prices` are those that
    were told, by SKU, as decimal texts: nothing is decided by them."""

    lines: tuple[OrderedLine, ...]
    policy: str = "all_or_nothing"
    warehouse: str = ""
    priority: int = 0
    ship_by: int | None = None
    customer: str = ""
    external_reference: str = ""
    carrier: str = ""
    unit_prices: tuple[tuple[str, str], ...] = ()


class ReturnedLine(Message, frozen=True, array_like=True, gc=False):
    """Units that came back, and what becomes of them."""

    sku: str
    quantity: int
    outcome: str = "restock"


class Restock(Message, frozen=True, array_like=True, gc=False):
    """Returned units on their way onto stock."""

    id: str
    sku: str
    quantity: int
    warehouse: str
    location: str
