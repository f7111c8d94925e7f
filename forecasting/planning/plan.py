"""One run of planning: every item that has a forecast and a supplier gets a suggestion, the others a reason why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import numpy as np
import polars as pl

from forecasting.lead_times.learned import LeadTimes, Purchases, Seen, learn
from forecasting.metrics import LEVELS
from forecasting.parameters import Floats, ParameterError, positive, share
from forecasting.planning.outlooks import Known, outlook
from forecasting.planning.record import Books
from forecasting.planning.wishes import Wishes, wishes_of, with_terms, with_wishes
from forecasting.stock_policy.classes import abc
from forecasting.suggestions.ordering import NO_MOST, Limits
from forecasting.suggestions.position import OpenOrder, Positions, Units
from forecasting.suggestions.suggestion import Prices, Suggestion, suggest

DAY_MS: Final = 86_400_000
KEYS: Final = ["sku", "warehouse"]


@dataclass(frozen=True, slots=True)
class Policy:
    """How a planner wants it.

    Attributes:
        review_days: between two orders at one supplier.
        targets: chance of covering lead time plus review, by class of value.
        shortage: what a unit short costs, as a multiple of its price.
        budget: money for all orders of this run.
    """

    review_days: float = 7.0
    targets: Mapping[str, float] = field(default_factory=lambda: {"A": 0.98, "B": 0.95, "C": 0.90})
    shortage: float = 1.0
    budget: float | None = None

    def __post_init__(self) -> None:
        positive(review_days=self.review_days, shortage=self.shortage)
        if set(self.targets) != set("ABC"):
            raise ParameterError("targets", sorted(self.targets), "one for each of A, B and C")
        for name, target in self.targets.items():
            share(**{f"target of {name}": target})


@dataclass(frozen=True, slots=True)
class Planned:
    """A suggestion and what it is about. `price` is None where the supplier has told none."""

    sku: str
    warehouse: str
    supplier: str
    price: float | None
    target: float
    grade: str
    suggestion: Suggestion


@dataclass(frozen=True, slots=True)
class Unplanned:
    """An item without a suggestion: a policy is never computed from silence."""

    sku: str
    warehouse: str
    reason: str


def plan(forecast: pl.DataFrame, days: float, books: Books, now: int, today: date, policy: Policy) -> tuple[
    list[Planned], list[Unplanned]
]:  # fmt: skip
    """Plan every item.

    Args:
        forecast: `sku`, `warehouse`, `mean` and the quantiles `p50` to `p99` of the sum over `days` days from now.
        days: that the forecast is over.
        books: what the rows say.
        now: ms since 1970 UTC.
        today: orders due before are late.
        policy: what is wanted.
    Returns:
        Suggestions, those that need a look first; and items that are wanted or promised, without one.
    """
    items = _items(forecast, books)
    silent = _silent(items)
    unplanned = [
        Unplanned(row["sku"], row["warehouse"], row["reason"]) for row in silent.iter_rows(named=True) if row["reason"]
    ]
    ready = items.join(silent, on=KEYS, how="anti").sort(KEYS)
    if ready.is_empty():
        return [], unplanned
    known = Known(ready["mean"].to_numpy(), ready.select(_quantiles()).to_numpy(), LEVELS, days)
    value = known.mean / days * ready["price"].fill_null(1.0).to_numpy()
    grades = abc(value)
    by_grade = np.array([policy.targets[str(grade)] for grade in grades])
    wishes = wishes_of(ready, by_grade, policy.review_days)
    target = wishes.target
    ahead = outlook(known, _lead_times(ready, books, now), wishes.review_days, target)
    units = {name: ready[name].to_numpy() for name in ("on_hand", "on_hold", "reserved", "backordered")}
    positions = Positions(**units, open_orders=_open_orders(ready, books.on_order))
    limits = _limits(ready, wishes, positions.units, known.mean / days)
    cost = ready["price"].fill_null(0.0).to_numpy()
    prices = Prices(cost, policy.shortage * np.where(cost > 0, cost, 1.0))
    found = suggest(positions, ahead, limits, prices, today, policy.budget)
    rows = ready.select(*KEYS, "supplier", "price").rows()
    planned = []
    for one in found:
        sku, warehouse, supplier, price = rows[one.item]
        planned.append(Planned(sku, warehouse, supplier, price, float(target[one.item]), str(grades[one.item]), one))
    return planned, unplanned


def _limits(ready: pl.DataFrame, wishes: Wishes, position: Units, per_day: Floats) -> Limits:
    """Of each item: the supplier's, the position wished for, and no more than is wanted while it keeps."""
    room = np.where(wishes.maximum == NO_MOST, NO_MOST, np.maximum(wishes.maximum - np.minimum(position, wishes.maximum), 0))
    keeps = np.floor(per_day * np.nan_to_num(wishes.shelf_life_days)) - position
    lasting = np.where(np.isnan(wishes.shelf_life_days), NO_MOST, np.maximum(keeps, 0)).astype(np.float64)
    most = np.where(lasting < room, np.minimum(lasting, 1e18).astype(np.int64), room)
    return Limits(ready["minimum"].to_numpy(), ready["multiple"].to_numpy(), most, wishes.minimum)


def _quantiles() -> list[str]:
    return [f"p{100 * level:g}" for level in LEVELS]


def _items(forecast: pl.DataFrame, books: Books) -> pl.DataFrame:
    """Everything of each item that is forecast, in stock, promised or on order. Goods on their way to their place are not on
    hold: they can be sold in a moment."""
    carried = books.putaway.group_by(KEYS).agg(pl.col("units").sum().alias("carried"))
    counts = ["on_hand", "on_hold", "reserved", "backordered"]
    return (
        pl.concat([forecast.select(KEYS), books.levels.select(KEYS), books.on_order.select(KEYS)])
        .unique(maintain_order=True)
        .join(forecast, on=KEYS, how="left")
        .join(books.levels, on=KEYS, how="left")
        .join(carried, on=KEYS, how="left")
        .pipe(with_wishes, books.policies)
        .pipe(with_terms, books.terms)
        .with_columns(pl.col(*counts).fill_null(0))
        .with_columns((pl.col("on_hold") - pl.col("carried").fill_null(0)).clip(0).alias("on_hold"))
    )


def _silent(items: pl.DataFrame) -> pl.DataFrame:
    """Items about which too little is known, with the reason; it is empty for those that nobody wants."""
    reason = (
        pl.when(pl.col("mean").is_null() | pl.col("mean").is_nan())
        .then(pl.when(pl.col("backordered") > 0).then(pl.lit("it has no forecast")))
        .when(pl.col("supplier").is_null())
        .then(pl.coalesce(pl.format("{} does not sell it", "wished_supplier"), pl.lit("no supplier sells it")))
        .when(pl.col("lead_time_days").is_null())
        .then(pl.lit("its lead time is not known"))
        .otherwise(pl.lit(""))
    )
    told = items.with_columns(reason.alias("reason"))
    return told.filter(pl.col("reason").is_null() | (pl.col("reason") != "")).select(*KEYS, pl.col("reason").fill_null(""))


def _open_orders(items: pl.DataFrame, on_order: pl.DataFrame) -> list[tuple[OpenOrder, ...]]:
    """Open orders of each item, in the order in which they are due."""
    found: dict[tuple[str, str], list[OpenOrder]] = {}
    for sku, warehouse, document, units, due_on in on_order.rows():
        found.setdefault((sku, warehouse), []).append(OpenOrder(document, units, date.fromisoformat(due_on)))
    return [tuple(found.get(key, ())) for key in items.select(KEYS).rows()]


def _lead_times(items: pl.DataFrame, books: Books, now: int) -> list[Seen]:
    """Of each item: learned from receipts and open orders of its supplier; until there are some, what was agreed."""
    learned = _learned(books, now)
    agreed: dict[int, Seen] = {}
    found = []
    for sku, supplier, days in items.select("sku", "supplier", "lead_time_days").rows():
        known = learned is not None and supplier in learned.of_supplier
        plain = agreed.setdefault(days, Seen(np.array([float(days)]), np.ones(1), 0))
        found.append(learned.of(supplier, sku) if known and learned is not None else plain)
    return found


def _learned(books: Books, now: int) -> LeadTimes | None:
    """What receipts tell, in days from placing to the receipt that made a line complete; None without receipts."""
    done, open_ = books.receipts, books.waiting
    if done.is_empty():
        return None
    lengths: Any = np.concatenate(
        [(done["received_at"] - done["placed_at"]).to_numpy() / DAY_MS, (now - open_["placed_at"]).to_numpy() / DAY_MS]
    )
    suppliers = [*done["supplier"].to_list(), *open_["supplier"].to_list()]
    skus = [*done["sku"].to_list(), *open_["sku"].to_list()]
    return learn(Purchases(suppliers, np.maximum(lengths, 0.0), np.arange(len(skus)) >= len(done), skus))
