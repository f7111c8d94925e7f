"""What an inventory shard can be asked without changing anything."""

from __future__ import annotations

from actors.inventory.commands import Adjust, PutLocation
from actors.kernel.messages import Query, ReadStatus


class ReadLevel(Query, tag="ReadLevel", frozen=True, array_like=True, gc=False):
    """The quantities of one SKU."""

    sku: str


class ReadProduct(Query, tag="ReadProduct", frozen=True, array_like=True, gc=False):
    """One product with its version."""

    sku: str


class ReadSites(Query, tag="ReadSites", frozen=True, array_like=True, gc=False):
    """Every warehouse and location."""


class ReadHolders(Query, tag="ReadHolders", frozen=True, array_like=True, gc=False):
    """Who holds this stock: the open reservations of a SKU, oldest promise first.

    After (promised at, reservation id, warehouse) of the last one of the page before, and not more than `limit`.
    """

    sku: str
    after: tuple[int, str, str] | None = None
    limit: int = 500


class ReadReservation(Query, tag="ReadReservation", frozen=True, array_like=True, gc=False):
    """One reservation: of an order, or a hold."""

    reservation_id: str


class WouldRefuse(Query, tag="WouldRefuse", frozen=True, array_like=True, gc=False):
    """What would be said to a command now: the refusal, or `Willing`. For what several shards are to do, or none."""

    command: PutLocation | Adjust


InventoryQuery = ReadStatus | ReadLevel | ReadProduct | ReadSites | ReadHolders | ReadReservation | WouldRefuse
