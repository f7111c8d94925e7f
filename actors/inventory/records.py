"""What a snapshot of an inventory shard holds, record by record."""

from __future__ import annotations

from actors.inventory.events import InventoryEvent
from actors.inventory.goods import Location, Product, ReservedLine, Warehouse
from actors.kernel.forgotten import ForgottenKeys
from actors.kernel.messages import Message


class ItemRecord(Message, tag="Item", frozen=True, array_like=True, gc=False):
    """A product and what every place holds of it: (warehouse, location, lot, units); `sites` are warehouses that had some."""

    product: Product
    version: int
    bins: tuple[tuple[str, str, str, int], ...]
    sites: tuple[str, ...] = ()


class WarehouseRecord(Message, tag="Warehouse", frozen=True, array_like=True, gc=False):
    """A warehouse."""

    warehouse: Warehouse
    version: int


class LocationRecord(Message, tag="Location", frozen=True, array_like=True, gc=False):
    """A location."""

    location: Location
    version: int


class ReservationRecord(Message, tag="Reservation", frozen=True, array_like=True, gc=False):
    """An order's reservation, open or closed."""

    order_id: str
    revision: int
    version: int
    promised_at: int
    priority: int
    lines: tuple[ReservedLine, ...]
    closed: bool
    told: int
    intent: bytes = b""


class OrderShardRecord(Message, tag="OrderShard", frozen=True, array_like=True, gc=False):
    """The newest owner of an order shard that was heard of."""

    order_shard: str
    epoch: int


class BasketRecord(Message, tag="Basket", frozen=True, array_like=True, gc=False):
    """A hold."""

    reservation_id: str
    sku: str
    warehouse: str
    quantity: int
    expires_at: int
    customer: str
    state: str


class OpRecord(Message, tag="Op", frozen=True, array_like=True, gc=False):
    """An answer that may be asked for again."""

    op_id: str
    event: InventoryEvent


class ForgottenRecord(Message, tag="Forgotten", frozen=True, array_like=True, gc=False):
    """How many answers have left memory, and the highest version of a tombstone that has."""

    ops: int
    version: int = 0


InventoryRecord = (
    ItemRecord | WarehouseRecord | LocationRecord | ReservationRecord | BasketRecord | OpRecord | ForgottenRecord
    | OrderShardRecord | ForgottenKeys
)  # fmt: skip
