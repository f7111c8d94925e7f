"""Why an inventory shard says no."""

from __future__ import annotations

from actors.kernel.messages import (
    Busy,
    Failed,
    KeyForgotten,
    KeyReused,
    Message,
    Refusal,
    Replaced,
)


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


class NothingReserved(Refusal, tag="NothingReserved", frozen=True, array_like=True, gc=False):
    """The reservation has no units of this SKU that could be taken back."""

    reservation_id: str
    sku: str


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


InventoryRefusal = (
    InsufficientStock | UnknownSku | UnknownWarehouse | UnknownLocation | UnknownReservation | ReservationEnded
    | NothingReserved | TooManyHolds | VersionConflict | LocationInUse | Superseded | KeyForgotten | KeyReused | Busy
    | Failed
    | UnitInUse | Replaced
)  # fmt: skip
