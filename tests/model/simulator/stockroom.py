"""The stockroom: products, counts that change, goods that are carried to another place."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from actors.inventory.commands import Adjust, Move, PutProduct, PutWarehouse
from actors.inventory.goods import DEFAULT_LOCATION, DEFAULT_WAREHOUSE, QUARANTINE_LOCATION, Product, Warehouse
from tests.model.simulator.asking import Asking
from tests.model.simulator.shoppers import SKUS
from tests.model.simulator.world import INVENTORY

ROUNDS: Final = 7


async def keep_stock(asking: Asking) -> None:
    """Put products on the list and count them, again and again."""
    rng = asking.world.rng
    for sku in SKUS:
        await asking.insist(INVENTORY.owner_of(sku), PutProduct(f"put-{sku}", 0, "test", Product(sku, sku)))
    warehouses = [DEFAULT_WAREHOUSE]
    if rng.random() < 0.5:  # orders that name no warehouse have a choice
        warehouses.append("west")
        for owner in INVENTORY.names():
            await asking.insist(owner, PutWarehouse(f"open-{owner}", 0, "test", Warehouse("west", "west")))
    for round_ in range(ROUNDS):
        for sku in SKUS:
            quantity = rng.randint(2, 6) if round_ == 0 else rng.choice([-1, 1, 2])
            where = rng.choice(warehouses)
            who = (f"adjust-{sku}-{round_}", round_, "test", sku)
            command: Any = Adjust(*who, quantity, "correction", where)
            if round_ and rng.random() < 0.3:
                places = rng.sample([DEFAULT_LOCATION, QUARANTINE_LOCATION], 2)
                command = Move(f"move-{sku}-{round_}", round_, "test", sku, 1, places[0], places[1], where)
            await asking.insist(INVENTORY.owner_of(sku), command)
        await asyncio.sleep(rng.uniform(0.1, 1.5))
