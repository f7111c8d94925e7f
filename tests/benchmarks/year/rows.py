"""What planning reads, of a warehouse that is only arithmetic: its history and its rows as the system would have them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from forecasting.history.store import KEPT
from forecasting.planning.record import NOT_DUE, QUERIES, Books
from tests.benchmarks.year.demand import Demand
from tests.benchmarks.year.floor import Floor
from tests.benchmarks.year.plain import Days
from tests.benchmarks.year.run import ORDERS, RECEIVING, REVIEW

Row = tuple[Any, ...]


def history(floor: Floor, day: int, orders_wait: bool) -> pl.DataFrame:
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
    both = pl.concat([_imported(demand), told], how="diagonal")
    return both.with_columns(pl.lit("main").alias("warehouse")).with_columns(
        [pl.lit(None, kind).alias(name) for name, kind in KEPT.items() if name not in (*both.columns, "warehouse")]
    )


def _imported(demand: Demand) -> pl.DataFrame:
    """The history as it is when it was imported: with a row for each day since a SKU was first on sale."""
    sold, last = demand.history.select("sku", "day", "units"), demand.history["day"].max()
    begins = sold.group_by("sku").agg(pl.date_ranges(pl.col("day").min(), pl.lit(last)).first().alias("day"))
    every = begins.explode("day").join(sold, on=["sku", "day"], how="left")
    return every.with_columns(pl.col("units").fill_null(0)).sort("sku", "day")


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


def books(floor: Floor, day: int) -> Books:
    """As the rows would have them."""
    demand, supply, agreed = floor.demand, floor.supply, floor.terms.lead_time_days
    stock = floor.days.on_hand[day - 1] if day else floor.opening
    owed = floor.days.waiting[day - 1] if day else np.zeros_like(floor.opening)
    rows: dict[str, list[Row]] = {
        "levels": [(sku, "main", int(a), 0, 0, int(b)) for sku, a, b in zip(demand.skus, stock, owed, strict=True)],
        "terms": [
            (sku, supply.supplier_of(sku), agreed, 1, supply.pack[sku], json.dumps(supply.price_breaks(sku)), "")
            for sku in demand.skus
        ],
        "minimums": [(supplier, str(money)) for supplier, money in supply.minimum.items()],
        "decisions": [(0,)],
        **_placed(floor, demand.days[day]),
    }
    _add_drafts(floor, rows)
    frames = {name: pl.DataFrame(rows.get(name, []), schema=schema, orient="row") for name, (_, schema) in QUERIES.items()}
    return Books(**frames)


def _placed(floor: Floor, today: date) -> dict[str, list[Row]]:
    agreed = floor.terms.lead_time_days
    found: dict[str, list[Row]] = {"on_order": [], "receipts": [], "waiting": []}
    for one in floor.purchases:
        placed, came = _ms(one.placed_on, REVIEW), _ms(one.comes_on, RECEIVING)
        due = str(one.placed_on + timedelta(agreed))
        for sku, units in one.units.items():
            if one.comes_on >= today:
                found["on_order"].append((sku, "main", one.purchase_id, units, due, ""))
                found["waiting"].append((one.supplier, sku, agreed, "", placed, due))
            else:
                found["receipts"].append((one.supplier, sku, agreed, "", placed, came, due))
    return found


def _add_drafts(floor: Floor, rows: dict[str, list[Row]]) -> None:
    lines = [(supplier, sku, units) for supplier, draft in floor.drafts.items() for sku, units in draft.items()]
    rows["on_order"] += [(sku, "main", f"draft-{supplier}", units, NOT_DUE, "") for supplier, sku, units in lines]
    rows["drafts"] = [
        (supplier, "main", units, f"{floor.supply.spent({sku: units}) / units:.6f}", sku) for supplier, sku, units in lines
    ]


def _ms(day: date, hour: int) -> int:
    return int(datetime(day.year, day.month, day.day, hour, tzinfo=UTC).timestamp() * 1000)
