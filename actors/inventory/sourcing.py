"""Which warehouses serve an order that names none: as many units as there are, from as few warehouses as possible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from actors.inventory.covering import Cover, Need

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
        one with most of the order, then by name. A SKU that nobody has gets no source. Orders of so many SKUs that
        comparing sets would hold others up get a set that is small rather than smallest; where more than
        `MOST_WAREHOUSES_COMBINED` are needed every warehouse may serve.
    """
    there = {sku: {name: units for name, units in available.get(sku, {}).items() if units > 0} for sku in wanted}
    best_first = _most_of_it_first(wanted, there)
    compared = [name for name in best_first if name not in already][:MOST_WAREHOUSES_COMPARED]
    chosen = Cover(_needs(wanted, there, already, compared), len(compared)).choose()
    return _serve(wanted, there, best_first if chosen is None else [*already, *(compared[at] for at in chosen)])


def _most_of_it_first(wanted: Mapping[str, int], there: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Warehouses that have anything of the order, by how much of it."""
    cover: dict[str, int] = {}
    for sku, units in wanted.items():
        for name, count in there[sku].items():
            cover[name] = cover.get(name, 0) + min(units, count)
    return sorted(cover, key=lambda name: (-cover[name], name))


def _needs(
    wanted: Mapping[str, int], there: Mapping[str, Mapping[str, int]], already: Sequence[str], compared: Sequence[str]
) -> list[Need]:
    """What the warehouses that are compared must give: of each SKU all there is, up to what is wanted and not had anyway."""
    serving, needs = frozenset(already), []
    for sku, units in wanted.items():
        sites = there[sku]
        missing = min(units, sum(sites.values())) - sum(count for name, count in sites.items() if name in serving)
        if missing > 0:
            needs.append(Need(missing, tuple([min(missing, sites.get(name, 0)) for name in compared])))
    return needs


def _serve(wanted: Mapping[str, int], there: Mapping[str, Mapping[str, int]], warehouses: Sequence[str]) -> list[Source]:
    """Serve from the given warehouses: a SKU from the first of them that has enough, else the fullest first."""
    rank = {name: at for at, name in reversed(list(enumerate(warehouses)))}
    sources = []
    for sku, units in wanted.items():
        sites = [(count, name) for name, count in there[sku].items() if name in rank]
        enough = [name for count, name in sites if count >= units]
        if enough:
            sources.append(Source(sku, min(enough, key=rank.__getitem__), units))
            continue
        for count, name in sorted(sites, key=lambda pair: (-pair[0], pair[1])):
            taken = min(units, count)
            if taken:
                sources.append(Source(sku, name, taken))
                units -= taken
    return sources
