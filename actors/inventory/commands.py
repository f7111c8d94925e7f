"""What an inventory shard is asked to do: by clients, by order shards, and by itself."""

from __future__ import annotations

from actors.inventory.events import Adjusted, Moved
from actors.inventory.goods import (
    DEFAULT_LOCATION,
    DEFAULT_WAREHOUSE,
    MOVED,
    NO_LOT,
    Location,
    Product,
    Warehouse,
)
from actors.kernel.messages import ClientCommand, Command, Message


# ── from outside ────────────────────────────────────────────────────────────────────────────────────────────────────
class PutProduct(ClientCommand, tag="PutProduct", frozen=True, array_like=True, gc=False):
    """Create or replace a product; `if_version` (an ETag) refuses when another version stands."""

    product: Product
    if_version: int | None = None


class PutWarehouse(ClientCommand, tag="PutWarehouse", frozen=True, array_like=True, gc=False):
    """Create or replace a warehouse. Shard 0 gives the version; the others are told it (`version`)."""

    warehouse: Warehouse
    if_version: int | None = None
    version: int | None = None


class PutLocation(ClientCommand, tag="PutLocation", frozen=True, array_like=True, gc=False):
    """Create or replace a location, as `PutWarehouse` does."""

    location: Location
    if_version: int | None = None
    version: int | None = None


class Adjust(ClientCommand, tag="Adjust", frozen=True, array_like=True, gc=False):
    """Change what is on hand by `quantity` (not zero), for one of `ADJUSTMENT_REASONS`."""

    sku: str
    quantity: int
    reason: str
    warehouse: str = DEFAULT_WAREHOUSE
    location: str = DEFAULT_LOCATION
    lot: str = NO_LOT
    document: str = ""
    tell_level: bool = False
    """Whether the answer has the level after it too."""


class Move(ClientCommand, tag="Move", frozen=True, array_like=True, gc=False):
    """Carry `quantity` (> 0) from one location to another of the same warehouse.

    `at_most`: fewer, or none, when fewer are there; then only an unknown name is refused, and a copy that comes late finds
    that it was done.
    """

    sku: str
    quantity: int
    from_location: str
    to_location: str
    warehouse: str = DEFAULT_WAREHOUSE
    lot: str = NO_LOT
    reason: str = MOVED
    document: str = ""
    at_most: bool = False


class Hold(ClientCommand, tag="Hold", frozen=True, array_like=True, gc=False):
    """Hold stock for a basket: it ends by itself after `ttl_ms`, by the owner's clock."""

    reservation_id: str
    sku: str
    quantity: int
    ttl_ms: int
    warehouse: str = ""
    customer: str = ""


class ExtendHold(ClientCommand, tag="ExtendHold", frozen=True, array_like=True, gc=False):
    """Let an active hold end `ttl_ms` from now instead."""

    reservation_id: str
    ttl_ms: int


class EndHold(ClientCommand, tag="EndHold", frozen=True, array_like=True, gc=False):
    """End a hold: `committed` (the goods leave) or `released` (they are free again)."""

    reservation_id: str
    state: str


class ForceRelease(ClientCommand, tag="ForceRelease", frozen=True, array_like=True, gc=False):
    """Take back what an order was promised of one SKU: it becomes a backorder in its old place.

    `reason` goes to the audit trail. Refused when the order has none of it reserved.
    """

    reservation_id: str
    sku: str
    reason: str


# ── from order shards ───────────────────────────────────────────────────────────────────────────────────────────────
class Wanted(Message, frozen=True, array_like=True, gc=False):
    """What an order wants of one SKU; no warehouse means: choose."""

    sku: str
    quantity: int
    warehouse: str = ""


class Reserve(Command, tag="Reserve", frozen=True, array_like=True, gc=False):
    """Make the reservation of an order equal to `wanted`, whatever it was.

    Revisions of one order rise, and only a newer one is carried out: a repeat, or a reserve that its cancel has
    overtaken, changes nothing. `shortage` says what becomes of units that are not there: `refuse` the whole command,
    `backorder` them, or `drop` them.

    `prefer` names the warehouses that serve most of an order over several shards: lines that name none go there if they can.
    A first revision may carry the order's `intent` (an encoded `OrderReceived`) from an order shard that has not recorded
    it yet: it is kept with the reservation until `ConfirmOrders`. `epoch` is that of the sender; replaced ones are refused.
    """

    order_id: str
    revision: int
    promised_at: int
    priority: int
    shortage: str
    wanted: tuple[Wanted, ...]
    intent: bytes = b""
    epoch: int = 0
    prefer: tuple[str, ...] = ()


class Release(Command, tag="Release", frozen=True, array_like=True, gc=False):
    """Free whatever the order still holds here, and refuse every earlier revision that is yet to come (tombstone)."""

    order_id: str
    revision: int


class Ship(Command, tag="Ship", frozen=True, array_like=True, gc=False):
    """The reserved units of the order left the building."""

    order_id: str
    revision: int


class AskSources(Command, tag="AskSources", frozen=True, array_like=True, gc=False):
    """Ask how many units of each SKU every warehouse could give now: nothing is promised."""

    order_id: str
    skus: tuple[str, ...]


class ConfirmOrders(Command, tag="ConfirmOrders", frozen=True, array_like=True, gc=False):
    """The order shard has these orders on record: their intents need not be kept any more."""

    order_ids: tuple[str, ...]


class Greet(Command, tag="Greet", frozen=True, array_like=True, gc=False):
    """A new owner of an order shard asks which orders its predecessors began here without having recorded them.

    From then on predecessors begin nothing here: reserves of an older `epoch` are refused.
    """

    order_shard: str
    epoch: int


# ── from the kernel to itself ───────────────────────────────────────────────────────────────────────────────────────
class RecallAdjusted(Command, tag="RecallAdjusted", frozen=True, array_like=True, gc=False):
    """Take the answer of an adjustment or a move that had left memory back into it, from the ledger (kernel to itself)."""

    adjusted: Adjusted | Moved


class NoticeHeard(Command, tag="NoticeHeard", frozen=True, array_like=True, gc=False):
    """The order shard has recorded version `version` of its reservation (kernel to itself)."""

    order_id: str
    version: int


class ExpireHolds(Command, tag="ExpireHolds", frozen=True, array_like=True, gc=False):
    """End every hold whose time has come (kernel to itself)."""


InventoryCommand = (
    PutProduct | PutWarehouse | PutLocation | Adjust | Move | Hold | ExtendHold | EndHold | ForceRelease
    | Reserve | Release | Ship | NoticeHeard | ExpireHolds | RecallAdjusted | ConfirmOrders | Greet
    | AskSources
)  # fmt: skip
