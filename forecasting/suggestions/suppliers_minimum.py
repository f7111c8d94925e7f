"""A basket short of its supplier's minimum order: filled with what is needed soonest, or put off, whichever costs less."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.parameters import Floats, ParameterError
from forecasting.stock_policy.allocation import OrderLine, fill_to_minimum
from forecasting.suggestions.buying import Basket
from forecasting.suggestions.outlook import Outlook
from forecasting.suggestions.position import Units
from forecasting.suggestions.purse import Purse

NOISE = 1e-9
"""Of a sum of money: no more than its last digits."""


@dataclass(frozen=True, slots=True, eq=False)
class Waiting:
    """What waiting for the next review costs, of items in one order.

    Attributes:
        outlook: the demand that an order has to last for. Without one, the next arrives when that is over.
        position: before the order.
        shortage: money for each unit short.
        must_order: those that do not wait: customers are sent away, or a floor is not kept.
    """

    outlook: Outlook
    position: Units
    shortage: Floats
    must_order: NDArray[np.bool_]

    def cost(self, item: int, units: int) -> float:
        """Money for the shortage that so many units are expected to avoid: p (ES(x) - ES(x + q))."""
        return self._avoided(item, float(self.position[item]), units)

    def cost_without(self, item: int, units: int) -> float:
        """The same of units that the position counts already."""
        return self._avoided(item, float(self.position[item]) - units, units)

    def _avoided(self, item: int, held: float, units: int) -> float:
        table = self.outlook.sure.row(item)
        return float(self.shortage[item]) * float(table.shortage(held) - table.shortage(held + units))

    def costs(self, units: Units) -> Floats:
        """The same for all items."""
        held = self.position.astype(np.float64)
        short, after = np.asarray(self.outlook.sure.shortage(held)), np.asarray(self.outlook.sure.shortage(held + units))
        return np.asarray(self.shortage * (short - after))


def to_minimum(purse: Purse, basket: Basket, waiting: Waiting) -> list[int]:
    """Fill a basket, or put its orders off. Gives the items whose orders stay below the minimum: it cannot be reached within
    their limits or the budget, or the price of some is not known.

    Filling costs holding what is bought early. Waiting costs the shortage that the orders would avoid, less their holding
    until the next review. What somebody has approved for the basket already does not wait when more is needed; when nothing
    is, it waits as long as that costs less.
    """
    wanted = [item for item in basket.items if purse.units[item]]
    drafted = [item for item in basket.items if purse.items.drafted(item)]
    money = sum(purse.money(item) for item in wanted)
    if not (wanted or drafted) or basket.gathered + money >= basket.minimum * (1 - NOISE):
        return []
    more = _filled(purse, basket) if all(purse.items.is_priced(item) for item in [*wanted, *drafted]) else None
    if more is None:
        return wanted
    may_wait = not (wanted and basket.gathered) and not waiting.must_order[wanted or drafted].any()
    cost = _waiting(purse, wanted, waiting) if wanted else _waiting_in_draft(purse, drafted, waiting)
    if may_wait and cost < _holding(purse, more):
        for item in wanted:
            purse.change(item, 0)
    elif sum(purse.money_for(item, units) - purse.money(item) for item, units in more.items()) > purse.left:
        return wanted
    else:
        for item, units in more.items():
            purse.change(item, units)
    return []


def _waiting(purse: Purse, wanted: list[int], waiting: Waiting) -> float:
    return sum(waiting.cost(item, int(purse.units[item])) for item in wanted) - holding_spared(purse, wanted)


def holding_spared(purse: Purse, wanted: list[int]) -> float:
    """Money for holding orders for one review: what putting them off spares."""
    review = purse.items.buying.review_days
    return sum(purse.items.holding_per_day * purse.money(item) * float(review[item]) for item in wanted)


def _waiting_in_draft(purse: Purse, drafted: list[int], waiting: Waiting) -> float:
    """The same of what is in the draft, which nobody will place before."""
    items, review = purse.items, purse.items.buying.review_days
    units = {item: items.drafted(item) for item in drafted}
    spared = sum(items.holding_per_day * items.price(item, 0) * some * float(review[item]) for item, some in units.items())
    return sum(waiting.cost_without(item, some) for item, some in units.items()) - spared


def _holding(purse: Purse, more: Mapping[int, int]) -> float:
    return sum(
        purse.items.early(item).cost(units, purse.items.price(item, units), instead_of=int(purse.units[item]))
        for item, units in more.items()
    )


def _filled(purse: Purse, basket: Basket) -> dict[int, int] | None:
    """Units of the items of a basket that get more, so that it reaches its minimum; None when it cannot be reached."""
    places = [item for item in basket.items if purse.items.may_come_early(item)]
    before = {item: int(purse.units[item]) for item in places}
    others = sum(purse.money(item) for item in basket.items if item not in before)
    wanted, units = basket.minimum - basket.gathered - others, dict(before)
    while sum(purse.money_for(item, count) for item, count in units.items()) < wanted - NOISE * basket.minimum:
        lines = [_line(purse, item, count) for item, count in units.items()]
        try:  # at the prices of so many: what is added may make them cheaper, and then a little is missing again
            extra = sum(line.unit_price * line.units for line in lines) - sum(purse.money_for(*one) for one in units.items())
            units = dict(zip(places, fill_to_minimum(lines, wanted + extra), strict=True))
        except ParameterError:
            return None
    return {item: count for item, count in units.items() if count > before[item]}


def _line(purse: Purse, item: int, units: int) -> OrderLine:
    """Worth most is what costs the least holding for its money: what is needed soonest."""
    allowed, early = purse.items.allowed(item, int(purse.units[item])), purse.items.early(item)
    price = purse.items.price(item, units or allowed.least)

    def worth(count: int) -> float:
        return -early.cost(count, price)

    return OrderLine(str(item), units, price, worth, allowed)
