"""Whether all series share their trees or each pool has its own: as earlier cut-offs decide, by the loss of a backtest."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import lightgbm as lgb
import numpy as np

from forecasting.bootstrap import Comparison, compare, draws
from forecasting.features.windows import Places
from forecasting.metrics import Score, pinball
from forecasting.model.heads import BINNING, heads
from forecasting.model.pieces import can_calibrate, ratios
from forecasting.model.pools import OTHERS
from forecasting.model.settings import Settings
from forecasting.model.training import Training
from forecasting.parameters import Floats
from forecasting.work import Progress, Runner, silent

TRIAL_ROWS: Final = 20_000
"""Early rows that trees are tried on: of more, every so-manieth."""
TRIED: Final = (0.5, 0.8, 0.95)
"""Quantiles that are tried, of those that a backtest judges."""
SURE: Final = 0.9
"""Share of the resamples of series and cut-offs in which pools must lose less, as of a challenger (`window/gate.py`),"""
BETTER: Final = 0.98
"""and what their loss must be of that of shared trees: they take twice the time."""
RESAMPLES: Final = 200


def choose(runner: Runner, training: Training, settings: Settings, progress: Progress = silent) -> Training:
    """The training data with the pools to be fitted apart, if there shall be any.

    Every candidate is fitted on early rows and asked about the held-out ones, so nothing after the history has a say, nor has
    what it is judged by there any part in a score that is told. The loss is pinball over the naive scale. Settings that name a
    key leave no choice: those pools if two of them have rows enough, else none.
    """
    if settings.pools is not None:
        named = [one for one in training.candidates if one[0].key == settings.pools]
        return replace(training, pools=named[0][0], members=named[0][1]) if named else training
    if not training.candidates or not can_calibrate(training):
        return training
    places = [OTHERS, *range(len(training.candidates))]
    shared, *apart = runner.run(trial, (training, settings), places, "try pools", progress)
    best, least = training, BETTER
    for (pools, members), loss in zip(training.candidates, apart, strict=True):
        found = beside(training, np.where(members[training.held_out] == OTHERS, shared, loss), shared)
        if 1 - found.saved < least and found.chance >= SURE:
            best, least = replace(training, pools=pools, members=members), 1 - found.saved
    return best


def trial(shared: tuple[Training, Settings], candidate: int) -> Floats:
    """Loss of each held-out row by trees of a candidate's pools, or of all series together (`OTHERS`); NaN where a row is in no
    pool or is not scored. A piece of work."""
    training, settings = shared
    held, early = np.flatnonzero(training.held_out), np.flatnonzero(training.early)
    early = early[:: -(-len(early) // TRIAL_ROWS)]
    members = np.zeros(len(training.rows), np.int8) if candidate == OTHERS else training.candidates[candidate][1]
    loss = np.full(len(held), np.nan)
    for pool in np.unique(members[members != OTHERS]):
        ours = members[held] == pool
        loss[ours] = _loss(training, early[members[early] == pool], held[ours], settings)
    return loss


def _loss(training: Training, learned: Places, asked: Places, settings: Settings) -> Floats:
    """Of some rows, by trees of others: pinball loss, its mean over `TRIED`, over the naive scale."""
    binned = lgb.Dataset(training.features[learned], training.target[learned], params=BINNING).construct()
    losses = []
    for head in heads(settings):
        if head.is_quantile and head.level in TRIED:
            binned.set_weight(training.weights(head)[learned])
            trees = lgb.train(head.parameters(settings), binned, num_boost_round=settings.trees).model_to_string()
            said = ratios(trees, training.features[asked], 1) * training.scale[asked]
            losses.append(pinball(training.sums[asked], said, head.level))
    return np.asarray(np.mean(losses, axis=0) / training.naive[training.rows.series[asked]])


def beside(training: Training, loss: Floats, shared: Floats) -> Comparison:
    """How much lower a candidate's loss is than that of shared trees, by held-out origin and series."""
    held = training.held_out
    origins, place = np.unique(training.rows.origins[held], return_inverse=True)
    series = training.rows.series[held]

    def score(losses: Floats) -> Score:
        known = np.isfinite(losses)
        over = np.zeros((len(origins), len(training.naive)))
        scored = np.zeros(over.shape, bool)
        over[place[known], series[known]], scored[place[known], series[known]] = losses[known], True
        return Score(over, scored.astype(np.float64), scored)

    return compare(score(loss), score(shared), draws(len(origins), len(training.naive), RESAMPLES))
