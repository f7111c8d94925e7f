"""(s, S), min-max: at each review, order up to S when the inventory position is s or less. Exact cost and optimum.

Zheng and Federgruen 1991, Operations Research 39(4), 654-665; Snyder and Shen, chapter 4.
Demand is whole: Poisson, negative binomial or a sample of whole numbers. Units that are missing wait.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from forecasting.distributions.distribution import Distribution
from forecasting.parameters import Floats, ParameterError, positive, whole
from forecasting.stock_policy.newsvendor import base_stock_cost, newsvendor


@dataclass(frozen=True, slots=True)
class MinMaxPolicy:
    """Order up to `order_up_to` when the position is `reorder_point` or less; expected cost of a review period."""

    reorder_point: int
    order_up_to: int
    cost: float


@dataclass(slots=True)
class MinMaxProblem:
    """What (s, S) is judged by; not to be changed once made, because it keeps what it has worked out.

    `demand` is that of one review period, `covered` that of lead time plus review (the same when left out: no lead time).
    K for each order, h and p for each unit left and short at the end of a period, all above zero.
    """

    demand: Distribution
    order_cost: float
    holding_cost: float
    shortage_cost: float
    covered: Distribution | None = None
    _visits: Floats = field(init=False, repr=False)
    _costs: Floats = field(init=False, repr=False)
    _lowest: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        positive(order_cost=self.order_cost, holding_cost=self.holding_cost, shortage_cost=self.shortage_cost)
        for name, distribution in (("demand", self.demand), ("covered", self.over_cover)):
            if not distribution.is_whole:
                raise ParameterError(name, type(distribution).__name__, "demand in whole units")
        self._visits = self._renewals(64)
        self._fill(self.best_position - 32, self.best_position + 32)

    @property
    def over_cover(self) -> Distribution:
        """Demand that a position must cover until the order after the next review arrives."""
        return self.demand if self.covered is None else self.covered

    @property
    def best_position(self) -> int:
        """The position with the lowest G: the base stock that would be best if orders cost nothing."""
        return int(newsvendor(self.over_cover, self.holding_cost, self.shortage_cost).level)

    def position_cost(self, position: int) -> float:
        """G(y): expected holding and shortage of a period that begins with the position y."""
        return float(self.position_costs(position, position)[0])

    def position_costs(self, low: int, high: int) -> Floats:
        """G from `low` to `high`, out of a table that grows by doubling."""
        highest, margin = self._lowest + self._costs.size - 1, self._costs.size
        if low < self._lowest or high > highest:
            self._fill(low - margin if low < self._lowest else self._lowest, high + margin if high > highest else highest)
        return self._costs[low - self._lowest : high - self._lowest + 1]

    def _fill(self, low: int, high: int) -> None:
        positions = np.arange(float(low), high + 1.0)
        self._lowest, self._costs = low, base_stock_cost(positions, self.over_cover, self.holding_cost, self.shortage_cost)

    def visits(self, count: int) -> Floats:
        """m(0) to m(count - 1): expected periods that a cycle spends j units below where it began."""
        while self._visits.size < count:
            self._visits = self._renewals(2 * self._visits.size)
        return self._visits[:count]

    def _renewals(self, count: int) -> Floats:
        """m(0) = 1/(1 - f(0)), m(j) = m(0) * sum of f(l) m(j - l), l = 1..j. Snyder and Shen (4.71) to (4.75)."""
        chances = self.demand.pmf(np.arange(float(count)))
        if chances[0] >= 1:
            raise ParameterError("demand", "always zero", "above zero at times")
        seen = np.zeros(count)
        seen[0] = 1 / (1 - chances[0])
        for j in range(1, count):
            seen[j] = seen[0] * (chances[1 : j + 1] @ seen[j - 1 :: -1])
        return seen


def min_max_cost(reorder_point: int, order_up_to: int, problem: MinMaxProblem) -> float:
    """(K + sum of m(j) G(S - j), j < S - s) / sum of m(j): expected cost of a review period, for whole s < S."""
    whole(reorder_point=reorder_point, order_up_to=order_up_to)
    if not reorder_point < order_up_to:
        raise ParameterError("reorder_point", reorder_point, f"below the level to order up to, {order_up_to}")
    point, top = int(reorder_point), int(order_up_to)
    visits = problem.visits(top - point)
    costs = problem.position_costs(point + 1, top)[::-1]
    return float((problem.order_cost + visits @ costs) / visits.sum())


def best_min_max(problem: MinMaxProblem) -> MinMaxPolicy:
    """The cheapest (s, S), exactly: s is the best for each S tried, and S rises until G alone costs more than all."""
    top = problem.best_position
    point = top - 1
    while min_max_cost(point, top, problem) > problem.position_cost(point):
        point -= 1
    best = MinMaxPolicy(point, top, min_max_cost(point, top, problem))
    while problem.position_cost(top + 1) <= best.cost:
        top += 1
        if min_max_cost(point, top, problem) < best.cost:
            while point + 1 < top and min_max_cost(point, top, problem) <= problem.position_cost(point + 1):
                point += 1
            best = MinMaxPolicy(point, top, min_max_cost(point, top, problem))
    return best
