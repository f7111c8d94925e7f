"""The benchmark of training, scoring and suggesting works: its stages, at a size that takes a moment."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks.forecasting.speed.stages import Clock, champions, generate, scored, suggested

SKUS = 40


def test_every_stage_goes_on_from_what_the_one_before_left(tmp_path: Path) -> None:
    clock = Clock()
    for stage in (generate, champions, scored, suggested):
        stage(clock, SKUS, tmp_path)
    assert [step.name for step in clock.steps if "week" in step.name] == [
        "fit week 2+1", "fit week 5+1", "score week 2+1", "score week 5+1",
    ]  # fmt: skip
    assert clock.steps[-1].name == "write requests"
