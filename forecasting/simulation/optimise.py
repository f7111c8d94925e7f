"""(R, s, S) and any other pair of levels by simulation: the cheapest of each SKU on paths of demand.

The paths are history, or draws from a forecast's distribution. Costs are jagged in s and S, so a grid is tried, then finer ones
about the best, all SKUs at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecasting.distributions.distribution import Distribution
from forecasting.parameters import Floats, Numbers, ParameterError, not_negative, positive
from forecasting.simulation.outcome import Costs, Outcome
from forecasting.simulation.replay import History, Terms, replay
from forecasting.simulation.rules import MinMax, constant

STEPS: Final = 9
"""Values of each level that a grid tries."""
ROUNDS: Final = 5
"""Grids, each a third as wide as the one before."""


@dataclass(frozen=True, slots=True, eq=False)
class ReviewPolicy:
    """Of each SKU, shape (series,): order up to `order_up_to` when the position is `reorder_point` or less at a review.

    `cost`: of a period in the simulation it was chosen by; on other demand it will cost a little more.
    """

    reorder_point: Floats
    order_up_to: Floats
    cost: Floats


def sampled(demand: Distribution, periods: int, seed: int) -> Floats:
    """Independent demand of each SKU of a distribution, shape (series, periods), never below zero."""
    series = np.atleast_1d(np.asarray(demand.mean)).shape[0]
    chance = np.random.default_rng(seed).uniform(1e-9, 1 - 1e-9, (periods, series))
    return np.maximum(np.asarray(demand.quantile(chance), np.float64).reshape(periods, series).T, 0.0)


def best_review_policy(
    paths: Floats, terms: Terms, costs: Costs, run_in: int, is_whole: bool = True, lot: Numbers | None = None
) -> ReviewPolicy:
    """The cheapest (R, s, S) of each SKU.

    Args:
        paths: demand, shape (series, periods), or (series, paths, periods) with several paths for each.
        terms: lead time, review, limits.
        costs: with a price for holding and one for being short.
        run_in: first periods, which are replayed and not counted.
        is_whole: levels are whole units.
        lot: S - s about which the search begins; that of the economic order quantity when None.
    Raises:
        ParameterError: demand that is none, or nothing is left after the run-in.
    """
    demand = paths[:, None, :] if paths.ndim == 2 else paths
    if not 0 <= run_in < demand.shape[2]:
        raise ParameterError("run_in", run_in, f"from 0 to below the {demand.shape[2]} periods")
    not_negative(demand=demand)
    mean, sd = demand.mean(axis=(1, 2)), demand.std(axis=(1, 2))
    cover = float(np.mean(terms.lead_time)) + terms.review
    gap = _first_gap(mean, terms.review, costs) if lot is None else np.broadcast_to(np.asarray(lot, np.float64), mean.shape)
    middle = np.stack([mean * (cover - terms.review / 2), gap])
    reach = np.stack([3 * sd * np.sqrt(cover) + mean * terms.review, np.maximum(gap, 3 * sd) * 0.95])
    best = np.full(mean.shape, np.inf)
    found = middle.copy()
    for _ in range(ROUNDS):
        points, gaps = _grid(found, reach, is_whole)
        cost = _costs(demand, points, gaps, terms, costs, run_in)
        place = cost.argmin(axis=1)[:, None]
        lowest = np.take_along_axis(cost, place, 1)[:, 0]
        better = lowest < best
        best = np.where(better, lowest, best)
        chosen = np.stack([np.take_along_axis(grid, place, 1)[:, 0] for grid in (points, gaps)])
        found = np.where(better, chosen, found)
        reach = reach / 2.5
    return ReviewPolicy(found[0], found[0] + found[1], best)


def _first_gap(mean: Floats, review: int, costs: Costs) -> Floats:
    positive(holding=costs.holding)
    return np.maximum(np.sqrt(2 * mean * costs.order / costs.holding), mean * review) + 1


def _grid(middle: Floats, reach: Floats, is_whole: bool) -> tuple[Floats, Floats]:
    """Values of s and of S - s about the middle, every pair of them: shape (series, pairs)."""
    steps = np.linspace(-1, 1, STEPS)
    points = middle[0][:, None] + steps * reach[0][:, None]
    gaps = np.maximum(middle[1][:, None] + steps * reach[1][:, None], 0.0)
    if is_whole:
        points, gaps = np.rint(points), np.maximum(np.rint(gaps), 1.0)
    return np.repeat(points, STEPS, axis=1), np.tile(gaps, STEPS)


def _costs(demand: Floats, points: Floats, gaps: Floats, terms: Terms, costs: Costs, run_in: int) -> Floats:
    """Cost of a period of each SKU and pair, the mean over its paths."""
    series, paths, periods = demand.shape
    each: NDArray[np.int64] = np.repeat(np.arange(series), paths)
    rule = MinMax(constant(points[each]), constant(points[each] + gaps[each]))
    flat = History(demand.reshape(series * paths, periods).astype(np.float64))
    outcome: Outcome = replay(flat, rule, terms, points.shape[1], [range(run_in, periods)])[0]
    cost = outcome.cost(costs) / (periods - run_in)
    return np.asarray(cost.reshape(series, paths, -1).mean(axis=1))
