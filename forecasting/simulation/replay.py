"""Replay a stock policy over demand: one step for each period, all SKUs and all parameter values at once.

In a period, in this order: orders are placed by what was known at its start, what is due arrives (customers who wait are served
first), demand takes what is there. An order placed in period t with lead time L is there for the demand of period t + L, so
the level must cover the L + R periods from t on: the protection period of a `Forecaster` asked with t periods known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from forecasting.parameters import Floats, ParameterError
from forecasting.simulation.budget import Budget
from forecasting.simulation.limits import Limits
from forecasting.simulation.outcome import Outcome
from forecasting.simulation.rules import Rule
from forecasting.simulation.stock import Stock, Whole

ANY_QUANTITY = Limits(multiple=0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """What supplier, calendar and customers allow.

    Attributes:
        lead_time: periods from order to arrival: a number, or one for each order that might be placed, shape (series, periods);
            the same for every value, so that values are compared under the same luck. Orders may cross.
        review: periods between reviews; the first is in period `first_review`.
        lost_sales: demand that finds nothing is lost; otherwise it waits.
        limits: of an order.
        planned_lead_time: what planners expect, for rules that look ahead; None when none does.
        budget: money for all orders of a review; None when there is no end of it. First stock costs none of it.
    """

    lead_time: int | Whole
    review: int = 1
    first_review: int = 0
    lost_sales: bool = False
    limits: Limits = ANY_QUANTITY
    planned_lead_time: int | None = None
    budget: Budget | None = None

    def __post_init__(self) -> None:
        if np.min(self.lead_time) < 0:
            raise ParameterError("lead_time", int(np.min(self.lead_time)), "whole periods, zero or above")
        if self.review < 1:
            raise ParameterError("review", self.review, "1 or more periods")

    def lead_time_at(self, now: int) -> int | Whole:
        """Of an order placed now: one number or one for each series."""
        return self.lead_time if isinstance(self.lead_time, int) else self.lead_time[:, now]


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Demand to replay.

    Attributes:
        demand: units, shape (series, periods); zero or above.
        scored: the same shape: which cells count for the outcome; all when None. Censored demand moves stock and counts not.
        opens: period in which each series gets its first stock, shape (series,); the first period when None. What its rule
            needs then is there at once. Nothing before it is served, waits or counts.
        initial: units on hand at the opening instead, shape (series, values) or what broadcasts to it.
    """

    demand: Floats
    scored: NDArray[np.bool_] | None = None
    opens: Whole | None = None
    initial: Floats | None = None

    def __post_init__(self) -> None:
        if self.demand.ndim != 2 or not self.demand.size:
            raise ParameterError("demand", f"of shape {self.demand.shape}", "of shape (series, periods), neither 0")
        if not np.isfinite(self.demand).all() or (self.demand < 0).any():
            row, period = np.argwhere(~(np.isfinite(self.demand) & (self.demand >= 0)))[0].tolist()
            value = float(self.demand[row, period])
            raise ParameterError(f"demand of series {row} in period {period}", value, "a finite number, zero or above")


def replay(history: History, rule: Rule, terms: Terms, values: int, windows: Sequence[range]) -> tuple[Outcome, ...]:
    """Replay a policy.

    Args:
        history: demand of `series` SKUs over `periods`.
        rule: the policy, for `values` parameter values at once.
        terms: lead times, reviews, limits.
        values: how many columns the rule's levels have.
        windows: periods over which outcomes are summed, each by itself.
    Returns:
        One outcome for each window.
    Raises:
        ParameterError: lead times of another shape than demand, or a window outside the history.
    """
    series, periods = history.demand.shape
    if not isinstance(terms.lead_time, int) and terms.lead_time.shape != history.demand.shape:
        raise ParameterError("lead_time", f"of shape {terms.lead_time.shape}", f"of demand's shape {history.demand.shape}")
    for window in windows:
        if not 0 <= window.start < window.stop <= periods:
            raise ParameterError("window", f"{window.start} to {window.stop}", f"within the {periods} periods of demand")
    longest = int(np.max(terms.lead_time))
    stock = Stock.empty(series, values, longest, terms.planned_lead_time)
    opens = np.zeros(series, np.int64) if history.opens is None else history.opens
    tallies = [Tally(series, values) for _ in windows]
    dirty = np.zeros((series, values), bool)  # a stock-out since the last receipt
    for now in range(periods):
        placed = _order(now, stock, rule, terms, opens, history.initial)
        arrived = stock.receive(now)
        is_open = opens <= now
        wanted = np.where(is_open, history.demand[:, now], 0.0)[:, None]
        before = np.maximum(stock.net, 0.0)
        served = np.minimum(before, wanted)
        if terms.lost_sales:
            stock.net -= served
        else:
            stock.net -= wanted
        ended = arrived > 0
        clean = ended & ~dirty
        short = served < wanted
        dirty = (dirty & ~ended) | short
        for window, tally in zip(windows, tallies, strict=True):
            if now in window:
                counts = is_open if history.scored is None else is_open & history.scored[:, now]
                tally.add(Step(wanted, served, before, stock.net, placed, short, ended, clean), counts)
    return tuple(tally.outcome() for tally in tallies)


def _order(now: int, stock: Stock, rule: Rule, terms: Terms, opens: Whole, initial: Floats | None) -> Floats:
    """Place what the rule needs of the series that are open; give those that open their first stock."""
    opening = opens == now
    if opening.any():
        first = terms.limits.ordered(rule(now, stock)) if initial is None else initial
        stock.net += np.where(opening[:, None], first, 0.0)
    if (now - terms.first_review) % terms.review:
        return np.zeros_like(stock.net)
    need = np.where((opens <= now)[:, None], rule(now, stock), 0.0)
    placed = terms.limits.ordered(need)
    if terms.budget is not None:
        placed = terms.budget.cut(placed, need, stock.position, terms.limits)
    stock.place(placed, now, terms.lead_time_at(now))
    return placed


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One period of a replay, shape (series, values): demand, what was served, stock before and after, what was ordered.

    `short` says whether something was missing, `ended` whether a cycle ended with a receipt, `clean` without a stock-out.
    """

    demand: Floats
    served: Floats
    before: Floats
    net: Floats
    placed: Floats
    short: NDArray[np.bool_]
    ended: NDArray[np.bool_]
    clean: NDArray[np.bool_]


class Tally:
    """Adds up steps."""

    def __init__(self, series: int, values: int) -> None:
        self._sums = {
            field.name: np.zeros(series if field.name in ("periods", "demand") else (series, values))
            for field in fields(Outcome)
        }

    def add(self, step: Step, counts: NDArray[np.bool_]) -> None:
        """Add one period of the series that count."""
        closing = np.maximum(step.net, 0.0)
        parts: dict[str, NDArray[np.float64] | NDArray[np.bool_]] = {
            "periods": np.ones(len(step.demand)),
            "demand": step.demand[:, 0],
            "served": step.served,
            "on_hand": (step.before + closing) / 2,
            "closing": closing,
            "waiting": closing - step.net,
            "stock_outs": step.short,
            "cycles": step.ended,
            "clean_cycles": step.clean,
            "orders": step.placed > 0,
            "ordered": step.placed,
        }
        every = bool(counts.all())
        for name, part in parts.items():
            total = self._sums[name]
            if every:
                total += part
            else:
                np.add(total, part, out=total, where=counts if total.ndim == 1 else counts[:, None])

    def outcome(self) -> Outcome:
        """The sums."""
        return Outcome(**self._sums)
