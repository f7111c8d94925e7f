"""Several SKUs under one sum of money: cut to a budget, or filled up to a supplier's minimum, by marginal value.

The next pack goes to the line where it is worth most for its money, the first cut falls where it is missed least. Worth is
concave (each pack is worth less than the one before), so for packs small against the sum this is the best there is; it is
the greedy rule of marginal analysis (Silver, Pyke and Thomas; Fox 1966).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from forecasting.distributions.distribution import Distribution
from forecasting.parameters import ParameterError, finite, not_negative, positive
from forecasting.stock_policy.rounding import OrderLimits, whole_units

Worth = Callable[[int], float]
"""Money that ordering so many units is worth, before paying for them; concave."""


NO_LIMITS = OrderLimits()


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One SKU of an order: `units` as its policy asks, in multiples of its limits, at `unit_price`."""

    sku: str
    units: int
    unit_price: float
    worth: Worth
    limits: OrderLimits = NO_LIMITS

    def __post_init__(self) -> None:
        whole_units(units=self.units)
        not_negative(unit_price=self.unit_price)
        limits = self.limits
        if self.units % limits.multiple or 0 < self.units < limits.least:
            raise ParameterError(f"units of {self.sku}", self.units, f"{limits.least} or above in steps of {limits.multiple}")
        if limits.most is not None and self.units > limits.most:
            raise ParameterError(f"units of {self.sku}", self.units, f"{limits.most} at most")


def shortage_avoided(demand: Distribution, position: float, shortage_cost: float, holding_cost: float) -> Worth:
    """Worth of units on top of a position: expected shortage cost they avoid, less the holding cost they add.

    Args:
        demand: over the protection period, units.
        position: units on hand and on order, less what is promised.
        shortage_cost, holding_cost: for each unit short, or left, at the end of the period. Above zero.
    """
    finite(position=position)
    positive(shortage_cost=shortage_cost, holding_cost=holding_cost)
    mean = float(demand.mean)

    def worth(units: int) -> float:
        short = float(demand.shortage(position + units))
        left = position + units - mean + short
        return -shortage_cost * short - holding_cost * left

    return worth


def spend(lines: Sequence[OrderLine], units: Sequence[int]) -> float:
    """Money for so many units of each line."""
    return sum(line.unit_price * count for line, count in zip(lines, units, strict=True))


def cut_to_budget(lines: Sequence[OrderLine], budget: float) -> list[int]:
    """Units of each line, within the budget: the packs missed least for their money go first.

    A line goes down pack by pack to its least order, then to nothing. What a large cut leaves unspent goes back to the
    packs that fit and are worth most. Lines that cost nothing are left alone.
    """
    not_negative(budget=budget)
    units = [line.units for line in lines]
    money = spend(lines, units)
    queue = [_cut(line, line.units, place) for place, line in enumerate(lines) if line.units and line.unit_price]
    heapq.heapify(queue)
    while queue and money > budget * (1 + 1e-12):
        _, place, fewer = heapq.heappop(queue)
        money -= (units[place] - fewer) * lines[place].unit_price
        units[place] = fewer
        if fewer:
            heapq.heappush(queue, _cut(lines[place], fewer, place))
    return _given_back(lines, units, budget - money)


def _given_back(lines: Sequence[OrderLine], units: list[int], left: float) -> list[int]:
    """Units with what fits into the money left, no line above what was asked; a pack that is worth nothing stays out."""
    queue = [step for place, line in enumerate(lines) if (step := _addition(line, units[place], place)) is not None]
    heapq.heapify(queue)
    while queue:
        gain, place, more = heapq.heappop(queue)
        price = (more - units[place]) * lines[place].unit_price
        if gain >= 0 or more > lines[place].units or price > left:
            continue
        left, units[place] = left - price, more
        if (step := _addition(lines[place], more, place)) is not None:
            heapq.heappush(queue, step)
    return units


def fill_to_minimum(lines: Sequence[OrderLine], minimum: float) -> list[int]:
    """Units of each line, so that the order is worth the supplier's `minimum` of money: what is worth most comes first.

    A line that had nothing begins with its least order. None is left out, none gets more than its most.

    Raises:
        ParameterError: every line is at its most and the minimum is still not reached.
    """
    not_negative(minimum=minimum)
    units = [line.units for line in lines]
    money = spend(lines, units)
    queue = [step for place, line in enumerate(lines) if (step := _addition(line, line.units, place)) is not None]
    heapq.heapify(queue)
    while money < minimum * (1 - 1e-12):
        if not queue:
            raise ParameterError("minimum", minimum, f"{money:.2f} or less, which all lines together can reach")
        _, place, more = heapq.heappop(queue)
        money += (more - units[place]) * lines[place].unit_price
        units[place] = more
        if (step := _addition(lines[place], more, place)) is not None:
            heapq.heappush(queue, step)
    return units


def _cut(line: OrderLine, units: int, place: int) -> tuple[float, int, int]:
    """What a line would lose for each unit of money by its next cut; the place; the units it would have."""
    fewer = units - line.limits.multiple
    fewer = fewer if fewer >= line.limits.least else 0
    return (line.worth(units) - line.worth(fewer)) / ((units - fewer) * line.unit_price), place, fewer


def _addition(line: OrderLine, units: int, place: int) -> tuple[float, int, int] | None:
    """What a line would gain for each unit of money by its next pack, below zero for the heap; nothing at its most."""
    more = units + line.limits.multiple if units else line.limits.least
    if line.unit_price == 0 or (line.limits.most is not None and more > line.limits.most):
        return None
    return -(line.worth(more) - line.worth(units)) / ((more - units) * line.unit_price), place, more
