"""Orders raised above what is needed where that is cheaper: to last a cycle of joint orders, to a price break, and to what
their supplier takes at least.

A raise takes no money from what is needed: it is paid out of what the budget leaves. Cycles come first, for they say what is
ordered at all, and how many later orders buy; then price breaks, for what they add counts towards the minimum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.stock_policy.price_pick import AtPrice, quantity_at_best_price
from forecasting.suggestions.buying import Items
from forecasting.suggestions.joint_orders import to_joint_orders
from forecasting.suggestions.position import Units
from forecasting.suggestions.purse import Purse
from forecasting.suggestions.suppliers_minimum import Waiting, to_minimum


@dataclass(frozen=True, slots=True, eq=False)
class Raised:
    """Units of each item after each rule, shape (items,).

    Attributes:
        budgeted: as needed, within the budget.
        for_cycle: raised to last a cycle of its supplier's orders, or put off because next to nothing is needed.
        at_break: raised to a price break.
        for_minimum: raised, or put off, because of the supplier's minimum.
        below: ordered although the supplier's minimum is not reached, or nobody can tell.
    """

    budgeted: Units
    for_cycle: Units
    at_break: Units
    for_minimum: Units
    below: NDArray[np.bool_]

    @property
    def fills(self) -> NDArray[np.bool_]:
        """Bought early so that the supplier takes the order."""
        return self.for_minimum > self.at_break

    @property
    def waits(self) -> NDArray[np.bool_]:
        """Put off to the next review."""
        return self.for_minimum < self.at_break


def not_raised(units: Units) -> Raised:
    """As they are: nobody has said how they are sold."""
    return Raised(units, units, units, units, np.zeros(len(units), bool))


def raised(units: Units, items: Items, waiting: Waiting, budget: float | None) -> Raised:
    """Raise orders where that is cheaper.

    Args:
        units: of each item, as needed and within the budget.
        budget: money for all; what `units` leave of it may be spent.
    """
    purse = Purse.holding(items, units, budget)
    to_joint_orders(purse, waiting)
    for_cycle = purse.units.copy()
    _to_price_breaks(purse)
    at_break, below = purse.units.copy(), np.zeros(len(units), bool)
    for basket in items.buying.baskets:
        below[to_minimum(purse, basket, waiting)] = True
    return Raised(units, for_cycle, at_break, purse.units, below)


def _to_price_breaks(purse: Purse) -> None:
    """What gains most is paid first; without enough money for its best price an order gets the best that can be paid."""
    some = [item for item in np.flatnonzero(purse.units).tolist() if purse.items.has_steps(item)]
    gains = {item: _best(purse, item).gain for item in some}
    for item in sorted(some, key=lambda one: -gains[one]):
        if gains[item] > 0:
            purse.change(item, _best(purse, item, purse.left).units)


def _best(purse: Purse, item: int, most_money: float = np.inf) -> AtPrice:
    units, items = int(purse.units[item]), purse.items
    return quantity_at_best_price(
        units, items.allowed(item, units), items.buying.lists[item], items.early(item), most_money, purse.lot_days.get(item)
    )
