"""Forecast value added: by how much each step, and each person, came nearer to the demand that came than the step before.

Gilliland 2010, The Business Forecasting Deal: the error before a step less the error after it. The error of many is the sum of
what was missed over the sum of what came (WAPE). A quantity is read as a forecast by what it differs from the one that was
suggested: who orders ten more than was suggested expects ten more to be wanted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

STEPS: Final = ("naive", "baseline", "model", "decided", "ordered")
"""What came in as many days before; the mean of 13 times as many; what the run expected; what people decided; what was
placed."""
JUDGED: Final = {
    "actor": pl.String,
    "decision": pl.String,
    "reason": pl.String,
    "quantity_suggested": pl.Int64,
    "quantity_decided": pl.Int64,
    "quantity_ordered": pl.Float64,
    "naive": pl.Float64,
    "baseline": pl.Float64,
    "model": pl.Float64,
    "actual": pl.Float64,
}
"""Columns of decisions that can be judged; units, forecasts over the same days as `actual`."""


@dataclass(frozen=True, slots=True)
class StepValue:
    """One step over all decisions. `error` is missed units over units that came, `bias` expected less came over the same; None
    where nothing came. `value_added` is the error of the step before less this one's; None for the first."""

    name: str
    error: float | None
    bias: float | None
    value_added: float | None


@dataclass(frozen=True, slots=True)
class GroupValue:
    """What a person's decisions (or those for one reason) were worth.

    `changed` of the decisions ordered another quantity than was suggested. `error_before` is the model's over all of them,
    `error` after the decisions; of those changed, so many came nearer to what came (`better`) or less near (`worse`) than the
    model."""

    name: str
    decisions: int
    changed: int
    error_before: float | None
    error: float | None
    value_added: float | None
    better: int
    worse: int


@dataclass(frozen=True, slots=True)
class ValueAdded:
    """How many decisions were judged, units that came, and what steps, people and reasons were worth."""

    decisions: int
    units: float
    steps: list[StepValue]
    persons: list[GroupValue]
    reasons: list[GroupValue]


def value_added(judged: pl.DataFrame) -> ValueAdded:
    """What each step, person and reason was worth.

    Args:
        judged: one row for each decision whose protection period is over, columns `JUDGED`.
    """
    known = judged.with_columns(
        _as_forecast("quantity_decided").alias("decided"), _as_forecast("quantity_ordered").alias("ordered")
    )
    came = float(known["actual"].sum())
    steps: list[StepValue] = []
    for name in STEPS:
        error = _share(float((known[name] - known["actual"]).abs().sum()), came)
        bias = _share(float((known[name] - known["actual"]).sum()), came)
        steps.append(StepValue(name, error, bias, _difference(steps[-1].error if steps else None, error)))
    changed = known.filter(pl.col("quantity_decided") != pl.col("quantity_suggested"))
    return ValueAdded(known.height, came, steps, _groups(known, "actor"), _groups(changed, "reason"))


def _as_forecast(quantity: str) -> pl.Expr:
    """What who orders so many expects to be wanted; never less than nothing."""
    return (pl.col("model") + pl.col(quantity) - pl.col("quantity_suggested")).clip(0.0)


def _groups(known: pl.DataFrame, by: str) -> list[GroupValue]:
    """By value added, the greatest first; then by name."""
    before, after = (pl.col("model") - pl.col("actual")).abs(), (pl.col("decided") - pl.col("actual")).abs()
    found = known.group_by(by).agg(
        pl.len().alias("decisions"),
        (pl.col("quantity_decided") != pl.col("quantity_suggested")).sum().alias("changed"),
        before.sum().alias("before"),
        after.sum().alias("after"),
        (after < before).sum().alias("better"),
        (after > before).sum().alias("worse"),
        pl.col("actual").sum().alias("came"),
    )
    groups = []
    for row in found.iter_rows(named=True):
        error_before, error = _share(row["before"], row["came"]), _share(row["after"], row["came"])
        worth = _difference(error_before, error)
        groups.append(
            GroupValue(row[by], row["decisions"], row["changed"], error_before, error, worth, row["better"], row["worse"])
        )
    return sorted(groups, key=lambda group: (-(group.value_added or 0.0), group.name))


def _share(missed: float, came: float) -> float | None:
    return missed / came if came > 0 else None


def _difference(before: float | None, after: float | None) -> float | None:
    return before - after if before is not None and after is not None else None
