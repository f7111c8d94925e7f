"""A fit in pieces of work, groups of heads."""

from __future__ import annotations

from forecasting.forecast import Horizon
from forecasting.model.choice import choose
from forecasting.model.fit import assemble
from forecasting.model.model import Model
from forecasting.model.pieces import groups, train_group
from forecasting.model.settings import Settings
from forecasting.model.training import prepare
from forecasting.panel.panel import Panel
from forecasting.work import Progress, Runner, silent


def fit_in_pieces(runner: Runner, history: Panel, horizon: Horizon, settings: Settings, progress: Progress = silent) -> Model:
    """`fit`, in pieces; the same model, byte for byte."""
    training = choose(runner, prepare(history, horizon, settings), settings, progress)
    trained = runner.run(train_group, (training, settings), groups(training, settings), "fit", progress)
    return assemble(history, horizon, training, [one for group in trained for one in group], settings)
