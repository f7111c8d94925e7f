"""Packs and base units. Stock counts base units only; packs are how people buy, reserve and read them.

Round down when reserving (a part of a pack cannot be promised as a pack), up when buying (a part of a pack cannot be
bought). Whole numbers throughout: a quantity never passes through a float.
"""

from __future__ import annotations

from collections.abc import Iterable

from actors.inventory.goods import Pack, Product


def units_in(packs: int, pack: Pack) -> int:
    """Base units in `packs` whole packs."""
    return packs * _size(pack)


def whole_packs(units: int, pack: Pack) -> int:
    """Packs that `units` base units fill: rounded down, for reserving."""
    return units // _size(pack)


def packs_to_buy(units: int, pack: Pack) -> int:
    """Packs that give at least `units` base units: rounded up, for buying."""
    return -(-units // _size(pack))


def as_packs(units: int, packs: Iterable[Pack]) -> tuple[list[tuple[Pack, int]], int]:
    """Units as people read them: the largest packs first.

    Returns:
        The packs that occur with their counts, and the loose base units that are left.
    """
    counted = []
    for pack in sorted(packs, key=lambda pack: (-_size(pack), pack.name)):
        count, units = divmod(units, _size(pack))
        if count:
            counted.append((pack, count))
    return counted, units


def pack_named(product: Product, name: str) -> Pack | None:
    """The pack level of that name; the base unit is a pack of one."""
    if name == product.unit:
        return Pack(product.unit, 1, product.gtin)
    return next((pack for pack in product.packs if pack.name == name), None)


def pack_of_gtin(product: Product, gtin: str) -> Pack | None:
    """The pack level that carries a GTIN: what a scanner saw."""
    if gtin and gtin == product.gtin:
        return Pack(product.unit, 1, gtin)
    return next((pack for pack in product.packs if gtin and pack.gtin == gtin), None)


def _size(pack: Pack) -> int:
    assert pack.units > 0, f"a {pack.name} of {pack.units} units"
    return pack.units
