"""Stock at equal fill rate on a real shop, against weeks of cover."""

from __future__ import annotations

import pytest

from forecasting.simulation.comparison import EXPERIENCE, contest, rows
from forecasting.simulation.request import Request, prepare
from tests.benchmarks.forecasting.online_retail import CUTOFFS, IS_THERE, top_sellers

pytestmark = pytest.mark.skipif(not IS_THERE, reason="SKULD_DATASETS does not hold the real file")


def test_a_combination_with_dynamic_safety_needs_a_fifth_less_stock_than_weeks_of_cover() -> None:
    plan = prepare(Request((2,), warm_up=CUTOFFS[0], fill_rates=(0.95,)), top_sellers())
    found = {row.policy: row for row in rows(contest(plan.trial, plan.forecasters, fill_rates=(0.95,)), (0.95,))}
    better, experience = found["combination"], found[EXPERIENCE]
    assert len(plan.trial.rows) > 1_900
    assert better.against.saved == pytest.approx(0.234, abs=0.01)
    assert better.against.low > 0.15
    assert better.turns / experience.turns == pytest.approx(1.31, abs=0.03)
