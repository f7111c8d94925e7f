"""How a planner wants a SKU to be replenished: reference data that planning reads."""

from __future__ import annotations

from actors.kernel.messages import Message

EVERYWHERE = ""
"""The warehouse of a policy for all warehouses that have none of their own."""


class ReorderPolicy(Message, frozen=True, array_like=True, gc=False):
    """What is None, or empty, is as the run of planning says.

    `target` is the chance, between 0 and 1, of covering lead time plus review. `minimum` and `maximum` are of the inventory
    position, in base units: at least so many are aimed at, and no order goes above so many. `shelf_life_days`: so long goods
    keep from their arrival; no order for more than sells before it expires. `supplier`: from nobody else.
    """

    sku: str
    warehouse: str = EVERYWHERE
    target: float | None = None
    review_days: int | None = None
    supplier: str = ""
    minimum: int | None = None
    maximum: int | None = None
    shelf_life_days: int | None = None
