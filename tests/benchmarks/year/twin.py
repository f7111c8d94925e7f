"""The same days without the system: plain arithmetic for the floor, and Skuld's own planning for what to buy.

A run through the system takes minutes, this one much less: it draws the curve of stock against fill rate, and runs through the
system say whether it can be believed. Moments are whole hours here; there the seconds count that a review takes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np
import polars as pl

from forecasting.forecasters import forecaster_named
from forecasting.history.daily import SCHEMA
from forecasting.history.reading import panel_of
from forecasting.history.store import PROMOTION
from forecasting.panel.periods import Frequency
from forecasting.planning.plan import Policy as PlanningPolicy
from forecasting.planning.record import QUERIES, Books
from forecasting.planning.run import Asked, run
from tests.benchmarks.year.demand import Demand
from tests.benchmarks.year.diary import Diary, Purchase
from tests.benchmarks.year.plain import Days, replay
from tests.benchmarks.year.policies import Cover, MinMax, Policy, Suggestions
from tests.benchmarks.year.run import ORDERS, RECEIVING, REVIEW, Ran, System, opening_stock
from tests.benchmarks.year.terms import Terms

NO_SYSTEM: Final = System(0, 0, 0, 0.0, 0.0)
Buy = Callable[["Floor", int], np.ndarray]


@dataclass(slots=True, eq=False)
class Floor:
    """How a warehouse stands in the morning of a day, units of shape (SKUs,).

    Attributes:
        received: so far, shape (days, SKUs).
        days: what has been, replayed; its rows before today are true.
        purchases: placed so far.
    """

    demand: Demand
    terms: Terms
    opening: np.ndarray
    received: np.ndarray
    days: Days
    purchases: list[Purchase] = field(default_factory=list)

    def position(self, day: int) -> np.ndarray:
        """On hand and on order, less what waits."""
        stock = self.days.on_hand[day - 1] - self.days.waiting[day - 1] if day else self.opening
        return stock + self._on_order(self.demand.days[day])

    def _on_order(self, today: date) -> np.ndarray:
        column = {sku: number for number, sku in enumerate(self.demand.skus)}
        found = np.zeros_like(self.opening)
        for one in self.purchases:
            if one.comes_on >= today:
                for sku, units in one.units.items():
                    found[column[sku]] += units
        return found


def twin(demand: Demand, policy: Policy, terms: Terms) -> Ran:
    """What a run of the policy through the system would give."""
    all_days, wanted = demand.days, demand.units
    opening = np.array([opening_stock(demand, terms)[sku] for sku in demand.skus], np.int64)
    buy, received = _rule(policy, demand), np.zeros_like(wanted)
    floor = Floor(demand, terms, opening, received, replay(opening, received, wanted, lost_sales=terms.lost_sales))
    for number, today in enumerate(all_days):
        if today.weekday() == 0:
            _place(floor, today, buy(floor, number))
            floor.days = replay(opening, received, wanted, lost_sales=terms.lost_sales)
    return Ran(demand, Diary({}, purchases=floor.purchases), floor.days, NO_SYSTEM, [])


def _place(floor: Floor, today: date, units: np.ndarray) -> None:
    demand, terms = floor.demand, floor.terms
    by_supplier: dict[str, dict[str, int]] = {}
    for sku, some in zip(demand.skus, units.tolist(), strict=True):
        if some > 0:
            by_supplier.setdefault(terms.supplier_of(sku), {})[sku] = some
    column = {sku: number for number, sku in enumerate(demand.skus)}
    for supplier, lines in sorted(by_supplier.items()):
        purchase = Purchase(f"{supplier}-{today}", supplier, today, terms.arrival(supplier, today), lines)
        floor.purchases.append(purchase)
        row = (purchase.comes_on - demand.first).days
        if row < len(floor.received):
            for sku, some in lines.items():
                floor.received[row, column[sku]] += some


# ── what to buy ─────────────────────────────────────────────────────────────────────────────────────────────────────
def _rule(policy: Policy, demand: Demand) -> Buy:
    if isinstance(policy, Cover):
        return lambda floor, day: np.ceil(policy.value * _latest_mean(floor, day)).astype(np.int64) - floor.position(day)
    if isinstance(policy, MinMax):
        mean = np.array([policy.weekly_mean[sku] for sku in demand.skus])
        least, most = np.ceil(policy.value * mean), np.ceil((policy.value + policy.between) * mean)

        def fill(floor: Floor, day: int) -> np.ndarray:
            position = floor.position(day)
            return np.where(position <= least, most - position, 0).astype(np.int64)

        return fill
    assert isinstance(policy, Suggestions)
    return lambda floor, day: _suggested(floor, day, policy)


def _latest_mean(floor: Floor, day: int) -> np.ndarray:
    """Mean units a week of the latest 13 weeks."""
    weeks = [floor.days.wanted[at : at + 7].sum(axis=0) for at in range(max(day - 91, 0), day, 7)]
    before = 13 - len(weeks)
    earlier = floor.demand.weekly_mean(before) * before if before else 0
    return np.asarray((np.sum(weeks, axis=0) + earlier) / 13 if weeks else earlier / 13)


def _suggested(floor: Floor, day: int, policy: Suggestions) -> np.ndarray:
    demand, today = floor.demand, floor.demand.days[day]
    panel = panel_of(_history(floor, day, policy.orders_wait), Frequency.WEEK, today - timedelta(1))
    targets = {} if policy.value is None else {"targets": dict.fromkeys("ABC", policy.value)}
    asked = Asked(PlanningPolicy(**targets))
    forecaster = forecaster_named(policy.forecaster)
    found = run(panel, forecaster, policy.forecaster, _books(floor, day), today, asked)
    units = {one.sku: one.suggestion.units for one in found.planned}
    return np.array([units.get(sku, 0) for sku in demand.skus], np.int64)


def _history(floor: Floor, day: int, orders_wait: bool) -> pl.DataFrame:
    """As `HistoryStore.read` gives it."""
    demand = floor.demand
    received = floor.received[:day]
    share = np.ones(received.shape) if orders_wait else in_stock(floor.opening, received, floor.days, day)
    rows, columns = np.nonzero((floor.days.wanted[:day] > 0) | (received > 0) | (share < 1))
    told = pl.DataFrame(
        {
            "sku": np.array(demand.skus)[columns] if len(columns) else [],
            "day": [demand.days[row] for row in rows.tolist()],
            "units": floor.days.wanted[rows, columns],
            "in_stock_share": share[rows, columns],
        },
        schema_overrides={"sku": pl.String, "day": pl.Date, "units": pl.Int64, "in_stock_share": pl.Float64},
    )
    both = pl.concat([demand.history.select("sku", "day", "units"), told], how="diagonal")
    lacking = {**SCHEMA, PROMOTION: pl.Float64}
    return both.with_columns(pl.lit("main").alias("warehouse")).with_columns(
        [pl.lit(None, kind).alias(name) for name, kind in lacking.items() if name not in (*both.columns, "warehouse")]
    )


def in_stock(opening: np.ndarray, received: np.ndarray, days: Days, until: int) -> np.ndarray:
    """Share of each day with stock, shape (days, SKUs): it runs out with the orders of the day, and is there again with goods."""
    share, out = np.ones(received.shape), opening <= 0
    for day in range(until):
        before = days.on_hand[day - 1] if day else opening
        late = days.shipped[day] - days.at_once[day]
        there = before + received[day] - late > 0
        gone = days.on_hand[day] <= 0
        share[day] = 1 - np.where(out, RECEIVING, 0) / 24 - np.where(out & ~there, ORDERS - RECEIVING, 0) / 24
        share[day] -= np.where(gone, 24 - ORDERS, 0) / 24
        out = gone
    return share


def _books(floor: Floor, day: int) -> Books:
    """As the rows would have them."""
    demand, today = floor.demand, floor.demand.days[day]
    stock = floor.days.on_hand[day - 1] if day else floor.opening
    owed = floor.days.waiting[day - 1] if day else np.zeros_like(floor.opening)
    levels = [(sku, "main", int(a), 0, 0, int(b)) for sku, a, b in zip(demand.skus, stock, owed, strict=True)]
    agreed = floor.terms.lead_time_days
    on_order, receipts, waiting = [], [], []
    for one in floor.purchases:
        placed, came = _ms(one.placed_on, REVIEW), _ms(one.comes_on, RECEIVING)
        due = str(one.placed_on + timedelta(agreed))
        for sku, units in one.units.items():
            if one.comes_on >= today:
                on_order.append((sku, "main", one.purchase_id, units, due))
                waiting.append((one.supplier, sku, agreed, "", placed))
            else:
                receipts.append((one.supplier, sku, agreed, "", placed, came))
    breaks = '[{"quantity":1,"unit_price":"%.2f"}]'
    terms = [
        (sku, floor.terms.supplier_of(sku), agreed, 1, 1, breaks % max(demand.price[sku], 0.01), "") for sku in demand.skus
    ]
    rows = {
        "levels": levels,
        "on_order": on_order,
        "receipts": receipts,
        "waiting": waiting,
        "terms": terms,
        "decisions": [(0,)],
    }
    frames = {name: pl.DataFrame(rows.get(name, []), schema=schema, orient="row") for name, (_, schema) in QUERIES.items()}
    return Books(**frames)


def _ms(day: date, hour: int) -> int:
    return int(datetime(day.year, day.month, day.day, hour, tzinfo=UTC).timestamp() * 1000)
