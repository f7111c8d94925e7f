"""Lead times of each supplier, learned from its receipts: from all suppliers' where there are few, from the latest most.

What was learned before is held against what came after it, and what is learned now is corrected by that: lead times rise and
fall together, and receipts alone tell of the past (`docs/decisions/0021-lead-times-are-corrected-by-how-they-were-kept.md`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecasting.lead_times.correction import correction_by, no_correction
from forecasting.lead_times.purchases import Purchases, of_each
from forecasting.lead_times.seen import Seen, survival
from forecasting.parameters import Floats, ParameterError

FEWEST_RECEIPTS: Final = 20.0
"""With fewer of its own, weighed, a supplier borrows the missing ones from all, an item from its supplier."""
HALF_LIFE_DAYS: Final = 365.0
"""An order placed so long ago counts half."""


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


def learn(purchases: Purchases, *, is_corrected: bool = True) -> LeadTimes:
    """Learn lead times.

    Args:
        purchases: as they are known today.
        is_corrected: by how what was learned before was kept, once enough of that is known.
    Raises:
        ParameterError: nothing was received at all, so that nothing is known.
    """
    if not purchases.received:
        raise ParameterError("purchases", f"{len(purchases.lengths)} without a receipt", "some of them received")
    correct = correction_by(purchases, _of_suppliers) if is_corrected else no_correction
    found = _of_suppliers(purchases)
    return LeadTimes(
        correct(found.of_all),
        {supplier: correct(seen) for supplier, seen in found.of_supplier.items()},
        {both: correct(seen) for both, seen in _of_items(purchases, found.of_supplier).items()},
    )


def _of_suppliers(purchases: Purchases) -> LeadTimes:
    """Of all and of each supplier, as receipts tell it."""
    of_all = survival(purchases.lengths, purchases.is_open, _weights(purchases))
    return LeadTimes(of_all, _of_each(purchases, of_each(purchases.suppliers), of_all), {})


def _of_items(purchases: Purchases, of_supplier: dict[str, Seen]) -> dict[tuple[str, str], Seen]:
    if purchases.items is None:
        return {}
    found = {}
    for supplier, rows in of_each(purchases.suppliers):
        if supplier in of_supplier:
            own = _of_each(purchases.only(rows), of_each(purchases.items[rows]), of_supplier[supplier])
            found.update({(supplier, item): seen for item, seen in own.items()})
    return found


def _of_each(purchases: Purchases, places: list[tuple[str, NDArray[np.int64]]], parent: Seen) -> dict[str, Seen]:
    """The distribution of each name that has a receipt, backed by the parent; open orders alone tell too little."""
    weights, lent = _weights(purchases), parent.condensed()
    found = {}
    for name, rows in places:
        is_open = purchases.is_open[rows]
        if not is_open.all():
            seen = survival(purchases.lengths[rows], is_open, weights[rows])
            found[name] = seen.backed_by(lent, FEWEST_RECEIPTS)
    return found


def _weights(purchases: Purchases) -> Floats:
    return np.asarray(0.5 ** (purchases.ages / HALF_LIFE_DAYS), np.float64)
