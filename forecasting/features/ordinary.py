"""Demand as it would have been in ordinary periods, and what promotions, prices, events and days of the week make of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecasting.features.effects import factors
from forecasting.features.equations import FARTHEST
from forecasting.features.occasions import Occasions
from forecasting.features.regressors import regressors
from forecasting.features.week import CLOSED, week_profile
from forecasting.features.windows import Windows, carried
from forecasting.panel.panel import Cells
from forecasting.panel.periods import Frequency

QUARTER: Final = {Frequency.DAY: 91, Frequency.WEEK: 13, Frequency.MONTH: 6}
"""Periods that a level, a share or a spread is taken over."""
QUIET: Final = 0.25
"""A period of which events leave less tells nothing of an ordinary one."""
YEAR: Final = {Frequency.DAY: 364, Frequency.WEEK: 52, Frequency.MONTH: 12}
"""Periods of a year, whole weeks of days."""


@dataclass(frozen=True, slots=True, eq=False)
class Factors:
    """What is made of ordinary demand.

    Attributes:
        each: of every period, past and ahead, shape (series, periods + protection), zero or above.
        ahead: mean of the protection period after each period, as it was told then, shape (series, periods), above zero.
        plain: of the protection period with nothing planned, shape (series, protection).
        quiet: periods in which events leave hardly any demand, shape (series, periods); None without events.
        kinds: types of events that are taken out.
        of_events: logarithm of what each of them makes of the protection period, shape (kinds, series, protection).
    """

    each: Cells
    ahead: Cells
    plain: Cells
    quiet: NDArray[np.bool_] | None = None
    kinds: tuple[str, ...] = ()
    of_events: Cells | None = None

    def block(self, rows: slice) -> Factors:
        """Those of some series."""
        quiet = None if self.quiet is None else self.quiet[rows]
        of_events = None if self.of_events is None else self.of_events[:, rows]
        return Factors(self.each[rows], self.ahead[rows], self.plain[rows], quiet, self.kinds, of_events)

    def unplanned(self) -> Factors:
        """The same with nothing planned for the protection period."""
        return self._with_ahead(self.plain, self.plain)

    def without(self, kinds: Collection[str]) -> Factors:
        """The same without what events of some types do in the protection period."""
        if self.of_events is None:
            return self
        left = np.array([kind not in kinds for kind in self.kinds])
        logs = self.of_events.sum(axis=0), self.of_events[left].sum(axis=0)
        ratio = np.exp(np.subtract(*(np.clip(log, -FARTHEST, FARTHEST) for log in logs[::-1])))
        of_events = np.where(left[:, None, None], self.of_events, np.float32(0))
        return replace(self._with_ahead(self.each[:, self.ahead.shape[1] :] * ratio, self.plain * ratio), of_events=of_events)

    def _with_ahead(self, each: Cells, plain: Cells) -> Factors:
        """The same with other ones of the protection period, and those with nothing planned."""
        count, last = self.ahead.shape[1], np.maximum(each.mean(axis=1, keepdims=True), CLOSED)
        whole = np.concatenate([self.each[:, :count], each], axis=1)
        ahead = np.concatenate([self.ahead[:, :-1], last.astype(np.float32)], axis=1)
        return replace(self, each=whole, ahead=ahead, plain=plain)

    def ordinary(self, wanted: Cells) -> Cells:
        """Demand without them, shape (series, periods); on days that are always closed that of the day before, and not known
        where events leave hardly any: a few units would stand for very many."""
        past = self.each[:, : wanted.shape[1]]
        if self.quiet is not None:
            wanted = np.where(self.quiet, np.float32(np.nan), wanted)
        is_open = past > CLOSED
        found = np.where(is_open, wanted / np.where(is_open, past, np.float32(1)), np.float32(np.nan))
        return found if is_open.all() else np.where(np.isnan(wanted), np.float32(np.nan), np.nan_to_num(carried(found)))


def factors_of(
    wanted: Cells,
    frequency: Frequency,
    price: Cells | None,
    promotion: Cells | None,
    protection: int,
    learned: int,
    occasions: Occasions | None = None,
) -> Factors | None:
    """Those of a history, of which the first `learned` periods are learned from; None when all periods are alike.

    Args:
        wanted: units, shape (series, periods); NaN where not known.
        frequency: of the periods.
        price, promotion: if they are planned, of the periods, the protection period as planned and the same with nothing
            planned, shape (series, periods + 2 protection); else None.
        protection: periods ahead.
        learned: periods that are learned from.
        occasions: types of events of the periods and of those ahead.
    """
    periods = wanted.shape[1]
    seen = regressors(price, promotion, learned, occasions)
    effects = None if seen is None else factors(wanted, seen, frequency, learned)
    found = None if effects is None else effects.each
    if frequency is Frequency.DAY:
        place = np.concatenate([np.arange(periods + protection), periods + np.arange(protection)]) % 7
        week = week_profile(wanted[:, :learned]).astype(np.float32)[:, place]
        found = week if found is None else found * week
    if found is None:
        return None
    each, plain = found[:, : periods + protection], found[:, periods + protection :]
    ahead = Windows(each, np.arange(periods)).mean(protection, -protection)
    factors_ahead = np.maximum(ahead, CLOSED).astype(np.float32)
    if effects is None or effects.events is None or occasions is None:
        return Factors(each, factors_ahead, plain)
    quiet = effects.events[:, :periods] < QUIET
    return Factors(each, factors_ahead, plain, quiet, occasions.kinds, effects.ahead)
