"""Reservations of one line over 1,000 SKUs, skewed as in `load/orders.lua`: the same ones for the owner and for Lua."""

import itertools
import random
from typing import Final, NamedTuple

from tests.benchmarks.targets.port import SKUS, sku_name

AMPLE: Final = 1_000_000_000
SEED: Final = 1


class Wish(NamedTuple):
    order_id: str
    sku: str
    quantity: int


def wishes(count: int, run: str) -> list[Wish]:
    """Zipf with exponent 1, 1 to 3 units, every order new."""
    chance = random.Random(SEED)
    cumulative = list(itertools.accumulate(1 / rank for rank in range(1, SKUS + 1)))
    names = [sku_name(number) for number in range(SKUS)]
    skus = chance.choices(names, cum_weights=cumulative, k=count)
    return [Wish(f"{run}-{number}", sku, chance.randint(1, 3)) for number, sku in enumerate(skus)]


def parts(found: list[Wish], size: int) -> list[list[Wish]]:
    return [found[at : at + size] for at in range(0, len(found), size)]
