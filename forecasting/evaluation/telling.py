"""Which SKUs tell most: a few that are looked at one by one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from forecasting.backtest import Backtest
from forecasting.baselines.classes import DemandClass, classify
from forecasting.panel.panel import Panel
from forecasting.parameters import Floats
from forecasting.scores import mean_pinball

NEW: Final = 0.25
"""Of the history: on sale for less than that is new."""


def telling(panel: Panel, result: Backtest, ours: str, theirs: str, most: int) -> list[tuple[int, str]]:
    """Rows of the panel that are on sale at its end, and why each of them is shown; at most `most`, each once.

    Args:
        ours, theirs: forecasters of `result`: where the first one does best, and worst, beside the second one.
    """
    shown: dict[int, str] = {}
    for row, why in _reasons(panel, result, ours, theirs):
        shown.setdefault(row, why)
    return list(shown.items())[:most]


def _reasons(panel: Panel, result: Backtest, ours: str, theirs: str) -> Iterator[tuple[int, str]]:
    on_sale = panel.on_sale()[:, -1]
    units = np.where(on_sale, np.nansum(np.where(np.isnan(panel.units), 0.0, panel.units), axis=1), -1.0)
    yield from _largest(units, "most units")
    if panel.in_stock_share is not None:
        out = np.nansum(1 - np.nan_to_num(panel.in_stock_share, nan=1.0), axis=1)
        yield from _largest(np.where(on_sale & (out > 0), np.sqrt(out) * np.maximum(units, 0), -1), "long without stock")
    ahead = _gain(result, ours, theirs)
    yield from _largest(np.where(on_sale, ahead, -1), f"better than {theirs}")
    yield from _largest(np.where(on_sale, -ahead, -1), f"worse than {theirs}")
    classes = classify(panel.target().astype(np.float64))
    for kind in (DemandClass.INTERMITTENT, DemandClass.LUMPY, DemandClass.ERRATIC, DemandClass.SMOOTH):
        yield from _largest(np.where(classes == kind, units, -1), f"{kind} demand")
    late = panel.first_on_sale >= len(panel.periods) * (1 - NEW)
    yield from _largest(np.where(late, units, -1), "new")
    order = np.argsort(-units, kind="stable")
    yield from ((int(row), "many units") for row in order[units[order] > 0][1:20])


def _largest(value: Floats, why: str) -> Iterator[tuple[int, str]]:
    if value.size and value.max() > 0:
        yield int(value.argmax()), why


def _gain(result: Backtest, ours: str, theirs: str) -> Floats:
    """By how much pinball loss over scale each series is better off, weighed by the root of its demand."""
    mine, other = (mean_pinball(result, result.forecasts[name]) for name in (ours, theirs))
    both = mine.scored & other.scored
    saved = np.where(both, other.over - mine.over, 0.0).sum(axis=0)
    gain: Floats = saved * np.sqrt(np.nansum(np.where(np.isnan(result.actual), 0.0, result.actual), axis=0))
    return gain
