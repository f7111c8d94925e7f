"""A shop with a supplier, review after review: what its orders, their lines and its stock cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from forecasting.distributions.empirical import QuantileTable
from forecasting.metrics import LEVELS
from forecasting.stock_policy.price_list import PriceList
from forecasting.suggestions.assortment import Assortment, Prices
from forecasting.suggestions.buying import DAYS_OF_A_YEAR, Buying, OrderCosts
from forecasting.suggestions.ordering import NO_MOST, Limits
from forecasting.suggestions.outlook import Outlook
from forecasting.suggestions.position import OpenOrder, Positions
from forecasting.suggestions.suggestion import suggest

LEAD, REVIEW, HOLDING = 5, 7, 0.25
BEGAN = date(2025, 3, 24)


@dataclass(slots=True, eq=False)
class Shop:
    """Items of one supplier; demand of a day is what is expected, or drawn around it when there is a `seed`."""

    per_day: np.ndarray
    price: np.ndarray
    order_cost: float
    line_costs: tuple[float, ...]
    tells: bool
    seed: int | None = None
    on_hand: np.ndarray = field(init=False)
    coming: list[tuple[date, np.ndarray]] = field(default_factory=list)
    orders: int = 0
    short: float = 0.0
    wanted: float = 0.0
    money: float = 0.0

    def outlook(self) -> Outlook:
        """Lead time plus review, spread as a Poisson demand would be."""
        days = float(LEAD + REVIEW)
        mean = self.per_day * days
        spread = np.array([0.0, 0.52, 0.84, 1.28, 1.64, 1.96, 2.33])[None, :] * np.sqrt(mean)[:, None]
        table = QuantileTable(LEVELS, mean[:, None] + (spread if self.seed is not None else 0.02 * spread))
        target = np.full(len(mean), 0.95)
        return Outlook(self.per_day * LEAD, self.per_day * REVIEW, table, table, target, np.full(len(mean), days))

    def run(self, reviews: int) -> Shop:
        """From a shop that has just what it aims at."""
        ahead, count = self.outlook(), len(self.per_day)
        self.on_hand = np.asarray(ahead.level, np.int64)
        draw = np.random.default_rng(self.seed)
        whole = np.zeros(count)
        for day in range(reviews * REVIEW):
            today = BEGAN + timedelta(days=day)
            self.on_hand = self.on_hand + sum(units for due, units in self.coming if due == today)
            self.coming = [one for one in self.coming if one[0] > today]
            if day % REVIEW == 0:
                self.review(ahead, today)
            if self.seed is None:
                demand, whole = np.floor(whole + self.per_day + 1e-9), (whole + self.per_day) % 1.0
            else:
                demand = draw.poisson(self.per_day)
            self.wanted += demand.sum()
            self.short += np.minimum(demand, np.maximum(demand - self.on_hand, 0)).sum()
            self.on_hand = self.on_hand - demand.astype(np.int64)
            self.money += float((np.maximum(self.on_hand, 0) * self.price).sum()) * HOLDING / DAYS_OF_A_YEAR
        return self

    def review(self, ahead: Outlook, today: date) -> None:
        """Order what is suggested."""
        count = len(self.per_day)
        open_orders = [
            tuple([OpenOrder(str(due), int(units[item]), due) for due, units in self.coming if units[item]])
            for item in range(count)
        ]
        none = np.zeros(count, np.int64)
        there = Positions(np.maximum(self.on_hand, 0), none, none, np.maximum(-self.on_hand, 0), open_orders)
        costs = (OrderCosts(tuple(range(count)), self.order_cost, self.line_costs),) if self.tells else ()
        lists = [PriceList(((1, float(price)),)) for price in self.price]
        how = Buying(lists, (), np.full(count, float(REVIEW)), HOLDING, 60.0, costs)
        limits = Limits(none, none + 1, none + NO_MOST)
        found = suggest(Assortment(there, ahead, limits, Prices(self.price, self.price), buying=how), today)
        units = none.copy()
        for one in found:
            units[one.item] = one.units
        if units.any():
            self.orders += 1
            self.money += self.order_cost + sum(np.array(self.line_costs)[units > 0])
            self.coming.append((today + timedelta(days=LEAD), units))
