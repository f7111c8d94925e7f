"""What is asked for a comparison of policies, checked against the panel: from plain options to a trial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecasting.forecast import Forecaster, Horizon
from forecasting.forecasters import forecaster_named
from forecasting.lead_times.uncertain import UncertainLeadTime
from forecasting.panel.panel import Panel
from forecasting.parameters import Floats, ParameterError, positive, share
from forecasting.simulation.budget import Budget
from forecasting.simulation.frontier import FILL_RATES
from forecasting.simulation.limits import Limits
from forecasting.simulation.replay import Terms
from forecasting.simulation.stock import Whole
from forecasting.simulation.trial import LEAST_HISTORY, ORDER_UP_TO, Shape, Trial, Windows, set_up
from forecasting.stock_policy.classes import Floors, abc, xyz

LONGEST_LEAD_TIME: Final = 366
MOST_ASKINGS: Final = 150
"""So often at most forecasters are asked when nothing else is said."""
RUN_IN: Final = 8
"""Protection periods at most that are replayed before judging begins: first stock is forgotten, classes are tuned on them."""


@dataclass(frozen=True, slots=True)
class Request:
    """Options of a comparison, units and periods as in the panel.

    Attributes:
        lead_times: one, or those that were seen, from which each order draws.
        review: periods between reviews.
        warm_up: periods before judging begins; when None half the history, or as many as one SKU needs.
        least_history: known periods before a SKU gets a level.
        every: reviews between two askings of a forecaster; as few as give `MOST_ASKINGS` when None.
        forecasters: by name.
        policy, lot: see `Shape`; the lot in periods of mean demand.
        fill_rates: at which policies are compared.
        lost_sales, minimum, multiple, most, budget: of the terms; None for no end.
        by_class, floors: tune safety by ABC/XYZ class, with least fill rates.
        seed: of lead times that are drawn.
    """

    lead_times: tuple[int, ...]
    review: int = 1
    warm_up: int | None = None
    least_history: int = LEAST_HISTORY
    every: int | None = None
    forecasters: tuple[str, ...] = ("combination",)
    policy: str = ORDER_UP_TO.kind
    lot: float = 4.0
    fill_rates: tuple[float, ...] = FILL_RATES
    lost_sales: bool = False
    minimum: float = 0.0
    multiple: float = 1.0
    most: float | None = None
    budget: float | None = None
    by_class: bool = False
    floors: Mapping[str, float] | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        for lead_time in self.lead_times or (0,):
            if not 1 <= lead_time <= LONGEST_LEAD_TIME:
                raise ParameterError("lead-time", lead_time, f"from 1 to {LONGEST_LEAD_TIME} periods")
        for name in ("review", "least_history"):
            if getattr(self, name) < 1:
                raise ParameterError(name.replace("_", "-"), getattr(self, name), "1 or more periods")
        if self.every is not None and self.every < 1:
            raise ParameterError("every", self.every, "1 or more reviews")
        if not self.fill_rates:
            raise ParameterError("fill-rate", "missing", "between 0 and 1")
        share(**{"fill-rate": self.fill_rates})
        positive(lot=self.lot)
        Shape(self.policy)
        assert self.limits  # each refuses what it cannot be
        if self.budget is not None:
            positive(budget=self.budget)
        Floors(self.floors or {})

    @property
    def limits(self) -> Limits:
        """Of every order."""
        return Limits(self.minimum, self.multiple, self.most)

    @property
    def horizon(self) -> Horizon:
        """Longest lead time, and review."""
        return Horizon(max(self.lead_times), self.review)

    def forecaster(self, name: str, askings: int) -> Forecaster:
        """By name, asked so often; for each lead time when there are several."""
        each = {length: forecaster_named(name, askings) for length in self.lead_times}
        return UncertainLeadTime(each, self.lead_times) if len(each) > 1 else each[self.lead_times[0]]


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A request on a panel.

    Attributes:
        trial: what is replayed.
        forecasters: by name.
        shape: the policy.
        price: median before judging of each SKU that takes part; None without prices.
        groups: class of each, `AX`; None when safety is not tuned by class.
        floors: of the classes that are there.
    """

    trial: Trial
    forecasters: dict[str, Forecaster]
    shape: Shape
    price: Floats | None
    groups: NDArray[np.str_] | None
    floors: dict[str, float]


def prepare(request: Request, panel: Panel) -> Prepared:
    """Set up what was asked for.

    Raises:
        ParameterError: the panel is too short, holds no SKU with enough history, or the options do not fit it.
    """
    for name in request.forecasters:
        forecaster_named(name)
    windows = _windows(request, panel)
    asked = (len(panel.periods) - windows.start) / request.review
    every = request.every or max(int(np.ceil(asked / MOST_ASKINGS)), 1)
    terms = Terms(
        lead_time=_drawn(request, (len(panel), len(panel.periods))),
        review=request.review,
        lost_sales=request.lost_sales,
        limits=request.limits,
        planned_lead_time=round(float(np.mean(request.lead_times))),
    )
    trial = set_up(panel, request.horizon, windows, terms, request.least_history, every)
    forecasters = {name: request.forecaster(name, len(trial.asked)) for name in request.forecasters}
    price, known = _prices(trial), trial.panel.target()[:, : windows.judge].astype(np.float64)
    _refuse_silence(trial)
    mean = np.nan_to_num(np.nanmean(known, axis=1, where=~np.isnan(known)))
    if request.budget is not None:
        trial = _with_budget(trial, request.budget, price, mean)
    groups, floors = None, {}
    if request.by_class or request.floors:
        groups = _classes(known[:, : windows.tune], price)
        named = ((pair, Floors(request.floors or {}).of(pair)) for pair in np.unique(groups).tolist())
        floors = {pair: floor for pair, floor in named if floor is not None}
    lot = np.maximum(np.ceil(mean * request.lot), 1.0)[:, None]
    return Prepared(trial, forecasters, Shape(request.policy, lot), price, groups, floors)


def _classes(demand: Floats, price: Floats | None) -> NDArray[np.str_]:
    """`AX` to `CZ`, by what was known before the periods that are tuned on: what sold much in them is A because it did."""
    value = np.nansum(demand, axis=1) * (1.0 if price is None else np.nan_to_num(price, nan=0.0))
    return np.char.add(abc(value), xyz(demand))


def _windows(request: Request, panel: Panel) -> Windows:
    periods, protection = len(panel.periods), request.horizon.protection
    if request.least_history + protection > periods:
        need = f"{request.least_history} known before a level is given and {protection} that an order lasts"
        raise ParameterError("history", f"of {periods} periods", f"longer: {need}")
    enough = (np.cumsum(~np.isnan(panel.target()), axis=1) >= request.least_history).any(axis=0)
    first = int(np.argmax(enough)) + 1  # periods known when there are enough of one SKU
    half = min(max(periods // 2, request.least_history, first), periods - protection)
    judge = half if request.warm_up is None else request.warm_up
    if judge + protection > periods or judge < request.least_history:
        least = (
            f"from {request.least_history} to {periods - protection}: there are {periods} periods, an order lasts {protection}"
        )
        raise ParameterError("warm-up", judge, least)
    start = max(judge // 2, judge - RUN_IN * protection, 1)
    return Windows(start, start + min(2 * protection, (judge - start) // 2), judge)


def _drawn(request: Request, shape: tuple[int, int]) -> int | Whole:
    if len(set(request.lead_times)) == 1:
        return request.lead_times[0]
    return np.random.default_rng(request.seed).choice(np.array(request.lead_times, np.int64), shape)


def _prices(trial: Trial) -> Floats | None:
    """The median price of each SKU before judging begins; NaN where none was told."""
    if trial.panel.price is None:
        return None
    price = trial.panel.price[:, : trial.windows.judge].astype(np.float64)
    known = ~np.isnan(price).all(axis=1)
    found = np.full(len(price), np.nan)
    if known.any():
        found[known] = np.nanmedian(price[known], axis=1)
    return found


def _refuse_silence(trial: Trial) -> None:
    """Raise ParameterError when nothing was wanted in the periods that are judged: no policy is better than another."""
    scored = trial.history.scored
    judged = trial.history.demand if scored is None else np.where(scored, trial.history.demand, 0.0)
    if not judged[:, trial.windows.judge :].any():
        first = trial.panel.periods.up_to(trial.windows.judge).ahead(1).first
        raise ParameterError("history", f"without demand from {first} on", "one with demand to judge policies by")


def _with_budget(trial: Trial, most: float, price: Floats | None, mean: Floats) -> Trial:
    """The trial with its budget, which needs a price of every SKU.

    First stock costs none of it: every policy begins with the mean demand of a protection period, so that none gains by it.
    """
    names = names_of(trial.panel)
    if price is None:
        raise ParameterError("budget", f"{most:g}", "left out: the history has no column price")
    if np.isnan(price).any():
        raise ParameterError(f"price of {names[int(np.isnan(price).argmax())]}", "missing", "there when a budget is given")
    budget = Budget(most, price)
    budget.refuse_dear(trial.terms.limits, names)
    return trial.under(budget, np.ceil(mean * trial.horizon.protection)[:, None])


def names_of(panel: Panel) -> list[str]:
    """What each series is called: its SKU, and its location where it has one."""
    pairs = panel.series.select("sku", "location").iter_rows()
    return [sku if location is None else f"{sku} at {location}" for sku, location in pairs]
