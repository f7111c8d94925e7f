"""What a planner has to know of a plan: what of it has no effect and why; and what moves the demand of an item."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

import polars as pl

from forecasting.panel.panel import Panel
from forecasting.plans.on_panel import learnable, strangers
from forecasting.plans.plan import KEYS, Plan

PLURAL: Final = {"price": "prices", "promotion": "promotions"}
UNTOLD: Final = {"price": "the latest one stands", "promotion": "it expects none"}


def of_forecast(plan: Plan, panel: Panel, protection: int, sees: tuple[str, ...], who: str) -> Iterator[str]:
    """What of a plan has no effect on a forecast of the periods after a history.

    Args:
        sees: columns that the forecaster looks ahead at.
        who: it is called.
    """
    if unseen := [name for name in plan.columns if name not in sees]:
        untaught = [name for name in unseen if name not in learnable(plan, panel)]
        cure = f"; {_lacking(untaught)}" if untaught else "; a model that is trained with this plan does"
        yield f"planned {_plurals(unseen)} have no effect on {who}, which does not look ahead at them{cure}"
    for name in sees:
        if name not in plan.columns:
            yield f"{who} looks ahead at {PLURAL[name]}, and no plan tells of any: {UNTOLD[name]}"
    ahead = panel.periods.ahead(protection)
    if plan.columns and sees and _within(plan, ahead.first, ahead.last_day).is_empty():
        yield f"the plan tells nothing of the days from {ahead.first} to {ahead.last_day}, which are forecast"
    yield from of_strangers(plan, panel.series)


def of_training(plan: Plan, panel: Panel, learned: tuple[str, ...]) -> Iterator[str]:
    """What of a plan teaches nothing; `learned` are the columns that a model looks ahead at."""
    for name in plan.columns:
        if name not in learned:
            yield f"planned {PLURAL[name]} will have no effect: {_lacking([name])}"
    yield from of_strangers(plan, panel.series)


def _lacking(names: list[str]) -> str:
    return f"neither the history nor the plan tells of {_plurals(names)} that were, from which to learn what they do"


def _plurals(names: list[str]) -> str:
    return " and ".join(PLURAL[name] for name in names)


def of_strangers(plan: Plan, series: pl.DataFrame) -> Iterator[str]:
    """SKUs that a history does not have, `series` are those it has: they may be typing errors, and may be new."""
    unknown = strangers(plan, series)
    if not unknown.is_empty():
        sku, location = unknown.row(0)
        where = "" if location is None else f" at {location}"
        count = "one SKU" if unknown.height == 1 else f"{unknown.height:,} SKUs"
        yield f"the plan tells of {count} that the history does not have: {sku}{where}{'' if unknown.height == 1 else ' …'}"


def named_in_plan(plan: Plan, items: pl.DataFrame, first: date, last: date) -> pl.Series:
    """What is planned of each item within some days, as `planned promotion 2026-12-07 to 2026-12-13`; null where nothing is.

    Args:
        items: columns `sku` and `warehouse`.
    """
    told = _within(plan, first, last).with_columns(
        pl.max_horizontal("first", pl.lit(first)).alias("first"), pl.min_horizontal("last", pl.lit(last)).alias("last")
    )
    words = told.group_by(KEYS).agg(_words().alias("driver"))
    own = words.filter(pl.col("location").is_not_null()).rename({"location": "warehouse"})
    everywhere = words.filter(pl.col("location").is_null()).drop("location")
    found = items.select("sku", "warehouse").join(own, on=["sku", "warehouse"], how="left", maintain_order="left")
    found = found.join(everywhere, on="sku", how="left", suffix="_everywhere", maintain_order="left")
    return found.select(pl.coalesce("driver", "driver_everywhere").alias("driver")).to_series()


def _words() -> pl.Expr:
    promoted, priced = (pl.col("promotion") > 0).any(), pl.col("price").is_not_null().any()
    both = pl.when(promoted & priced).then(pl.lit("promotion and price"))
    what = both.when(promoted).then(pl.lit("promotion")).otherwise(pl.lit("price"))
    return pl.format("planned {} {} to {}", what, pl.col("first").min(), pl.col("last").max())


def _within(plan: Plan, first: date, last: date) -> pl.DataFrame:
    """Rows that touch the days, and tell of a price or a promotion."""
    some = (pl.col("promotion") > 0) | pl.col("price").is_not_null()
    return plan.rows.filter((pl.col("last") >= first) & (pl.col("first") <= last) & some.fill_null(value=False))
