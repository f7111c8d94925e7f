"""One item, planned as a run plans all of them: as it is, and as it would be if something were different."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import polars as pl

from forecasting.calendar.event import Event
from forecasting.parameters import not_negative, positive, share
from forecasting.planning.calendars import Calendars
from forecasting.planning.items import QUANTILES
from forecasting.planning.plan import Planned, Unplanned, plan
from forecasting.planning.policy import Policy
from forecasting.planning.record import Books
from forecasting.planning.run import with_lead_time
from forecasting.planning.wishes import EVERYWHERE, WISHED


@dataclass(frozen=True, slots=True)
class Change:
    """What would be different; None where it stays.

    Attributes:
        lead_time_days: that every supplier takes.
        demand_factor: of the demand expected now.
        target: chance of covering lead time plus review.
        review_days: between two orders.
        supplier: to buy from.
        holding, early_days, lost_sales: as a policy has them.
    """

    lead_time_days: int | None = None
    demand_factor: float = 1.0
    target: float | None = None
    review_days: int | None = None
    supplier: str | None = None
    holding: float | None = None
    early_days: float | None = None
    lost_sales: bool | None = None

    def __post_init__(self) -> None:
        positive(demand_factor=self.demand_factor)
        for name in ("lead_time_days", "review_days"):
            if getattr(self, name) is not None:
                positive(**{name: getattr(self, name)})
        for name in ("holding", "early_days"):
            if getattr(self, name) is not None:
                not_negative(**{name: getattr(self, name)})
        if self.target is not None:
            share(target=self.target)


AS_IT_IS = Change()
OF_ALL: Final = ("holding", "early_days", "lost_sales")
"""What a policy says for all items."""


def what_if(
    forecast: pl.DataFrame,
    item: tuple[str, str],
    days: float,
    books: Books,
    today: date,
    policy: Policy,
    calendars: Calendars,
    change: Change,
    left_out: Sequence[Event] = (),
) -> Planned | Unplanned:
    """Plan one item, and beside it those that count towards the same minimum order.

    Args:
        forecast: of the item and of those beside it, as `plan` takes it; the rest likewise, of them.
        item: its SKU and warehouse.
        change: goes before the item's reorder policy, as that goes before `policy`; lead time, holding, early days and
            lost sales are those of all.
        left_out: events that the forecast leaves out.
    """
    sku, warehouse = item
    if change.lead_time_days is not None:
        books = with_lead_time(books, change.lead_time_days)
    told = {name: getattr(change, name) for name in OF_ALL if getattr(change, name) is not None}
    policy = replace(policy, **told)
    books = books._replace(policies=_wished(books.policies, sku, warehouse, change))
    units = [name for name in ("mean", *QUANTILES, "of_plan", "of_events") if name in forecast.columns]
    is_it = (pl.col("sku") == sku) & (pl.col("warehouse") == warehouse)
    wanted = forecast.with_columns(pl.when(is_it).then(pl.col(units) * change.demand_factor).otherwise(pl.col(units)))
    planned, unplanned = plan(wanted, days, books, today, policy, calendars, left_out)
    both: list[Planned | Unplanned] = [*planned, *unplanned]
    return next(one for one in both if (one.sku, one.warehouse) == item)


def _wished(policies: pl.DataFrame, sku: str, warehouse: str, change: Change) -> pl.DataFrame:
    """All policies, the item's, else the SKU's, with the changes in it."""
    found = {row["warehouse"]: row for row in policies.filter(pl.col("sku") == sku).rows(named=True)}
    row: dict[str, Any] = dict(found.get(warehouse) or found.get(EVERYWHERE) or dict.fromkeys(WISHED))
    changed = {
        name: getattr(change, name) for name in ("target", "review_days", "supplier") if getattr(change, name) is not None
    }
    own = pl.DataFrame([row | changed | {"sku": sku, "warehouse": warehouse}], schema=policies.schema)
    return pl.concat([policies.filter((pl.col("sku") != sku) | (pl.col("warehouse") != warehouse)), own])
