"""Every kind of shop with events, by name: 40 SKUs unless it says otherwise."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np

from forecasting.calendar.great_britain import great_britain
from forecasting.calendar.lunar import LUNAR_NEW_YEAR, festival
from forecasting.panel.periods import Frequency
from tests.benchmarks.forecasting.kinds.making import FIRST, Chance, season
from tests.benchmarks.forecasting.occasions.making import AHEAD, Kind, Shop, days_from, on_days, on_weeks, rates, shop, spaced

DAY, AHEAD_DAYS = Frequency.DAY, AHEAD[Frequency.DAY].protection


def own(chance: Chance, series: int = 40, weeks: int = 60, missing: float = 0.0, depths: bool = False) -> Shop:
    """Each SKU its own in a fifth of the weeks; one ahead."""
    on = chance.random((series, weeks + 3)) < 0.2
    on[:, weeks:] = np.arange(3) == chance.integers(0, 3, (series, 1))
    depth = np.where(on, chance.choice([0.1, 0.2, 0.3, 0.4, 0.5], on.shape) if depths else 1.0, 0.0)
    lift = np.exp(3 * depth) if depths else np.where(on, 3.0, 1.0)
    short = None
    if missing:
        share = chance.choice([0.2, 0.6, 0.8], (series, weeks))
        short = np.where(on[:, :weeks] & (chance.random((series, weeks)) < missing), share, 1.0)
    cells = np.argwhere(on).tolist()
    events = [one for sku, week in cells for one in on_weeks("offer", [week], sku, float(depth[sku, week]))]
    return shop(chance, rates(chance, series, weeks), lift, events, in_stock_share=short)


def own_days(chance: Chance) -> Shop:
    """27 weeks by the day, each SKU its own in 15 % of the weeks."""
    weeks, series = 27, 40
    on = chance.random((series, weeks + 3)) < 0.15
    on[:, weeks:] = np.arange(3) == chance.integers(0, 3, (series, 1))
    events = [one for sku, week in np.argwhere(on).tolist() for one in on_weeks("offer", [week], sku)]
    return shop(chance, rates(chance, series, 7 * weeks, DAY), np.where(on, 3.0, 1.0).repeat(7, axis=1), events, DAY)


def common(chance: Chance, series: int = 40, weeks: int = 60, shock: float = 0.0) -> Shop:
    """Of all SKUs, in a fifth of the weeks; one ahead."""
    on = chance.random(weeks + 3) < 0.2
    on[weeks:] = np.arange(3) == chance.integers(0, 3)
    usual = rates(chance, series, weeks) * np.exp(chance.normal(0, shock, weeks + 3) * (np.arange(weeks + 3) < weeks))
    return shop(chance, usual, np.where(on, 3.0, 1.0), on_weeks("fair", np.flatnonzero(on)))


def common_days(chance: Chance, weeks: int, least: int, most: int) -> Shop:
    """By the day, of all SKUs for 3 days, so many weeks apart."""
    lift, events = np.ones(7 * weeks + AHEAD_DAYS), []
    for week in spaced(chance, weeks + 2, least, most):
        first = 7 * week + int(chance.integers(0, 5))
        lift[first : first + 3] = 3.0
        events.append(on_days("fair", first, 3))
    return shop(chance, rates(chance, 40, 7 * weeks, DAY), lift, events, DAY)


def lunar(chance: Chance, by_day: bool) -> Shop:
    """Lunar New Year, a week of its own each year, four of them, that halves demand; the fifth is ahead; a season beside it."""
    days = [days_from(festival(LUNAR_NEW_YEAR, year)) - 1 for year in range(FIRST.year, FIRST.year + 5)]
    end = 7 * (days[-1] // 7 - int(chance.integers(0, 2)))
    count = end + AHEAD_DAYS
    lift = np.ones(count)
    for first in days:
        lift[first : first + 7] = 0.5
    events = [on_days("Lunar New Year", first, 7) for first in days]
    wave = season(count, 365.25, chance.uniform(0, 0.3, (40, 1)), np.full((40, 1), 0.2))
    usual = rates(chance, 40, end, DAY) * wave
    if by_day:
        return shop(chance, usual, lift, events, DAY)
    return _by_week(chance, usual, lift, events)


def _by_week(chance: Chance, usual: np.ndarray, lift: np.ndarray, events: list) -> Shop:
    weekly, lifted = (cells.reshape(len(usual), -1, 7).sum(axis=2) for cells in (usual, usual * lift))
    return shop(chance, weekly, lifted / weekly, events)


def new(chance: Chance) -> Shop:
    """Offers as above, and ahead the first of a type that has never been and doubles demand; offers none."""
    series, weeks = 40, 60
    on = chance.random((series, weeks + 3)) < 0.2
    on[:, weeks:] = False
    events = [one for sku, week in np.argwhere(on).tolist() for one in on_weeks("offer", [week], sku)]
    lift = np.where(on, 3.0, 1.0)
    lift[:, weeks + 1] = 2.0
    return shop(chance, rates(chance, series, weeks), lift, [*events, *on_weeks("gala", [weeks + 1])])


def once(chance: Chance, height: float = 3.0) -> Shop:
    """Of all SKUs, seen once in 60 weeks; each week all SKUs have in common a shock of a tenth."""
    weeks = 60
    lift = np.ones(weeks + 3)
    seen = [int(chance.integers(15, 45)), weeks + int(chance.integers(0, 3))]
    lift[seen] = height
    shock = np.exp(chance.normal(0, 0.1, weeks + 3) * (np.arange(weeks + 3) < weeks))
    return shop(chance, rates(chance, 40, weeks) * shock, lift, on_weeks("jubilee", seen))


def overlapping(chance: Chance) -> Shop:
    """Offers of each SKU that triple demand and fairs of all that make it half as much again, both in one week at times, ahead
    too."""
    series, weeks = 40, 60
    offers, fairs = chance.random((series, weeks + 3)) < 0.15, chance.random(weeks + 3) < 0.2
    offers[:, weeks:], fairs[weeks:] = False, False
    both = weeks + int(chance.integers(0, 3))
    offers[:, both], fairs[both] = chance.random(series) < 0.5, True
    events = [one for sku, week in np.argwhere(offers).tolist() for one in on_weeks("offer", [week], sku)]
    lift = np.where(offers, 3.0, 1.0) * np.where(fairs, 1.5, 1.0)
    return shop(chance, rates(chance, series, weeks), lift, [*events, *on_weeks("fair", np.flatnonzero(fairs))])


def holidays(chance: Chance, by_day: bool) -> Shop:
    """Three years of what England keeps, of which Christmas, Easter and Black Friday move demand and others do not; a season;
    common shocks of a twentieth; the third time of one of these ahead."""
    told = [one for year in range(FIRST.year, FIRST.year + 4) for one in great_britain(year)]
    heights = {"Christmas": 0.3, "Easter": 1.6, "Black Friday": 2.0}
    kind = str(chance.choice([*heights]))
    goal = [one for one in told if one.kind == kind]
    end = 7 * (days_from(goal[2].start) // 7 - int(chance.integers(0, 2)))
    count = end + AHEAD_DAYS
    lift = np.ones(count)
    for one in told:
        place = days_from(one.start)
        lift[max(place, 0) : max(place + (one.end - one.start).days + 1, 0)] *= heights.get(one.kind, 1.0)
    wave = season(count, 365.25, chance.uniform(0, 0.3, (40, 1)), np.full((40, 1), 0.2))
    shock = np.exp(chance.normal(0, 0.05, count) * (np.arange(count) < end))
    usual = rates(chance, 40, end, DAY) * wave * shock
    return shop(chance, usual, lift, told, DAY) if by_day else _by_week(chance, usual, lift, told)


def idle(chance: Chance) -> Shop:
    """Ten types of all SKUs, each six times in two years, that do nothing, one of them ahead; common shocks of a tenth."""
    weeks = 104
    usual = rates(chance, 40, weeks) * np.exp(chance.normal(0, 0.1, weeks + 3) * (np.arange(weeks + 3) < weeks))
    events = [one for kind in range(10) for one in on_weeks(f"day {kind}", chance.choice(weeks, 6, replace=False))]
    return shop(chance, usual, np.ones(weeks + 3), [*events, *on_weeks("day 3", [weeks + 1])])


def fatigue(chance: Chance, types: int = 1) -> Shop:
    """Offers of each SKU in a tenth of the weeks that triple demand, and take a third off the next week; other types of offers
    double it, and take nothing."""
    series, weeks = 40, 80
    on = chance.random((types, series, weeks + 3)) < 0.1
    on[:, :, weeks - 1 :] = False
    on[:, np.arange(series), weeks] = chance.integers(0, types, series) == np.arange(types)[:, None]
    after = np.zeros(on.shape[1:], bool)
    after[:, 1:] = on[0, :, :-1]
    lift = np.where(after, 2 / 3, 1.0) * np.where(on[0], 3.0, 1.0) * 2.0 ** on[1:].sum(axis=0)
    cells = np.argwhere(on).tolist()
    events = [one for kind, sku, week in cells for one in on_weeks(f"offer {kind}", [week], sku)]
    return shop(chance, rates(chance, series, weeks), lift, events)


KINDS: Final[dict[str, Kind]] = {
    "own": Kind("60 weeks, each SKU its own in a fifth of the weeks", own),
    "own, 200": Kind("the same, 200 SKUs", partial(own, series=200)),
    "depths": Kind("the same, of five depths", partial(own, depths=True)),
    "short": Kind("the same, short of stock in half of them", partial(own, missing=0.5)),
    "common": Kind("60 weeks, of all SKUs in a fifth of the weeks", common),
    "common, 120": Kind("the same, 120 weeks", partial(common, weeks=120)),
    "common, 200": Kind("the same, 60 weeks, 200 SKUs", partial(common, series=200)),
    "shocks": Kind("the same, 40 SKUs, weeks in common a fifth up or down", partial(common, shock=0.2)),
    "own days": Kind("27 weeks by the day, each SKU its own in 15 % of the weeks", own_days),
    "days apart": Kind(
        "27 weeks by the day, of all SKUs for 3 days, 4 to 6 weeks apart", partial(common_days, weeks=27, least=4, most=6)
    ),
    "days, 60": Kind("60 weeks of the same", partial(common_days, weeks=60, least=4, most=6)),
    "days close": Kind("27 weeks, 2 to 3 weeks apart", partial(common_days, weeks=27, least=2, most=3)),
    "lunar": Kind("Lunar New Year, four of them by the week", partial(lunar, by_day=False)),
    "lunar days": Kind("Lunar New Year, four of them by the day", partial(lunar, by_day=True)),
    "new": Kind("a type that has never been", new),
    "once": Kind("a type that has been once", once),
    "overlapping": Kind("offers and fairs in one week", overlapping),
    "holidays": Kind("England's holidays, by the week", partial(holidays, by_day=False)),
    "holidays, days": Kind("England's holidays, by the day", partial(holidays, by_day=True)),
    "idle": Kind("ten types that do nothing", idle),
    "fatigue": Kind("offers that take from the week after", fatigue),
    "three": Kind("the same beside two types that take nothing", partial(fatigue, types=3)),
}
