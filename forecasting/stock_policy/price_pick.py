"""Whether to buy up to a cheaper price: what the goods cost less against the holding of what comes early."""

from __future__ import annotations

from dataclasses import replace
from math import ceil, inf
from typing import Final, NamedTuple

from forecasting.stock_policy.early import Early
from forecasting.stock_policy.price_list import PriceList
from forecasting.stock_policy.rounding import OrderLimits, rounded_up, whole_units

CENT: Final = 0.01
"""Less than this is no gain."""


class AtPrice(NamedTuple):
    """How many to order, and the money that ordering so many gains."""

    units: int
    gain: float


def quantity_at_best_price(
    units: int, limits: OrderLimits, prices: PriceList, early: Early, most_money: float = inf, lot_days: float | None = None
) -> AtPrice:
    """An order as it is, or raised to the price step that gains most; the smaller of equals.

    An order of q raised to Q gains q p(q) + (Q - q) l - Q p(Q) - h p(Q) (T(Q) - T(q)): what q units cost less, and what the
    others cost less than later, less the holding of those that come early. Where g units are on the order already, q p(q) is
    what it costs more with the q, (g + q) p(g + q) - g p(g). p is the price list, T the unit-days above the level
    (`Early.unit_days`), l what a unit costs later at best (`later_cost`). An all-units discount (Snyder and Shen, chapter 3)
    taken as a chance that comes once (Silver, Pyke and Thomas, chapter 4): the order is what this review needs, not the lot
    that is always ordered.

    Args:
        units: of the order, as it can be ordered; zero stays zero.
        limits: nothing above `most` is considered.
        most_money: that may be spent on it more than now.
        lot_days: as `later_cost` takes them.
    """
    whole_units(units=units)
    best = AtPrice(units, 0.0)
    if units == 0 or prices.at(units) is None:
        return best
    later = later_cost(limits, replace(prices, begun=0), early, lot_days)
    for more in _steps(prices, limits, above=units):
        price = prices.at(more)
        assert price is not None, "steps above one that is known are known"
        gain = prices.spend(units) + (more - units) * later - prices.spend(more) - early.cost(more, price, instead_of=units)
        if gain > best.gain + CENT and prices.spend(more) - prices.spend(units) <= most_money:
            best = AtPrice(more, gain)
    return best


def later_cost(limits: OrderLimits, prices: PriceList, early: Early, lot_days: float | None = None) -> float:
    """Money for a unit that later reviews buy, at best: in lots of one review's demand, or of a price step and then less often,
    p(Q) + h p(Q) T(Q - u) / Q with u the demand of a review.

    Args:
        lot_days: that later orders last, in place of one review.
    """
    days = early.review_days if lot_days is None else lot_days
    usual = _at_least(ceil(early.per_day * days), limits)
    level = replace(early, above=-float(usual), review_days=days)
    lots = [usual, *_steps(prices, limits, above=usual)]
    costs = [
        prices.spend(lot) / lot + level.cost(lot, prices.spend(lot) / lot) / lot for lot in lots if prices.at(lot) is not None
    ]
    return min(costs, default=0.0)


def _steps(prices: PriceList, limits: OrderLimits, above: int) -> list[int]:
    """Orders that reach a price step, as they can be ordered."""
    found = [_at_least(start, limits) for start in prices.starts_above(above)]
    return [lot for lot in found if limits.most is None or lot <= limits.most]


def _at_least(units: int, limits: OrderLimits) -> int:
    """The fewest that can be ordered and are as many."""
    return max(rounded_up(units, limits.multiple), limits.least)
