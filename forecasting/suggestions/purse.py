"""Orders while they are raised, and the money that is left for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

from forecasting.suggestions.buying import Items
from forecasting.suggestions.position import Units


@dataclass(slots=True, eq=False)
class Purse:
    """Units of each item, shape (items,), as they stand; and what may still be spent. `lot_days`: how long orders of an item
    last, where that is not one review."""

    items: Items
    units: Units
    left: float = inf
    lot_days: dict[int, float] = field(default_factory=dict)

    @classmethod
    def holding(cls, items: Items, units: Units, budget: float | None) -> Purse:
        """What a budget leaves beside so many units; without one there is no end of it."""
        own = units.copy()
        return cls(items, own) if budget is None else cls(items, own, budget - float(items.spend(own).sum()))

    def money(self, item: int) -> float:
        """For the order of an item as it stands."""
        return self.money_for(item, int(self.units[item]))

    def money_for(self, item: int, units: int) -> float:
        """For so many of an item."""
        return self.items.buying.lists[item].spend(units)

    def change(self, item: int, units: int) -> None:
        """Order so many, and pay for them."""
        self.left -= self.money_for(item, units) - self.money(item)
        self.units[item] = units
