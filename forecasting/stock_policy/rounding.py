"""From what is needed to what can be ordered: minimum, multiple or pack, most. Whole base units, never a float.

The need is raised to the minimum or skipped, rounded to the multiple, and capped by the most, in this order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from forecasting.parameters import ParameterError


class Rounding(Enum):
    """What to do with a part of a pack, or of the minimum. Only `UP` promises at least the need."""

    UP = "up"
    """At least the need, and at least the minimum."""
    DOWN = "down"
    """Whole packs within the need, perhaps none; but the minimum where there is one."""
    SKIP = "skip"
    """Up, but nothing while the need is below the least order: wait for the next review."""


class ContradictoryLimits(ParameterError):
    """Limits that no quantity above zero can meet, such as a minimum above the most."""


@dataclass(frozen=True, slots=True)
class OrderLimits:
    """What a supplier and a shelf allow of one SKU, in base units.

    minimum: the least that may be ordered, when anything is (MOQ); zero or above.
    multiple: orders are whole multiples of it: a pack, a layer, a pallet; above zero.
    most: the most that may be ordered, none when None.
    """

    minimum: int = 0
    multiple: int = 1
    most: int | None = None

    def __post_init__(self) -> None:
        whole_units(minimum=self.minimum, multiple=self.multiple)
        if self.multiple < 1:
            raise ParameterError("multiple", self.multiple, "1 or above")
        if self.most is not None:
            whole_units(most=self.most)

    @property
    def least(self) -> int:
        """The smallest order above zero: the minimum in whole multiples."""
        return rounded_up(max(self.minimum, 1), self.multiple)


def order_quantity(need: int, limits: OrderLimits, rounding: Rounding = Rounding.UP) -> int:
    """Units to order for a need of so many: zero for none, else within the limits, of which `most` caps the need too.

    Raises:
        ParameterError: a need below zero or not whole.
        ContradictoryLimits: something is needed and even the least order is above the most.
    """
    whole_units(need=need)
    if need == 0:
        return 0
    if limits.most is not None and limits.least > limits.most:
        raise ContradictoryLimits("most", limits.most, f"no less than the least order, {limits.least}")
    if rounding is Rounding.SKIP and need < limits.least:
        return 0
    wanted = max(need, limits.minimum)
    quantity = rounded_down(wanted, limits.multiple) if rounding is Rounding.DOWN else rounded_up(wanted, limits.multiple)
    if quantity < limits.minimum:
        quantity = limits.least
    return quantity if limits.most is None else min(quantity, rounded_down(limits.most, limits.multiple))


def order_quantity_by_cost(need: int, limits: OrderLimits, expected_cost: Callable[[int], float]) -> int:
    """The cheapest of not ordering, rounding down and rounding up; the larger of equals.

    Args:
        expected_cost: of ordering so many units, over the time until the next order would arrive; holding, shortage and
            ordering together, as `base_stock_cost` gives them for the position and that many more.
    """
    choices = {0, order_quantity(need, limits, Rounding.DOWN), order_quantity(need, limits, Rounding.UP)}
    return min(sorted(choices, reverse=True), key=expected_cost)


def rounded_up(units: int, multiple: int) -> int:
    """The smallest whole number of multiples that gives at least `units`."""
    return -(-units // multiple) * multiple


def rounded_down(units: int, multiple: int) -> int:
    """The largest whole number of multiples within `units`."""
    return units // multiple * multiple


def whole_units(**units: int) -> None:
    """Every count is a whole number, zero or above."""
    for name, value in units.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ParameterError(name, value, "a whole number of units, zero or above")
