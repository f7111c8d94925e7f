"""The contest that a gate judges: a challenger beside the champion, each on the history as it has it in service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

import msgspec
import numpy as np

from forecasting.backtest import Backtest
from forecasting.baselines.last_resort import LAST_RESORT
from forecasting.bootstrap import compare, draws
from forecasting.folds import backtest_in_folds, cutoffs_that_fit
from forecasting.forecast import Forecaster
from forecasting.metrics import LEVELS, bias, coverage, wape
from forecasting.model.settings import Settings
from forecasting.panel.panel import Panel
from forecasting.parameters import ParameterError
from forecasting.plans.on_panel import applied
from forecasting.plans.plan import Plan
from forecasting.registry.models import ModelRow
from forecasting.registry.slot import Slot
from forecasting.registry.stand_in import CANDIDATES
from forecasting.scores import mean_pinball, trees_told
from forecasting.window.aged import Aged
from forecasting.window.gate import Verdict, judge
from forecasting.window.past import known_at
from forecasting.window.stock import UNKNOWN, Contestant, compare_needed_stock
from forecasting.work import Progress, Runner

CHALLENGER, CHAMPION = "challenger", "champion"
CALLS: Final = 6
"""Times that one fit is asked while stock is simulated."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict, who the challenger was held against, what everyone scored at which cut-offs, and the challenger's trees."""

    verdict: Verdict
    opponent: str
    cutoffs: tuple[date, ...] = ()
    metrics: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    trees: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Contest:
    """What is judged by.

    Attributes:
        slot: it is about.
        history: as it is without a plan.
        plan: what is told beside it.
        settings: of the challenger.
        planned: columns of the plan that the challenger looks ahead at.
    """

    slot: Slot
    history: Panel
    plan: Plan
    settings: Settings
    planned: tuple[str, ...]

    def judged(self, champion: ModelRow | None, runner: Runner, progress: Progress, wanted: int) -> Judged:
        """The challenger beside the champion, or beside every baseline where there is none yet."""
        ours = Aged(self.settings, planned=self.planned)
        try:
            cutoffs = cutoffs_that_fit(len(self.history.periods), self.slot.horizon.protection, wanted)
        except ParameterError as error:
            return Judged(Verdict(False, f"not promoted: {error}"), LAST_RESORT)
        opponents: Mapping[str, Forecaster] = CANDIDATES if champion is None else {CHAMPION: self._as_it_is(champion)}
        sees = () if champion is None else champion.planned
        result = self._side_by_side(ours, opponents, sees, cutoffs, runner, progress)
        losses = {name: mean_pinball(result, judged) for name, judged in result.forecasts.items()}
        known = {name: value for name in opponents if (value := losses[name].value) == value}
        opponent = min(known, key=lambda name: known[name]) if known else (LAST_RESORT if champion is None else CHAMPION)
        pinball = compare(losses[CHALLENGER], losses[opponent], draws(len(cutoffs), len(self.history)))
        stock = UNKNOWN
        if pinball.saved > 0:  # what cannot pass needs no simulation
            theirs = opponents[opponent]
            if isinstance(theirs, Aged):
                theirs = replace(theirs, calls=CALLS)
            challenger = Contestant(CHALLENGER, replace(ours, calls=CALLS), self.seen(self.planned), self.planned)
            stock = compare_needed_stock(
                runner, self.slot, challenger, Contestant(opponent, theirs, self.seen(sees), sees), progress
            )
        verdict = judge(pinball, stock, CHALLENGER, opponent)
        if len(cutoffs) < wanted:
            verdict = Verdict(verdict.passes, f"{verdict.reason}; {len(cutoffs)} cut-offs, the history has room for no more")
        trees = trees_told(result.forecasts[CHALLENGER])
        return Judged(verdict, opponent, result.cutoffs, _metrics(result), trees)

    def seen(self, columns: tuple[str, ...]) -> Panel:
        """The history as it is given each night to who looks ahead at some columns: of the others it does not even hold what a
        plan says was."""
        panel, _ = applied(self.plan, self.history, self.slot.horizon, columns)
        return panel

    def _side_by_side(
        self, ours: Forecaster, opponents: Mapping[str, Forecaster], sees: tuple[str, ...],
        cutoffs: tuple[int, ...], runner: Runner, progress: Progress,
    ) -> Backtest:  # fmt: skip
        """One backtest where all see the same, else two, whose sums are the same: a plan changes no units."""
        teams = [({CHALLENGER: ours}, self.planned), (dict(opponents), sees)]
        if sees == self.planned:
            teams = [({CHALLENGER: ours, **opponents}, sees)]
        results = [
            backtest_in_folds(runner, self.seen(columns), team, cutoffs, self.slot.horizon, columns, progress)
            for team, columns in teams
        ]
        return replace(results[0], forecasts={name: said for one in results for name, said in one.forecasts.items()})

    def _as_it_is(self, champion: ModelRow) -> Forecaster:
        """The champion as a forecaster that can be judged on the past: as old as it is now."""
        if champion.kind == "baseline":
            return CANDIDATES[champion.parameters["baseline"]]
        age = len(self.history.periods) - known_at(self.history.periods, champion.data_through)
        return Aged(msgspec.convert(champion.parameters, Settings), max(age, 0), planned=champion.planned)


def _metrics(result: Backtest) -> dict[str, dict[str, float | None]]:
    found = {}
    for name, judged in result.forecasts.items():
        scores = {
            "pinball": mean_pinball(result, judged),
            "wape": wape(result.actual, judged.mean),
            "bias": bias(result.actual, judged.mean),
            "coverage": coverage(result.actual, judged.quantiles[..., LEVELS.index(0.95)]),
        }
        values = {kind: score.value for kind, score in scores.items()}
        found[name] = {kind: value if np.isfinite(value) else None for kind, value in values.items()}
    return found
