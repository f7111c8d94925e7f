"""Demand as it would have been in ordinary periods, and what promotions, prices and days of the week make of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from forecasting.features.effects import factors
from forecasting.features.regressors import regressors
from forecasting.features.week import CLOSED, week_profile
from forecasting.features.windows import Windows, carried
from forecasting.panel.panel import Cells
from forecasting.panel.periods import Frequency

QUARTER: Final = {Frequency.DAY: 91, Frequency.WEEK: 13, Frequency.MONTH: 6}
"""Periods that a level, a share or a spread is taken over."""
YEAR: Final = {Frequency.DAY: 364, Frequency.WEEK: 52, Frequency.MONTH: 12}
"""Periods of a year, whole weeks of days."""


@dataclass(frozen=True, slots=True, eq=False)
class Factors:
    """What is made of ordinary demand.

    Attributes:
        each: of every period, past and ahead, shape (series, periods + protection), zero or above.
        ahead: mean of the protection period after each period, as it was told then, shape (series, periods), above zero.
        plain: of the protection period with nothing planned, shape (series, protection).
    """

    each: Cells
    ahead: Cells
    plain: Cells

    def block(self, rows: slice) -> Factors:
        """Those of some series."""
        return Factors(self.each[rows], self.ahead[rows], self.plain[rows])

    def unplanned(self) -> Factors:
        """The same with nothing planned for the protection period."""
        count, last = self.ahead.shape[1], np.maximum(self.plain.mean(axis=1, keepdims=True), CLOSED)
        each = np.concatenate([self.each[:, :count], self.plain], axis=1)
        return Factors(each, np.concatenate([self.ahead[:, :-1], last.astype(np.float32)], axis=1), self.plain)

    def ordinary(self, wanted: Cells) -> Cells:
        """Demand without them, shape (series, periods); on days that are always closed that of the day before."""
        past = self.each[:, : wanted.shape[1]]
        is_open = past > CLOSED
        found = np.where(is_open, wanted / np.where(is_open, past, np.float32(1)), np.float32(np.nan))
        return found if is_open.all() else np.where(np.isnan(wanted), np.float32(np.nan), np.nan_to_num(carried(found)))


def factors_of(
    wanted: Cells, frequency: Frequency, price: Cells | None, promotion: Cells | None, protection: int, learned: int
) -> Factors | None:
    """Those of a history, of which the first `learned` periods are learned from; None when all periods are alike.

    Args:
        wanted: units, shape (series, periods); NaN where not known.
        frequency: of the periods.
        price, promotion: if they are planned, of the periods, the protection period as planned and the same with nothing
            planned, shape (series, periods + 2 protection); else None.
        protection: periods ahead.
        learned: periods that are learned from.
    """
    periods = wanted.shape[1]
    seen = regressors(price, promotion, learned)
    found = None if seen is None else factors(wanted, seen, frequency, learned)
    if frequency is Frequency.DAY:
        place = np.concatenate([np.arange(periods + protection), periods + np.arange(protection)]) % 7
        week = week_profile(wanted[:, :learned]).astype(np.float32)[:, place]
        found = week if found is None else found * week
    if found is None:
        return None
    each, plain = found[:, : periods + protection], found[:, periods + protection :]
    ahead = Windows(each, np.arange(periods)).mean(protection, -protection)
    return Factors(each, np.maximum(ahead, CLOSED).astype(np.float32), plain)
