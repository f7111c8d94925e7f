"""A plan laid over a history: what was, where the history does not tell, and what is to come."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forecasting.features.windows import carried
from forecasting.forecast import Horizon
from forecasting.panel.panel import Cells, Panel
from forecasting.panel.periods import Periods
from forecasting.plans.plan import KEYS, Plan


class Told(NamedTuple):
    """What a plan tells of each series and period, shape (series, periods); NaN where nothing."""

    price: Cells
    promotion: Cells


def applied(plan: Plan, panel: Panel, horizon: Horizon, columns: tuple[str, ...]) -> tuple[Panel, Horizon]:
    """History and horizon as a forecaster sees them that looks ahead at `columns` (`price`, `promotion`).

    Where the history tells a price it stands, and of two promotions the deeper one; elsewhere the plan says what was. Ahead
    there is no promotion where none is planned. A price that was told stands until the next one, but one of a promotion ends
    with it. Without columns both stay as they are.
    """
    if not columns:
        return panel, horizon
    count = len(panel.periods)
    whole = Periods(panel.periods.frequency, panel.periods.first, count + horizon.protection)
    told = told_of(plan, panel.series, whole)
    price, promotion = _past(panel, told)
    ahead = {"price": _prices_ahead(price, promotion, told, count), "promotion": np.nan_to_num(told.promotion[:, count:])}
    seen = replace(
        panel,
        price=price if "price" in columns else panel.price,
        promotion=promotion if "promotion" in columns else panel.promotion,
    )
    return seen, replace(horizon, plan={**horizon.plan, **{name: ahead[name] for name in columns}})


def learnable(plan: Plan, panel: Panel) -> tuple[str, ...]:
    """What the plan tells of that a model can learn from this history: there was a promotion, or a price is known."""
    price, promotion = _past(panel, told_of(plan, panel.series, panel.periods))
    was = {"price": price is not None and bool((~np.isnan(price)).any()), "promotion": _any(promotion)}
    return tuple(name for name in plan.columns if was[name])


def strangers(plan: Plan, series: pl.DataFrame) -> pl.DataFrame:
    """SKUs, and SKUs at locations, that the plan tells of and that are not among `series`: columns `sku` and `location`."""
    keys, known = plan.rows.select(KEYS).unique(), _keys(series)
    everywhere = keys.filter(pl.col("location").is_null()).join(known, on="sku", how="anti")
    somewhere = keys.filter(pl.col("location").is_not_null()).join(known, on=KEYS, how="anti")
    return pl.concat([everywhere, somewhere]).sort(KEYS)


def told_of(plan: Plan, series: pl.DataFrame, periods: Periods) -> Told:
    """Over each period the mean of the prices of its days, and the deepest promotion, as the history of days is summed up.

    What is told of a SKU at a location goes before what is told of it everywhere.
    """
    shape = (series.height, len(periods))
    told = Told(*(np.full(shape, np.nan, np.float32) for _ in Told._fields))
    places, is_own = _keys(series).with_row_index("place"), pl.col("location").is_not_null()
    everywhere = plan.rows.filter(~is_own).drop("location").join(places.select("place", "sku"), on="sku")
    for rows in (everywhere, plan.rows.filter(is_own).join(places, on=KEYS)):
        _put(rows, periods, told)
    return told


def _put(rows: pl.DataFrame, periods: Periods, told: Told) -> None:
    first, last = (rows[name].to_numpy().astype("datetime64[D]") for name in ("first", "last"))
    low, high = np.maximum(periods.index(first), 0), np.minimum(periods.index(last), len(periods) - 1)
    touched = np.maximum(high - low + 1, 0)
    row = np.repeat(np.arange(rows.height), touched)
    period = low[row] + np.arange(len(row)) - np.repeat(np.cumsum(touched) - touched, touched)
    begins, ends = np.maximum(first[row], periods.starts[period]), np.minimum(last[row], periods.ends[period])
    days = (ends - begins).astype(np.float64) + 1
    cell = rows["place"].to_numpy().astype(np.int64)[row] * len(periods) + period
    price, promotion = (rows[name].to_numpy()[row].astype(np.float64) for name in Told._fields)
    known = ~np.isnan(price)
    cells, group = np.unique(cell[known], return_inverse=True)
    told.price.flat[cells] = np.bincount(group, price[known] * days[known]) / np.bincount(group, days[known])
    known = ~np.isnan(promotion)
    cells, group = np.unique(cell[known], return_inverse=True)
    deepest = np.zeros(len(cells))
    np.maximum.at(deepest, group, promotion[known])
    told.promotion.flat[cells] = deepest


def _past(panel: Panel, told: Told) -> tuple[Cells | None, Cells | None]:
    """Price and promotion of the periods of the history; None where neither tells of any."""
    count = len(panel.periods)
    price, promotion = told.price[:, :count], np.nan_to_num(told.promotion[:, :count])
    if panel.price is not None:
        price = np.where(np.isnan(panel.price), price, panel.price)
    if panel.promotion is not None:
        promotion = np.maximum(panel.promotion, promotion)
    has_price = panel.price is not None or bool((~np.isnan(price)).any())
    return price if has_price else None, promotion if panel.promotion is not None or promotion.any() else None


def _prices_ahead(price: Cells | None, promotion: Cells | None, told: Told, count: int) -> Cells:
    nothing = np.full((len(told.price), count), np.nan, np.float32)
    prices = np.concatenate([nothing if price is None else price, told.price[:, count:]], axis=1)
    promotions = np.concatenate([nothing if promotion is None else promotion, told.promotion[:, count:]], axis=1)
    standing = carried(np.where(promotions > 0, np.float32(np.nan), prices))
    standing = np.where(np.isnan(standing), carried(prices), standing)
    ahead: Cells = np.where(np.isnan(told.price), standing, prices)[:, count:]
    return ahead


def _keys(series: pl.DataFrame) -> pl.DataFrame:
    """As text, also where no series has a location."""
    return series.select(pl.col(KEYS).cast(pl.String))


def _any(promotion: NDArray[np.float32] | None) -> bool:
    return promotion is not None and bool((promotion > 0).any())
