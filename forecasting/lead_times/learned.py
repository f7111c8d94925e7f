"""Lead times of each supplier, learned from its receipts; from all suppliers' where there are few.

An order that is still open is known to take longer than it has so far. Left out, as if it did not exist, it would make lead
times look short: Kaplan and Meier 1958.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecasting.distributions.empirical import Sample
from forecasting.parameters import Floats, ParameterError, not_negative

FEWEST_RECEIPTS: Final = 8
"""With fewer of its own a supplier borrows the missing ones from all, an item from its supplier."""


@dataclass(frozen=True, slots=True, eq=False)
class Purchases:
    """Orders as they are known on some day.

    Attributes:
        suppliers: of each order, shape (orders,).
        items: what was ordered, likewise; None when that is not told apart.
        lengths: days (or any unit) from order to receipt; of an open order, its age so far. Zero or above.
        is_open: not received yet.
    """

    suppliers: Sequence[str]
    lengths: Floats
    is_open: NDArray[np.bool_]
    items: Sequence[str] | None = None

    def __post_init__(self) -> None:
        not_negative(lengths=self.lengths)
        for name, given in (("suppliers", self.suppliers), ("is_open", self.is_open), ("items", self.items)):
            if given is not None and len(given) != len(self.lengths):
                raise ParameterError(name, f"{len(given)} of them", f"one for each of the {len(self.lengths)} orders")


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A distribution by its values, rising, and their chances, which sum to 1.

    `receipts` of its own stand behind it, at least one; `is_backed` when there are too few, and others' too.
    """

    values: Floats
    chances: Floats
    receipts: int
    is_backed: bool = False
    _sample: Sample | None = field(default=None, init=False, repr=False)

    def quantile(self, levels: Floats) -> Floats:
        """The length that the next order stays within with these chances: of n receipts the one at (n + 1) p, or the longest.

        So conformal prediction takes it (Vovk et al. 2005): the plain quantile of few is too short for what comes next.
        Where receipts are borrowed there are many, and it is the plain quantile.
        """
        return self.sample.quantile(np.minimum(levels * (1 if self.is_backed else 1 + 1 / self.receipts), 1 - 1e-9))

    @property
    def sample(self) -> Sample:
        """As a distribution: its quantiles, mean and spread; made once, when it is first asked for."""
        if self._sample is None:
            object.__setattr__(self, "_sample", Sample(self.values, self.chances))
        assert self._sample is not None
        return self._sample

    def backed_by(self, parent: Seen, fewest: int) -> Seen:
        """With as much of the parent's distribution as receipts are missing to `fewest`."""
        missing = max(fewest - self.receipts, 0)
        if not missing:
            return self
        values = np.concatenate([self.values, parent.values])
        chances = np.concatenate([self.chances * self.receipts, parent.chances * missing]) / (self.receipts + missing)
        order = np.argsort(values, kind="stable")
        return Seen(values[order], chances[order], self.receipts, is_backed=True)


@dataclass(frozen=True, slots=True, eq=False)
class LeadTimes:
    """What was learned: of all, of each supplier, of each supplier's items."""

    of_all: Seen
    of_supplier: dict[str, Seen]
    of_item: dict[tuple[str, str], Seen]

    def of(self, supplier: str, item: str | None = None) -> Seen:
        """The most special one that is known: of the item, of the supplier, of all."""
        if item is not None and (supplier, item) in self.of_item:
            return self.of_item[supplier, item]
        return self.of_supplier.get(supplier, self.of_all)


def learn(purchases: Purchases, fewest: int = FEWEST_RECEIPTS) -> LeadTimes:
    """Learn lead times.

    Raises:
        ParameterError: nothing was received at all, so that nothing is known.
    """
    received = int((~purchases.is_open).sum())
    if not received:
        raise ParameterError("purchases", f"{len(purchases.lengths)} without a receipt", "some of them received")
    of_all = survival(purchases.lengths, purchases.is_open)
    suppliers = np.asarray(purchases.suppliers, dtype=np.str_)
    of_supplier = {name: seen.backed_by(of_all, fewest) for name, seen in _each(suppliers, purchases)}
    of_item = {}
    if purchases.items is not None:
        items = np.asarray(purchases.items, dtype=np.str_)
        for supplier, rows in _rows_of_each(suppliers):
            if supplier not in of_supplier:
                continue
            part = Purchases(suppliers[rows].tolist(), purchases.lengths[rows], purchases.is_open[rows])
            for item, seen in _each(items[rows], part):
                of_item[supplier, item] = seen.backed_by(of_supplier[supplier], fewest)
    return LeadTimes(of_all, of_supplier, of_item)


def _each(names: NDArray[np.str_], purchases: Purchases) -> list[tuple[str, Seen]]:
    """The distribution of each name that has a receipt; open orders alone tell too little."""
    found = []
    for name, rows in _rows_of_each(names):
        if (~purchases.is_open[rows]).any():
            found.append((name, survival(purchases.lengths[rows], purchases.is_open[rows])))
    return found


def _rows_of_each(names: NDArray[np.str_]) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """Each name, rising, and where it stands."""
    distinct, place, counts = np.unique(names, return_inverse=True, return_counts=True)
    rows = np.split(np.argsort(place, kind="stable"), np.cumsum(counts)[:-1])
    yield from zip(distinct.tolist(), rows, strict=True)


def survival(lengths: Floats, is_open: NDArray[np.bool_]) -> Seen:
    """Kaplan and Meier's distribution: the chance of each length, the open orders spread over what is longer.

    What is left beyond the longest receipt, because older orders are open, lies on the oldest of them.
    """
    values, place = np.unique(lengths, return_inverse=True)
    ended = np.bincount(place, weights=~is_open, minlength=values.size)
    at_risk = lengths.size - np.concatenate([[0.0], np.cumsum(np.bincount(place, minlength=values.size))[:-1]])
    after = np.cumprod(1 - ended / at_risk)
    chances = np.concatenate([[1.0], after[:-1]]) - after
    chances[-1] += after[-1]
    kept = chances > 0
    return Seen(values[kept], chances[kept] / chances[kept].sum(), int((~is_open).sum()))
