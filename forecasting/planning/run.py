"""A run of planning from history and rows, and what it says as the API takes it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import polars as pl

from forecasting.calendar.left_out import left_out, of_left_out
from forecasting.forecast import Forecaster, Horizon
from forecasting.panel.panel import Panel
from forecasting.parameters import positive
from forecasting.planning.calendars import EVERY_DAY, Calendars
from forecasting.planning.drivers import DriversOf, drivers_in
from forecasting.planning.forecasts import DAYS_OF, forecast_for
from forecasting.planning.plan import Planned, Unplanned, plan
from forecasting.planning.policy import Policy
from forecasting.planning.record import Books
from forecasting.plans.plan import NOTHING, Plan
from forecasting.plans.remarks import named_in_plan
from forecasting.stock_policy.classes import xyz
from forecasting.suggestions.waterfall import ANNOUNCED, ORDER, Step, apart

BATCH: Final = 1000
"""Suggestions in one request."""
MOST_STEPS: Final = 100
"""Of one explanation."""
MOST_DAYS: Final = 1e12
"""Of supply that are told: of next to no demand stock lasts for ever."""
USUAL_LEAD_TIME_DAYS: Final = 14.0
"""Where no supplier has said: only the length that is forecast follows from it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run is asked for. `lead_time_days` and `demand_factor` ask what if: the rows say otherwise."""

    policy: Policy
    warehouse: str = "main"
    lead_time_days: int | None = None
    demand_factor: float = 1.0

    def __post_init__(self) -> None:
        positive(demand_factor=self.demand_factor)
        if self.lead_time_days is not None:
            positive(lead_time_days=self.lead_time_days)


@dataclass(frozen=True, slots=True)
class Run:
    """What came of it. `decisions_seen` is the last decision that the rows had; `forecast_days` what was forecast at once;
    `remarks` what has to be known of it."""

    planned: list[Planned]
    unplanned: list[Unplanned]
    decisions_seen: int
    forecast_days: float
    remarks: tuple[str, ...] = ()


def run(
    panel: Panel,
    forecaster: Forecaster,
    name: str,
    books: Books,
    today: date,
    asked: Asked,
    horizon: Horizon | None = None,
    calendars: Calendars = EVERY_DAY,
    told: Plan = NOTHING,
) -> Run:
    """Forecast about the usual lead time and the review, then plan every item.

    Args:
        name: of the forecaster.
        horizon: that the forecaster was trained for; None where it takes any.
        calendars: of suppliers.
        told: the plan that the forecaster sees, by which the part of the demand that comes of it is called.
    """
    if asked.lead_time_days is not None:
        books = with_lead_time(books, asked.lead_time_days)
    wanted = usual_days(books, asked, today, calendars)
    forecast, days, learned = forecast_for(panel, forecaster, name, wanted, asked.warehouse, asked.demand_factor, horizon)
    variation = xyz(panel.target().astype(np.float64))  # a row for each series, as the forecast has
    forecast = forecast.with_columns(pl.Series("variation", variation))
    ahead = panel.periods.ahead(round(days / DAYS_OF[panel.periods.frequency]))
    missed = left_out(panel.events, learned, ahead)
    if "of_plan" in forecast.columns:
        forecast = forecast.with_columns(named_in_plan(told, forecast, ahead.first, ahead.last_day))
    planned, unplanned = plan(forecast, days, books, today, asked.policy, calendars, missed)
    drivers = drivers_in(panel, asked.warehouse, events_apart="of_events" in forecast.columns)
    planned = [driven(one, drivers) for one in planned]
    remarks = (*of_left_out(missed, name), *of_money(books))
    return Run(planned, unplanned, int(books.decisions["number"].sum()), days, remarks)


def of_money(books: Books) -> Iterator[str]:
    """What has to be known of the run's sums of money."""
    *others, last = books.currencies["currency"].to_list() or [""]
    if others:
        yield f"prices are in {', '.join(others)} and {last}: they are compared and added up as they are, no rates are known"


def driven(one: Planned, drivers_of: DriversOf) -> Planned:
    """With what drives the demand that it expects."""
    said = one.suggestion
    drivers = drivers_of(one.sku, one.warehouse, said.expected_demand, said.protection_days, apart(said.steps))
    return replace(one, drivers=drivers)


def usual_days(books: Books, asked: Asked, today: date, calendars: Calendars = EVERY_DAY) -> float:
    """Days from today to the arrival of most items, and the review: what is forecast at once."""
    if asked.lead_time_days is not None:
        return asked.lead_time_days + asked.policy.review_days
    agreed = books.terms.filter(pl.col("lead_time_days").is_not_null()).group_by("calendar", "lead_time_days").len()
    days = [
        (calendars.due_day(calendar, calendars.order_day(calendar, today), lead_time) - today).days
        for calendar, lead_time, _ in agreed.rows()
    ]
    usual = np.median(np.repeat(days, agreed["len"])) if days else USUAL_LEAD_TIME_DAYS
    return float(usual) + asked.policy.review_days


def with_lead_time(books: Books, days: int) -> Books:
    """The rows as they would be if every supplier took so many days."""
    terms = books.terms.with_columns(pl.lit(days, pl.Int64).alias("lead_time_days"))
    return books._replace(terms=terms, receipts=books.receipts.clear(), waiting=books.waiting.clear())


def bodies(found: Run, run_id: str, today: date, policy: Policy) -> Iterator[dict[str, Any]]:
    """The run in batches, as `PUT /v1/replenishment-suggestions` takes them."""
    expires_on = (today + timedelta(days=math.ceil(policy.review_days))).isoformat()
    numbers = {name: float(getattr(policy, name)) for name in ("review_days", "holding", "early_days")}
    made_with = {**numbers, "lost_sales": policy.lost_sales}
    head = {"run_id": run_id, "expires_on": expires_on, "decisions_seen": found.decisions_seen, "made_with": made_with}
    for first in range(0, len(found.planned), BATCH):
        yield {**head, "items": list(items(found.planned[first : first + BATCH]))}


def items(planned: Iterable[Planned]) -> Iterator[dict[str, Any]]:
    """Suggestions as the API takes them."""
    for one in planned:
        said = one.suggestion
        days = said.days_of_supply
        yield {
            "sku": one.sku,
            "warehouse": one.warehouse,
            "supplier": one.supplier,
            "quantity": said.units,
            "unit_price": None if one.price is None else decimal_text(one.price),
            "target": one.target,
            "grade": one.grade,
            "money_at_risk": f"{min(said.money_at_risk, 1e12 - 1):.2f}",
            "warnings": [warn.value for warn in said.warnings],
            "order_by": one.order_by.isoformat(),
            "expected_on": one.expected_on.isoformat(),
            "explanation": {
                "steps": [{"name": step.name, "units": step.units} for step in _few(said.steps)],
                "chance_without": _chance(said.chance_without),
                "chance_with": _chance(said.chance_with),
                "days_of_supply": min(max(days, 0.0), MOST_DAYS) if math.isfinite(days) else None,
                "expected_demand": said.expected_demand,
                "protection_days": said.protection_days,
                "drivers": [{"name": step.name, "units": step.units} for step in one.drivers],
            },
        }


def _few(steps: Sequence[Step]) -> list[Step]:
    """Steps as many as the API takes: of very many open orders the later ones are told in one."""
    orders = [step for step in steps if step.name.startswith((ORDER, ANNOUNCED))]
    over = orders[len(orders) - max(len(steps) - MOST_STEPS + 1, 0) :] if len(steps) > MOST_STEPS else []
    rest = [step for step in steps if step not in over]
    return [*rest, Step(f"{len(over)} other orders", sum(step.units for step in over))] if over else rest


def _chance(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def decimal_text(price: float) -> str:
    """A price without an exponent, with as many decimals as it has, six at most."""
    text = f"{price:.6f}".rstrip("0").rstrip(".")
    whole, _, rest = text.partition(".")
    return f"{whole}.{rest:0<2}" if rest else whole
