"""Orders as they are known on some day, and as they were known on an earlier one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.parameters import Floats, ParameterError, not_negative


@dataclass(frozen=True, slots=True, eq=False)
class Purchases:
    """Orders as they are known on some day.

    Attributes:
        suppliers: of each order, shape (orders,).
        lengths: what is learned, in any unit, from order to receipt; of an open order, until now. Zero or above.
        is_open: not received yet.
        ages: days since it was placed, at least `lasted`.
        lasted: days from its placing to its receipt; of an open order, its age.
        items: what was ordered; None when that is not told apart.
    """

    suppliers: NDArray[np.str_]
    lengths: Floats
    is_open: NDArray[np.bool_]
    ages: Floats
    lasted: Floats
    items: NDArray[np.str_] | None = None

    def __post_init__(self) -> None:
        not_negative(lengths=self.lengths, ages=self.ages, lasted=self.lasted)
        others = ("suppliers", self.suppliers), ("is_open", self.is_open), ("ages", self.ages), ("lasted", self.lasted)
        for name, given in (*others, ("items", self.items)):
            if given is not None and len(given) != len(self.lengths):
                raise ParameterError(name, f"{len(given)} of them", f"one for each of the {len(self.lengths)} orders")

    @property
    def received(self) -> int:
        """How many are not open."""
        return int((~self.is_open).sum())

    def only(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> Purchases:
        """Some of them."""
        return Purchases(
            self.suppliers[rows], self.lengths[rows], self.is_open[rows], self.ages[rows], self.lasted[rows],
            None if self.items is None else self.items[rows],
        )  # fmt: skip

    def as_known(self, days_ago: float) -> Purchases:
        """What was known so many days ago, items not told apart: what has come since was open then.

        Of its length it had then what its days had of those that it took in the end: exact where lengths are days.
        """
        then = self.only(self.ages >= days_ago)
        ages = then.ages - days_ago
        lasted = np.minimum(then.lasted, ages)
        part = np.divide(lasted, then.lasted, out=np.ones_like(lasted), where=then.lasted > 0)
        return Purchases(then.suppliers, then.lengths * part, then.is_open | (then.lasted > ages), ages, lasted)


def of_each(names: NDArray[np.str_]) -> list[tuple[str, NDArray[np.int64]]]:
    """Each name, rising, and the places where it stands."""
    distinct, place, counts = np.unique(names, return_inverse=True, return_counts=True)
    places = np.split(np.argsort(place, kind="stable"), np.cumsum(counts))
    return list(zip(distinct.tolist(), places[: len(distinct)], strict=True))
