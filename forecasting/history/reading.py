"""The history as a panel of days, weeks or months, for training and scoring."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import polars as pl

from forecasting.history.attribution import NOWHERE, busiest, somewhere
from forecasting.history.store import CATEGORY, PROMOTION, HistoryStore
from forecasting.panel.faults import unusable
from forecasting.panel.long_table import panel_from
from forecasting.panel.panel import Panel
from forecasting.panel.periods import Frequency

SOURCE: Final = "the history"


def panel_of(demand: pl.DataFrame, frequency: Frequency, until: date, otherwise: str | None = None) -> Panel:
    """Demand of whole periods up to a day, one series for each SKU and warehouse.

    Args:
        demand: as `HistoryStore.read` gives it, by day.
        frequency: weeks begin on Monday.
        otherwise: warehouse of demand that none was named for, of SKUs that have no other; the busiest one when None.
        until: the last day that is known in full: a period that it does not complete is left out, as is the first one where
            the history begins within it.
    Raises:
        HistoryError: no period is complete.
    """
    known = somewhere(demand.filter(pl.col("day") <= until), otherwise)
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
        *([pl.col(CATEGORY).drop_nulls().last()] if whole[CATEGORY].count() else []),
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
    otherwise = busiest(store.units_by_warehouse(until)) if demand["warehouse"].eq(NOWHERE).any() else None
    ends = pl.DataFrame({"day": sorted({store.first_day() or until, until})}).with_columns(
        pl.lit(f"beside {sku}").alias("sku"), pl.lit("nowhere else").alias("warehouse"), pl.lit(0, pl.Int64).alias("units")
    )
    panel = panel_of(pl.concat([demand, ends], how="diagonal"), frequency, until, otherwise)
    return panel.select((panel.series["sku"] == sku).to_numpy())


def known_until(demand: pl.DataFrame, store: HistoryStore) -> date:
    """The last day that a history tells of: on that day, and on days before it, nothing may have been wanted.

    Args:
        demand: as `store` gives it, not empty.
    """
    last = demand["day"].max()
    assert isinstance(last, date)
    return max([last, *store.days()[-1:]])


def _start(day: pl.Expr, frequency: Frequency) -> pl.Expr:
    """The first day of the period that a day lies in."""
    return day.dt.truncate({Frequency.DAY: "1d", Frequency.WEEK: "1w", Frequency.MONTH: "1mo"}[frequency])


def _end(start: pl.Expr, frequency: Frequency) -> pl.Expr:
    """The first day after a period."""
    return start.dt.offset_by({Frequency.DAY: "1d", Frequency.WEEK: "1w", Frequency.MONTH: "1mo"}[frequency])
