"""Items of one supplier ordered together, in cycles of reviews: each order costs money, and holding what lasts longer does too.

An order that has to be placed anyhow takes along what would be needed before the next one of the cycle, and each item on it is
ordered to last for its own cycle. An order for next to nothing waits for the next review.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor

import numpy as np
from numpy.typing import NDArray

from forecasting.parameters import Floats
from forecasting.stock_policy.joint_replenishment import ReviewCycle, cycle_of_reviews
from forecasting.suggestions.buying import Items, OrderCosts
from forecasting.suggestions.next_order import deviation_of_day, next_order
from forecasting.suggestions.purse import Purse
from forecasting.suggestions.suppliers_minimum import Waiting, holding_spared


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """What an order of one supplier becomes: units of items that change, how long each of these lasts, and the money that it
    takes more; `saved` is money a day."""

    units: dict[int, int]
    lot_days: dict[int, float]
    money: float
    saved: float


def to_joint_orders(purse: Purse, waiting: Waiting) -> None:
    """Let orders last their cycles; where the money does not suffice for all suppliers, for those where it saves most. Half a
    cycle saves no order: an order is raised as a whole or not at all."""
    if not purse.items.buying.order_costs:
        return
    all_items = _Run(purse, waiting, deviation_of_day(waiting.outlook), waiting.costs(purse.units))
    found = [_joint(all_items, costs) for costs in purse.items.buying.order_costs]
    for joint in sorted([one for one in found if one is not None], key=lambda one: -one.saved):
        if joint.money <= purse.left:
            purse.lot_days |= joint.lot_days
            for item, units in joint.units.items():
                purse.change(item, units)


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """All items: `daily` is the deviation of a day's demand, `avoided` money for the shortage that their orders avoid."""

    purse: Purse
    waiting: Waiting
    daily: Floats
    avoided: Floats


def _joint(run: _Run, costs: OrderCosts) -> Joint | None:
    """None where nothing is needed, or an order at each review is cheapest."""
    purse, waiting = run.purse, run.waiting
    wanted = [item for item in costs.items if purse.units[item]]
    if not wanted:
        return None
    items, line_of = purse.items, dict(zip(costs.items, costs.lines, strict=True))
    places = [item for item in costs.items if _can_take_part(items, item, waiting)]
    if not places:
        return None
    review = float(items.buying.review_days[places].min())
    lines = np.array([line_of[item] for item in places])
    cycle = _cycle(run, np.array(places), costs.order, lines, review)
    if not cycle.saved:
        return None
    days = cycle.reviews * review
    lot_days = dict(zip(places, (cycle.multiples * days).tolist(), strict=True))
    may_wait = cycle.reviews > 1 and not costs.begun and not waiting.must_order[wanted].any()
    if may_wait and float(run.avoided[wanted].sum()) - holding_spared(purse, wanted) < costs.order / cycle.reviews:
        units = dict.fromkeys(wanted, 0)
    else:
        units = {item: _lasting(purse, item, days, lasts) for item, lasts in lot_days.items()}
    money = sum(purse.money_for(item, count) - purse.money(item) for item, count in units.items())
    return Joint(units, lot_days, money, cycle.saved)


def _can_take_part(items: Items, item: int, waiting: Waiting) -> bool:
    """Whether it is wanted, its price is known, and its limits leave room for an order at some time."""
    room = int(waiting.position[item]) + int(items.limits.most[item])
    return room >= int(items.limits.least[item]) and items.may_come_early(item)


def _cycle(run: _Run, places: NDArray[np.int64], order: float, lines: Floats, review: float) -> ReviewCycle:
    items = run.purse.items
    least, per_day, above = items.limits.least[places], items.per_day[places], items.above[places]
    prices = np.array([items.price(*one) for one in zip(places.tolist(), least.tolist(), strict=True)])
    early = np.maximum(np.floor(per_day * items.buying.early_days - above + 1e-9), 0)
    room = above + np.minimum(items.limits.most[places], early)
    longest = np.maximum(items.buying.review_days[places] + np.maximum(room, 0) / per_day, least / per_day)
    most = np.clip(np.floor(longest / review + 1e-9), 1, 10**6).astype(np.int64)
    until = next_order(places, items, run.waiting, run.daily, order, review)
    return cycle_of_reviews(order, lines, items.holding_per_day * prices * per_day, review, most, until)


def _lasting(purse: Purse, item: int, cycle_days: float, lot_days: float) -> int:
    """Units of an item that takes part in this order: enough for its cycle, in the whole packs that come nearest. One of which
    nothing is needed now takes part when its whole units would be below their level before the next order of the cycle."""
    items, units = purse.items, int(purse.units[item])
    per_day, above = float(items.per_day[item]), int(items.above[item])
    soon = floor(per_day * items.more_days(item, cycle_days) + 0.5)
    if not units and (above >= soon or not soon):
        return 0
    more = floor(per_day * items.more_days(item, lot_days) + 0.5) - above - units
    allowed = items.allowed(item, units)
    packs = floor(max(more, 0) / allowed.multiple + 0.5) * allowed.multiple
    if not units and packs < allowed.least:
        packs = allowed.least if 2 * more >= allowed.least else 0
    most = (allowed.most or 0) // allowed.multiple * allowed.multiple
    raised = min(units + packs, max(most, units))
    return raised if raised >= allowed.least else units
