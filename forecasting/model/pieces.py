"""A fit in pieces: each head on the early rows and on all of them. A piece is a pure function of the training data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from forecasting.features.table import Matrix
from forecasting.model.heads import Head, heads
from forecasting.model.pools import OTHERS
from forecasting.model.settings import Settings
from forecasting.model.training import Training, bins
from forecasting.parameters import Floats
from forecasting.work import ranges

FEWEST_TO_CALIBRATE: Final = 200
"""Rows, on either side."""
HEADS_TOGETHER: Final = 5
"""Heads of one group: two groups for the early rows and two for all of them, one for each of two cores at a time."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One head, fitted on the early rows to be held against the later ones, or on every row to forecast with."""

    head: Head
    is_early: bool
    pool: int = OTHERS


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """What a piece gives: trees as LightGBM's text, and for an early one its forecasts of the held-out rows, over scale."""

    piece: Piece
    trees: str
    held_out: Floats


def pieces(training: Training, settings: Settings) -> tuple[Piece, ...]:
    """All the work of a fit; none when the history is too short. Those on the same rows follow each other."""
    if training.too_short:
        return ()
    stages = (True, False) if can_calibrate(training) else (False,)
    kinds = [(early, pool) for early in stages for pool in range(OTHERS, len(training.pools.labels))]
    if training.pools.labels and (training.members[training.held_out] != OTHERS).all():
        kinds.remove((True, OTHERS))  # nobody would ask these trees
    return tuple(Piece(head, early, pool) for early, pool in kinds for head in heads(settings))


def train(training: Training, piece: Piece, settings: Settings, binned: lgb.Dataset | None = None) -> Trained:
    """Fit one piece.

    Args:
        binned: `bins` of the piece's rows, when at hand; the result is the same without.
    """
    rows = rows_of(training, piece)
    data = bins(training, rows) if binned is None else binned
    weights = training.weights(piece.head)
    data.set_weight(weights if rows is None else weights[rows])
    # the same rows under another weight start from another constant, so nothing of an earlier head may be kept
    booster = lgb.train(piece.head.parameters(settings), data, num_boost_round=settings.trees)
    trees = booster.model_to_string()
    asked = training.held_out & (training.members == piece.pool)
    ahead = ratios(trees, training.features[asked], 1) if piece.is_early else np.empty(0)
    return Trained(piece, trees, ahead)


def groups(training: Training, settings: Settings) -> list[tuple[Piece, ...]]:
    """The pieces in groups on the same rows, which are binned once; the larger ones first."""
    found = []
    whole = pieces(training, settings)
    for kind in sorted({(piece.is_early, piece.pool) for piece in whole}):
        ours = [piece for piece in whole if (piece.is_early, piece.pool) == kind]
        found += [tuple(ours[part]) for part in ranges(len(ours), HEADS_TOGETHER)]
    return found


def train_group(shared: tuple[Training, Settings], group: tuple[Piece, ...]) -> list[Trained]:
    """Fit a group, a piece of work."""
    training, settings = shared
    binned = bins(training, rows_of(training, group[0]))
    return [train(training, piece, settings, binned) for piece in group]


def rows_of(training: Training, piece: Piece) -> NDArray[np.bool_] | None:
    """Rows that a piece is fitted on, a mask; None for all of them."""
    if piece.pool == OTHERS:
        return training.early if piece.is_early else None
    ours: NDArray[np.bool_] = training.members == piece.pool
    return ours & training.early if piece.is_early else ours


def ratios(trees: str, features: Matrix, threads: int) -> Floats:
    """Forecasts over scale, zero or above, shape (rows,)."""
    if not len(features):
        return np.empty(0)
    booster = lgb.Booster(model_str=trees)
    return np.maximum(np.asarray(booster.predict(features, num_threads=threads), np.float64), 0.0)


def in_order(
    trained: Iterable[Trained], training: Training, settings: Settings
) -> tuple[list[dict[str, str]], dict[str, Floats]]:
    """Trees of each head, of all series and then of each pool, and what they say of the held-out rows, in the order of the
    heads however they came."""
    by_piece = {(one.piece.head.name, one.piece.is_early, one.piece.pool): one for one in trained}
    names = [head.name for head in heads(settings)]
    pools = range(OTHERS, len(training.pools.labels))
    trees = [{name: by_piece[name, False, pool].trees for name in names} for pool in pools]
    members = training.members[training.held_out]
    held: dict[str, Floats] = {}
    for (name, is_early, pool), one in by_piece.items():
        if is_early:
            held.setdefault(name, np.empty(len(members)))[members == pool] = one.held_out
    return trees, {name: held[name] for name in names if name in held}


def can_calibrate(training: Training) -> bool:
    """Whether the early rows are enough to fit on, and the held-out ones to judge by."""
    enough = min(int(training.early.sum()), int(training.held_out.sum())) >= FEWEST_TO_CALIBRATE
    return enough and bool(training.sums[training.early].any())
