"""A plan: prices and promotions of SKUs over stretches of days, those that were as well as those to come. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import polars as pl

SCHEMA: Final = {
    "sku": pl.String,
    "location": pl.String,
    "first": pl.Date,
    "last": pl.Date,
    "price": pl.Float64,
    "promotion": pl.Float64,
}
KEYS: Final = ["sku", "location"]
COLUMNS: Final = ("price", "promotion")
_DAY: Final = timedelta(1)


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What was told.

    Attributes:
        rows: columns of `SCHEMA`, sorted. `location` is null for a SKU wherever it is sold; `first` and `last` are days, both
            included; `price` is per unit, `promotion` 0 without and above 0 (1, or the depth) with one; null where not told.
    """

    rows: pl.DataFrame

    @property
    def columns(self) -> tuple[str, ...]:
        """Which of `COLUMNS` it tells of."""
        return tuple(name for name in COLUMNS if self.rows[name].count())

    @property
    def digest(self) -> str:
        """SHA-256 of what it tells, hexadecimal: its name. Empty when it tells nothing."""
        return hashlib.sha256(self.rows.write_csv().encode()).hexdigest() if self.rows.height else ""

    def until(self, day: date) -> Plan:
        """What it tells of days up to this one."""
        rows = self.rows.filter(pl.col("first") <= day)
        return plan_of(rows.with_columns(pl.min_horizontal("last", pl.lit(day)).alias("last")))

    def after(self, earlier: Plan, today: date) -> Plan:
        """This plan in the place of an earlier one, of which the days that are over stay.

        From today on only this one counts; and of a SKU (and location) that it tells of, from its first day on.
        """
        begins = self.rows.group_by(KEYS).agg(pl.col("first").min().alias("begins"))
        kept = (
            earlier.rows.join(begins, on=KEYS, how="left", nulls_equal=True)
            .with_columns(pl.min_horizontal(pl.col("begins"), pl.lit(today)).alias("begins"))
            .filter(pl.col("first") < pl.col("begins"))
            .with_columns(pl.min_horizontal("last", pl.col("begins") - _DAY).alias("last"))
        )
        return plan_of(pl.concat([kept.select(*SCHEMA), self.rows]))


def plan_of(rows: pl.DataFrame) -> Plan:
    """The plan of rows in any order, with columns of `SCHEMA`; those that tell nothing are left out."""
    told = rows.filter(pl.any_horizontal(pl.col(*COLUMNS).is_not_null()))
    return Plan(told.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items()).sort(*SCHEMA))


NOTHING: Final = Plan(pl.DataFrame(schema=SCHEMA))
"""No plan."""
