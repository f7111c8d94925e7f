"""Fitting: prepare, train the pieces here or elsewhere, put them together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from forecasting.features.table import Rows
from forecasting.features.view import PLANNED
from forecasting.forecast import Horizon
from forecasting.metrics import LEVELS
from forecasting.model.calibration import Calibration, calibrate
from forecasting.model.choice import choose
from forecasting.model.combination import Combination, combine, told
from forecasting.model.model import Model
from forecasting.model.pieces import Trained, groups, in_order, train_group
from forecasting.model.pooled import SHARE, Pooled, pooled_errors, weighed
from forecasting.model.rhythm import RHYTHMS, rhythms
from forecasting.model.rivals import rival_sums
from forecasting.model.settings import RIVALS, Settings
from forecasting.model.stand_in import BLEND
from forecasting.model.training import Training, kinds_of, prepare, ready_to_learn
from forecasting.panel.panel import Panel
from forecasting.parameters import Floats
from forecasting.work import side_by_side

USUAL: Settings = Settings()


def fit(history: Panel, horizon: Horizon, settings: Settings = USUAL) -> Model:
    """Fit a model of the sum over the protection period.

    The same in pieces, for tasks that share `training`: `prepare`, `choose`, `train` of each of `pieces`, `assemble`.

    Args:
        history: up to the cut-off; at least one period.
        horizon: columns that its plan holds are looked at ahead, in the history as in forecasts to come.
        settings: with the seed.
    Returns:
        The model; with too little history one in which a baseline stands in, and that says so.
    """
    runner = side_by_side(settings.threads)
    training = choose(runner, prepare(history, horizon, settings), settings)
    work = groups(training, settings)
    trained = runner.run(train_group, (training, settings), work, "fit")
    return assemble(history, horizon, training, [one for group in trained for one in group], settings)


def assemble(history: Panel, horizon: Horizon, training: Training, trained: Iterable[Trained], settings: Settings) -> Model:
    """The model of all pieces, in whatever order they came."""
    trees: list[dict[str, str]] = [{}]
    judged = _Judged(Combination() if settings.mix is None else told(settings.mix), Calibration(), Pooled())
    if not training.too_short:
        trees, held = in_order(trained, training, settings)
        judged = _judge(history, horizon, training, held, settings) if held else _unjudged(history, horizon, settings)
    return Model(
        settings=settings,
        frequency=history.periods.frequency,
        lead_time=horizon.lead_time,
        review=horizon.review,
        planned=tuple(name for name in PLANNED if name in horizon.plan),
        names=training.names,
        trees=trees[0],
        pools=training.pools,
        own_trees=tuple(trees[1:]),
        combination=judged.combination,
        calibration=judged.calibration,
        pooled=judged.pooled,
        stands_in=training.too_short,
        is_adjusted=True,
        stand_in=BLEND,
        kinds=kinds_of(history, horizon, settings),
    )


class _Judged(NamedTuple):
    """What the held-out rows say of the heads."""

    combination: Combination
    calibration: Calibration
    pooled: Pooled


def _judge(history: Panel, horizon: Horizon, training: Training, held: dict[str, Floats], settings: Settings) -> _Judged:
    ours = np.flatnonzero(training.held_out)
    rows = Rows(training.rows.series[ours], training.rows.origins[ours])
    sums, scale = training.sums[ours], training.scale[ours]
    rhythm = rhythms(training.features[ours], training.names, history.periods.frequency)
    known = ready_to_learn(history, horizon, settings)
    rivals = rival_sums(RIVALS, known, rows)
    forecasts = {name: ratio * scale for name, ratio in held.items()} | rivals
    combination = combine(forecasts, sums, scale, rhythm) if settings.mix is None else told(settings.mix)
    mean, levels = combination.mean(forecasts, rhythm), np.column_stack([held[f"p{100 * level:g}"] for level in LEVELS])
    calibration = calibrate(levels, mean, sums, scale, rhythm)
    if settings.mix is not None:  # errors about a mean say nothing about a middle
        return _Judged(combination, calibration, Pooled())
    early = pooled_errors(known, int(rows.origins.min()) + 1)
    whole = pooled_errors(known, len(history.periods))
    quantiles = calibration.quantiles(levels, mean, scale, rhythm)
    return _Judged(combination, calibration, weighed(early, whole, quantiles, mean, sums, scale, rhythm))


def _unjudged(history: Panel, horizon: Horizon, settings: Settings) -> _Judged:
    """With no rows held out the pooled errors weigh as usual; a mix that was told has none."""
    if settings.mix is not None:
        return _Judged(told(settings.mix), Calibration(), Pooled())
    errors = pooled_errors(ready_to_learn(history, horizon, settings), len(history.periods))
    return _Judged(Combination(), Calibration(), Pooled(errors, (SHARE,) * len(RHYTHMS)))
