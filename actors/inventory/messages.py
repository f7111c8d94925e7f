"""Commands, queries, events and replies of an inventory shard. Quantities are whole base units (eaches)."""

from __future__ import annotations

from typing import Final

from actors.kernel.messages import (
    Busy,
    ClientCommand,
    Command,
    Event,
    Failed,
    KeyReused,
    Message,
    OwnerStatus,
    Query,
    ReadStatus,
    Refusal,
    Replaced,
)

DEFAULT_WAREHOUSE: Final = "main"
DEFAULT_LOCATION: Final = "stock"
QUARANTINE_LOCATION: Final = "quarantine"
"""Every warehouse has these two places from the start; goods in quarantine are on hold."""
NO_LOT: Final = ""

ADJUSTMENT_REASONS: Final = frozenset(
    {
        "opening_stock", "receipt", "return", "found", "missing", "stolen", "damaged", "expired", "scrapped", "recounted",
        "correction", "data_entry", "could_not_locate", "different_location", "stock_out", "incorrect_lot",
    }
)  # fmt: skip
"""The closed list of reasons why a count may change."""

UNSELLABLE_LOCATION_TYPES: Final = frozenset({"quarantine", "damaged", "receiving", "returns"})
"""Goods in such a location are on hand but on hold: counted, never promised."""
LOCATION_TYPES: Final = frozenset({"storage", "picking", "packing", "shipping"}) | UNSELLABLE_LOCATION_TYPES


# ── reference data ──────────────────────────────────────────────────────────────────────────────────────────────────
class Pack(Message, frozen=True, array_like=True, gc=False):
    """A pack level: `units` base units in one `name`, with its own GTIN."""

    name: str
    units: int
    gtin: str = ""


class Product(Message, frozen=True, array_like=True, gc=False):
    """What a SKU is. `unit` names the base unit that every quantity counts."""

    sku: str
    name: str
    gtin: str = ""
    unit: str = "each"
    packs: tuple[Pack, ...] = ()
    category: str = ""
    weight_g: int | None = None
    volume_ml: int | None = None


class Warehouse(Message, frozen=True, array_like=True, gc=False):
    """A site that holds stock and ships."""

    id: str
    name: str


class Location(Message, frozen=True, array_like=True, gc=False):
    """A place inside a warehouse; `sequence`, `x`, `y` order the pick path."""

    id: str
    warehouse: str
    type: str = "storage"
    sequence: int = 0
    x: float | None = None
    y: float | None = None


# ── commands from outside ───────────────────────────────────────────────────────────────────────────────────────────
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


class Move(ClientCommand, tag="Move", frozen=True, array_like=True, gc=False):
    """Carry `quantity` (> 0) from one location to another of the same warehouse."""

    sku: str
    quantity: int
    from_location: str
    to_location: str
    warehouse: str = DEFAULT_WAREHOUSE
    lot: str = NO_LOT


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
    """Take back what a reservation was promised of one SKU: it becomes a backorder. `reason` goes to the audit trail."""

    reservation_id: str
    sku: str
    reason: str


# ── commands from order shards ──────────────────────────────────────────────────────────────────────────────────────
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


class Release(Command, tag="Release", frozen=True, array_like=True, gc=False):
    """Free whatever the order still holds here, and refuse every earlier revision that is yet to come (tombstone)."""

    order_id: str
    revision: int


class Ship(Command, tag="Ship", frozen=True, array_like=True, gc=False):
    """The reserved units of the order left the building."""

    order_id: str
    revision: int


class RecallAdjusted(Command, tag="RecallAdjusted", frozen=True, array_like=True, gc=False):
    """Take the answer of an adjustment that had left memory back into it, from the ledger (kernel to itself)."""

    adjusted: Adjusted


class NoticeHeard(Command, tag="NoticeHeard", frozen=True, array_like=True, gc=False):
    """The order shard has recorded version `version` of its reservation (kernel to itself)."""

    order_id: str
    version: int


class ExpireHolds(Command, tag="ExpireHolds", frozen=True, array_like=True, gc=False):
    """End every hold whose time has come (kernel to itself)."""


# ── events ──────────────────────────────────────────────────────────────────────────────────────────────────────────
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


class AdjustedRecalled(Event, tag="AdjustedRecalled", frozen=True, array_like=True, gc=False):
    """The answer of an old adjustment is remembered again; nothing else changes."""

    adjusted: Adjusted


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


class ReservedLine(Message, frozen=True, array_like=True, gc=False):
    """What a reservation has of one SKU in one warehouse: absolute, never a difference. A line stays, at zero, when
    nothing of it is left, so that whoever keeps a row of it can bring that to zero too."""

    sku: str
    warehouse: str
    reserved: int
    backordered: int = 0
    shipped: int = 0

    @property
    def holds(self) -> int:
        """Units promised or waited for."""
        return self.reserved + self.backordered


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


class Pick(Message, frozen=True, array_like=True, gc=False):
    """Units that left one location and lot: a row of the movement ledger."""

    sku: str
    warehouse: str
    location: str
    lot: str
    quantity: int
    before: int


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


# ── queries and replies ─────────────────────────────────────────────────────────────────────────────────────────────
class ReadLevel(Query, tag="ReadLevel", frozen=True, array_like=True, gc=False):
    """The quantities of one SKU."""

    sku: str


class ReadProduct(Query, tag="ReadProduct", frozen=True, array_like=True, gc=False):
    """One product with its version."""

    sku: str


class ReadSites(Query, tag="ReadSites", frozen=True, array_like=True, gc=False):
    """Every warehouse and location."""


class ReadHolders(Query, tag="ReadHolders", frozen=True, array_like=True, gc=False):
    """Who holds this stock: the open reservations of a SKU."""

    sku: str


class ReadReservation(Query, tag="ReadReservation", frozen=True, array_like=True, gc=False):
    """One reservation: of an order, or a hold."""

    reservation_id: str


class BinLevel(Message, frozen=True, array_like=True, gc=False):
    """What one location holds of one lot."""

    location: str
    lot: str
    on_hand: int
    on_hold: int


class SiteLevel(Message, frozen=True, array_like=True, gc=False):
    """The quantities of a SKU in one warehouse."""

    warehouse: str
    on_hand: int
    on_hold: int
    reserved: int
    backordered: int
    bins: tuple[BinLevel, ...]


class Level(Message, tag="Level", frozen=True, array_like=True, gc=False):
    """The quantities of a SKU everywhere; also the value kept in the read model."""

    sku: str
    as_of: int
    sites: tuple[SiteLevel, ...]


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
    """Who holds a SKU, oldest promise first."""

    sku: str
    holders: tuple[Holder, ...]


class ReservationView(Message, tag="ReservationView", frozen=True, array_like=True, gc=False):
    """An order's reservation as it stands here: the answer to `Reserve`, `Release` and `Ship`, and the notice of a change."""

    order_id: str
    revision: int
    version: int
    lines: tuple[ReservedLine, ...]


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


# ── refusals ────────────────────────────────────────────────────────────────────────────────────────────────────────
class Shortage(Message, frozen=True, array_like=True, gc=False):
    """A line that cannot be had: what was asked and what there is."""

    sku: str
    requested: int
    available: int


class InsufficientStock(Refusal, tag="InsufficientStock", frozen=True, array_like=True, gc=False):
    """Not enough is available."""

    lines: tuple[Shortage, ...]


class UnknownSku(Refusal, tag="UnknownSku", frozen=True, array_like=True, gc=False):
    """No product of that SKU."""

    skus: tuple[str, ...]


class UnknownWarehouse(Refusal, tag="UnknownWarehouse", frozen=True, array_like=True, gc=False):
    """No such warehouse."""

    warehouse: str


class UnknownLocation(Refusal, tag="UnknownLocation", frozen=True, array_like=True, gc=False):
    """No such location in that warehouse."""

    warehouse: str
    location: str


class UnknownReservation(Refusal, tag="UnknownReservation", frozen=True, array_like=True, gc=False):
    """No such reservation, or one that ended long ago."""

    reservation_id: str


class ReservationEnded(Refusal, tag="ReservationEnded", frozen=True, array_like=True, gc=False):
    """The hold is over, so it can be neither extended, committed nor released."""

    reservation_id: str
    state: str


class TooManyHolds(Refusal, tag="TooManyHolds", frozen=True, array_like=True, gc=False):
    """The customer already holds as many as one may."""

    customer: str
    limit: int


class VersionConflict(Refusal, tag="VersionConflict", frozen=True, array_like=True, gc=False):
    """Somebody else changed it: `version` is what stands now (0: it does not exist)."""

    version: int


class LocationInUse(Refusal, tag="LocationInUse", frozen=True, array_like=True, gc=False):
    """A location that holds stock can be renumbered, but neither change warehouse nor become (un)sellable."""

    location: str


class UnitInUse(Refusal, tag="UnitInUse", frozen=True, array_like=True, gc=False):
    """The base unit counts stock, promises or backorders: another one would change what every number means."""

    sku: str


class Superseded(Refusal, tag="Superseded", frozen=True, array_like=True, gc=False):
    """A newer revision of this order's reservation was here first."""

    order_id: str
    revision: int


InventoryCommand = (
    PutProduct | PutWarehouse | PutLocation | Adjust | Move | Hold | ExtendHold | EndHold | ForceRelease
    | Reserve | Release | Ship | NoticeHeard | ExpireHolds | RecallAdjusted | ConfirmOrders | Greet
    | AskSources
)  # fmt: skip
InventoryQuery = ReadStatus | ReadLevel | ReadProduct | ReadSites | ReadHolders | ReadReservation
InventoryEvent = (
    ProductPut | WarehousePut | LocationPut | Adjusted | Moved | Reserved | Released | Shipped | Rebalanced
    | NoticeDelivered | Held | HoldExtended | HoldEnded | AdjustedRecalled | OrdersConfirmed | OrderShardGreeted
)  # fmt: skip
InventoryRefusal = (
    InsufficientStock | UnknownSku | UnknownWarehouse | UnknownLocation | UnknownReservation | ReservationEnded
    | TooManyHolds | VersionConflict | LocationInUse | Superseded | KeyReused | Busy | Failed
    | UnitInUse | Replaced
)  # fmt: skip
InventoryReply = (
    ProductPut | WarehousePut | LocationPut | Adjusted | Moved | Level | ProductView | Sites | Holders | ReservationView
    | Unconfirmed | Offers | HoldView | OwnerStatus | InventoryRefusal
)  # fmt: skip
