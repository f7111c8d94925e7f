"""Backtest: the model of a slot beside every baseline, with all that a report of it shows; nothing of the slot is changed."""

from __future__ import annotations

from forecasting.evaluation.evaluate import Evaluation, Request, judged_beside_baselines, with_what_follows
from forecasting.model.settings import Settings
from forecasting.panel.panel import Panel
from forecasting.plans.on_panel import applied, learnable
from forecasting.plans.plan import Plan
from forecasting.registry.slot import Slot
from forecasting.work import Progress, Runner


def backtested(
    slot: Slot, panel: Panel, settings: Settings, cutoffs: int, plan: Plan, runner: Runner, progress: Progress
) -> Evaluation:
    """Judge a model with these settings on a history, as `train` would; then fit it on the whole history and forecast.

    Raises:
        ParameterError: the history does not fit the slot, or is too short for one cut-off.
    """
    slot.refuse_other(panel)
    columns = learnable(plan, panel)
    panel, ahead = applied(plan, panel, slot.horizon, columns)
    result = judged_beside_baselines(runner, panel, slot.horizon, settings, cutoffs, columns, progress)
    request = Request(slot.horizon.protection, cutoffs, settings=settings)
    return with_what_follows(request, panel, result, (ahead, ahead), runner, progress)
