"""The curve of stock against fill rate that a policy's safety parameter draws, and policies beside each other at equal fill."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from forecasting.bootstrap import Comparison, Draws, draws, middle
from forecasting.parameters import Floats, ParameterError, share
from forecasting.simulation.outcome import Outcome, beside

FILL_RATES: Final = (0.90, 0.95, 0.98)
"""At which policies are compared."""
FINE: Final = 6
"""Values tried between the two that enclose a fill rate."""
MARGIN: Final = 0.004
"""By so much more and less than a fill rate the fine values reach, for the resamples."""


@dataclass(frozen=True, slots=True, eq=False)
class Frontier:
    """What each value of the safety parameter gave. `parameters`: rising, shape (values,)."""

    parameters: Floats
    outcome: Outcome

    def at(self, fill_rate: float) -> Point | None:
        """The policy at a fill rate, between the two values next to it; None when no value reaches it, or all exceed it."""
        share(fill_rate=fill_rate)
        place, part = crossing(self.outcome.fill_rate[None], fill_rate)
        if np.isnan(part[0]):
            return None
        return Point(int(place[0]), float(part[0]))

    def between(self, series: Floats, point: Point) -> Floats:
        """A figure of each value, shape (..., values), at a point of the curve."""
        low, high = series[..., max(point.place - 1, 0)], series[..., point.place]
        found: Floats = low + point.part * (high - low)
        return found

    def stock(self, fill_rate: float, drawn: Draws | None = None, worth: Floats | None = None) -> Floats:
        """Average on hand at a fill rate of each resample of the series (of all of them once when None), shape (draws,).

        `worth`: money for a unit of each series, shape (series,); units when None. NaN where the fill rate is not reached.
        """
        weights = np.ones((1, len(self.outcome.demand))) if drawn is None else drawn.series
        fill = weights @ self.outcome.served / np.maximum(weights @ self.outcome.demand, 1e-300)[:, None]
        each = self.outcome.average_on_hand_of_each
        held = weights @ (each if worth is None else each * worth[:, None])
        place, part = crossing(fill, fill_rate)
        rows = np.arange(len(weights))
        low, high = held[rows, np.maximum(place - 1, 0)], held[rows, place]
        found: Floats = low + part * (high - low)
        return found


@dataclass(frozen=True, slots=True)
class Point:
    """A place on the curve: `part` of the way from the value before `place` to `place`."""

    place: int
    part: float


def crossing(fill: Floats, fill_rate: float) -> tuple[np.ndarray, Floats]:
    """Where rows of fill rates, shape (rows, values), first reach one: the place, and the part of the way to it; NaN if never.

    A row that begins above the fill rate has no point at it either. Fill rates of rising values are made not to fall.
    """
    rising = np.maximum.accumulate(np.nan_to_num(fill, nan=-1.0), axis=1)
    reached = rising >= fill_rate
    place = reached.argmax(axis=1)
    rows = np.arange(len(fill))
    low, high = rising[rows, np.maximum(place - 1, 0)], rising[rows, place]
    exact = reached.any(axis=1) & (place == 0) & (high <= fill_rate)
    inside = reached.any(axis=1) & (place > 0)
    part = np.where(inside, (fill_rate - low) / np.where(inside, np.maximum(high - low, 1e-300), 1.0), np.nan)
    return place, np.where(exact, 1.0, part)


def sweep(run: Callable[[Floats], Outcome], coarse: Floats, fill_rates: Sequence[float] = FILL_RATES) -> Frontier:
    """Draw the curve: coarse values first, then finer ones about each fill rate.

    Args:
        run: replays the policy for values of its parameter, shape (values,).
        coarse: rising, from next to no stock to more than anyone holds.
    """
    if len(coarse) < 2 or (np.diff(coarse) <= 0).any():
        raise ParameterError("coarse", coarse.tolist(), "two values or more, rising")
    first = run(coarse)
    fine = _finer(coarse, first.fill_rate, fill_rates)
    if not fine.size:
        return Frontier(coarse, first)
    values = np.concatenate([coarse, fine])
    order = np.argsort(values, kind="stable")
    return Frontier(values[order], beside([first, run(fine)]).chosen(np.broadcast_to(order, (len(first.demand), order.size))))


def _finer(coarse: Floats, fill: Floats, fill_rates: Sequence[float]) -> Floats:
    found: list[Floats] = []
    rising = np.maximum.accumulate(np.nan_to_num(fill, nan=-1.0))
    for rate in fill_rates:
        if rising[-1] < rate:
            continue
        low = int(np.searchsorted(rising, rate - MARGIN, side="left")) - 1
        high = min(int(np.searchsorted(rising, min(rate + MARGIN, rising[-1]), side="left")), len(coarse) - 1)
        steps = FINE * max(high - max(low, 0), 1)
        found.append(np.linspace(coarse[max(low, 0)], coarse[high], steps + 1))
    merged = np.unique(np.concatenate(found)) if found else np.empty(0)
    return np.setdiff1d(merged, coarse)


def compare_stock(
    challenger: Frontier, champion: Frontier, fill_rate: float, resamples: int = 500, seed: int = 0, worth: Floats | None = None
) -> Comparison:
    """How much less stock the challenger needs at the same fill rate, with a paired bootstrap over series.

    NaN where one of them has no point at the fill rate.
    Raises:
        ParameterError: the two were not replayed on the same series.
    """
    ours, theirs = challenger.outcome, champion.outcome
    if ours.demand.shape != theirs.demand.shape:
        raise ParameterError("challenger", f"of {len(ours.demand)} series", f"of the champion's {len(theirs.demand)}")
    drawn = draws(1, len(ours.demand), resamples, seed)
    new, old = challenger.stock(fill_rate, drawn, worth), champion.stock(fill_rate, drawn, worth)
    low, high = middle(_saved(new, old))
    whole = _saved(challenger.stock(fill_rate, None, worth), champion.stock(fill_rate, None, worth))
    known = ~np.isnan(new) & ~np.isnan(old)
    chance = float(np.mean(new[known] < old[known])) if known.any() else float("nan")
    return Comparison(float(whole[0]), low, high, chance)


def _saved(new: Floats, old: Floats) -> Floats:
    return 1 - new / np.where(old != 0, old, np.nan)
