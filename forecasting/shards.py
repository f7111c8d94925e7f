"""Forecasts in shards: ranges of series, each a piece of work."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecasting.calendar.ahead import one_below_the_other
from forecasting.features.view import History
from forecasting.forecast import Forecast, Forecaster, Horizon
from forecasting.model.model import Model
from forecasting.model.profile import spread
from forecasting.panel.panel import Panel
from forecasting.work import Progress, Runner, ranges, silent

SHARD: Final = 20_000
"""Series of a shard."""


class _Asked(NamedTuple):
    """What every shard needs. Features of a series know what its kin did, so the history is made ready once, as a whole."""

    model: Model
    seen: History
    on_sale: NDArray[np.bool_]


def forecast_in_shards(
    runner: Runner, model: Model, history: Panel, horizon: Horizon, progress: Progress = silent, size: int = SHARD
) -> Forecast:
    """`Model.forecast`, in shards of `size` series; the same forecast."""
    if model.stands_in:
        return model.forecast(history, horizon)
    asked = _Asked(model, model.ready(history, horizon), history.on_sale()[:, -1])
    parts = runner.run(_shard, asked, list(ranges(len(history), size)), "forecast", progress)
    mean, quantiles = (np.concatenate([getattr(part, name) for part in parts]) for name in ("mean", "quantiles"))
    planned = [part.of_plan for part in parts if part.of_plan is not None]
    events = [part.events for part in parts if part.events is not None]
    whole = Forecast(
        mean, quantiles, of_plan=np.concatenate(planned) if planned else None,
        events=one_below_the_other(events) if events else None, trees=model.pools.told,
    )  # fmt: skip
    return spread(whole, asked.seen)


def forecast_whole(
    runner: Runner, forecaster: Forecaster, history: Panel, horizon: Horizon, progress: Progress = silent
) -> Forecast:
    """The forecast of any other forecaster, which looks at all series together: one piece of work."""
    return runner.run(_whole, (forecaster, history), [horizon], "forecast", progress)[0]


def _shard(asked: _Asked, part: slice) -> Forecast:
    return asked.model.part(asked.seen.block(part), asked.on_sale[part])


def _whole(asked: tuple[Forecaster, Panel], horizon: Horizon) -> Forecast:
    forecaster, history = asked
    return forecaster(history, horizon)
