"""The shape of a shop in figures: measured on a real one, imitated by the generated one."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

GRID: Final = (*(step / 20 for step in range(20)), 0.98, 0.99, 0.995, 0.999, 0.9999)
"""The shares at which a distribution is kept. The top leaves the two giant orders out."""
RANKS: Final = (0.0002, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)
"""The shares of all SKUs or customers, the most popular first, at which popularity is kept."""

Table: TypeAlias = tuple[float, ...]
"""A distribution as its quantiles at `GRID`."""
Shares: TypeAlias = tuple[tuple[str, float], ...]
"""Names with a share each."""


@dataclass(frozen=True, slots=True)
class ShopShape:
    """Figures of a shop. Orders are invoices with goods; rates are per order or per trading day as their names say."""

    orders_per_trading_day: float
    month_factors: Table
    """Orders per trading day, January to December, as a multiple of the mean."""
    weekday_factors: Table
    """The same, Monday to Sunday; 0 on a day that never trades."""
    hour_shares: Table
    """Share of orders by hour, 0 to 23."""
    skus_per_order: Table
    units_per_line: Table
    repeated_line_share: float
    """Order lines that repeat a SKU of the same order."""
    skus: int
    sku_popularity: Table
    """Share of order lines that the most popular SKUs take, at `RANKS`."""
    lettered_sku_share: float
    """SKUs that end in a letter."""
    lower_case_share: float
    """Lines of lettered SKUs that write the letter in lower case."""
    price_per_sku: Table
    """Median price of each SKU, in pounds."""
    customers: int
    customer_popularity: Table
    unknown_customer_share: float
    """Orders without a customer."""
    cancellations_per_order: float
    skus_per_cancellation: Table
    cancellation_delay_h: Table
    """Hours from an order to a cancellation that matches it."""
    matched_cancellation_share: float
    """Matched (document, order) pairs among all cancellations, those of unknown origin included."""
    whole_cancellation_share: float
    """Matched cancellations that leave nothing of the order."""
    write_offs_per_trading_day: float
    write_off_units: Table
    write_off_reasons: Shares
    finds_per_trading_day: float
    found_units: Table
    found_reasons: Shares
    service_lines_per_order: Shares
    """Lines that are no goods, by code."""
    giant_order_units: int
    giant_order_minutes: float
    """How long the largest order stood before it was cancelled."""


def draw(table: Table, chance: float) -> float:
    """Read a positive value off a distribution at `chance` in [0, 1), geometrically between two kept quantiles."""
    at = min(bisect_right(GRID, chance), len(GRID) - 1)
    share = min(1.0, (chance - GRID[at - 1]) / (GRID[at] - GRID[at - 1]))
    low, high = table[at - 1], table[at]
    return low * (high / low) ** share if low > 0 else low + share * (high - low)


def draw_rank(popularity: Table, count: int, chance: float) -> int:
    """Choose one of `count` by popularity; 0 is the most popular."""
    at = bisect_right(popularity, chance)
    if at == 0:
        return int(RANKS[0] * count * chance / popularity[0])
    at = min(at, len(RANKS) - 1)
    width = popularity[at] - popularity[at - 1]
    share = (chance - popularity[at - 1]) / width if width else 0.0
    return min(count - 1, int(count * RANKS[at - 1] * (RANKS[at] / RANKS[at - 1]) ** share))


def choose(shares: Shares, chance: float) -> str:
    """Choose a name by its share."""
    for name, share in shares:
        chance -= share
        if chance < 0:
            return name
    return shares[-1][0]


def rounded(values: Sequence[float], digits: int = 4) -> Table:
    """Keep the significant digits only."""
    return tuple(significant(value, digits) for value in values)


def significant(value: float, digits: int = 4) -> float:
    """Round to significant digits."""
    return round(value, digits - 1 - math.floor(math.log10(abs(value)))) if value else 0.0
