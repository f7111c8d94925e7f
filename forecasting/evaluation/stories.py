"""From an evaluation to the charts of its most telling series."""

from __future__ import annotations

import numpy as np

from forecasting.evaluation.chart import PastForecast, Story
from forecasting.evaluation.evaluate import MODEL, Evaluation
from forecasting.evaluation.telling import telling
from forecasting.simulation.request import names_of


def stories(evaluation: Evaluation, beside: str, most: int) -> list[tuple[str, Story]]:
    """The series that tell most, by name, each with all that a chart of it shows."""
    panel, result, ahead = evaluation.panel, evaluation.result, evaluation.ahead
    names = names_of(panel)
    found = []
    for row, why in telling(panel, result, MODEL, beside, most):
        share = None if panel.in_stock_share is None else panel.in_stock_share[row]
        flat = np.full(evaluation.request.horizon, ahead.mean[row] / evaluation.request.horizon)
        by_period = flat if ahead.by_period is None else ahead.by_period[row]
        story = Story(
            f"{names[row]}: {why}", panel.periods, panel.units[row], share, float(ahead.mean[row]), ahead.quantiles[row],
            by_period, _past(evaluation, row),
        )  # fmt: skip
        found.append((names[row], story))
    return found


def _past(evaluation: Evaluation, row: int) -> list[PastForecast]:
    result = evaluation.result
    judged = result.forecasts[MODEL]
    return [
        PastForecast(day, float(judged.mean[number, row]), judged.quantiles[number, row].tolist(), result.actual[number, row])
        for number, day in enumerate(result.cutoffs)
        if np.isfinite(judged.mean[number, row])
    ]
