"""Suggestions for many items at once, and the order in which a planner should look at them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from forecasting.stock_policy.allocation import OrderLine, cut_to_budget, shortage_avoided
from forecasting.stock_policy.rounding import OrderLimits
from forecasting.suggestions.assortment import Assortment
from forecasting.suggestions.ordering import NO_MOST, Ordered, ordered
from forecasting.suggestions.position import Units
from forecasting.suggestions.raising import Raised, not_raised, raised
from forecasting.suggestions.suppliers_minimum import Waiting
from forecasting.suggestions.warnings import Severity, Warn, sent_away, severity_of, warnings_of
from forecasting.suggestions.waterfall import LOST, Step, parts_of_level, waterfall


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What to order of one item, and why.

    Attributes:
        item: its place among those that were asked about.
        units: to order; zero is a suggestion too.
        steps: add up to `units`.
        chance_without, chance_with: of running out before the next order arrives, without this one and with it. What is lost
            before this one arrives no order can save: with it, the chance is that of the time from then on.
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


def suggest(here: Assortment, today: date, budget: float | None = None) -> list[Suggestion]:
    """One suggestion for each item; asked again once the orders are placed, all of them are zero.

    Args:
        today: orders due before it are late.
        budget: money for all together; the packs missed least for their money are left out.
    Returns:
        Those that need a look first: by severity, then by money at risk.
    """
    order = ordered(here.aim - here.projected, here.projected, here.limits, here.outlook)
    units = order.within_most if budget is None else _within(budget, order.within_most, here)
    urgent = sent_away(here.positions, here.outlook, today)
    more = _raised(units, here, urgent, budget)
    found = _told(here, order, more, warnings_of(here, urgent, order, more, today))
    return sorted(found, key=lambda one: (-one.severity, -one.money_at_risk, one.item))


def _within(budget: float, units: Units, here: Assortment) -> Units:
    """Units that the budget leaves. Holding a unit costs what the target says of it: p (1 - target) / target."""
    final, limits, lines = units.copy(), here.limits, []
    some = np.flatnonzero(units)
    for item in some.tolist():
        shortage_cost, target = float(here.prices.shortage[item]) or 1.0, float(here.outlook.target[item])
        held = shortage_cost * (1 - target) / target
        worth = shortage_avoided(here.outlook.sure.row(item), float(here.projected[item]), shortage_cost, held)
        most = None if limits.most[item] == NO_MOST else int(limits.most[item])
        allowed = OrderLimits(int(limits.minimum[item]), int(limits.multiple[item]), most)
        lines.append(OrderLine(str(item), int(units[item]), float(here.prices.cost[item]), worth, allowed))
    final[some] = cut_to_budget(lines, budget)
    return final


def _raised(units: Units, here: Assortment, urgent: Mapping[Warn, NDArray[np.bool_]], budget: float | None) -> Raised:
    """Raised where that is cheaper. Where customers are sent away, or a position is below its floor, nothing waits."""
    if here.buying is None:
        return not_raised(units)
    must = np.asarray(np.logical_or.reduce([*urgent.values(), here.below_floor]))
    waiting = Waiting(here.outlook, here.projected, here.prices.shortage, must)
    return raised(units, here.sold(here.buying), waiting, budget)


def _told(here: Assortment, order: Ordered, more: Raised, warnings: Sequence[tuple[Warn, ...]]) -> list[Suggestion]:
    """What is ordered in the end, with its reasons."""
    final, held, outlook = more.for_minimum, here.position.astype(np.float64), here.outlook
    after = (here.projected + final).astype(np.float64)
    chance_without, chance_with = (1 - np.asarray(outlook.sure.cdf(stock)) for stock in (held, after))
    at_risk = np.asarray(outlook.sure.shortage(held)) * here.prices.shortage
    expected = outlook.until_arrival + outlook.over_review
    parts = {**parts_of_level(outlook), "minimum position": here.lifted, LOST: here.position - here.projected}
    days, spend = here.days_of_supply, here.spend(final)
    return [
        Suggestion(
            item, int(final[item]), waterfall(item, parts, here.positions, order, more), float(chance_without[item]),
            float(chance_with[item]), float(days[item]), float(at_risk[item]), float(spend[item]), warnings[item],
            float(expected[item]), float(outlook.days[item]),
        )
        for item in range(len(here))
    ]  # fmt: skip
