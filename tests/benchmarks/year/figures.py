"""A run in figures, over the weeks that count; kept as a file, so that runs can be made one by one and compared later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from tests.benchmarks.year.policies import Policy
from tests.benchmarks.year.run import Ran
from tests.benchmarks.year.supply import supply_of
from tests.benchmarks.year.terms import Terms

YEAR_DAYS: Final = 365.25
HOLDING: Final = 0.25
"""Share of its price that holding a unit for a year costs; the default of `skuld suggest`."""


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """Of a policy at one value of its parameter. Arrays are of shape (SKUs,) or, by day, (days,).

    Attributes:
        demand, served: units wanted, and those found in stock at once, over the days that count.
        on_hand: mean stock at the end of a day.
        price: of a unit.
        unit_days: that customers waited, in all.
        orders, lines, units: at suppliers, over the days that count.
        spent, listed: money for these orders, and what they would cost if nothing were cheaper for being many.
        in_transit: mean units on order.
        first: day of the run, ISO 8601.
        daily_stock, daily_waiting: units at the end of each day of it, the first weeks too.
        system: what it did, over the whole run.
        broken: what was not as it must be.
    """

    policy: str
    value: float | None
    weeks: int
    demand: np.ndarray
    served: np.ndarray
    on_hand: np.ndarray
    price: np.ndarray
    unit_days: float
    orders: int
    lines: int
    units: int
    spent: float
    listed: float
    in_transit: float
    first: str
    daily_stock: np.ndarray
    daily_waiting: np.ndarray
    system: dict[str, float]
    broken: list[str]

    @property
    def fill_rate(self) -> float:
        """Share of units from stock at once."""
        return float(self.served.sum() / self.demand.sum())

    @property
    def stock(self) -> float:
        """Units on hand, on average."""
        return float(self.on_hand.sum())

    @property
    def money(self) -> float:
        """The same in money."""
        return float((self.on_hand * self.price).sum())

    @property
    def gained(self) -> float:
        """Money that price breaks spared, less what holding the stock cost."""
        return self.listed - self.spent - HOLDING * self.money * 7 * self.weeks / YEAR_DAYS

    @property
    def turns(self) -> float:
        """Times a year that the mean stock is used up."""
        return float(self.demand.sum() / (7 * self.weeks) * YEAR_DAYS / self.stock)


def figures_of(ran: Ran, policy: Policy, terms: Terms) -> Figures:
    """Reduce a run to its figures."""
    days, all_days = ran.days, ran.demand.days
    since = 7 * terms.warm_up_weeks
    judged = slice(since, None)
    placed = [one for one in ran.diary.purchases if (one.placed_on - ran.demand.first).days >= since]
    system = {name: getattr(ran.system, name) for name in ("orders", "requests", "events", "seconds", "review_seconds")}
    supply = supply_of(ran.demand, terms)
    return Figures(
        policy.name, policy.value, (len(all_days) - since) / 7, days.wanted[judged].sum(axis=0), days.at_once[judged].sum(axis=0),
        days.on_hand[judged].mean(axis=0), np.array([ran.demand.price[sku] for sku in ran.demand.skus]),
        float(days.waiting[judged].sum()), len(placed), sum(len(one.units) for one in placed),
        sum(sum(one.units.values()) for one in placed), sum(one.spent for one in placed),
        sum(supply.listed(one.units) for one in placed), _in_transit(ran, all_days[since:]),
        ran.demand.first.isoformat(), days.on_hand.sum(axis=1), days.waiting.sum(axis=1), system, ran.broken,
    )  # fmt: skip


def _in_transit(ran: Ran, days: list[date]) -> float:
    spans = [
        (sum(one.units.values()), (min(one.comes_on, days[-1]) - max(one.placed_on, days[0])).days)
        for one in ran.diary.purchases
    ]
    return sum(units * max(length, 0) for units, length in spans) / len(days)


def keep(found: Figures, folder: Path) -> Path:
    """Write a run's figures."""
    folder.mkdir(parents=True, exist_ok=True)
    value = "default" if found.value is None else f"{found.value:g}"
    path = folder / f"{found.policy.replace(', ', '-').replace(' ', '-').replace('/', '-')}_{value}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode({name: _plain(getattr(found, name)) for name in found.__slots__})))
    return path


def kept(folder: Path) -> list[Figures]:
    """Every run that was kept, by policy and value."""
    found = [_read(path) for path in sorted(folder.glob("*_*.json"))]
    return sorted(found, key=lambda one: (one.policy, one.value is not None, one.value or 0.0))


def _read(path: Path) -> Figures:
    told: dict[str, Any] = msgspec.json.decode(path.read_bytes())
    return Figures(
        **{name: np.array(value) if isinstance(value, list) and name != "broken" else value for name, value in told.items()}
    )


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value
