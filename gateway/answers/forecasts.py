"""Forecasts of a SKU as JSON, on their way out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

if TYPE_CHECKING:  # numbers are loaded when a forecast is asked for, not when orders are taken
    from forecasting.registry.forecasts import ForecastRow

_DAY: Final = {"format": "date", "examples": ["2026-11-09"]}
Day = Annotated[str, msgspec.Meta(extra_json_schema=_DAY)]


class Quantile(msgspec.Struct, gc=False):
    """Demand is at most so many units with a chance of `level`."""

    level: float
    units: float


class PeriodMean(msgspec.Struct, gc=False):
    """What is expected of one period of the horizon."""

    first: Day
    last: Day
    mean: float


class PastForecast(msgspec.Struct, gc=False):
    """What was said of a sum after the day `cutoff`, and what came: null until all of it has, or when stock had run out."""

    cutoff: Day
    first: Day
    last: Day
    mean: float
    quantiles: list[Quantile]
    actual: float | None
    model: str


class EventOfForecast(msgspec.Struct, gc=False):
    """A type of event that lies in the days forecast, from its first to its last day in these, and the units of the mean that
    come of it: below zero where it takes away."""

    type: str
    first: Day
    last: Day
    units: float


class WarehouseForecast(msgspec.Struct, gc=False):
    """Demand for a SKU in one warehouse, summed over lead time plus review, as known after the day `cutoff`.

    `slot` names length of a period, lead time and review; `model` is the digest of the champion that says it. `of_plan` are
    the units of the mean that come of planned promotions and prices, null where the champion does not look ahead at any; `plan`
    is the digest of the plan that it saw. `of_events` are those of the rest that come of the `events` of these days, null where
    it looks at none, or nobody has told of any. `past` is null unless `history=true`: forecasts of champions before, the latest
    first.
    """

    warehouse: str
    slot: str
    cutoff: Day
    first: Day
    last: Day
    mean: float
    quantiles: list[Quantile]
    by_period: list[PeriodMean]
    model: str
    plan: str | None
    of_plan: float | None
    of_events: float | None
    events: list[EventOfForecast]
    past: list[PastForecast] | None


class ForecastAnswer(msgspec.Struct, gc=False):
    """The latest forecasts of a SKU."""

    sku: str
    warehouses: list[WarehouseForecast]


def forecast_answer(sku: str, latest: Sequence[ForecastRow], past: Sequence[ForecastRow] | None) -> ForecastAnswer:
    """Latest forecasts, each with those before it of the same warehouse and slot."""
    return ForecastAnswer(sku, [_warehouse(row, past) for row in latest])


def _warehouse(row: ForecastRow, past: Sequence[ForecastRow] | None) -> WarehouseForecast:
    horizon = row.horizon
    starts, ends = horizon.starts.tolist(), horizon.ends.tolist()
    means = [PeriodMean(str(first), str(last), mean) for first, last, mean in zip(starts, ends, row.by_period, strict=False)]
    before = None
    if past is not None:
        ours = [one for one in past if (one.warehouse, one.slot) == (row.warehouse, row.slot) and one.cutoff < row.cutoff]
        before = [_past(one) for one in ours]
    events = [EventOfForecast(one.kind, str(one.first), str(one.last), one.units) for one in row.events_ahead]
    return WarehouseForecast(
        row.warehouse, row.slot, str(row.cutoff), str(horizon.first), str(horizon.last_day), row.mean, _quantiles(row), means,
        row.model, row.plan or None, row.of_plan, row.of_events, events, before,
    )  # fmt: skip


def _past(row: ForecastRow) -> PastForecast:
    horizon = row.horizon
    return PastForecast(
        str(row.cutoff), str(horizon.first), str(horizon.last_day), row.mean, _quantiles(row), row.actual, row.model
    )


def _quantiles(row: ForecastRow) -> list[Quantile]:
    return [Quantile(level, units) for level, units in row.levels]
