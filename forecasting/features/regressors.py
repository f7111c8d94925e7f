"""What the effects of promotions, prices and events are made of: a few numbers for each series and period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecasting.features.occasions import Occasions
from forecasting.features.windows import carried
from forecasting.panel.panel import Cells
from forecasting.parameters import Floats

MOST_KINDS: Final = 4
"""So many values of a promotion each have an effect of their own; of more, whether there is one, and how deep it is."""
LARGEST_LOG: Final = 3.0
"""Of a price over the first one: beyond, it is a typing error."""


@dataclass(frozen=True, slots=True, eq=False)
class Regressors:
    """Logarithm of the price over the series' first one, promotions, and how deep events are; zero where there is none or
    nothing is told.

    Attributes:
        price, promotion: shape (series, periods + ahead), or None.
        kinds: values of promotions that are told apart; none when they are depths.
        depth: mean of promotions.
        occasions: types of events, or None.
    """

    price: Cells | None
    promotion: Cells | None
    kinds: NDArray[np.float32]
    depth: float
    occasions: Occasions | None = None

    @property
    def planned(self) -> int:
        """How many of price and promotion there are for each period."""
        of_promotion = 0 if self.promotion is None else len(self.kinds) or 2
        return (self.price is not None) + of_promotion

    @property
    def count(self) -> int:
        """How many there are for each period."""
        return self.planned + (0 if self.occasions is None else len(self.occasions.kinds))

    @property
    def shape(self) -> tuple[int, int]:
        """Series, and periods with those ahead."""
        cells = self.promotion if self.price is None else self.price
        if cells is None:
            assert self.occasions is not None
            return self.occasions.shape
        return cells.shape[0], cells.shape[1]

    def of(self, rows: slice) -> Floats:
        """Of some series, shape (series, regressors, periods + ahead)."""
        found: list[Floats] = []
        if self.price is not None:
            found.append(_over_the_first(self.price[rows]))
        if self.promotion is not None:
            promotion = self.promotion[rows].astype(np.float64)
            on = promotion > 0
            if len(self.kinds):
                kind = np.abs(promotion[..., None] - self.kinds).argmin(axis=-1)  # the nearest, of one that is new
                found += [(on & (kind == number)).astype(np.float64) for number in range(len(self.kinds))]
            else:
                found += [on.astype(np.float64), promotion / self.depth]
        of_events = [] if self.occasions is None else [self.occasions.of(rows)]
        planned = [np.stack(found, axis=1)] if found else []
        return np.concatenate([*planned, *of_events], axis=1)


def regressors(
    price: Cells | None, promotion: Cells | None, known: int, occasions: Occasions | None = None
) -> Regressors | None:
    """Those of a history whose first `known` periods are learned from; None when nothing there ever changed."""
    if price is not None and not (np.abs(np.diff(price[:, :known], axis=1)) > 0).any():  # NaN is not above zero
        price = None
    seen = np.empty(0, np.float32) if promotion is None else promotion[:, :known]
    on = seen[seen > 0]
    kinds = np.unique(on)
    if not len(kinds):
        promotion = None
    if price is None and promotion is None and occasions is None:
        return None
    told_apart, depth = kinds if len(kinds) <= MOST_KINDS else kinds[:0], float(on.mean()) if on.size else 1.0
    return Regressors(price, promotion, told_apart, depth, occasions)


def _over_the_first(price: Cells) -> Floats:
    """Where a price is missing or zero the one before it stands."""
    logs = carried(np.log(np.where(price > 0, price, np.nan)).astype(np.float64))
    first = np.take_along_axis(logs, (~np.isnan(logs)).argmax(axis=1)[:, None], axis=1)
    return np.clip(np.nan_to_num(logs - first), -LARGEST_LOG, LARGEST_LOG)
