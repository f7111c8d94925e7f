"""How a warehouse decides what to buy at its weekly review: by Skuld's suggestions, or by a fixed rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
import polars as pl

from forecasting.history.store import HistoryStore
from forecasting.planning.forecasts import own_panel
from tests.benchmarks.year.demand import Demand
from tests.benchmarks.year.diary import Units
from tests.benchmarks.year.warehouse import Warehouse
from tests.benchmarks.year.wire import NotAnswered, request

OPEN: str = "/v1/replenishment-suggestions"
PAGE = 500
NO_SETTINGS: Mapping[str, str] = MappingProxyType({})


class Policy(Protocol):
    """A way to buy. `value` is its one safety parameter."""

    name: str
    value: float | None
    settings: Mapping[str, str]
    """Of the system that it runs on."""

    def review(self, warehouse: Warehouse, today: date) -> None:
        """Place orders; the history is up to date, the rows are level."""


@dataclass(frozen=True, slots=True)
class Suggestions:
    """`skuld suggest`, everything approved, every draft placed that its supplier takes; one short of the minimum order gathers
    on. `value`: the target of all items; None: those it has.

    `orders_wait`: the history takes what was ordered as all that was wanted (`SKULD_STOCK_OUTS=show`); else a stock-out hides
    demand. `early_days`: of `skuld suggest`; None: its own. `lost_sales`: planned with `--lost-sales`.
    """

    value: float | None = None
    forecaster: str = "combination"
    orders_wait: bool = True
    early_days: float | None = None
    lost_sales: bool = False

    @property
    def name(self) -> str:
        """As in tables."""
        early = "" if self.early_days is None else f", {self.early_days:g} days early"
        lost = ", lost sales" if self.lost_sales else ""
        return f"suggestions, {self.forecaster}" + ("" if self.orders_wait else ", stock-outs hide") + early + lost

    @property
    def settings(self) -> Mapping[str, str]:
        """Of the system that it runs on."""
        return {"stock_outs": "show"} if self.orders_wait else {}

    def review(self, warehouse: Warehouse, today: date) -> None:
        """Make a run, approve all that it says, place the drafts."""
        targets = [] if self.value is None else [f"--target={grade}={self.value}" for grade in "ABC"]
        url = f"--url={warehouse.system.url}"
        early = [] if self.early_days is None else [f"--early-days={self.early_days}"]
        lost = ["--lost-sales"] if self.lost_sales else []
        warehouse.skuld("suggest", url, f"--forecaster={self.forecaster}", "--top=0", *targets, *early, *lost)
        warehouse.system.level_rows()
        wanted = [one["id"] for one in self.open_now(warehouse) if one["quantity"]]
        approve = [request("POST", f"{OPEN}/{name}/approve", None, f"approve-{name}") for name in wanted]
        for answer in warehouse.line.ask_all(approve):
            if answer["state"] != "approved":
                raise NotAnswered(f"suggestion {answer['id']} is {answer['state']} after it was approved")
        for basket in warehouse.baskets():
            if not float(basket["missing"] or 0):
                warehouse.place(basket["purchase_order_id"], today)

    def open_now(self, warehouse: Warehouse) -> list[dict[str, Any]]:
        """Every open suggestion, page by page."""
        found: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            page = warehouse.line.ask("GET", f"{OPEN}?limit={PAGE}" + (f"&cursor={cursor}" if cursor else ""))
            found += page["items"]
            cursor = page["next_cursor"]
        return found


@dataclass(frozen=True, slots=True)
class Cover:
    """Experience: fill the position up to so many weeks of the mean demand of the latest 13."""

    value: float
    name = "weeks of cover"
    settings = NO_SETTINGS

    def review(self, warehouse: Warehouse, today: date) -> None:
        """Order what is missing."""
        panel = own_panel(HistoryStore(warehouse.system.data_dir / "history"))
        mean = np.nan_to_num(panel.units[:, -13:].astype(np.float64)).mean(axis=1)
        level = dict(zip(panel.series["sku"], np.ceil(self.value * mean), strict=True))
        position = positions(warehouse)
        buy(warehouse, today, {sku: int(units - position.get(sku, 0)) for sku, units in level.items()})


@dataclass(frozen=True, slots=True, eq=False)
class MinMax:
    """Set once: at or below `value` weeks of the mean of the history, fill up to two weeks more."""

    value: float
    weekly_mean: Mapping[str, float]
    name = "fixed min/max"
    settings = NO_SETTINGS
    between = 2.0

    def review(self, warehouse: Warehouse, today: date) -> None:
        """Order up to the maximum where the minimum is reached."""
        position = positions(warehouse)
        wanted: Units = {}
        for sku, mean in self.weekly_mean.items():
            least, most = np.ceil(self.value * mean), np.ceil((self.value + self.between) * mean)
            if position.get(sku, 0) <= least:
                wanted[sku] = int(most - position.get(sku, 0))
        buy(warehouse, today, wanted)


def positions(warehouse: Warehouse) -> Units:
    """On hand and on order, less what is promised and what waits."""
    books = warehouse.books()
    there = books.levels.select("sku", (pl.col("on_hand") - pl.col("reserved") - pl.col("backordered")).alias("units"))
    both = pl.concat([there, books.on_order.select("sku", "units")]).group_by("sku").agg(pl.col("units").sum())
    return dict(both.rows())


def buy(warehouse: Warehouse, today: date, wanted: Units) -> None:
    """Write an order at each supplier that takes it, and place it."""
    for supplier, units in warehouse.supply.baskets(wanted).items():
        name, lines = f"{supplier}-{today}", [{"sku": sku, "quantity": some} for sku, some in units.items()]
        warehouse.line.ask("POST", "/v1/purchase-orders", {"purchase_order_id": name, "supplier": supplier, "lines": lines})
        warehouse.place(name, today)


def fixed_min_max(demand: Demand, weeks_known: int, value: float) -> MinMax:
    """Min and max as the history's mean says."""
    return MinMax(value, dict(zip(demand.skus, demand.weekly_mean(weeks_known).tolist(), strict=True)))
