"""Products, the places where they are, and what is promised and picked of them. Quantities are whole base units (eaches)."""

from __future__ import annotations

from typing import Final

from actors.kernel.messages import Message

DEFAULT_WAREHOUSE: Final = "main"
DEFAULT_LOCATION: Final = "stock"
QUARANTINE_LOCATION: Final = "quarantine"
RECEIVING_LOCATION: Final = "receiving"
"""Every warehouse has these three places from the start; goods in the last two are on hold."""
FROM_THE_START: Final = (DEFAULT_LOCATION, QUARANTINE_LOCATION, RECEIVING_LOCATION)
ON_HOLD_FROM_THE_START: Final = (QUARANTINE_LOCATION, RECEIVING_LOCATION)
NO_LOT: Final = ""
MOVED: Final = "different_location"
"""Why goods are carried to another place when nobody says."""

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


class Pick(Message, frozen=True, array_like=True, gc=False):
    """Units that left one location and lot: a row of the movement ledger."""

    sku: str
    warehouse: str
    location: str
    lot: str
    quantity: int
    before: int
