"""What order lines tell a planner, and what has to be made up beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from gateway.buying.supply import Supply, made_up_supply
from gateway.replay.actions import Plan
from gateway.replay.catalogue import products
from gateway.replay.demand import best_sellers, daily_demand, ending_on
from gateway.replay.kinds import ORDER, with_kinds
from gateway.replay.lines import Lines


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """A shop for planning.

    Attributes:
        demand: `sku`, `day`, `units`: one row per SKU and day on which it was wanted.
        supply: made up.
        stocking: a replay that creates the products and their opening stock, and nothing else.
    """

    demand: pl.DataFrame
    supply: Supply
    stocking: Plan


def inputs_of(lines: Lines, skus: int, last: date) -> Inputs:
    """Demand of the SKUs that sell best, its days moved so that they end on `last`, and a supply for them."""
    table = with_kinds(lines.table)
    demand = ending_on(best_sellers(daily_demand(table), skus), last)
    sold = table.filter((pl.col("kind") == ORDER) & (pl.col("price") > 0))
    prices = dict(sold.group_by("sku").agg(pl.col("price").median()).iter_rows())
    supply = made_up_supply(demand, products(table), prices)
    days = demand["day"].unique()
    stocking = Plan(
        source=lines.source,
        fingerprint=lines.fingerprint,
        first_day=days.min(),  # type: ignore[arg-type]  # a column of days
        last_day=last,
        trading_days=len(days),
        rows=len(table) + len(lines.bad),
        products=supply.products,
        opening=supply.opening,
        actions=(),
        skipped=(),
        bad=lines.bad,
    )
    return Inputs(demand, supply, stocking)
