"""Suggestions for many items at once, and the order in which a planner should look at them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

import numpy as np

from forecasting.parameters import Floats, not_negative
from forecasting.stock_policy.allocation import OrderLine, cut_to_budget, shortage_avoided
from forecasting.stock_policy.rounding import OrderLimits
from forecasting.suggestions.ordering import NO_MOST, Limits, Ordered, ordered
from forecasting.suggestions.outlook import Outlook
from forecasting.suggestions.position import Positions, Units
from forecasting.suggestions.waterfall import Step, parts_of_level, waterfall

LEAST_PER_DAY: Final = 1e-9
"""Less than this is no demand."""
OVERSTOCK_DAYS: Final = 365.0
"""More days of supply than this are told, whatever was meant."""


class Warn(StrEnum):
    """What a planner should look at before saying yes."""

    OUT_OF_STOCK = "out_of_stock"
    """Nothing can be promised now, and something is wanted."""
    LATE_ORDER = "late_order"
    """An open order should have been here."""
    LIMITS_CONTRADICT = "limits_contradict"
    """The supplier's least order is above the most that may be ordered."""
    BUDGET = "budget"
    """The budget takes some away."""
    OVERSTOCK = "overstock"
    """There is more than a year's demand."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What to order of one item, and why.

    Attributes:
        item: its place among those that were asked about.
        units: to order; zero is a suggestion too.
        steps: add up to `units`.
        chance_without, chance_with: of running out before the next order arrives, without this one and with it.
        days_of_supply: the position over the expected demand of a day; infinite without demand.
        money_at_risk: expected units short without the order, times what a unit is worth.
        spend: money for the order.
        warnings: what is unusual about it.
    """

    item: int
    units: int
    steps: tuple[Step, ...]
    chance_without: float
    chance_with: float
    days_of_supply: float
    money_at_risk: float
    spend: float
    warnings: tuple[Warn, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """Money for a unit of each item, shape (items,): what it costs, and what being one short costs."""

    cost: Floats
    shortage: Floats

    def __post_init__(self) -> None:
        not_negative(cost=self.cost, shortage=self.shortage)


def suggest(
    positions: Positions, outlook: Outlook, limits: Limits, prices: Prices, today: date, budget: float | None = None
) -> list[Suggestion]:
    """One suggestion for each item; asked again once the orders are placed, all of them are zero.

    Args:
        positions, outlook, limits, prices: of the same items in the same order.
        today: orders due before it are late.
        budget: money for all together; the packs missed least for their money are left out.
    Returns:
        Those that need a look first: with warnings before those without, then by money at risk.
    """
    position = positions.units
    level = outlook.level.astype(np.int64)
    lifted = np.zeros_like(level) if limits.floor is None else np.maximum(limits.floor - level, 0)
    need = level + lifted - position
    order = ordered(need, position, limits, outlook)
    final = order.within_most if budget is None else _within(budget, order.within_most, position, limits, outlook, prices)
    held = position.astype(np.float64)
    short = np.asarray(outlook.sure.shortage(held))
    chance_without = 1 - np.asarray(outlook.sure.cdf(held))
    chance_with = 1 - np.asarray(outlook.sure.cdf(held + final))
    per_day = (outlook.until_arrival + outlook.over_review) / outlook.days
    wanted = per_day > LEAST_PER_DAY
    days = np.where(wanted, held / np.where(wanted, per_day, 1.0), np.inf)
    parts, at_risk, spend = (
        {**parts_of_level(outlook), "minimum position": lifted},
        short * prices.shortage,
        final * prices.cost,
    )
    warnings = _warnings(positions, order, final, limits, days, per_day, today)
    found = [
        Suggestion(
            item, int(final[item]), waterfall(item, parts, positions, order, int(final[item])), float(chance_without[item]),
            float(chance_with[item]), float(days[item]), float(at_risk[item]), float(spend[item]), warnings[item],
        )
        for item in range(len(positions))
    ]  # fmt: skip
    return sorted(found, key=lambda one: (not one.warnings, -one.money_at_risk, one.item))


def _warnings(
    positions: Positions, order: Ordered, final: Units, limits: Limits, days: Floats, per_day: Floats, today: date
) -> list[tuple[Warn, ...]]:
    free = positions.on_hand - positions.on_hold - positions.reserved
    late = [any(one.due < today for one in orders) for orders in positions.open_orders]
    told = {
        Warn.OUT_OF_STOCK: (free <= 0) & ((per_day > LEAST_PER_DAY) | (positions.backordered > 0)),
        Warn.LATE_ORDER: np.array(late, bool),
        Warn.LIMITS_CONTRADICT: limits.contradict & (order.needed > 0),
        Warn.BUDGET: final < order.within_most,
        Warn.OVERSTOCK: (days > OVERSTOCK_DAYS) & np.isfinite(days),
    }
    return [tuple(warn for warn, which in told.items() if which[item]) for item in range(len(positions))]


def _within(budget: float, units: Units, position: Units, limits: Limits, outlook: Outlook, prices: Prices) -> Units:
    """Units that the budget leaves. Holding a unit costs what the target says of it: p (1 - target) / target."""
    final, some = units.copy(), np.flatnonzero(units)
    lines = []
    for item in some.tolist():
        shortage_cost, target = float(prices.shortage[item]) or 1.0, float(outlook.target[item])
        held = shortage_cost * (1 - target) / target
        worth = shortage_avoided(outlook.sure.row(item), float(position[item]), shortage_cost, held)
        most = None if limits.most[item] == NO_MOST else int(limits.most[item])
        allowed = OrderLimits(int(limits.minimum[item]), int(limits.multiple[item]), most)
        lines.append(OrderLine(str(item), int(units[item]), float(prices.cost[item]), worth, allowed))
    final[some] = cut_to_budget(lines, budget)
    return final
