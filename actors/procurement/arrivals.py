"""What is announced, and what arrives: ASNs, receipts, and their bookings on stock."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import msgspec

from actors.inventory.goods import RECEIVING_LOCATION
from actors.kernel.messages import Message


class AnnouncedLine(Message, frozen=True, array_like=True, gc=False):
    """What a supplier says will arrive of a SKU and lot."""

    sku: str
    quantity: int
    lot: str = ""
    expires_on: str = ""


class Notice(msgspec.Struct, array_like=True, dict=True):
    """An ASN; `arrived` counts by SKU what was received on the strength of it."""

    asn_id: str
    op_id: str
    fingerprint: int
    announced_at: int
    expected_on: str
    lines: tuple[AnnouncedLine, ...]
    sscc: str = ""
    external_reference: str = ""
    arrived: dict[str, int] = {}

    @cached_property
    def announced(self) -> dict[str, int]:
        """Units by SKU. Its lines never change."""
        return units_by_sku((line.sku, line.quantity) for line in self.lines)

    def in_transit_of(self, sku: str) -> int:
        """Units that were announced and have not arrived."""
        return max(0, self.announced.get(sku, 0) - self.arrived.get(sku, 0))

    @property
    def state(self) -> str:
        """`announced`, `partially_received` or `received`."""
        if not any(map(self.in_transit_of, self.announced)):
            return "received"
        return "partially_received" if self.arrived else "announced"


def units_by_sku(lines: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Units of lines, of which several may have one SKU."""
    units: dict[str, int] = {}
    for sku, quantity in lines:
        units[sku] = units.get(sku, 0) + quantity
    return units


class Booking(msgspec.Struct, array_like=True, gc=False):
    """Units of a receipt on their way onto stock, or there (`booked`)."""

    number: int
    sku: str
    quantity: int
    location: str
    lot: str = ""
    expires_on: str = ""
    damaged: bool = False
    category: str = ""
    volume_ml: int | None = None
    booked: bool = False

    @property
    def is_to_be_carried(self) -> bool:
        """Good units at the dock go on to where they are sold from; what is damaged or has expired is in quarantine."""
        return self.location == RECEIVING_LOCATION


class Receipt(msgspec.Struct, array_like=True, gc=False):
    """Goods that arrived together."""

    receipt_id: str
    at: int
    op_id: str
    fingerprint: int
    actor: str
    asn_id: str
    put_away: bool
    bookings: list[Booking]

    @property
    def under_way(self) -> bool:
        """Some of it is not known to be on stock."""
        return any(not booking.booked for booking in self.bookings)
