"""What is wrong with a purchase order, or with what comes of it: one sentence each, for refusals and for warnings."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from actors.procurement.refusals import BelowMinimum, Overdue, OverLine, WrongQuantity

TOLD: Final = 5
"""Lines that a sentence tells of."""


def not_orderable(lines: Sequence[WrongQuantity]) -> str:
    """Lines that a supplier takes no order of, with what it takes."""
    return _some(
        [
            f"{line.sku}: {line.quantity} asked, at least {line.minimum_quantity} in multiples of {line.order_multiple}, "
            f"{line.possible} is possible"
            for line in lines
        ]
    )


def below_minimum(order: BelowMinimum) -> str:
    """What an order comes to, and what its supplier takes one for."""
    unpriced = f" without the {order.unpriced} of its lines that have no price" if order.unpriced else ""
    missing = Decimal(order.minimum_order) - Decimal(order.money)
    least = f"{order.supplier} takes no order below {order.minimum_order}"
    return f"{order.id} comes to {order.money}{unpriced}; {least}: {missing:f} missing"


def overdue(late: Overdue) -> str:
    """Days that are over."""
    return _some([f"{sku}: due_on {day} is before today, {late.today}" for sku, day in late.lines])


def over_announced(lines: Sequence[OverLine]) -> str:
    """More than may still be received."""
    return _some(
        [
            f"{line.sku}: {line.arrived} announced, {line.received} of {line.ordered} were received, {line.most} at most"
            for line in lines
        ]
    )


def over_receipt(order: str, lines: Sequence[OverLine]) -> str:
    """More than may be received, or what was not ordered at all."""
    return _some([_arrived(order, line) for line in lines])


def _arrived(order: str, line: OverLine) -> str:
    if not line.ordered and not line.received:
        return f"{line.sku}: {line.arrived} arrived, it is not on {order}"
    return f"{line.sku}: {line.arrived} arrived, {line.received} of {line.ordered} were received, {line.most} at most"


def _some(sentences: Sequence[str]) -> str:
    more = f"; and {len(sentences) - TOLD} more" if len(sentences) > TOLD else ""
    return "; ".join(sentences[:TOLD]) + more
