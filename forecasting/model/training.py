"""From a history to what heads are fitted on: rows, matrix, target, and which rows are held out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from forecasting.calendar.event import Event, joined, known_at
from forecasting.calendar.holidays import holidays
from forecasting.features.occasions import looked_at
from forecasting.features.ordinary import YEAR
from forecasting.features.table import BLOCK_CELLS, Matrix, Rows, ahead, features_of, matrix, sums_ahead
from forecasting.features.view import History, history_of
from forecasting.features.windows import Places
from forecasting.forecast import Horizon
from forecasting.metrics import naive_scale
from forecasting.model.heads import BINNING, Head
from forecasting.model.pools import NO_POOLS, Members, Pools, candidates
from forecasting.model.settings import Settings
from forecasting.panel.panel import Panel
from forecasting.panel.periods import Periods
from forecasting.parameters import Floats

LARGEST_RATIO: Final = 200.0
"""Of a sum to its scale; beyond, a row teaches only that it was very large."""
FEWEST_ROWS: Final = 400
"""Below, and below `FEWEST_ORIGINS`, there is nothing to learn that a simple method does not know."""
FEWEST_ORIGINS: Final = 4
HELD_OUT: Final = 0.25
"""Share of the origins, the latest ones, that are held out to calibrate; at most `MOST_HELD_OUT` protection periods of them."""
MOST_HELD_OUT: Final = 4


@dataclass(frozen=True, slots=True, eq=False)
class Training:
    """What is fitted on; pure data, to be shared by every piece of work.

    Attributes:
        names: of the features.
        features: shape (rows, features).
        rows: series and origin of each.
        sums: demand over the protection period after each origin, units.
        scale: the level then, times the protection period, units.
        weight: recency.
        held_out: rows that calibrate; their sums begin after every sum of `early` has ended.
        early: rows that are fitted on to forecast the held-out ones.
        candidates: ways to part the rows into pools.
        pools, members: the way that was chosen.
        naive: what the naive forecast of a sum misses before the held-out rows, shape (series,), units; NaN when not known.
        too_short: why there is nothing to fit; empty when there is.
    """

    names: tuple[str, ...]
    features: Matrix
    rows: Rows
    sums: Floats
    scale: Floats
    weight: Floats
    held_out: NDArray[np.bool_]
    early: NDArray[np.bool_]
    naive: Floats
    candidates: list[tuple[Pools, Members]]
    members: Members
    pools: Pools = NO_POOLS
    too_short: str = ""

    def weights(self, head: Head) -> NDArray[np.float32]:
        """Of each row, for one head; 1 on average, so that they are of a size whatever the units."""
        weight: Floats = self.weight * self.scale**head.scale_power
        return np.asarray(weight / weight.mean(), np.float32)

    @property
    def target(self) -> NDArray[np.float32]:
        """The sum over the scale."""
        return np.minimum(self.sums / self.scale, LARGEST_RATIO).astype(np.float32)


def prepare(panel: Panel, horizon: Horizon, settings: Settings) -> Training:
    """Rows, matrix and target of everything that is known at the end of `panel` (at least one period)."""
    history = ready_to_learn(panel, horizon, settings)
    rows = _drawn(_rows(history), history, settings)
    sums = sums_ahead(history, rows)
    origins = np.unique(rows.origins)
    too_short = ""
    if len(origins) < FEWEST_ORIGINS or len(rows) < FEWEST_ROWS:
        too_short = f"{len(rows)} rows at {len(origins)} origins: {FEWEST_ROWS} and {FEWEST_ORIGINS} are needed"
    elif not sums.any():
        too_short = "nothing was wanted in any row"
    if too_short:
        rows, sums = Rows(rows.series[:0], rows.origins[:0]), sums[:0]
    names = tuple(features_of(history))
    held_out, early = _split(rows.origins, horizon.protection)
    age = (len(panel.periods) - 1 - rows.origins) / YEAR[panel.periods.frequency]
    features = matrix(history, rows, names)
    before = int(rows.origins[held_out].min(initial=len(panel.periods))) + 1
    naive = naive_scale(history.wanted[:, :before].astype(np.float64), horizon.protection, 1)
    return Training(
        names=names,
        features=features,
        rows=rows,
        sums=sums,
        scale=scale_of(history, rows),
        weight=0.5 ** (age / settings.half_life),
        held_out=held_out,
        early=early,
        naive=np.where(naive > 0, naive, np.nan),
        candidates=candidates(history, rows, features, names, early),
        members=NO_POOLS.members(history, rows, features, names),
        too_short=too_short,
    )


def ready_to_learn(panel: Panel, horizon: Horizon, settings: Settings) -> History:
    """The history with factors learned from what lies before the rows that are held out: those are to judge them too."""
    planned = tuple(sorted(horizon.plan))
    origins = len(panel.periods) - horizon.protection
    learned = max(origins - _held_out(max(origins, 0), horizon.protection), 1)
    told, kinds = all_events(panel.periods, horizon.protection, settings), kinds_of(panel, horizon, settings)
    return history_of(panel, horizon, planned, told, learned, kinds=kinds)


def kinds_of(panel: Panel, horizon: Horizon, settings: Settings) -> tuple[str, ...]:
    """Types of events that a model fitted on the panel looks at."""
    told = joined(all_events(panel.periods, horizon.protection, settings), panel.events)
    return looked_at(known_at(told, panel.periods.last_day), panel.series["sku"].to_list(), panel.periods)


def all_events(periods: Periods, protection: int, settings: Settings) -> Iterable[Event]:
    """Holidays of the country around the periods, and the events of the settings."""
    if settings.country is None:
        return settings.events
    year = timedelta(days=366)
    ahead = periods.ahead(protection)
    return (*holidays(settings.country, periods.first - year, ahead.last_day + year), *settings.events)


def scale_of(history: History, rows: Rows) -> Floats:
    """The level at each row's origin times the protection period and its factor, units."""
    level = history.level[rows.series, rows.origins].astype(np.float64)
    return level * history.protection * ahead(history, rows)


def bins(training: Training, chosen: NDArray[np.bool_] | None) -> lgb.Dataset:
    """The chosen rows (all when None), binned: the slow part of a fit, done once for many heads."""
    rows = slice(None) if chosen is None else chosen
    data = lgb.Dataset(training.features[rows], training.target[rows], params=BINNING)
    return data.construct()


def _rows(history: History) -> Rows:
    """Every origin from a series' first known period on, after which the whole sum is known; its own may be censored."""
    last = len(history.periods) - history.protection
    usable = np.zeros(history.wanted.shape, bool)
    step = max(BLOCK_CELLS // max(len(history.periods), 1), 1)
    for start in range(0, len(history.wanted) if last > 0 else 0, step):
        block = slice(start, start + step)
        known = ~np.isnan(history.wanted[block])
        holes = np.cumsum(~known, axis=1, dtype=np.int32)
        started = np.logical_or.accumulate(known[:, :last], axis=1)
        usable[block, :last] = started & (holes[:, history.protection :] == holes[:, :last])
    series, origins = np.nonzero(usable)
    return Rows(series, origins)


def _drawn(rows: Rows, history: History, settings: Settings) -> Rows:
    """At most `most_rows` of them: half of all places go by recency alone, half by recency and value.

    Sums that begin a day apart are nearly the same: where there are too many, days are left out before series are.
    """
    rows = _spaced(rows, history, settings.most_rows)
    if len(rows) <= settings.most_rows:
        return rows
    age = (len(history.periods) - 1 - rows.origins) / YEAR[history.periods.frequency]
    recency = 0.5 ** (age / settings.half_life)
    value = np.sqrt(history.level[rows.series, rows.origins])
    chance = recency / recency.sum() + recency * value / (recency * value).sum()
    # the largest of u^(1/w): a draw without putting back, by weight. Efraimidis and Spirakis 2006
    key = np.log(np.random.default_rng(settings.seed).random(len(rows))) / chance
    kept = np.sort(np.argpartition(-key, settings.most_rows)[: settings.most_rows])
    return Rows(rows.series[kept], rows.origins[kept])


def _spaced(rows: Rows, history: History, most: int) -> Rows:
    """Every so-manieth origin, counted from the latest; never further apart than a third of a sum, nor by whole weeks."""
    step = min(-(-len(rows) // most), history.protection // 3)
    if step < 2:
        return rows
    step -= step % 7 == 0
    kept = (rows.origins.max() - rows.origins) % step == 0
    return Rows(rows.series[kept], rows.origins[kept])


def _split(origins: Places, protection: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The latest origins, and those whose sums are over by the first of them; no row is both."""
    distinct = np.unique(origins)
    count = _held_out(len(distinct), protection)
    if count < 1:
        return np.zeros(len(origins), bool), np.zeros(len(origins), bool)
    first = distinct[-count]
    return origins >= first, origins + protection <= first


def _held_out(origins: int, protection: int) -> int:
    return min(int(origins * HELD_OUT), MOST_HELD_OUT * protection)
