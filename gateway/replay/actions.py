"""What a replay asks of the system, one value per API call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple, TypeAlias

from gateway.replay.lines import BadRow


class Quantity(NamedTuple):
    """Units of one SKU."""

    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class PlaceOrder:
    """An invoice becomes one order; `reference` is its number as the file writes it."""

    row: int
    at: datetime | None
    order_id: str
    reference: str
    customer: str | None
    lines: tuple[Quantity, ...]


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """Everything that was left of an order is called off before it shipped."""

    row: int
    at: datetime | None
    order_id: str


@dataclass(frozen=True, slots=True)
class EditLines:
    """Part of an order is called off before it shipped; quantities are the new ones, 0 removes the line."""

    row: int
    at: datetime | None
    order_id: str
    lines: tuple[Quantity, ...]


@dataclass(frozen=True, slots=True)
class ReturnGoods:
    """Goods come back: from a shipped order, or from one that the stretch does not hold (`order_id` is None)."""

    row: int
    at: datetime | None
    return_id: str
    order_id: str | None
    lines: tuple[Quantity, ...]


@dataclass(frozen=True, slots=True)
class AdjustStock:
    """A stock correction; `reason` is from the closed list of the domain."""

    row: int
    at: datetime | None
    sku: str
    quantity: int
    reason: str


@dataclass(frozen=True, slots=True)
class ShipOrder:
    """The order leaves the building."""

    row: int
    at: datetime | None
    order_id: str


@dataclass(frozen=True, slots=True)
class DeliverOrder:
    """The order has arrived, and is finished."""

    row: int
    at: datetime | None
    order_id: str


Action: TypeAlias = PlaceOrder | CancelOrder | EditLines | ReturnGoods | AdjustStock | ShipOrder | DeliverOrder


@dataclass(frozen=True, slots=True)
class Product:
    """An article to create."""

    sku: str
    name: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """Lines that are no goods: how many, and what the file calls them."""

    code: str
    name: str
    lines: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a replay will do, in order. The same rows always give the same plan."""

    source: str
    fingerprint: str
    first_day: date | None
    last_day: date | None
    trading_days: int
    rows: int
    products: tuple[Product, ...]
    opening: tuple[Quantity, ...]
    actions: tuple[Action, ...]
    skipped: tuple[Skipped, ...]
    bad: tuple[BadRow, ...]

    @property
    def orders(self) -> int:
        """How many orders are placed."""
        return sum(isinstance(action, PlaceOrder) for action in self.actions)
