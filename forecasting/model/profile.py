"""How a sum over the protection period falls on its single periods."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from forecasting.features.ordinary import YEAR
from forecasting.features.planned import moves, unplanned
from forecasting.features.view import History
from forecasting.features.week import week_profile
from forecasting.forecast import Forecast, Horizon
from forecasting.panel.periods import Frequency
from forecasting.parameters import Floats, ParameterError

FEWEST_YEARS: Final = 2


def spread(sums: Forecast, seen: History) -> Forecast:
    """Sums with the single periods that they fall on; `seen` holds every series, for they share their weeks. What comes of a
    plan falls on the periods that something is planned for."""
    if sums.of_plan is None:
        return replace(sums, by_period=sums.mean[:, None] * shares(seen))
    usual = (sums.mean - sums.of_plan)[:, None] * shares(unplanned(seen))
    by_period = usual + sums.of_plan[:, None] * shares_of_plan(seen)
    below = (by_period < 0).any(axis=1)
    left = np.maximum(by_period[below], 0.0)
    by_period[below] = left * (sums.mean[below] / np.maximum(left.sum(axis=1), 1e-9))[:, None]
    return replace(sums, by_period=by_period)


def until_withdrawn(forecast: Forecast, horizon: Horizon) -> Forecast:
    """Only what falls on the time in which each series can still be had."""
    on_sale = horizon.plan.get("on_sale")
    if on_sale is None or forecast.by_period is None:
        return forecast
    if on_sale.shape != forecast.by_period.shape:
        raise ParameterError("plan of on_sale", f"of shape {on_sale.shape}", f"of shape {forecast.by_period.shape}")
    by_period = forecast.by_period * np.clip(on_sale, 0, 1)
    whole = np.where(forecast.mean > 0, forecast.mean, 1.0)
    part = np.where(forecast.mean > 0, by_period.sum(axis=1) / whole, on_sale.mean(axis=1))
    planned = None if forecast.of_plan is None else forecast.of_plan * part
    events = None if forecast.events is None else forecast.events.times(part)
    mean, quantiles = forecast.mean * part, forecast.quantiles * part[:, None]
    return replace(forecast, mean=mean, quantiles=quantiles, by_period=by_period, of_plan=planned, events=events)


def shares(history: History) -> Floats:
    """Share of the sum that falls on each period ahead, shape (series, protection), 1 in all.

    Days follow the days of the week, the series' own as far as it has sold; weeks and months follow what all series did
    in the same stretch of the years before, once there are two of them; and all of them what is planned.
    """
    ahead, count = history.protection, len(history.periods)
    factor = np.ones((len(history.wanted), ahead)) if history.factor is None else history.factor.each[:, count:]
    if history.periods.frequency is Frequency.DAY:
        if history.factor is None:
            factor = week_profile(history.wanted)[:, (count + np.arange(ahead)) % 7]
        return _normal(np.asarray(factor, np.float64))
    return _normal(np.asarray(_of_year(history) * factor))


def _of_year(history: History) -> Floats:
    ahead, count = history.protection, len(history.periods)
    year = YEAR[history.periods.frequency]
    if count < FEWEST_YEARS * year or ahead == 1:
        return np.full(ahead, 1 / ahead)
    _, came, *_ = history.groups[0]
    place = count + np.arange(ahead)
    years = range(1, 1 + count // year)
    seen = [came[0, back] for number in years if (back := place - number * year * -(-ahead // year)).min() >= 0]
    pool = np.sum([part / max(float(part.sum()), 1e-9) for part in seen], axis=0)
    return np.asarray(_normal(pool[None] + 0.5 / ahead)[0])


def shares_of_plan(history: History) -> Floats:
    """Share of what comes of a plan that falls on each period ahead, shape (series, protection), 1 in all: by how much is
    planned for it."""
    return _normal(moves(history).astype(np.float64))


def _normal(weights: Floats) -> Floats:
    total = weights.sum(axis=1, keepdims=True)
    return np.where(total > 0, weights / np.where(total > 0, total, 1), 1 / weights.shape[1])
