"""What an inventory shard records in its journal."""

from __future__ import annotations

from actors.inventory.goods import MOVED, Location, Pick, Product, ReservedLine, Warehouse
from actors.inventory.levels import Level
from actors.kernel.messages import Event


class ProductPut(Event, tag="ProductPut", frozen=True, array_like=True, gc=False):
    """A product was created (`version` 1) or replaced."""

    op_id: str
    fingerprint: int
    actor: str
    version: int
    product: Product


class WarehousePut(Event, tag="WarehousePut", frozen=True, array_like=True, gc=False):
    """A warehouse was created or replaced."""

    op_id: str
    fingerprint: int
    actor: str
    version: int
    warehouse: Warehouse


class LocationPut(Event, tag="LocationPut", frozen=True, array_like=True, gc=False):
    """A location was created or replaced."""

    op_id: str
    fingerprint: int
    actor: str
    version: int
    location: Location


class Adjusted(Event, tag="Adjusted", frozen=True, array_like=True, gc=False):
    """One row of the movement ledger: `before` and `after` are what the location and lot held."""

    op_id: str
    fingerprint: int
    actor: str
    sku: str
    warehouse: str
    location: str
    lot: str
    quantity: int
    reason: str
    document: str
    before: int
    after: int
    level: Level | None = None
    """The level of the SKU after it, when it was asked for and is of few places: a repeat is told the same."""


class Moved(Event, tag="Moved", frozen=True, array_like=True, gc=False):
    """Goods changed place: two rows of the movement ledger."""

    op_id: str
    fingerprint: int
    actor: str
    sku: str
    warehouse: str
    lot: str
    quantity: int
    from_location: str
    from_before: int
    to_location: str
    to_before: int
    reason: str = MOVED
    document: str = ""


class AdjustedRecalled(Event, tag="AdjustedRecalled", frozen=True, array_like=True, gc=False):
    """The answer of an old adjustment or move is remembered again; nothing else changes."""

    adjusted: Adjusted | Moved


class Reserved(Event, tag="Reserved", frozen=True, array_like=True, gc=False):
    """The reservation of an order stands as `lines` say. `version` rises with every change of it."""

    order_id: str
    revision: int
    version: int
    promised_at: int
    priority: int
    lines: tuple[ReservedLine, ...]
    intent: bytes = b""


class OrdersConfirmed(Event, tag="OrdersConfirmed", frozen=True, array_like=True, gc=False):
    """The order shard has these orders on record."""

    order_ids: tuple[str, ...]


class OrderShardGreeted(Event, tag="OrderShardGreeted", frozen=True, array_like=True, gc=False):
    """An order shard has a new owner."""

    order_shard: str
    epoch: int


class Released(Event, tag="Released", frozen=True, array_like=True, gc=False):
    """The order holds nothing here any more; earlier revisions will be refused."""

    order_id: str
    revision: int
    version: int


class Shipped(Event, tag="Shipped", frozen=True, array_like=True, gc=False):
    """The order's reserved units left the building."""

    order_id: str
    revision: int
    version: int
    picks: tuple[Pick, ...]


class Rebalanced(Event, tag="Rebalanced", frozen=True, array_like=True, gc=False):
    """`quantity` units of a reservation went from backordered to reserved (> 0) or back (< 0). `op_id`: who asked for it."""

    order_id: str
    version: int
    sku: str
    warehouse: str
    quantity: int
    cause: str
    op_id: str = ""
    fingerprint: int = 0


class NoticeDelivered(Event, tag="NoticeDelivered", frozen=True, array_like=True, gc=False):
    """The order shard knows version `version`: nothing is left to tell it."""

    order_id: str
    version: int


class Held(Event, tag="Held", frozen=True, array_like=True, gc=False):
    """A hold began."""

    op_id: str
    fingerprint: int
    actor: str
    reservation_id: str
    sku: str
    warehouse: str
    quantity: int
    expires_at: int
    customer: str


class HoldExtended(Event, tag="HoldExtended", frozen=True, array_like=True, gc=False):
    """A hold now ends at `expires_at`."""

    op_id: str
    fingerprint: int
    reservation_id: str
    expires_at: int


class HoldEnded(Event, tag="HoldEnded", frozen=True, array_like=True, gc=False):
    """A hold ended: `committed` (with its picks), `released`, `expired`, or `cancelled` because a count found too little."""

    op_id: str
    fingerprint: int
    reservation_id: str
    state: str
    picks: tuple[Pick, ...] = ()


InventoryEvent = (
    ProductPut | WarehousePut | LocationPut | Adjusted | Moved | Reserved | Released | Shipped | Rebalanced
    | NoticeDelivered | Held | HoldExtended | HoldEnded | AdjustedRecalled | OrdersConfirmed | OrderShardGreeted
)  # fmt: skip
