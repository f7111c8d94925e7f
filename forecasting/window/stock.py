"""How much stock two forecasters need for the same fill rate, by replaying the policy they would be used in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np

from forecasting.bootstrap import Comparison
from forecasting.forecast import Forecaster
from forecasting.panel.panel import Panel
from forecasting.parameters import ParameterError
from forecasting.registry.slot import Slot
from forecasting.simulation.comparison import contest
from forecasting.simulation.frontier import Frontier, compare_stock
from forecasting.simulation.request import Prepared, Request, prepare
from forecasting.work import Progress, Runner, silent

FILL_RATE: Final = 0.95
ASKED: Final = 24
"""So often each forecaster is asked, about."""
UNKNOWN: Final = Comparison(float("nan"), float("nan"), float("nan"), float("nan"))


class _Replay(NamedTuple):
    plan: Prepared
    forecasters: dict[str, Forecaster]
    known_beforehand: tuple[str, ...]


def compare_needed_stock(
    runner: Runner,
    panel: Panel,
    slot: Slot,
    challenger: Forecaster,
    champion: Forecaster,
    known_beforehand: tuple[str, ...] = (),
    progress: Progress = silent,
) -> Comparison:
    """How much less stock, in money where prices are known, the challenger needs for `FILL_RATE` of the units served at once.

    Each forecaster sees only what was known at each review, of the columns `known_beforehand` also what is ahead, and orders up
    to its own quantile, at one level for all SKUs. NaN when the history is too short to replay, or the fill rate is out of
    reach.
    """
    reviews = max(len(panel.periods) // 2 // slot.review, 1)
    try:
        asked = Request((slot.lead_time,), slot.review, every=max(reviews // ASKED, 1), fill_rates=(FILL_RATE,))
        plan = prepare(asked, panel)
    except ParameterError as error:
        if error.name in ("history", "warm-up"):
            return UNKNOWN
        raise
    forecasters: Mapping[str, Forecaster] = {"challenger": challenger, "champion": champion}
    curves = runner.run(_curve, _Replay(plan, dict(forecasters), known_beforehand), list(forecasters), "simulate", progress)
    worth = None if plan.price is None or np.isnan(plan.price).any() else plan.price
    return compare_stock(curves[0], curves[1], FILL_RATE, worth=worth)


def _curve(replay: _Replay, name: str) -> Frontier:
    plan, asked = replay.plan, {name: replay.forecasters[name]}
    found = contest(plan.trial, asked, plan.shape, (FILL_RATE,), known_beforehand=replay.known_beforehand)
    return found.curves[name]
