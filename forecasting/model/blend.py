"""Simple methods weighed by what they were worth so far, on ordinary demand: they stand in where there is too little for trees.

Means of a month, a quarter, a year and all time, smoothing, TSB, the same stretches of earlier years, and the quarter's and
year's mean as these were to it. A weight is a power of the inverse of what a method missed at all earlier origins (Bates and
Granger 1969; of powers Stock and Watson 2004), the same for every series: a few series tell too little of each. Quantiles are
past sums over what the blend expected of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from forecasting.baselines.errors_by_size import errors_by_size
from forecasting.baselines.intermittent import tsb
from forecasting.baselines.moving import moving_average
from forecasting.baselines.quantiles import count_quantiles
from forecasting.baselines.smoothing import smoothed_best
from forecasting.calendar.ahead import EventsAhead
from forecasting.calendar.event import Event
from forecasting.features.future import learned_events
from forecasting.features.ordinary import QUARTER, YEAR
from forecasting.features.planned import unplanned
from forecasting.features.table import Rows
from forecasting.features.view import History, history_of
from forecasting.features.windows import Windows
from forecasting.forecast import Forecast, Horizon
from forecasting.metrics import LEVELS, rolling_sums
from forecasting.model.moved import at_the_end, of_events
from forecasting.model.profile import shares
from forecasting.panel.panel import Panel
from forecasting.panel.periods import Frequency
from forecasting.parameters import Floats

MONTH: Final = {Frequency.DAY: 28, Frequency.WEEK: 4, Frequency.MONTH: 3}
"""Periods of the shortest mean, and of a stretch that tells of a season."""
SHARPNESS: Final = 4
"""Power of the inverse mean square: with 1 all methods count nearly alike, for they err together."""
POWER: Final = 1.5
"""Of the mean, to which the variance of demand grows: errors of large series count less. Taylor's law, Kendal 2004."""
CUT: Final = 0.9
"""Share of a series' squared errors beyond which they count as much as this one: one huge order, in which all methods miss the
same, would hide what they miss otherwise."""
FEWEST_ORIGINS: Final = 8
"""With fewer all methods count alike."""
FARTHEST: Final = 5.0
"""So many times its level, or a fraction of it, a series may have been wanted a year ago; see also `_without_huge`."""


def blend(
    history: Panel,
    horizon: Horizon,
    columns: tuple[str, ...],
    events: Iterable[Event] = (),
    kinds: tuple[str, ...] | None = None,
) -> Forecast:
    """Forecast every series that is on sale; what is planned of `columns` and events of the types `kinds`, beside those of the
    history, are looked at ahead."""
    seen = history_of(history, horizon, columns, events, kinds=kinds)
    sums = _sums(seen)
    came = rolling_sums(seen.wanted.astype(np.float64), horizon.protection)[:, 1:].T
    known = len(came)
    begun = _begun(seen, known)
    expected = np.maximum(np.tensordot(_weights(sums[:, begun:known], came[begun:]), sums, 1), 0.0)
    mean = np.where(history.on_sale()[:, -1], np.nan_to_num(expected[-1]), np.nan)
    errors = errors_by_size(expected[begun:known], came[begun:], LEVELS)
    quantiles = count_quantiles(mean, came - expected[:known], LEVELS) if errors is None else errors.about(mean)
    return Forecast(mean, quantiles, mean[:, None] * shares(seen), events=_of_events(seen, mean) if kinds else None)


def _of_events(seen: History, mean: Floats) -> EventsAhead:
    """What events add to it with nothing planned."""

    def factor(history: History, rows: Rows) -> Floats:
        found = np.ones(len(rows)) if history.factor is None else history.factor.ahead[rows.series, -1].astype(np.float64)
        return np.asarray(found)

    on_sale = ~np.isnan(mean)
    every = at_the_end(seen, np.ones(len(mean), bool))
    ordinary = mean / factor(seen, every)
    learned = learned_events(seen.events, (), seen.periods.last_day, seen.kinds)
    usual = ordinary * factor(unplanned(seen), every)
    return of_events(seen, on_sale, usual, lambda history, rows: ordinary[rows.series] * factor(history, rows), learned)


def _sums(seen: History) -> Floats:
    """What each method expects of the sum after each period, shape (methods, periods, series)."""
    demand, frequency = _without_huge(np.ascontiguousarray(seen.demand.T, dtype=np.float64)), seen.periods.frequency
    lengths = (MONTH[frequency], QUARTER[frequency], YEAR[frequency], len(demand))
    rates = [method(demand) for method in (smoothed_best(), tsb(), *map(moving_average, lengths))]
    rates += [_as_in_earlier_years(seen, rates[place], is_level) for place, is_level in ((4, False), (3, True), (4, True))]
    factor = 1.0 if seen.factor is None else seen.factor.ahead.T.astype(np.float64)
    return np.stack(rates) * factor * seen.protection


def _without_huge(demand: Floats) -> Floats:
    """Demand, shape (periods, series), a period of which counts `FARTHEST` times what nine of ten with demand are below of, at
    most: long means would remember one order for years."""
    ordered = np.sort(np.where(demand > 0, demand, np.nan), axis=0)  # NaN last
    last = np.maximum((~np.isnan(ordered)).sum(axis=0) - 1, 0)
    usual = np.take_along_axis(ordered, np.floor(CUT * last).astype(np.int64)[None], axis=0)
    return np.fmin(demand, FARTHEST * usual)


def _as_in_earlier_years(seen: History, level: Floats, is_scaled: bool) -> Floats:
    """The mean of the same stretches in the years before, or the level, shape (periods, series), times the mean of what they
    were over the level then; the level where there are none."""
    ahead, year = seen.protection, YEAR[seen.periods.frequency]
    more = max(MONTH[seen.periods.frequency] - ahead, 0) // 2  # a short stretch alone is mostly chance
    total, years = np.zeros(level.shape), np.zeros(level.shape)
    for back in range(_first_year(seen), len(level), year):
        origins = np.arange(back, len(level))
        then, was = Windows(seen.demand, origins).mean(ahead + 2 * more, back - ahead - more).T, level[: len(level) - back]
        known = (was > 0) & ~np.isnan(then)
        ratio = np.where(known, then, 0.0) / np.where(known, was, 1.0)
        total[back:] += np.clip(ratio, known / FARTHEST, FARTHEST) * level[back:] if is_scaled else np.where(known, then, 0.0)
        years[back:] += known
    return np.where(years > 0, total / np.maximum(years, 1), level)


def _first_year(seen: History) -> int:
    """Periods from an origin back to the same place of the latest year whose stretch is over."""
    year = YEAR[seen.periods.frequency]
    return year * -(-seen.protection // year)


def _begun(seen: History, known: int) -> int:
    """The first of the `known` origins that count: each method has seen what it goes by, a year where there are two."""
    year = _first_year(seen)
    return year if known - year >= max(FEWEST_ORIGINS, year // 4) else MONTH[seen.periods.frequency]


def _weights(sums: Floats, came: Floats) -> Floats:
    """Of each method, by what it expected, shape (methods, origins, series), and what came, (origins, series)."""
    usable = ~np.isnan(came) & ~np.isnan(sums).any(axis=0)
    if usable.any(axis=1).sum() < FEWEST_ORIGINS or not came[usable].any():
        return np.full(len(sums), 1 / len(sums))
    usual = np.where(usable, came, 0.0).sum(axis=0) / np.maximum(usable.sum(axis=0), 1)
    misses = np.where(usable, np.square(came - sums), np.nan) / np.maximum(usual, 1.0) ** POWER
    seen = usable.any(axis=0)
    misses = np.minimum(misses[..., seen], np.nanquantile(misses[..., seen], CUT, axis=(0, 1)))
    losses = np.nansum(misses, axis=(1, 2))
    weights = (losses.min() / np.maximum(losses, 1e-12)) ** SHARPNESS if losses.min() > 0 else (losses == 0).astype(np.float64)
    return np.asarray(weights / weights.sum())
