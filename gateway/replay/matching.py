"""Find the orders that a cancellation is about. The file names none, so customer, SKU and quantity have to do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain

from gateway.replay.actions import Quantity


@dataclass(slots=True)
class OpenOrder:
    """What is left of an order: units per SKU neither cancelled nor returned, and whether it has shipped."""

    order_id: str
    row: int
    left: dict[str, int]
    shipped: bool = False


@dataclass(slots=True)
class Matched:
    """One cancellation spread over orders: units called off per order and SKU, and those of unknown origin."""

    orders: list[tuple[OpenOrder, dict[str, int]]] = field(default_factory=list)
    unknown: list[Quantity] = field(default_factory=list)

    def take(self, order: OpenOrder, sku: str, units: int) -> None:
        """Call off units of one order."""
        order.left[sku] -= units
        for known, taken in self.orders:
            if known is order:
                taken[sku] = taken.get(sku, 0) + units
                return
        self.orders.append((order, {sku: units}))


class OrderBook:
    """The orders placed so far, by customer and SKU."""

    def __init__(self) -> None:
        self._orders: defaultdict[tuple[str, str], list[OpenOrder]] = defaultdict(list)

    def add(self, customer: str | None, order: OpenOrder) -> None:
        """Remember an order. One without a customer can never be matched, so it is not kept."""
        if customer is not None:
            for sku in order.left:
                self._orders[customer, sku].append(order)

    def match(self, customer: str | None, lines: Iterable[Quantity]) -> Matched:
        """Spread a cancellation over earlier orders of its customer, and take the units off them."""
        matched = Matched()
        for sku, quantity in lines:
            earlier = self._orders.get((customer, sku), ()) if customer is not None else ()
            rest = quantity
            for order, units in spread(earlier, sku, quantity):
                matched.take(order, sku, units)
                rest -= units
            if rest:
                matched.unknown.append(Quantity(sku, rest))
        return matched


def spread(earlier: Sequence[OpenOrder], sku: str, quantity: int) -> list[tuple[OpenOrder, int]]:
    """Choose orders for `quantity` units: exactly this quantity, else one that holds enough, else several.

    The latest order comes first in each of the three. The sum may be less than asked for.
    """
    latest = [order for order in reversed(earlier) if order.left[sku] > 0]
    exact = (order for order in latest if order.left[sku] == quantity)
    ample = (order for order in latest if order.left[sku] > quantity)
    if (whole := next(chain(exact, ample), None)) is not None:
        return [(whole, quantity)]
    chosen: list[tuple[OpenOrder, int]] = []
    for order in latest:
        units = min(order.left[sku], quantity)
        if units:
            chosen.append((order, units))
            quantity -= units
    return chosen
