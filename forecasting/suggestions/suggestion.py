"""Suggestions for many items at once, and the order in which a planner should look at them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from forecasting.parameters import Floats, not_negative
from forecasting.stock_policy.allocation import OrderLine, cut_to_budget, shortage_avoided
from forecasting.stock_policy.rounding import OrderLimits
from forecasting.suggestions.buying import Buying, Items
from forecasting.suggestions.ordering import NO_MOST, Limits, ordered
from forecasting.suggestions.outlook import LEAST_PER_DAY, Outlook
from forecasting.suggestions.position import Positions, Units
from forecasting.suggestions.raising import not_raised, raised
from forecasting.suggestions.suppliers_minimum import Waiting
from forecasting.suggestions.warnings import Severity, Warn, sent_away, severity_of, warnings_of
from forecasting.suggestions.waterfall import Step, parts_of_level, waterfall


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
        warnings: what is unusual about it, the most severe first.
        expected_demand: over `protection_days`, lead time plus review.
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
    expected_demand: float
    protection_days: float

    @property
    def severity(self) -> Severity:
        """How soon somebody should look at it."""
        return severity_of(self.warnings)


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """Money for a unit of each item, shape (items,): what it costs, and what being one short costs."""

    cost: Floats
    shortage: Floats

    def __post_init__(self) -> None:
        not_negative(cost=self.cost, shortage=self.shortage)


@dataclass(frozen=True, slots=True, eq=False)
class LeftOut:
    """Whether the forecast leaves out an event that names an item, shape (items,), or one that is about all of them: that is
    told where something is ordered, or every item would have to be looked at."""

    by_name: NDArray[np.bool_]
    about_all: bool


def suggest(
    positions: Positions, outlook: Outlook, limits: Limits, prices: Prices, today: date, budget: float | None = None,
    phased_out: NDArray[np.bool_] | None = None, buying: Buying | None = None, left_out: LeftOut | None = None,
) -> list[Suggestion]:  # fmt: skip
    """One suggestion for each item; asked again once the orders are placed, all of them are zero.

    Args:
        positions, outlook, limits, prices: of the same items in the same order.
        today: orders due before it are late.
        budget: money for all together; the packs missed least for their money are left out.
        phased_out: items that are not on sale any more; None: all are.
        buying: how the items are sold; None: nothing is known but `prices`, and nothing is bought before it is needed.
        left_out: items about which there are events that the forecast leaves out; None: there are none.
    Returns:
        Those that need a look first: by severity, then by money at risk.
    """
    position, level = positions.units, outlook.level.astype(np.int64)
    lifted = np.zeros_like(level) if limits.floor is None else np.maximum(limits.floor - level, 0)
    order = ordered(level + lifted - position, position, limits, outlook)
    budgeted = order.within_most if budget is None else _within(budget, order.within_most, position, limits, outlook, prices)
    urgent = sent_away(positions, outlook, today)
    more = not_raised(budgeted)
    if buying is not None:
        items = Items(position - level - lifted, outlook.per_day, limits, buying)
        more = raised(budgeted, items, Waiting(outlook, position, prices.shortage, _must(urgent, position, limits)), budget)
    final, held = more.for_minimum, position.astype(np.float64)
    spend = final * prices.cost if buying is None else items.spend(final)
    wanted = outlook.per_day > LEAST_PER_DAY
    days = np.where(wanted, held / np.where(wanted, outlook.per_day, 1.0), np.inf)
    ended = np.zeros(len(positions), bool) if phased_out is None else phased_out
    untold = np.zeros(len(positions), bool) if left_out is None else left_out.by_name | (left_out.about_all & (final > 0))
    warnings = warnings_of(urgent, positions, order, budgeted, more, limits, days, today, ended, untold)
    parts = {**parts_of_level(outlook), "minimum position": lifted}
    short = np.asarray(outlook.sure.shortage(held))
    chance_without, chance_with = (1 - np.asarray(outlook.sure.cdf(stock)) for stock in (held, held + final))
    expected = outlook.until_arrival + outlook.over_review
    found = [
        Suggestion(
            item, int(final[item]), waterfall(item, parts, positions, order, budgeted, more), float(chance_without[item]),
            float(chance_with[item]), float(days[item]), float(short[item] * prices.shortage[item]), float(spend[item]),
            warnings[item], float(expected[item]), float(outlook.days[item]),
        )
        for item in range(len(positions))
    ]  # fmt: skip
    return sorted(found, key=lambda one: (-one.severity, -one.money_at_risk, one.item))


def _must(urgent: Mapping[Warn, NDArray[np.bool_]], position: Units, limits: Limits) -> NDArray[np.bool_]:
    """What does not wait for another review: where customers are sent away, or a position is below its floor."""
    below = np.zeros(len(position), bool) if limits.floor is None else position < limits.floor
    return np.asarray(np.logical_or.reduce([*urgent.values(), below]))


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
