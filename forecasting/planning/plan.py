"""One run of planning: every item that has a forecast and a supplier gets a suggestion, the others a reason why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np
import polars as pl

from forecasting.calendar.ahead import EVENTS
from forecasting.calendar.event import Event
from forecasting.distributions.empirical import QuantileTable
from forecasting.metrics import LEVELS
from forecasting.parameters import Floats
from forecasting.planning.buying import buying_of, dearest_prices
from forecasting.planning.calendars import EVERY_DAY, Calendars
from forecasting.planning.items import KEYS, QUANTILES, ready_and_silent
from forecasting.planning.lost_sales import lost_before_arrival
from forecasting.planning.outlooks import Known, outlook
from forecasting.planning.policy import Policy
from forecasting.planning.protection import Protection, lasting_of, protections
from forecasting.planning.record import Books
from forecasting.planning.wishes import NO_LEAST, Wishes, wishes_of
from forecasting.stock_policy.classes import abc
from forecasting.stock_policy.shelf_life import most_before_expiry
from forecasting.suggestions.assortment import Assortment, LeftOut, Prices
from forecasting.suggestions.buying import Buying
from forecasting.suggestions.ordering import NO_MOST, Limits
from forecasting.suggestions.outlook import Outlook
from forecasting.suggestions.position import OpenOrder, Positions, Units
from forecasting.suggestions.suggestion import Suggestion, suggest
from forecasting.suggestions.waterfall import PLANNED, Step

CALLED: Final = {PLANNED: "driver", EVENTS: "occasion"}
"""Columns of a forecast that have the names of steps."""
EXPIRY_RISK: Final = 0.2
"""Chance that something of an order expires before it is sold, at most."""
STOCK: Final = ("on_hand", "on_hold", "reserved", "backordered")


@dataclass(frozen=True, slots=True)
class Planned:
    """A suggestion and what it is about. `grade` is the class of its value, and of how its demand varies. `price` is that of a
    unit when so many are ordered, None where the supplier has told none. `order_by` is the first day on which the supplier
    takes the order, `expected_on` the one on which it is expected to arrive when it is placed by then."""

    sku: str
    warehouse: str
    supplier: str
    price: float | None
    target: float
    grade: str
    suggestion: Suggestion
    order_by: date
    expected_on: date
    drivers: tuple[Step, ...] = ()
    """What the demand expected is made of, whole units that add up to it; none where nobody has said."""


@dataclass(frozen=True, slots=True)
class Unplanned:
    """An item without a suggestion: a policy is never computed from silence."""

    sku: str
    warehouse: str
    reason: str


def plan(
    forecast: pl.DataFrame, days: float, books: Books, today: date, policy: Policy, calendars: Calendars = EVERY_DAY,
    left_out: Sequence[Event] = (),
) -> tuple[list[Planned], list[Unplanned]]:  # fmt: skip
    """Plan every item.

    Args:
        forecast: `sku`, `warehouse`, `mean` and the quantiles `p50` to `p99` of the sum over `days` days from now; optionally
            `of_plan`, the part of the mean that comes of planned promotions and prices, `driver`, what these are called,
            `of_events` and `occasion`, the same of events, `variation`, the class of how demand varies, and `target`, the
            chance to cover in place of that of the class.
        days: that the forecast is over.
        books: what the rows say.
        today: orders due before are late.
        policy: what is wanted.
        calendars: of suppliers.
        left_out: events that the forecast leaves out.
    Returns:
        Suggestions, those that need a look first; and items that are wanted or promised, without one.
    """
    ready, silent = ready_and_silent(forecast, books)
    unplanned = [Unplanned(*row) for row in silent.select(*KEYS, "reason").rows()]
    if ready.is_empty():
        return [], unplanned
    known = Known(ready["mean"].to_numpy(), ready.select(QUANTILES).to_numpy(), LEVELS, days)
    grades = _grades(ready, known.mean / days)
    wishes = wishes_of(ready, _usual_target(ready, grades, policy), policy.review_days)
    covered = protections(ready, wishes.review_days, books, today, calendars)
    stock = {name: ready[name].to_numpy() for name in STOCK}
    positions = Positions(**stock, open_orders=_open_orders(ready, books.on_order))
    lost = np.zeros_like(positions.net)
    if policy.lost_sales:
        lost = lost_before_arrival(positions, known.mean / days, covered, today)
    review_days = np.array([one.review_days for one in covered])
    lasting = lasting_of(ready, covered, calendars)
    buying = buying_of(ready, books, today, review_days, policy.holding, policy.early_days, lasting)
    here = Assortment(
        positions,
        _outlook(ready, known, covered, review_days, wishes.target),
        _limits(ready, wishes, positions.units, _most_that_sells(known, covered, wishes, positions.units + lost)),
        _prices(ready, buying, policy.shortage),
        ready["phased_out"].to_numpy(),
        buying,
        _without(left_out, ready),
        lost,
    )
    found = suggest(here, today, policy.budget)
    return _planned(found, ready, wishes.target, grades, covered, buying), unplanned


def _grades(ready: pl.DataFrame, per_day: Floats) -> list[str]:
    """The class of each item's value, and of how its demand varies where the forecast says so."""
    value = per_day * ready["price"].fill_null(1.0).to_numpy()
    varies = ready["variation"].fill_null("").to_list() if "variation" in ready.columns else [""] * len(ready)
    return [str(letter) + how for letter, how in zip(abc(value), varies, strict=True)]


def _usual_target(ready: pl.DataFrame, grades: Sequence[str], policy: Policy) -> Floats:
    """That of the forecast, where it has one, else of the class."""
    by_grade = pl.Series([policy.target_of(grade) for grade in grades])
    return (ready["target"].fill_null(by_grade) if "target" in ready.columns else by_grade).to_numpy()


def _outlook(
    ready: pl.DataFrame, known: Known, covered: Sequence[Protection], review_days: Floats, target: Floats
) -> Outlook:  # fmt: skip
    """The demand that each order has to last for, with the parts of it that come of a plan and of events."""
    ahead = outlook(known, [one.lead_time for one in covered], review_days, target)
    of_plan, of_events = (_part(ahead, ready, column, known.days) for column in ("of_plan", "of_events"))
    return replace(ahead, of_plan=of_plan, of_events=of_events)


def _prices(ready: pl.DataFrame, buying: Buying, shortage: float) -> Prices:
    """What a unit costs at most, and what one short costs: of an item without a price as if it were 1."""
    price = ready["price"].fill_null(0.0).to_numpy()
    return Prices(dearest_prices(ready, buying), shortage * np.where(price > 0, price, 1.0))


def _planned(
    found: Sequence[Suggestion], ready: pl.DataFrame, target: Floats, grades: Sequence[str], covered: Sequence[Protection],
    buying: Buying,
) -> list[Planned]:  # fmt: skip
    """Suggestions with what they are about."""
    called = {name: ready[column] for name, column in CALLED.items() if column in ready.columns}
    rows = ready.select(*KEYS, "supplier", "minimum", "multiple").rows()
    planned = []
    for one in found:
        sku, warehouse, supplier, minimum, multiple = rows[one.item]
        price = buying.lists[one.item].at(one.units or max(minimum, multiple))
        said = _called(one, {name: names[one.item] or name for name, names in called.items()})
        when, wanted = covered[one.item], (float(target[one.item]), grades[one.item])
        planned.append(Planned(sku, warehouse, supplier, price, *wanted, said, when.order_by, when.expected_on))
    return planned


def _part(ahead: Outlook, ready: pl.DataFrame, column: str, days: float) -> Floats | None:
    """A part of the demand, as much of each item's days as of all that was forecast; None where nobody has said."""
    if column not in ready.columns:
        return None
    return np.asarray(ready[column].fill_nan(None).fill_null(0.0).to_numpy() / days * ahead.days)


def _without(left_out: Sequence[Event], ready: pl.DataFrame) -> LeftOut:
    """Which items an event is about that the forecast leaves out."""
    skus = {sku for event in left_out for sku in event.skus or ()}
    return LeftOut(np.array([sku in skus for sku in ready["sku"]], bool), any(event.skus is None for event in left_out))


def _called(said: Suggestion, names: Mapping[str, str]) -> Suggestion:
    """With what is planned, and what is on, in the place of the word for it."""
    return replace(said, steps=tuple(step._replace(name=names.get(step.name, step.name)) for step in said.steps))


def _most_that_sells(known: Known, covered: Sequence[Protection], wishes: Wishes, position: Units) -> Units:
    """Of each item, units that are surely enough sold before they expire, after what there is; `NO_MOST` where it keeps."""
    most = np.full(len(position), NO_MOST)
    rows = np.flatnonzero(~np.isnan(wishes.shelf_life_days))
    if rows.size:
        arrives = np.array([float(covered[row].lead_time.sample.mean) for row in rows.tolist()])
        _, quantiles = known.at(rows).over(arrives + wishes.shelf_life_days[rows])
        most[rows] = most_before_expiry(position[rows].astype(np.float64), QuantileTable(known.levels, quantiles), EXPIRY_RISK)
    return most


def _limits(ready: pl.DataFrame, wishes: Wishes, position: Units, sells: Units) -> Limits:
    """Of each item: the supplier's, the position wished for, no more than sells; nothing of what is not on sale any more."""
    room = np.where(wishes.maximum == NO_MOST, NO_MOST, np.maximum(wishes.maximum - np.minimum(position, wishes.maximum), 0))
    ended = ready["phased_out"].to_numpy()
    most, floor = np.where(ended, 0, np.minimum(room, sells)), np.where(ended, NO_LEAST, wishes.minimum)
    return Limits(ready["minimum"].to_numpy(), ready["multiple"].to_numpy(), most, floor)


def _open_orders(items: pl.DataFrame, on_order: pl.DataFrame) -> list[tuple[OpenOrder, ...]]:
    """Open orders of each item, in the order in which they are due."""
    found: dict[tuple[str, str], list[OpenOrder]] = {}
    for sku, warehouse, document, units, due_on, asn_id in on_order.rows():
        found.setdefault((sku, warehouse), []).append(OpenOrder(document, units, date.fromisoformat(due_on), asn_id))
    return [tuple(found.get(key, ())) for key in items.select(KEYS).rows()]
