"""Ordering several SKUs of one supplier together: how often, and which take part each time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecasting.parameters import Floats, ParameterError, not_negative, positive

NO_COST: Final = 1e-12
"""Less money than this is none."""


@dataclass(frozen=True, slots=True)
class JointReplenishment:
    """An order every `cycle` units of time; SKU n takes part in every `multiples[n]`-th, with `quantities[n]` units."""

    cycle: float
    multiples: tuple[int, ...]
    quantities: tuple[float, ...]
    cost: float


def joint_replenishment(
    shared_order_cost: float, order_costs: Sequence[float], holding_costs: Sequence[float], demand_rates: Sequence[float]
) -> JointReplenishment:
    """Silver's heuristic: the SKU that wants the shortest cycle sets it, the others take whole multiples.

    m_n = sqrt(k_n/(h_n d_n) * h_1 d_1/(K + k_1)), rounded to the nearest whole number above zero. Silver 1976; Silver,
    Pyke and Peterson, p. 428.

    Args:
        shared_order_cost: K, once for each order; above zero.
        order_costs: k_n, for SKU n in an order; zero or above.
        holding_costs: h_n, for each unit and unit of time; above zero.
        demand_rates: d_n, units in each unit of time; above zero.
    Raises:
        ParameterError: one of them is out of range, or the three do not have the same length.
    """
    positive(shared_order_cost=shared_order_cost, holding_costs=holding_costs, demand_rates=demand_rates)
    not_negative(order_costs=order_costs)
    if not len(order_costs) == len(holding_costs) == len(demand_rates) > 0:
        lengths = (len(order_costs), len(holding_costs), len(demand_rates))
        raise ParameterError("order_costs, holding_costs and demand_rates", f"of lengths {lengths}", "of one length, not empty")
    own, demand = np.asarray(order_costs, np.float64), np.asarray(demand_rates, np.float64)
    holding = np.asarray(holding_costs, np.float64) * demand
    first = int(np.argmin(own / holding))
    wanted = np.sqrt(own / holding * holding[first] / (shared_order_cost + own[first]))
    multiples = np.maximum(np.floor(wanted + 0.5), 1.0)
    multiples[first] = 1.0
    return _joined(shared_order_cost, own, holding, demand, multiples)


@dataclass(frozen=True, slots=True, eq=False)
class ReviewCycle:
    """An order at every so many `reviews`; SKU n takes part in every `multiples[n]`-th. `saved`: money a day that it costs less
    than an order at each review."""

    reviews: int
    multiples: NDArray[np.int64]
    saved: float


Until = Callable[[int, NDArray[np.int64]], int]
"""Of a cycle of so many reviews and the multiples: after how many of them the next order is placed indeed."""


def cycle_of_reviews(
    shared_order_cost: float, order_costs: Floats, holding: Floats, review_days: float, most_reviews: NDArray[np.int64],
    until: Until | None = None,
) -> ReviewCycle:  # fmt: skip
    """The cycle of `joint_replenishment`, in whole reviews: of the two nearest, the next longer one and one, the cheapest; the
    shortest of equals.

    Args:
        shared_order_cost: K, zero or above.
        order_costs: k_n, zero or above.
        holding: h_n d_n, money for holding a day's demand for a day, zero or above.
        review_days: between two reviews, above zero.
        most_reviews: that an order of each SKU can last at most, one or above. No cycle is longer than any of them: a SKU that
            has to be ordered sooner pays for an order that others may as well be on.
        until: what demand that is not steady makes of a cycle; None: it lasts as long as it should.
    """
    not_negative(shared_order_cost=shared_order_cost, order_costs=order_costs, holding=holding)
    positive(review_days=review_days, most_reviews=most_reviews)
    tried = {1}
    if shared_order_cost > 0:
        rates = np.maximum(holding, NO_COST)
        free = joint_replenishment(shared_order_cost, order_costs.tolist(), rates.tolist(), [1.0] * len(rates)).cycle
        longest = int(most_reviews.min())
        tried |= {min(max(int(min(free / review_days, longest)) + more, 1), longest) for more in (0, 1, 2)}
    now = _cost_a_day(shared_order_cost, order_costs, holding, review_days, np.ones(len(holding), np.int64), 1.0)
    best = ReviewCycle(1, np.ones(len(holding), np.int64), 0.0)
    for reviews in sorted(tried):
        days = reviews * review_days
        multiples = _best_multiples(order_costs, holding, days, most_reviews // reviews)
        kept = 1.0 if until is None else until(reviews, multiples) / reviews
        saved = now - _cost_a_day(shared_order_cost, order_costs, holding, days, multiples, kept)
        if saved > best.saved + NO_COST:
            best = ReviewCycle(reviews, multiples, saved)
    return best


def _best_multiples(order_costs: Floats, holding: Floats, days: float, most: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of each SKU the whole m with the least k/(m T) + h d m T/2, for a cycle of T days.

    That is the m with m (m - 1) <= 2k/(h d T^2) <= m (m + 1).
    """
    wanted = 2 * order_costs / (np.maximum(holding, NO_COST) * days * days)
    best = np.ceil((np.sqrt(1 + 4 * wanted) - 1) / 2 - 1e-9)
    return np.asarray(np.clip(best, 1, np.maximum(most, 1)).astype(np.int64))


def _cost_a_day(
    shared: float, own: Floats, holding: Floats, days: float, multiples: NDArray[np.int64], kept: float
) -> float:  # fmt: skip
    """(K + sum k/m)/(a T) + sum h d m T (1 - a/2) when a share a of each cycle is over before the next order."""
    return float((shared + np.sum(own / multiples)) / (kept * days) + np.sum(holding * multiples) * days * (1 - kept / 2))


def _joined(shared: float, own: Floats, holding: Floats, demand: Floats, multiples: Floats) -> JointReplenishment:
    """The best cycle for given multiples: T = sqrt(2 (K + sum k/m) / sum h d m)."""
    ordering, carrying = float(shared + np.sum(own / multiples)), float(np.sum(holding * multiples))
    cycle = (2 * ordering / carrying) ** 0.5
    quantities = tuple(float(units) for units in demand * multiples * cycle)
    return JointReplenishment(cycle, tuple(int(m) for m in multiples), quantities, (2 * ordering * carrying) ** 0.5)
