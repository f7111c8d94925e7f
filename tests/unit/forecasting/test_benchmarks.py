"""What the forecasting benchmarks stand on: histories that end at their cut-off, generated demand, and growth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from forecasting.forecast import Horizon
from forecasting.panel.long_table import panel_from
from tests.benchmarks.forecasting.generated import weekly_table
from tests.benchmarks.forecasting.peers import contest
from tests.benchmarks.forecasting.speed.growth import growth
from tests.benchmarks.forecasting.speed.measure import verdicts
from tests.benchmarks.report import first_line


def test_a_contestant_reads_exactly_what_was_known_at_the_cut_off(tmp_path: Path) -> None:
    panel = panel_from(weekly_table(60, weeks=30))
    contest.write_histories(panel, (20, 24), Horizon(2, 1), tmp_path / "histories")
    for cutoff in (20, 24):
        table = pl.read_parquet(tmp_path / "histories" / f"{cutoff}.parquet")
        known = panel.up_to(cutoff)
        again = panel_from(table.rename({"start": "week"}))
        assert table["start"].max() == known.periods.starts[-1].item()
        on_sale = known.on_sale()[:, -1]
        assert again.series["sku"].to_list() == panel.series["sku"].filter(pl.Series(on_sale)).to_list()
        first = len(known.periods) - len(again.periods)
        assert np.array_equal(again.units, known.units[on_sale, first:], equal_nan=True)


def test_generated_demand_is_the_same_for_a_seed_and_of_every_rhythm() -> None:
    table = weekly_table(2_000)
    assert table.equals(weekly_table(2_000))
    assert not table.equals(weekly_table(2_000, seed=2))
    panel = panel_from(table)
    assert panel.units.shape == (2_000, 104)
    share = np.nanmean(np.where(np.isnan(panel.units), np.nan, panel.units > 0), axis=1)  # of weeks with demand
    assert (share > 0.9).mean() > 0.15
    assert ((share > 0.5) & (share < 0.9)).mean() > 0.15
    assert (share < 0.5).mean() > 0.3
    assert 0.1 < (panel.first_on_sale > 0).mean() < 0.2


def test_growth_finds_the_exponent_of_a_power_law_whatever_the_small_sizes_cost() -> None:
    found = growth([(100, 50.0), *((size, 0.002 * size**1.25) for size in (10_000, 100_000, 1_000_000))])
    assert found.exponent == pytest.approx(1.25)
    assert found.at(3_000_000) == pytest.approx(0.002 * 3_000_000**1.25)


def test_an_aim_is_reached_or_missed_by_what_was_measured() -> None:
    def row(skus: int, stage: str, seconds: float, step: str) -> dict[str, object]:
        steps = [{"name": step, "seconds": seconds, "cpu_seconds": seconds}]
        return {"skus": skus, "stage": stage, "seconds": seconds, "cpu_seconds": seconds, "peak_mb": 1_500.0, "steps": steps}

    rows = [
        row(10_000, "champions", 241.0, "fit"),
        row(10_000, "score", 1.0, "score week 2+1"),
        row(100_000, "score", 21.0, "score week 2+1"),
        row(100_000, "suggest", 98.0, "plan"),
    ]
    reached = {one["aim"]: one["reached"] for one in verdicts(rows)}
    assert list(reached.values()) == [False, True, True, False, True]


def test_a_machine_without_servers_is_described_all_the_same() -> None:
    assert first_line(["a-server-that-nobody-has-installed", "--version"]) == ""
