"""What there is and what is on its way, less what is promised: the inventory position of many SKUs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from forecasting.parameters import ParameterError

Units = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """What is still to come of a purchase order; with an `asn_id`, what this notice announces of it."""

    document: str
    units: int
    due: date
    asn_id: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Positions:
    """Stock of each SKU and warehouse, as decided in one moment; whole units, shape (items,).

    Attributes:
        on_hand: physically there, `on_hold` of it not to be sold.
        reserved, backordered: promised, with and without stock behind it.
        open_orders: of each item, in the order in which they are due.
    """

    on_hand: Units
    on_hold: Units
    reserved: Units
    backordered: Units
    open_orders: Sequence[tuple[OpenOrder, ...]]

    def __post_init__(self) -> None:
        for name in ("on_hold", "reserved", "backordered", "open_orders"):
            if len(getattr(self, name)) != len(self.on_hand):
                raise ParameterError(name, f"{len(getattr(self, name))} of them", f"one for each of {len(self.on_hand)} items")

    def __len__(self) -> int:
        return len(self.on_hand)

    @property
    def on_order(self) -> Units:
        """Units of all open orders."""
        return np.array([sum(order.units for order in orders) for orders in self.open_orders], np.int64)

    @property
    def net(self) -> Units:
        """On hand less on hold, less what is promised."""
        return self.on_hand - self.on_hold - self.reserved - self.backordered

    @property
    def units(self) -> Units:
        """The same with what is on order."""
        return self.net + self.on_order
