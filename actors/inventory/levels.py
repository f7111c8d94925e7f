"""The quantities of a SKU, as they are told."""

from __future__ import annotations

from actors.kernel.messages import Message


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
