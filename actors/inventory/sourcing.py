"""Which warehouses serve an order that names none: as many units as there are, from as few warehouses as possible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Final, NamedTuple

MOST_WAREHOUSES_COMBINED: Final = 4
"""Combinations of up to so many warehouses are compared; beyond that every warehouse may serve."""
MOST_WAREHOUSES_COMPARED: Final = 12
"""With more warehouses only the so many that have most of the order are compared."""


class Source(NamedTuple):
    """`quantity` units of `sku` from `warehouse`."""

    sku: str
    warehouse: str
    quantity: int


def fewest_splits(
    wanted: Mapping[str, int], available: Mapping[str, Mapping[str, int]], already: Sequence[str] = ()
) -> list[Source]:
    """Choose warehouses for an order.

    Args:
        wanted: units by SKU, > 0.
        available: units by SKU and warehouse; missing means none.
        already: warehouses that serve the order anyway.
    Returns:
        Sources in the smallest set of further warehouses that gives the most units any set gives; among equals the
        one with most of the order, then by name. A SKU that nobody has gets no source.
    """
    cover = {
        warehouse: sum(min(units, available.get(sku, {}).get(warehouse, 0)) for sku, units in wanted.items())
        for warehouse in sorted({name for sites in available.values() for name, units in sites.items() if units > 0})
    }
    best_first = sorted(cover, key=lambda name: (-cover[name], name))
    most = sum(min(units, sum(max(0, n) for n in available.get(sku, {}).values())) for sku, units in wanted.items())
    compared = [name for name in best_first if name not in already][:MOST_WAREHOUSES_COMPARED]
    for size in range(min(MOST_WAREHOUSES_COMBINED, len(compared)) + 1):
        for chosen in combinations(compared, size):
            sources = _serve(wanted, available, (*already, *chosen))
            if sum(source.quantity for source in sources) == most:
                return sources
    return _serve(wanted, available, best_first)


def _serve(wanted: Mapping[str, int], available: Mapping[str, Mapping[str, int]], warehouses: Sequence[str]) -> list[Source]:
    """Serve from the given warehouses: a SKU from one of them where one has enough, else the fullest first."""
    sources = []
    for sku, units in wanted.items():
        there = sorted(
            ((available.get(sku, {}).get(name, 0), name) for name in warehouses), key=lambda pair: (-pair[0], pair[1])
        )
        enough = [pair for pair in there if pair[0] >= units]
        first = [min(enough, key=lambda pair: warehouses.index(pair[1]))] if enough else there
        for count, name in first:
            taken = min(units, count)
            if taken > 0:
                sources.append(Source(sku, name, taken))
                units -= taken
    return sources
