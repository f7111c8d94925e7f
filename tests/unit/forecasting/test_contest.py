"""The contest of a gate: everyone sees the history that they would see in service."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from forecasting.backtest import backtest
from forecasting.folds import cutoffs_that_fit
from forecasting.model.forecaster import Fresh
from forecasting.model.settings import Settings
from forecasting.panel.panel import Panel
from forecasting.plans.on_panel import applied
from forecasting.plans.plan import Plan
from forecasting.registry.models import ModelRow
from forecasting.registry.slot import Slot
from forecasting.scores import mean_pinball
from forecasting.window.contest import CHALLENGER, CHAMPION, Contest
from forecasting.work import Here, silent
from tests.unit.forecasting.panels import panel_of
from tests.unit.forecasting.test_plans import plan, week

SERIES, WEEKS, CUTOFFS = 30, 40, 2
SLOT = Slot.read("week 2+1")
FEW = Settings(threads=1, trees=4, least_rows=20, learning_rate=0.3)


def history_and_plan() -> tuple[Panel, Plan]:
    """Demand that triples in weeks with a promotion, which only the plan tells of."""
    chance = np.random.default_rng(4)
    on = chance.random((SERIES, WEEKS)) < 0.2
    panel = panel_of(chance.poisson(chance.uniform(5, 40, (SERIES, 1)) * (1 + 2 * on)))
    return panel, plan(*((f"sku {row}", None, *week(number), None, 1.0) for row, number in np.argwhere(on).tolist()))


def champion_of(panel: Panel, planned: tuple[str, ...]) -> ModelRow:
    parameters = msgspec.json.decode(msgspec.json.encode(FEW)) | {"planned": list(planned)}
    return ModelRow("champion", str(SLOT), "model", panel.periods.last_day, "here", parameters)


@pytest.mark.parametrize("planned", [(), ("promotion",)])
def test_each_side_scores_what_it_scores_alone_on_the_history_that_it_is_given_each_night(planned: tuple[str, ...]) -> None:
    panel, told = history_and_plan()
    found = Contest(SLOT, panel, told, FEW, ("promotion",)).judged(champion_of(panel, planned), Here(), silent, CUTOFFS)
    cutoffs = cutoffs_that_fit(WEEKS, 3, CUTOFFS)
    for name, columns in ((CHALLENGER, ("promotion",)), (CHAMPION, planned)):
        seen, _ = applied(told, panel, SLOT.horizon, columns)
        alone = backtest(seen, {name: Fresh(FEW)}, cutoffs, SLOT.horizon, columns)
        assert found.metrics[name]["pinball"] == mean_pinball(alone, alone.forecasts[name]).value
    if not planned:
        ours, theirs = (found.metrics[name]["pinball"] for name in (CHALLENGER, CHAMPION))
        assert ours is not None
        assert theirs is not None
        assert ours < 0.8 * theirs
        assert found.verdict.reason.startswith("promoted: challenger beside champion")


def test_who_does_not_look_ahead_does_not_see_what_a_plan_says_was() -> None:
    panel, told = history_and_plan()
    contest = Contest(SLOT, panel, told, FEW, ("promotion",))
    assert contest.seen(()).promotion is None
    seen = contest.seen(("promotion",)).promotion
    assert seen is not None
    assert seen.any()
    own = replace(panel, promotion=np.zeros((SERIES, WEEKS), np.float32))
    unaware = replace(contest, history=own).seen(())
    assert unaware.promotion is not None
    assert not unaware.promotion.any()


def test_a_history_too_short_for_one_cut_off_is_no_contest() -> None:
    panel, told = history_and_plan()
    found = Contest(SLOT, panel.up_to(3), told, FEW, ()).judged(None, Here(), silent, CUTOFFS)
    assert not found.verdict.passes
    assert found.metrics == {}
    assert found.cutoffs == ()
