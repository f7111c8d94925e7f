"""Baskets: stock held for a while, and what becomes of it."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any, Final

from actors.inventory.commands import EndHold, ExtendHold, Hold
from actors.inventory.replies import HoldView
from tests.model.simulator.asking import Asking
from tests.model.simulator.shoppers import SKUS
from tests.model.simulator.world import INVENTORY

BASKETS_EACH: Final = 4


async def fill_baskets(asking: Asking, customer: int) -> None:
    """Hold stock, and extend, commit, release or forget about it."""
    rng = asking.world.rng
    for number in range(BASKETS_EACH):
        await asyncio.sleep(rng.uniform(0, 1.5))
        await _fill_one(asking, rng, f"b{customer}-{number}")


async def _fill_one(asking: Asking, rng: Random, basket: str) -> None:
    sku = rng.choice(SKUS)
    owner = INVENTORY.owner_of(sku)
    ttl_ms = rng.choice([200, 2_000, 60_000])
    hold = Hold(f"hold-{basket}", 1, "test", basket, sku, rng.randint(1, 2), ttl_ms, "", "")
    if not isinstance(await asking.insist(owner, hold), HoldView):
        return
    sent: list[Any] = [hold]
    for step in range(rng.randint(0, 3)):
        await asyncio.sleep(rng.uniform(0, 1.0))
        match rng.choice(["extend", "commit", "release", "again"]):
            case "extend":
                sent.append(ExtendHold(f"extend-{basket}-{step}", 1, "test", basket, rng.choice([500, 3_000])))
            case "commit":
                sent.append(EndHold(f"commit-{basket}-{step}", 1, "test", basket, "committed"))
            case "release":
                sent.append(EndHold(f"release-{basket}-{step}", 1, "test", basket, "released"))
            case _:
                sent.append(rng.choice(sent))
        await asking.insist(owner, sent[-1])
