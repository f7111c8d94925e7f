"""A fit in pieces of work: heads on the same rows go together, so that these are binned once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from forecasting.forecast import Horizon
from forecasting.model.fit import assemble
from forecasting.model.model import Model
from forecasting.model.pieces import Piece, Trained, pieces, train
from forecasting.model.settings import Settings
from forecasting.model.training import Training, bins, prepare
from forecasting.panel.panel import Panel
from forecasting.work import Progress, Runner, ranges, silent

HEADS_TOGETHER: Final = 5
"""Heads of one piece of work: two pieces for the early rows and two for all of them, one for each of two cores at a time."""


def fit_in_pieces(runner: Runner, history: Panel, horizon: Horizon, settings: Settings, progress: Progress = silent) -> Model:
    """`fit`, in pieces; the same model, byte for byte."""
    training = prepare(history, horizon, settings)
    groups = list(_groups(pieces(training, settings)))
    trained = runner.run(_train, (training, settings), groups, "fit", progress)
    return assemble(history, horizon, training, [one for group in trained for one in group], settings)


def _groups(all_pieces: tuple[Piece, ...]) -> Iterator[tuple[Piece, ...]]:
    for is_early in (False, True):  # the larger ones first
        ours = [piece for piece in all_pieces if piece.is_early is is_early]
        yield from (tuple(ours[part]) for part in ranges(len(ours), HEADS_TOGETHER))


def _train(shared: tuple[Training, Settings], group: tuple[Piece, ...]) -> list[Trained]:
    training, settings = shared
    binned = bins(training, training.early if group[0].is_early else None)
    return [train(training, piece, settings, binned) for piece in group]
