"""The same days without the system: plain arithmetic for the floor, and Skuld's own planning for what to buy.

A run through the system takes minutes, this one much less: it draws the curve of stock against fill rate, and runs through the
system say whether it can be believed. Moments are whole hours here; there the seconds count that a review takes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Final

import numpy as np

from forecasting.forecasters import forecaster_named
from forecasting.history.reading import panel_of
from forecasting.panel.periods import Frequency
from forecasting.planning.policy import Policy as PlanningPolicy
from forecasting.planning.run import Asked, run
from tests.benchmarks.year.demand import Demand
from tests.benchmarks.year.diary import Diary, Purchase, Units
from tests.benchmarks.year.floor import Floor
from tests.benchmarks.year.plain import replay
from tests.benchmarks.year.policies import Cover, MinMax, Policy, Suggestions
from tests.benchmarks.year.rows import books, history
from tests.benchmarks.year.run import Ran, System, opening_stock
from tests.benchmarks.year.supply import supply_of
from tests.benchmarks.year.terms import Terms

NO_SYSTEM: Final = System(0, 0, 0, 0.0, 0.0)
Buy = Callable[[Floor, int], dict[str, Units]]
"""What is ordered on a day, by supplier."""


def twin(demand: Demand, policy: Policy, terms: Terms) -> Ran:
    """What a run of the policy through the system would give."""
    wanted = demand.units
    opening = np.array([opening_stock(demand, terms)[sku] for sku in demand.skus], np.int64)
    buy, received = _rule(policy, demand), np.zeros_like(wanted)
    days = replay(opening, received, wanted, lost_sales=terms.lost_sales)
    floor = Floor(demand, terms, supply_of(demand, terms), opening, received, days)
    for number, today in enumerate(demand.days):
        if today.weekday() == 0:
            _place(floor, today, buy(floor, number))
            floor.days = replay(opening, received, wanted, lost_sales=terms.lost_sales)
    return Ran(demand, Diary({}, purchases=floor.purchases), floor.days, NO_SYSTEM, [])


def _place(floor: Floor, today: date, orders: dict[str, Units]) -> None:
    demand, column = floor.demand, {sku: number for number, sku in enumerate(floor.demand.skus)}
    for supplier, units in orders.items():
        comes_on = floor.terms.arrival(supplier, today)
        floor.purchases.append(Purchase(f"{supplier}-{today}", supplier, today, comes_on, units, floor.supply.spent(units)))
        row = (comes_on - demand.first).days
        if row < len(floor.received):
            for sku, some in units.items():
                floor.received[row, column[sku]] += some


# ── what to buy ─────────────────────────────────────────────────────────────────────────────────────────────────────
def _rule(policy: Policy, demand: Demand) -> Buy:
    if isinstance(policy, Suggestions):
        return lambda floor, day: _gathered(floor, _suggested(floor, day, policy))
    wanted = _wanted(policy, demand)
    return lambda floor, day: floor.supply.baskets(dict(zip(demand.skus, wanted(floor, day).tolist(), strict=True)))


def _wanted(policy: Policy, demand: Demand) -> Callable[[Floor, int], np.ndarray]:
    """Units of each SKU by a fixed rule."""
    if isinstance(policy, Cover):
        return lambda floor, day: np.ceil(policy.value * _latest_mean(floor, day)).astype(np.int64) - floor.position(day)
    assert isinstance(policy, MinMax)
    mean = np.array([policy.weekly_mean[sku] for sku in demand.skus])
    least, most = np.ceil(policy.value * mean), np.ceil((policy.value + policy.between) * mean)

    def fill(floor: Floor, day: int) -> np.ndarray:
        position = floor.position(day)
        return np.where(position <= least, most - position, 0).astype(np.int64)

    return fill


def _latest_mean(floor: Floor, day: int) -> np.ndarray:
    """Mean units a week of the latest 13 weeks."""
    weeks = [floor.days.wanted[at : at + 7].sum(axis=0) for at in range(max(day - 91, 0), day, 7)]
    before = 13 - len(weeks)
    earlier = floor.demand.weekly_mean(before) * before if before else 0
    return np.asarray((np.sum(weeks, axis=0) + earlier) / 13 if weeks else earlier / 13)


def _suggested(floor: Floor, day: int, policy: Suggestions) -> Units:
    """What is suggested, and approved."""
    today = floor.demand.days[day]
    panel = panel_of(history(floor, day, policy.orders_wait), Frequency.WEEK, today - timedelta(1))
    chosen: dict[str, Any] = {"lost_sales": policy.lost_sales}
    if policy.value is not None:
        chosen["targets"] = dict.fromkeys("ABC", policy.value)
    if policy.early_days is not None:
        chosen["early_days"] = policy.early_days
    forecaster = forecaster_named(policy.forecaster)
    found = run(panel, forecaster, policy.forecaster, books(floor, day), today, Asked(PlanningPolicy(**chosen)))
    return {one.sku: one.suggestion.units for one in found.planned if one.suggestion.units}


def _gathered(floor: Floor, approved: Units) -> dict[str, Units]:
    """Drafts with what was approved; those that their suppliers take, which are placed."""
    for sku, units in approved.items():
        draft = floor.drafts.setdefault(floor.supply.supplier_of(sku), {})
        draft[sku] = draft.get(sku, 0) + units
    taken = [supplier for supplier, draft in sorted(floor.drafts.items()) if floor.supply.is_taken(supplier, draft)]
    return {supplier: floor.drafts.pop(supplier) for supplier in taken}
