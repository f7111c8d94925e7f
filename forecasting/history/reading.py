"""The history as a panel of days, weeks or months, for training and scoring."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import polars as pl

from forecasting.history.store import PROMOTION, HistoryStore
from forecasting.panel.faults import unusable
from forecasting.panel.long_table import panel_from
from forecasting.panel.panel import Panel
from forecasting.panel.periods import Frequency

NOWHERE: Final = ""
"""The warehouse of demand that none was named for, nor promised from."""
SOURCE: Final = "the history"


def panel_of(demand: pl.DataFrame, frequency: Frequency, until: date) -> Panel:
    """Demand of whole periods up to a day, one series for each SKU and warehouse.

    Args:
        demand: as `HistoryStore.read` gives it.
        frequency: weeks begin on Monday.
        until: the last day that is known in full: a period that it does not complete is left out, as is the first one where
            the history begins within it.
    Raises:
        HistoryError: no period is complete.
    """
    known = _somewhere(demand.filter(pl.col("day") <= until))
    if known.is_empty():
        raise unusable(SOURCE, f"nothing is known up to {until}")
    first = known["day"].min()
    assert isinstance(first, date)
    periods = known.with_columns(_start(pl.col("day"), frequency).alias("start"))
    lengths = _end(pl.col("start"), frequency) - pl.col("start")
    whole = periods.filter((pl.col("start") >= first) & (_end(pl.col("start"), frequency) <= until + timedelta(1)))
    if whole.is_empty():
        raise unusable(SOURCE, f"from {first} to {until} no {frequency} is complete")
    days = lengths.dt.total_days().first()
    table = whole.group_by("sku", "warehouse", "start").agg(
        pl.when(pl.col("units").count() > 0).then(pl.col("units").sum()).alias("units"),
        (1 - (1 - pl.col("in_stock_share").fill_null(1)).sum() / days).clip(0, 1).alias("in_stock_share"),
        pl.col("price").mean(),
        pl.col(PROMOTION).fill_null(0).max(),
    )
    named = {"warehouse": "location", "start": frequency.value}
    empty = [name for name in ("price", PROMOTION) if table[name].fill_null(0).eq(0).all()]
    return panel_from(table.rename(named).drop(empty).sort("sku", "location", frequency.value), SOURCE)


def panel_of_sku(store: HistoryStore, sku: str, frequency: Frequency, until: date) -> Panel:
    """The series of one SKU as `panel_of` has them among all others: over all periods of the history, whenever it was wanted.

    Raises:
        HistoryError: no period is complete, or a file is damaged.
    """
    demand = store.read_sku(sku)
    ends = pl.DataFrame({"day": sorted({store.first_day() or until, until})}).with_columns(
        pl.lit(f"beside {sku}").alias("sku"), pl.lit("nowhere else").alias("warehouse"), pl.lit(0, pl.Int64).alias("units")
    )
    panel = panel_of(pl.concat([demand, ends], how="diagonal"), frequency, until)
    return panel.select((panel.series["sku"] == sku).to_numpy())


def known_until(demand: pl.DataFrame, store: HistoryStore) -> date:
    """The last day that a history tells of: on that day, and on days before it, nothing may have been wanted.

    Args:
        demand: as `store` gives it, not empty.
    """
    last = demand["day"].max()
    assert isinstance(last, date)
    return max([last, *store.days()[-1:]])


def _somewhere(demand: pl.DataFrame) -> pl.DataFrame:
    """Demand without a warehouse belongs to the one that the SKU left from most, else to the one that most left from."""
    named = demand.filter(pl.col("warehouse") != NOWHERE)
    if named.is_empty() or named.height == demand.height:
        return demand
    busy = named.group_by("sku", "warehouse").agg(pl.col("units").sum()).sort("units", "warehouse", descending=[True, False])
    usual = busy.group_by("sku", maintain_order=True).agg(pl.col("warehouse").first().alias("usual"))
    all_of_it = busy.group_by("warehouse").agg(pl.col("units").sum()).sort("units", "warehouse", descending=[True, False])
    resolved = (
        demand.join(usual, on="sku", how="left")
        .with_columns(
            pl.when(pl.col("warehouse") == NOWHERE)
            .then(pl.col("usual").fill_null(all_of_it["warehouse"][0]))
            .otherwise(pl.col("warehouse"))
            .alias("warehouse")
        )
        .drop("usual")
    )
    sums = [pl.col(name).sum() for name in ("units", "units_shipped", "units_returned")]
    rest = [pl.col("in_stock_share").min(), pl.col("price").mean(), pl.col(PROMOTION).max()]
    return resolved.group_by("sku", "warehouse", "day").agg(*sums, *rest)


def _start(day: pl.Expr, frequency: Frequency) -> pl.Expr:
    """The first day of the period that a day lies in."""
    return day.dt.truncate({Frequency.DAY: "1d", Frequency.WEEK: "1w", Frequency.MONTH: "1mo"}[frequency])


def _end(start: pl.Expr, frequency: Frequency) -> pl.Expr:
    """The first day after a period."""
    return start.dt.offset_by({Frequency.DAY: "1d", Frequency.WEEK: "1w", Frequency.MONTH: "1mo"}[frequency])
