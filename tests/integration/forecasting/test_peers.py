"""The contest of Skuld's forecasts and its peers': each contestant in a process of its own, all scored by one code."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from forecasting.forecast import Horizon
from forecasting.panel.long_table import panel_from
from tests.benchmarks.forecasting.generated import weekly_table
from tests.benchmarks.forecasting.peers import contest
from tests.benchmarks.forecasting.peers.tables import compared, rows_of


def test_our_own_contestants_and_a_sample_are_scored_by_one_code(tmp_path: Path) -> None:
    panel = panel_from(weekly_table(40, weeks=40))
    ours = contest.Contestant("Skuld, combination", "ours", "combination")
    sampled = contest.Contestant("a sample", "ours", "combination", most_series=10)
    result, costs = contest.contest(panel, (30, 34), Horizon(2, 1), tmp_path, (ours, sampled))
    assert costs["a sample"].series == 10
    assert costs["Skuld, combination"].seconds > 0
    assert costs["Skuld, combination"].peak_mb > 0
    rows = {row["forecaster"]: row for row in rows_of(result, costs)}
    assert rows["a sample"]["series"] <= 10 < rows["Skuld, combination"]["series"]
    (beside,) = compared(result, costs, "Skuld, combination")
    assert beside["beside"] == "a sample"
    assert np.isfinite(beside["wape_lower_%"])


def test_a_contestant_that_fails_is_named_with_what_it_said(tmp_path: Path) -> None:
    panel = panel_from(weekly_table(20, weeks=30))
    nobody = contest.Contestant("nobody", "ours", "no such one")
    with pytest.raises(RuntimeError, match=r"(?s)nobody failed: .*no such one"):
        contest.contest(panel, (20,), Horizon(2, 1), tmp_path, (nobody,))
