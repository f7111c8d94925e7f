"""How much stock two forecasters need for the same fill rate, by replaying the policy they would be used in."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, eq=False)
class Contestant:
    """A forecaster and what it is called, the history as it sees it, and the columns of that which it is told ahead."""

    name: str
    forecaster: Forecaster
    panel: Panel
    known_beforehand: tuple[str, ...]


class _Replay(NamedTuple):
    plan: Prepared
    contestant: Contestant


def compare_needed_stock(
    runner: Runner, slot: Slot, challenger: Contestant, champion: Contestant, progress: Progress = silent
) -> Comparison:
    """How much less stock, in money where prices are known, the challenger needs for `FILL_RATE` of the units served at once.

    Each forecaster sees only what was known at each review, of the columns `known_beforehand` also what is ahead, and orders up
    to its own quantile, at one level for all SKUs. Both histories hold the same units. NaN when they are too short to replay,
    or the fill rate is out of reach.
    """
    reviews = max(len(challenger.panel.periods) // 2 // slot.review, 1)
    try:
        asked = Request((slot.lead_time,), slot.review, every=max(reviews // ASKED, 1), fill_rates=(FILL_RATE,))
        replays = [_Replay(prepare(asked, one.panel), one) for one in (challenger, champion)]
    except ParameterError as error:
        if error.name in ("history", "warm-up"):
            return UNKNOWN
        raise
    curves = runner.run(_curve, replays, [0, 1], "simulate", progress)
    price = replays[0].plan.price
    worth = None if price is None or np.isnan(price).any() else price
    return compare_stock(curves[0], curves[1], FILL_RATE, worth=worth)


def _curve(replays: list[_Replay], number: int) -> Frontier:
    plan, one = replays[number]
    found = contest(plan.trial, {one.name: one.forecaster}, plan.shape, (FILL_RATE,), known_beforehand=one.known_beforehand)
    return found.curves[one.name]
