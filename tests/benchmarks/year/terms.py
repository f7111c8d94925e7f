"""What all warehouses of a comparison have in common: suppliers, opening stock, lead times drawn by the same seed."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np

LEAD_TIMES: Final = (10, 11, 12, 13, 13, 14, 14, 14, 15, 16, 17, 21)
"""Days, equally likely; two weeks is what is agreed."""


@dataclass(frozen=True, slots=True)
class Terms:
    """
    Attributes:
        suppliers: the SKUs are shared out among them.
        lead_time_days: agreed.
        opening_weeks: of the latest 13 weeks' mean demand, in stock when the run begins.
        warm_up_weeks: that do not count: no policy's first order is there before.
        lost_sales: what finds no stock is lost (`cancel_rest`); else it waits (`ship_partial`).
        put_away: goods are received at the dock and carried to their place, task by task; else they are available at once.
        seed: of the lead times.
        real: suppliers sell in packs, many cheaper than few, and take no order below some money; else any number at one price.
    """

    suppliers: int = 20
    lead_time_days: int = 14
    opening_weeks: float = 4.0
    warm_up_weeks: int = 4
    lost_sales: bool = False
    put_away: bool = True
    seed: int = 1
    real: bool = False

    def supplier_of(self, sku: str) -> str:
        """Who sells a SKU."""
        return f"supplier-{zlib.crc32(sku.encode()) % self.suppliers:02}"

    def arrival(self, supplier: str, placed_on: date) -> date:
        """When an order comes that is placed at a supplier on a day: the same for every policy."""
        chance = np.random.default_rng([self.seed, zlib.crc32(supplier.encode()), placed_on.toordinal()])
        return placed_on + timedelta(int(chance.choice(LEAD_TIMES)))
