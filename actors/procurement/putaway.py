"""Where received goods go: the first of a warehouse's rules whose conditions hold takes what it has room for, then the next.

A rule may ask for a SKU, a category (the product's), a volume of one unit at most, the same SKU lying there already, or
for orders that wait (cross-dock: it takes no more than these want). Its capacity counts units of the SKU at the location,
and those on their way there. What no rule takes goes to the warehouse's `stock`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from actors.inventory.goods import DEFAULT_LOCATION
from actors.procurement.tasks import PutawayRule, Task


class Goods(NamedTuple):
    """Units of a SKU that are to be put away in a warehouse."""

    sku: str
    warehouse: str
    quantity: int
    category: str = ""
    volume_ml: int | None = None


class Floor(NamedTuple):
    """How the SKU stands in the warehouse: units by location that may be sold there, and those that orders wait for."""

    there: Mapping[str, int]
    waited_for: int


class Place(NamedTuple):
    """A part of the goods, where it goes, and by which rule."""

    quantity: int
    location: str
    rule: str = ""
    cross_dock: bool = False


def places_for(goods: Goods, rules: Iterable[PutawayRule], floor: Floor, on_the_way: Iterable[Task]) -> Iterator[Place]:
    """Split goods over places. `on_the_way` are the pending tasks of the SKU in the warehouse."""
    coming: dict[str, int] = {}
    waited_for = floor.waited_for
    for task in on_the_way:
        coming[task.to_location] = coming.get(task.to_location, 0) + task.left
        if task.cross_dock:
            waited_for -= task.left
    left = goods.quantity
    for rule in sorted(rules, key=lambda rule: (rule.sequence, rule.id)):
        if left <= 0:
            return
        if not _holds(rule, goods, floor):
            continue
        part = left
        if rule.capacity is not None:
            part = min(part, rule.capacity - floor.there.get(rule.location, 0) - coming.get(rule.location, 0))
        if rule.cross_dock:
            part = min(part, waited_for)
        if part > 0:
            yield Place(part, rule.location, rule.id, rule.cross_dock)
            coming[rule.location] = coming.get(rule.location, 0) + part
            waited_for -= part if rule.cross_dock else 0
            left -= part
    if left > 0:
        yield Place(left, DEFAULT_LOCATION)


def _holds(rule: PutawayRule, goods: Goods, floor: Floor) -> bool:
    if rule.warehouse != goods.warehouse or rule.sku not in {"", goods.sku} or rule.category not in {"", goods.category}:
        return False
    if rule.largest_volume_ml is not None and (goods.volume_ml is None or goods.volume_ml > rule.largest_volume_ml):
        return False
    return not rule.same_item or floor.there.get(rule.location, 0) > 0
