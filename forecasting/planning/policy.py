"""What a planner wants of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from forecasting.parameters import ParameterError, not_negative, positive, share
from forecasting.stock_policy.classes import PAIRS


@dataclass(frozen=True, slots=True)
class Policy:
    """How a planner wants it.

    Attributes:
        review_days: between two orders at one supplier.
        targets: chance of covering lead time plus review, by class of value (`A`), or of value and variation (`AX`): the pair
            goes before the letter.
        shortage: what a unit short costs, as a multiple of its price.
        budget: money for all orders of this run.
        holding: share of its price that holding a unit for a year costs.
        early_days: nothing is bought more days before it is needed, for a cheaper price, a supplier's minimum order or fewer
            orders.
        lost_sales: what finds no stock is lost; else customers wait.
    """

    review_days: float = 7.0
    targets: Mapping[str, float] = field(default_factory=lambda: {"A": 0.98, "B": 0.95, "C": 0.90})
    shortage: float = 1.0
    budget: float | None = None
    holding: float = 0.25
    early_days: float = 30.0
    lost_sales: bool = False

    def __post_init__(self) -> None:
        positive(review_days=self.review_days, shortage=self.shortage)
        not_negative(holding=self.holding, early_days=self.early_days)
        if self.budget is not None:
            not_negative(budget=self.budget)
        if not set("ABC") <= set(self.targets) <= {*"ABC", *PAIRS}:
            raise ParameterError("targets", sorted(self.targets), "one for each of A, B and C, and of pairs such as AX or CZ")
        for name, target in self.targets.items():
            share(**{f"target of {name}": target})

    def target_of(self, grade: str) -> float:
        """Of a class such as `AX`, or `A` where nobody knows how its demand varies."""
        return self.targets.get(grade, self.targets[grade[0]])
