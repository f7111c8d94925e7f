"""What an inventory shard answers."""

from __future__ import annotations

from actors.inventory.events import Adjusted, LocationPut, Moved, ProductPut, WarehousePut
from actors.inventory.goods import Location, Product, ReservedLine, Warehouse
from actors.inventory.levels import Level
from actors.inventory.refusals import InventoryRefusal
from actors.kernel.messages import Message, OwnerStatus


class ProductView(Message, tag="ProductView", frozen=True, array_like=True, gc=False):
    """A product and its version."""

    product: Product
    version: int


class Sites(Message, tag="Sites", frozen=True, array_like=True, gc=False):
    """Warehouses and locations with their versions."""

    warehouses: tuple[tuple[Warehouse, int], ...]
    locations: tuple[tuple[Location, int], ...]


class Holder(Message, frozen=True, array_like=True, gc=False):
    """One reservation's share of a SKU."""

    reservation_id: str
    kind: str
    warehouse: str
    reserved: int
    backordered: int
    promised_at: int


class Holders(Message, tag="Holders", frozen=True, array_like=True, gc=False):
    """Who holds a SKU, oldest promise first: a page of them."""

    sku: str
    holders: tuple[Holder, ...]


class ReservationView(Message, tag="ReservationView", frozen=True, array_like=True, gc=False):
    """An order's reservation as it stands here: the answer to `Reserve`, `Release` and `Ship`, and the notice of a change."""

    order_id: str
    revision: int
    version: int
    lines: tuple[ReservedLine, ...]


class Willing(Message, tag="Willing", frozen=True, array_like=True, gc=False):
    """The answer to `WouldRefuse` when the command would be carried out."""


class UnconfirmedOrder(Message, frozen=True, array_like=True, gc=False):
    """A reservation whose order may be on no record but this one."""

    view: ReservationView
    intent: bytes


class Unconfirmed(Message, tag="Unconfirmed", frozen=True, array_like=True, gc=False):
    """The answer to `Greet`, with the warehouses there are."""

    orders: tuple[UnconfirmedOrder, ...]
    warehouses: tuple[str, ...]


class Offers(Message, tag="Offers", frozen=True, array_like=True, gc=False):
    """The answer to `AskSources`: units available by SKU and warehouse."""

    order_id: str
    available: dict[str, dict[str, int]]


class HoldView(Message, tag="HoldView", frozen=True, array_like=True, gc=False):
    """A hold as it stands."""

    reservation_id: str
    state: str
    sku: str
    warehouse: str
    quantity: int
    expires_at: int
    customer: str


InventoryReply = (
    ProductPut | WarehousePut | LocationPut | Adjusted | Moved | Level | ProductView | Sites | Holders | ReservationView
    | Unconfirmed | Offers | HoldView | Willing | OwnerStatus | InventoryRefusal
)  # fmt: skip
