"""How planners want single items to be replenished, beside what the run says for all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from forecasting.parameters import Floats
from forecasting.planning.terms import all_terms, chosen_terms
from forecasting.suggestions.ordering import NO_MOST
from forecasting.suggestions.position import Units

EVERYWHERE: Final = ""
"""The warehouse of a policy for all that have none of their own."""
NO_LEAST: Final = -(10**15)
WISHED: Final = ("target", "review_days", "supplier", "minimum", "maximum", "shelf_life_days")


@dataclass(frozen=True, slots=True, eq=False)
class Wishes:
    """Of each item, shape (items,).

    Attributes:
        target: chance of covering lead time plus review.
        review_days: between two orders.
        minimum, maximum: of the inventory position; `NO_LEAST` and `NO_MOST` where nobody has said.
        shelf_life_days: NaN where it keeps.
    """

    target: Floats
    review_days: Floats
    minimum: Units
    maximum: Units
    shelf_life_days: Floats


def with_wishes(items: pl.DataFrame, policies: pl.DataFrame) -> pl.DataFrame:
    """Items with the policy of their warehouse, else the one for all warehouses, in columns `wished_…`."""
    named = {name: f"wished_{name}" for name in WISHED}
    wished = policies.rename(named).with_columns(pl.col("wished_supplier").replace("", None), pl.lit(True).alias("wished"))
    own = items.join(wished, on=["sku", "warehouse"], how="left")
    for_all = wished.filter(pl.col("warehouse") == EVERYWHERE).drop("warehouse")
    both = own.join(for_all, on="sku", how="left", suffix="_for_all")
    chosen = [pl.when("wished").then(pl.col(name)).otherwise(pl.col(f"{name}_for_all")).alias(name) for name in named.values()]
    return both.with_columns(chosen).select(*items.columns, *named.values())


def with_terms(items: pl.DataFrame, terms: pl.DataFrame) -> pl.DataFrame:
    """Items with the terms of the supplier wished for, else of the best; without a supplier where none of these sells them."""
    free = items.filter(pl.col("wished_supplier").is_null()).join(chosen_terms(terms), on="sku", how="left")
    fixed = items.filter(pl.col("wished_supplier").is_not_null()).join(
        all_terms(terms).with_columns(pl.col("supplier").alias("wished_supplier")), on=["sku", "wished_supplier"], how="left"
    )
    return pl.concat([free, fixed.select(free.columns)])


def wishes_of(items: pl.DataFrame, target: Floats, review_days: float) -> Wishes:
    """What is wished for, with the run's own where nobody has said."""
    return Wishes(
        items["wished_target"].fill_null(pl.Series(target)).to_numpy(),
        items["wished_review_days"].cast(pl.Float64).fill_null(review_days).to_numpy(),
        items["wished_minimum"].fill_null(NO_LEAST).to_numpy(),
        items["wished_maximum"].fill_null(NO_MOST).to_numpy(),
        items["wished_shelf_life_days"].cast(pl.Float64).fill_null(np.nan).to_numpy(),
    )
