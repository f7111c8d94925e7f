"""Money for all orders of one review: where it is short, the SKUs that miss most of their level come first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.parameters import Floats, ParameterError, not_negative, positive
from forecasting.simulation.limits import Limits


@dataclass(frozen=True, slots=True, eq=False)
class Budget:
    """`most`: money for the orders of a review. `price`: of a unit of each SKU, shape (series,), above zero."""

    most: float
    price: Floats

    def __post_init__(self) -> None:
        positive(budget=self.most)
        not_negative(price=self.price)

    def refuse_dear(self, limits: Limits, names: list[str]) -> None:
        """Raise ParameterError when the least order of a SKU costs more than all there is."""
        least = limits.ordered(np.full((len(self.price), 1), 1e-6))[:, 0]
        dear = least * self.price > self.most
        if dear.any():
            first = int(np.argmax(dear))
            cost = f"{least[first]:g} units at {self.price[first]:g} each, {least[first] * self.price[first]:g}"
            raise ParameterError(f"least order of {names[first]}", cost, f"within the budget of {self.most:g}")

    def cut(self, units: Floats, need: Floats, position: Floats, limits: Limits) -> Floats:
        """Orders within the budget, shape (series, values).

        SKUs come in the order of the share of their level that is missing. The one at which money ends gets what is left, if
        that is an order at all; those after it wait for the next review.
        """
        cost = units * self.price[:, None]
        short = np.flatnonzero(cost.sum(axis=0) > self.most)
        if not short.size:
            return units
        kept = units.copy()
        for column in short.tolist():
            wanted, held = np.maximum(need[:, column], 0.0), np.maximum(position[:, column], 0.0)
            missing = wanted / np.maximum(wanted + held, 1e-300)
            order = np.argsort(-missing, kind="stable")
            spent = np.cumsum(cost[order, column])
            fits = spent <= self.most
            last = order[int(np.argmin(fits))]  # the one at which money ends
            left = self.most - float(spent[np.argmin(fits)] - cost[last, column])
            kept[order, column] = np.where(fits | (self.price[order] == 0), units[order, column], 0.0)
            kept[last, column] = limits.within(left / self.price[last], int(last))
        return kept
