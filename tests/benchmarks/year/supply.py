"""How suppliers sell: packs, prices by quantity, the money they want an order to come to. All policies buy the same way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from zlib import crc32

import numpy as np

from forecasting.stock_policy.price_list import PriceList
from forecasting.stock_policy.rounding import rounded_up
from tests.benchmarks.year.demand import Demand
from tests.benchmarks.year.diary import Units
from tests.benchmarks.year.terms import Terms

PACKS: Final = (6, 12)
BREAKS: Final = ((3.0, 0.95), (10.0, 0.90))
"""From the round number above so many weeks' mean demand on, a unit costs this share of its list price."""
MINIMUM_WEEKS: Final = (0.5, 1.0, 2.0)
"""Weeks of the mean demand for a supplier's goods, at list prices, that its minimum order comes to."""
LEAST_PRICE: Final = 0.01
WHOLE_MONEY: Final = 50
NOISE: Final = 1e-9
"""Of a sum of money: no more than its last digits."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Supply:
    """What suppliers told of their SKUs.

    Attributes:
        pack: an order of a SKU is a whole multiple of it.
        breaks: of a SKU, from how many units on which price holds, as a decimal text.
        minimum: money, of the suppliers that want some.
        supplier_of: who sells a SKU.
    """

    pack: Mapping[str, int]
    breaks: Mapping[str, tuple[tuple[int, str], ...]]
    minimum: Mapping[str, int]
    supplier_of: Callable[[str], str]

    def body(self, sku: str) -> dict[str, Any]:
        """As `PUT /v1/supplier-items/{supplier}/{sku}` takes it."""
        return {"order_multiple": self.pack[sku], "price_breaks": self.price_breaks(sku)}

    def price_breaks(self, sku: str) -> list[dict[str, Any]]:
        """As the API and the rows have them."""
        return [{"quantity": start, "unit_price": price} for start, price in self.breaks[sku]]

    def spent(self, units: Units) -> float:
        """Money for an order."""
        return sum(self._prices(sku).spend(some) for sku, some in units.items())

    def listed(self, units: Units) -> float:
        """The same if none of it were cheaper for being many."""
        return sum(some * float(self.breaks[sku][0][1]) for sku, some in units.items())

    def is_taken(self, supplier: str, units: Units) -> bool:
        """Whether an order reaches its supplier's minimum."""
        return self.spent(units) >= self.minimum.get(supplier, 0) * (1 - NOISE)

    def baskets(self, wanted: Units) -> dict[str, Units]:
        """What a buyer orders who has a fixed rule: whole packs, by supplier. What a supplier would not take waits until the
        rule wants more."""
        found: dict[str, Units] = {}
        for sku, units in sorted(wanted.items()):
            if units > 0:
                found.setdefault(self.supplier_of(sku), {})[sku] = rounded_up(units, self.pack[sku])
        return {supplier: units for supplier, units in sorted(found.items()) if self.is_taken(supplier, units)}

    def _prices(self, sku: str) -> PriceList:
        return PriceList(tuple([(start, float(price)) for start, price in self.breaks[sku]]))


def supply_of(demand: Demand, terms: Terms) -> Supply:
    """Single units at one price; or, of `terms.real` ones, packs, price breaks and minimum orders. Drawn by the names."""
    price = {sku: max(demand.price[sku], LEAST_PRICE) for sku in demand.skus}
    if not terms.real:
        one = {sku: ((1, f"{price[sku]:.2f}"),) for sku in demand.skus}
        return Supply(dict.fromkeys(demand.skus, 1), one, {}, terms.supplier_of)
    weekly = dict(zip(demand.skus, demand.weekly_mean(demand.weeks_known).tolist(), strict=True))
    pack = {sku: _drawn(PACKS, f"pack of {sku}") for sku in demand.skus}
    breaks = {sku: _breaks(price[sku], pack[sku], weekly[sku]) for sku in demand.skus}
    money: dict[str, float] = {}
    for sku in demand.skus:
        supplier = terms.supplier_of(sku)
        money[supplier] = money.get(supplier, 0.0) + weekly[sku] * price[sku]
    minimum = {
        supplier: rounded_up(int(np.ceil(_drawn(MINIMUM_WEEKS, supplier) * some)), WHOLE_MONEY)
        for supplier, some in money.items()
    }
    return Supply(pack, breaks, minimum, terms.supplier_of)


def _breaks(price: float, pack: int, weekly: float) -> tuple[tuple[int, str], ...]:
    """The list price, and cheaper ones from round numbers on, of which the first is above a pack."""
    found, least = [(1, f"{price:.2f}")], pack + 1.0
    for weeks, share in BREAKS:
        start = _round_number(max(weeks * weekly, least))
        found.append((start, f"{price * share:.4f}"))
        least = 2.0 * start
    return tuple(found)


def _round_number(least: float) -> int:
    """1, 2, 5, 10, 20 and so on: the first that is not below."""
    scale = 1
    while True:
        for digit in (1, 2, 5):
            if digit * scale >= least:
                return digit * scale
        scale *= 10


def _drawn(choices: tuple[T, ...], name: str) -> T:
    return choices[crc32(name.encode()) % len(choices)]
