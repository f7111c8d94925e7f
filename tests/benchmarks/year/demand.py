"""What customers ordered, day by day, and the history before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
import polars as pl

from tests.benchmarks.forecasting import online_retail

WEEKS_KNOWN: Final = 28
FIRST_MONDAY: Final = date(2010, 12, 6)
"""Of Online Retail; the five days before it are history too."""


@dataclass(frozen=True, slots=True)
class Order:
    """A customer's order: units by SKU."""

    order_id: str
    lines: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """A shop's demand.

    Attributes:
        skus: in order of their names.
        price: of a unit of each, from the history.
        history: `sku`, `day`, `units` of the days before `first`.
        first, last: days of the run; the first is a Monday.
        orders: of each day on which there were some, in the order in which they came.
    """

    skus: tuple[str, ...]
    price: Mapping[str, float]
    history: pl.DataFrame
    first: date
    last: date
    orders: Mapping[date, tuple[Order, ...]]

    @property
    def days(self) -> list[date]:
        """Every day of the run."""
        return [self.first + timedelta(number) for number in range((self.last - self.first).days + 1)]

    @property
    def units(self) -> np.ndarray:
        """Units ordered, shape (days, SKUs)."""
        row, column = {day: n for n, day in enumerate(self.days)}, {sku: n for n, sku in enumerate(self.skus)}
        found = np.zeros((len(row), len(column)), np.int64)
        for day, orders in self.orders.items():
            for order in orders:
                for sku, units in order.lines:
                    found[row[day], column[sku]] += units
        return found

    @property
    def weeks_known(self) -> int:
        """Whole weeks of the history."""
        begins = self.history["day"].min()
        assert isinstance(begins, date)
        return (self.first - begins).days // 7

    def weekly_mean(self, weeks: int) -> np.ndarray:
        """Mean units a week of each SKU in the latest weeks of the history, shape (SKUs,)."""
        since = self.first - timedelta(weeks=weeks)
        sold = self.history.filter(pl.col("day") >= since).group_by("sku").agg(pl.col("units").sum())
        known = dict(sold.rows())
        return np.array([known.get(sku, 0) / weeks for sku in self.skus])


def retail(top: int) -> Demand:
    """Online Retail, United Kingdom: the SKUs with the most units in the first 28 whole weeks, and all after them day by day."""
    lines = online_retail.wanted_lines(pl.read_parquet(online_retail.FILE)).with_columns(
        pl.col("InvoiceDate").dt.date().alias("day"), pl.col("Quantity").cast(pl.Int64).alias("units")
    )
    first = FIRST_MONDAY + timedelta(weeks=WEEKS_KNOWN)
    past = lines.filter(pl.col("day") < first)
    most = past.group_by("sku").agg(pl.col("units").sum()).sort("units", "sku", descending=[True, False])
    skus = tuple(sorted(most["sku"].head(top)))
    chosen = lines.filter(pl.col("sku").is_in(skus))
    past, ahead = chosen.filter(pl.col("day") < first), chosen.filter(pl.col("day") >= first)
    price = dict(past.group_by("sku").agg(pl.col("UnitPrice").cast(pl.Float64).median()).rows())
    history = past.group_by("sku", "day").agg(pl.col("units").sum()).sort("sku", "day")
    last = ahead["day"].max()
    assert isinstance(last, date)
    return Demand(skus, price, history, first, last, _orders(ahead))


def _orders(lines: pl.DataFrame) -> dict[date, tuple[Order, ...]]:
    """Invoices as orders, on the day of their first line; lines of a SKU are summed."""
    whole = lines.with_columns(pl.col("InvoiceDate").min().over("InvoiceNo").alias("at"))
    summed = whole.group_by("at", "InvoiceNo", "sku").agg(pl.col("units").sum()).sort("at", "InvoiceNo", "sku")
    found: dict[date, list[Order]] = {}
    for (at, invoice), rows in summed.group_by(["at", "InvoiceNo"], maintain_order=True):
        order = Order(str(invoice), tuple(rows.select("sku", "units").rows()))
        found.setdefault(at.date(), []).append(order)  # type: ignore[union-attr]  # a datetime
    return {day: tuple(orders) for day, orders in found.items()}


def generated(skus: int, weeks_known: int, weeks: int, seed: int) -> Demand:
    """A shop that never was: SKUs that sell at rates of .2 to 20 a day, orders of a few lines; no two days alike."""
    chance = np.random.default_rng(seed)
    names = tuple(f"sku-{number:03}" for number in range(skus))
    rates = np.exp(chance.uniform(np.log(0.2), np.log(20), skus))
    first = date(2024, 1, 1) + timedelta(weeks=weeks_known)
    days = [first + timedelta(number) for number in range(7 * weeks)]
    before = [first - timedelta(number) for number in range(7 * weeks_known, 0, -1)]
    past = [(sku, day, int(n)) for day in before for sku, n in zip(names, chance.poisson(rates), strict=True)]
    orders = {day: tuple(_day_of_orders(day, names, chance.poisson(rates), chance)) for day in days}
    price = {sku: round(float(chance.uniform(0.5, 9)), 2) for sku in names}
    history = pl.DataFrame(past, schema=["sku", "day", "units"], orient="row")
    return Demand(names, price, history, first, days[-1], {day: some for day, some in orders.items() if some})


def _day_of_orders(day: date, names: tuple[str, ...], units: np.ndarray, chance: np.random.Generator) -> list[Order]:
    """Each SKU's units go to one of some customers of the day."""
    customers = max(len(names) // 4, 1)
    baskets: dict[int, list[tuple[str, int]]] = {}
    for sku, wanted in zip(names, units, strict=True):
        if wanted:
            baskets.setdefault(int(chance.integers(customers)), []).append((sku, int(wanted)))
    return [Order(f"{day:%y%m%d}-{number}", tuple(lines)) for number, lines in sorted(baskets.items())]
