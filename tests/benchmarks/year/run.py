"""One run: a policy in a warehouse, from the first day to the last, checked as it goes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from actors.kernel import clock, projector
from tests.benchmarks.year import checks
from tests.benchmarks.year.demand import Demand
from tests.benchmarks.year.diary import Diary, Units, grid
from tests.benchmarks.year.hands import Hands
from tests.benchmarks.year.plain import Days, replay
from tests.benchmarks.year.policies import Policy
from tests.benchmarks.year.terms import Terms
from tests.benchmarks.year.warehouse import Warehouse, opened

REVIEW, RECEIVING, ORDERS, SHIPPING = 5, 7, 12, 18
"""Hours of a day, UTC."""
PAUSE_S: Final = 0.01
"""Between two windows of the projector: rows are waited for at the end of each day, as they would be level long before."""
LATEST_MEAN_WEEKS: Final = 13
Tell = Callable[[date, float], None]


@dataclass(frozen=True, slots=True, eq=False)
class System:
    """What the running system did: `seconds` in all, of them in `reviews`; requests it answered; events in its journals."""

    orders: int
    requests: int
    events: int
    seconds: float
    review_seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class Ran:
    """What came of a run."""

    demand: Demand
    diary: Diary
    days: Days
    system: System
    broken: list[str]


def run(demand: Demand, policy: Policy, terms: Terms, folder: Path, tell: Tell = lambda *_: None, train_every: int = 0) -> Ran:
    """Run a policy over all days.

    Args:
        folder: for the system's stores; new.
        train_every: weeks between two trainings; 0: no model is trained.
    Returns:
        What came of it; what the system said, compared day by day with plain arithmetic, is in `broken`.
    """
    hands, began, reviews = Hands(), time.monotonic(), 0.0
    hands.move(demand.first, 0)
    with pytest.MonkeyPatch.context() as patch, clock.told_by(hands.now), opened(folder, terms, policy.settings) as warehouse:
        patch.setattr(projector, "PAUSE_S", PAUSE_S)
        warehouse.open(demand, opening_stock(demand, terms))
        for number, today in enumerate(demand.days):
            if today.weekday() == 0:
                hands.move(today, REVIEW)
                started = time.monotonic()
                review(warehouse, policy, today, train=bool(train_every) and number // 7 % train_every == 0)
                reviews += time.monotonic() - started
            live(warehouse, demand, today, hands)
            tell(today, time.monotonic() - began)
        diary = warehouse.diary
        days = replay(
            np.array([diary.opening.get(sku, 0) for sku in demand.skus], np.int64),
            grid(diary.received, demand.days, demand.skus), demand.units, lost_sales=terms.lost_sales,
        )  # fmt: skip
        broken = [*checks.against_plain(demand, diary, days), *checks.of_system(warehouse, demand, days)]
        orders = sum(map(len, demand.orders.values()))
        system = System(orders, warehouse.line.sent, warehouse.system.events(), time.monotonic() - began, reviews)
    return Ran(demand, diary, days, system, broken)


def opening_stock(demand: Demand, terms: Terms) -> Units:
    """So many weeks of the latest mean demand of each SKU."""
    mean = demand.weekly_mean(LATEST_MEAN_WEEKS)
    return dict(zip(demand.skus, np.ceil(terms.opening_weeks * mean).astype(int).tolist(), strict=True))


def review(warehouse: Warehouse, policy: Policy, today: date, *, train: bool) -> None:
    """The planner's Monday: yesterday's demand into the history, models where they are used, then orders."""
    warehouse.skuld("forecast", "history")
    if train:
        warehouse.skuld("forecast", "train", "--cutoffs=4")
    policy.review(warehouse, today)


def live(warehouse: Warehouse, demand: Demand, today: date, hands: Hands) -> None:
    """A day on the floor."""
    hands.move(today, RECEIVING)
    warehouse.receive(today)
    hands.move(today, ORDERS)
    warehouse.take_orders(today, demand.orders.get(today, ()))
    hands.move(today, SHIPPING)
    warehouse.ship(today)
    warehouse.system.level_rows()
