"""A replay set up on a panel: which SKUs take part, from when on, which periods are tuned on and which are judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecasting.forecast import Horizon
from forecasting.panel.panel import Panel
from forecasting.parameters import Floats, Numbers, ParameterError
from forecasting.simulation.budget import Budget
from forecasting.simulation.frontier import FILL_RATES, Frontier, sweep
from forecasting.simulation.levels import Family
from forecasting.simulation.outcome import Outcome
from forecasting.simulation.replay import History, Terms, replay
from forecasting.simulation.rules import FixedLot, Levels, MinMax, OrderUpTo, ProjectedOrderUpTo, Rule

LEAST_HISTORY: Final = 8
"""Known periods before a SKU is given a level."""


KINDS: Final = ("order-up-to", "min-max", "lot")


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """Which policy a level is used in.

    Attributes:
        kind: `order-up-to` (R, S), `min-max` (R, s, S), or `lot` (s, Q).
        lot: Q of (s, Q), S - s of (R, s, S): units, above zero, a number or shape (series, 1); ignored by (R, S).
    """

    kind: str = "order-up-to"
    lot: Numbers = 1.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ParameterError("policy", repr(self.kind), f"one of {', '.join(KINDS)}")

    def rule(self, levels: Levels, expected: Levels | None = None) -> Rule:
        """The rule; the level covers demand until the order after the next arrives, so it is s of the others.

        `expected`: demand of each period until the order arrives; with it (R, S) looks ahead, for lost sales.
        """
        if self.kind == "order-up-to":
            return OrderUpTo(levels) if expected is None else ProjectedOrderUpTo(levels, expected)
        if self.kind == "lot":
            return FixedLot(levels, self.lot)
        return MinMax(levels, lambda now: levels(now) + self.lot)


ORDER_UP_TO: Final = Shape()


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Periods of a trial: `start` is the first with a forecast and an order, unscored up to `tune`; the safety of each SKU is
    chosen on `tune` up to `judge`; from `judge` to the end the policy is judged."""

    start: int
    tune: int
    judge: int

    def __post_init__(self) -> None:
        if not 1 <= self.start <= self.tune < self.judge:
            raise ParameterError("start, tune and judge", (self.start, self.tune, self.judge), "1 or more, in this order")


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """Demand of the SKUs that take part, and the terms they are replayed under.

    Attributes:
        panel: those SKUs.
        rows: their places in the whole panel.
        left_out: why each other one takes no part, by its place.
        history: their demand from the panel's first period on.
        horizon, windows, terms: lead time and review, periods, the rest.
        asked: when forecasters are asked.
    """

    panel: Panel
    rows: NDArray[np.int64]
    left_out: dict[int, str]
    history: History
    horizon: Horizon
    windows: Windows
    terms: Terms
    asked: tuple[int, ...]

    def run(self, rule: Rule, values: int) -> tuple[Outcome, Outcome]:
        """Replay: the outcome of the earlier window, and that of the one that is judged."""
        windows = [range(self.windows.tune, self.windows.judge), range(self.windows.judge, len(self.panel.periods))]
        earlier, later = replay(self.history, rule, self.terms, values, windows)
        return earlier, later

    def frontier(
        self,
        family: Family,
        coarse: Floats,
        shape: Shape = ORDER_UP_TO,
        fill_rates: Sequence[float] = FILL_RATES,
        expected: Levels | None = None,
    ) -> Frontier:
        """The curve over the periods that are judged."""
        return sweep(lambda values: self.run(shape.rule(family(values), expected), len(values))[1], coarse, fill_rates)

    def under(self, budget: Budget, initial: Floats) -> Trial:
        """The same with a budget, and with so much stock at the opening, shape (series, 1)."""
        terms, history = replace(self.terms, budget=budget), replace(self.history, initial=initial)
        return replace(self, terms=terms, history=history)


def set_up(
    panel: Panel, horizon: Horizon, windows: Windows, terms: Terms, least_history: int = LEAST_HISTORY, every: int = 1
) -> Trial:
    """Choose the SKUs and the times at which forecasters are asked.

    A SKU takes part when it is on sale and `least_history` periods of it are known when judging begins; it opens with the first
    review at which they are. Periods whose demand is not known (censored) move stock by the units seen and are not scored.

    Args:
        every: reviews between two askings; a forecast serves until the next one.
    Raises:
        ParameterError: the panel ends before judging begins, or no SKU can take part.
    """
    count = len(panel.periods)
    if windows.judge >= count:
        raise ParameterError("judge", windows.judge, f"below the {count} periods of the history")
    target = panel.target().astype(np.float64)
    known = np.cumsum(~np.isnan(target), axis=1)
    reasons = _left_out(panel, target, known, windows.judge, least_history)
    rows = np.setdiff1d(np.arange(len(panel)), np.fromiter(reasons, np.int64, len(reasons)))
    if not rows.size:
        most = int(known[:, windows.judge - 1].max(initial=0))
        needed = f"of one SKU at least with {least_history} known of the {windows.judge} before judging; {most} are of any"
        raise ParameterError("history", f"of {count} periods", needed)
    chosen, seen = panel.select(rows), np.where(np.isnan(target), np.nan_to_num(panel.units), target)[rows]
    asked = tuple(range(windows.start, max(count - horizon.lead_time, windows.judge) + 1, every * terms.review))
    enough = np.argmax(known[rows] >= least_history, axis=1) + 1  # periods known when there were enough
    opens = np.array(asked)[np.minimum(np.searchsorted(asked, enough), len(asked) - 1)]
    history = History(seen.astype(np.float64), ~np.isnan(target[rows]), opens.astype(np.int64))
    lead_time = terms.lead_time if isinstance(terms.lead_time, int) else terms.lead_time[rows]
    first = replace(terms, lead_time=lead_time, first_review=windows.start % terms.review)
    return Trial(chosen, rows, reasons, history, horizon, windows, first, asked)


def _left_out(panel: Panel, target: Floats, known: NDArray[np.int64], judge: int, least: int) -> dict[int, str]:
    on_sale = panel.on_sale()
    reasons: dict[int, str] = {}
    for row in np.flatnonzero(~on_sale[:, judge - 1] | (known[:, judge - 1] < least)).tolist():
        if not on_sale[row, :judge].any():
            reasons[row] = "not on sale before judging begins"
        elif not on_sale[row, judge - 1]:
            reasons[row] = "withdrawn before judging begins"
        else:
            reasons[row] = f"{int(known[row, judge - 1])} periods known before judging begins, {least} needed"
    return reasons
