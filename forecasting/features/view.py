"""What features are made of: the history of a pool of series, and the origins at which it is looked at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from forecasting.calendar.event import Event, joined, known_at
from forecasting.features.groups import Grouping, groupings
from forecasting.features.level import levels
from forecasting.features.occasions import occasions
from forecasting.features.ordinary import QUARTER, YEAR, Factors, factors_of
from forecasting.features.siblings import Siblings, siblings_of
from forecasting.features.windows import Places, Windows, carried
from forecasting.forecast import Horizon
from forecasting.panel.panel import Cells, Panel
from forecasting.panel.periods import Frequency, Periods
from forecasting.parameters import Floats, ParameterError

PLANNED: Final = ("price", "promotion")
"""Columns that can be planned for the protection period."""


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """A history made ready for features: everything below is known at its end.

    Attributes:
        wanted: what to learn from, shape (series, periods); NaN where not known, censored periods too.
        factor: what planned promotions and prices and days of the week make of each period; None when nothing is planned of
            periods that are no days.
        demand: `wanted` without them, as it would have been in an ordinary period.
        level: such demand per period as expected after each period, see `levels`.
        protection: periods ahead that are looked at.
        in_stock_share: as in the panel, or None.
        price, promotion: shape (series, periods + protection): those of the panel, then what is planned (the usual price and no
            promotion when nothing is); None without.
        planned: which of the two were planned; only these are looked at ahead.
        groups: series that belong together, each with demand, level and number of series of its groups by period, shape
            (groups, periods).
        events: that were announced by the end of the history.
        kinds: types of events that are looked at, whose effects are among the factors; None: all are looked at, and none is
            among the factors, as models of earlier releases have it.
        usual_price: the latest without a promotion, else the latest, shape (series, 1), NaN when none is known; None without.
        categories: of each series; None where not told.
        siblings: what is planned for the SKUs beside each; None where nothing is, or there are no categories.
    """

    skus: list[str]
    locations: list[str | None]
    categories: list[str | None]
    periods: Periods
    protection: int
    wanted: Cells
    factor: Factors | None
    demand: Cells
    level: Cells
    first_on_sale: Places
    in_stock_share: Cells | None
    price: Cells | None
    promotion: Cells | None
    planned: tuple[str, ...]
    groups: list[tuple[Grouping, Cells, Cells, Cells]]
    events: tuple[Event, ...] = ()
    kinds: tuple[str, ...] | None = None
    usual_price: Cells | None = None
    siblings: Siblings | None = None

    def block(self, rows: slice) -> History:
        """Some of the series; the groups still know what all of theirs did."""

        def cut(cells: Cells | None) -> Cells | None:
            return None if cells is None else cells[rows]

        return replace(
            self,
            skus=self.skus[rows],
            locations=self.locations[rows],
            categories=self.categories[rows],
            wanted=self.wanted[rows],
            factor=None if self.factor is None else self.factor.block(rows),
            demand=self.demand[rows],
            level=self.level[rows],
            first_on_sale=self.first_on_sale[rows],
            groups=[(replace(group, member=group.member[rows]), ours, base, count) for group, ours, base, count in self.groups],
            in_stock_share=cut(self.in_stock_share),
            price=cut(self.price),
            promotion=cut(self.promotion),
            usual_price=cut(self.usual_price),
            siblings=None if self.siblings is None else self.siblings.block(rows),
        )


def history_of(
    panel: Panel,
    horizon: Horizon,
    planned: tuple[str, ...],
    events: Iterable[Event] = (),
    learned: int | None = None,
    is_adjusted: bool = True,
    kinds: tuple[str, ...] | None = None,
) -> History:
    """Make a panel ready.

    Args:
        panel: at least one period.
        horizon: its plan is used for the columns `planned`, which may be missing from it.
        planned: columns to be looked at ahead.
        events: beside those of the panel; those announced later than its last day are left out.
        learned: periods that factors are learned from; all when None.
        is_adjusted: whether periods have factors at all.
        kinds: types of events that are looked at; see `History`.
    Raises:
        ParameterError: a plan is not of shape (series, protection).
    """
    wanted, frequency = panel.target(), panel.periods.frequency
    price, promotion = (_extended(panel, horizon, name, planned) for name in PLANNED)
    factor, known = None, tuple(known_at(joined(events, panel.events), panel.periods.last_day))
    if is_adjusted:
        count = len(panel.periods) if learned is None else learned
        told = [cells if name in planned else None for name, cells in zip(PLANNED, (price, promotion), strict=True)]
        nothing = Horizon(horizon.lead_time, horizon.review)
        more = [_further(panel, nothing, name, cells) for name, cells in zip(PLANNED, told, strict=True)]
        skus = panel.series["sku"].to_list()
        of_events = occasions(known, kinds or (), skus, panel.periods, horizon.protection, count)
        factor = factors_of(wanted, frequency, more[0], more[1], horizon.protection, count, of_events)
    demand = wanted if factor is None else factor.ordinary(wanted)
    level, groups = levels(demand, frequency), groupings(panel.series, panel.category)
    siblings = None
    if factor is not None and any(getattr(panel, name) is not None for name in planned):
        siblings = siblings_of(groups, panel.series["location"], wanted, level, factor, frequency)
    return History(
        skus=panel.series["sku"].to_list(),
        locations=panel.series["location"].to_list(),
        categories=[None] * len(panel) if panel.category is None else panel.category.to_list(),
        periods=panel.periods,
        protection=horizon.protection,
        wanted=wanted,
        factor=factor,
        demand=demand,
        level=level,
        first_on_sale=panel.first_on_sale,
        in_stock_share=panel.in_stock_share,
        price=price,
        promotion=promotion,
        planned=tuple(name for name in PLANNED if name in planned and getattr(panel, name) is not None),
        groups=[(group, *_totals(group, demand, level)) for group in groups],
        events=known,
        kinds=kinds,
        usual_price=None if panel.price is None else _usual(panel.price, panel.promotion),
        siblings=siblings,
    )


def _extended(panel: Panel, horizon: Horizon, name: str, planned: tuple[str, ...]) -> Cells | None:
    past: Cells | None = getattr(panel, name)
    if past is None:
        return None
    shape = (len(panel), horizon.protection)
    plan = horizon.plan.get(name) if name in planned else None
    if plan is None:
        plan = np.broadcast_to(_usual(past, panel.promotion), shape) if name == "price" else np.zeros(shape, np.float32)
    elif plan.shape != shape:
        raise ParameterError(f"plan of {name}", f"of shape {plan.shape}", f"of shape {shape}: series and protection")
    whole = np.concatenate([past, plan.astype(np.float32)], axis=1)
    return carried(whole) if name == "price" else np.nan_to_num(whole)


def _further(panel: Panel, nothing: Horizon, name: str, cells: Cells | None) -> Cells | None:
    """What is told, and behind it the same protection period with nothing planned."""
    if cells is None:
        return None
    plain = _extended(panel, nothing, name, ())
    assert plain is not None
    return np.concatenate([cells, plain[:, len(panel.periods) :]], axis=1)


def _usual(price: Cells, promotion: Cells | None) -> Cells:
    """The latest price of a period without a promotion, else the latest, shape (series, 1)."""
    plain = price if promotion is None else np.where(promotion > 0, np.float32(np.nan), price)
    latest: Cells = carried(plain)[:, -1:]
    return np.where(np.isnan(latest), carried(price)[:, -1:], latest)


def _totals(group: Grouping, demand: Cells, level: Cells) -> tuple[Cells, Cells, Cells]:
    """Demand of each group by period, the levels that the same series had one period before, and how many they are; shape
    (groups, periods)."""
    both = ~np.isnan(demand)
    both[:, 1:] &= ~np.isnan(demand[:, :-1])
    both[:, :1] = False
    before = np.concatenate([level[:, :1], level[:, :-1]], axis=1)
    came, base, count = (np.empty((group.count, demand.shape[1]), np.float32) for _ in range(3))
    for now in range(demand.shape[1]):
        seen = both[:, now]
        member = group.member[seen]
        came[:, now] = np.bincount(member, demand[seen, now], group.count)
        base[:, now] = np.bincount(member, before[seen, now], group.count)
        count[:, now] = np.bincount(member, minlength=group.count)
    return came, base, count


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A history as seen at some origins, periods of it that are the last ones known."""

    history: History
    origins: Places
    windows: Windows = field(init=False)
    scale: Floats = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "windows", Windows(self.history.demand, self.origins))
        object.__setattr__(self, "scale", self.history.level[:, self.origins].astype(np.float64))

    @property
    def protection(self) -> int:
        """Periods ahead that are looked at."""
        return self.history.protection

    @property
    def frequency(self) -> Frequency:
        """Of the history."""
        return self.history.periods.frequency

    @property
    def year(self) -> int:
        """Periods of a year."""
        return YEAR[self.frequency]

    @property
    def quarter(self) -> int:
        """Periods that a share or a spread is taken over."""
        return QUARTER[self.frequency]

    def relative(self, mean: Floats) -> Cells:
        """A mean per period as the logarithm of its ratio to the level, with a tenth of the level added to both."""
        some = 0.1 * self.scale
        return np.log((mean + some) / (self.scale + some)).astype(np.float32)
