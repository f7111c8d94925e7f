"""What is done in a night, and when it begins."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from forecasting.history.site_days import SiteDays
from gateway.nights import models_due, work_of

USUAL = "week 2+1"


@pytest.mark.parametrize(
    ("asked", "trained", "is_day", "is_long", "due"),
    [
        ([], [], False, True, [USUAL]),
        ([], [], True, False, []),
        ([], ["day 14+7"], True, False, ["day 14+7"]),
        ([], ["day 14+7"], False, True, []),
        (["week 4+1"], [USUAL], False, True, ["week 4+1"]),
        (["week 4+1", USUAL], [USUAL], True, True, ["week 4+1", USUAL]),
    ],
)
def test_a_model_is_trained_on_its_night_and_a_first_one_as_soon_as_it_can_be(
    asked: list[str], trained: list[str], is_day: bool, is_long: bool, due: list[str]
) -> None:
    assert models_due(asked, trained, USUAL, is_day=is_day, is_long=is_long) == due


def test_without_a_champion_nothing_is_scored_and_suggestions_come_all_the_same() -> None:
    assert [work.name for work in work_of([], [], ["--budget", "5"])] == ["suggest"]
    assert work_of([], [], ["--budget", "5"])[0].arguments == ("suggest", "--budget", "5")


def test_models_are_trained_before_they_are_asked() -> None:
    assert [work.name for work in work_of([USUAL], [], [])] == [f"train {USUAL}", "score", "suggest"]
    assert [work.name for work in work_of([], [USUAL], [])] == ["score", "suggest"]


def moment(zone: str, after: datetime, of_day: time) -> str:
    found = SiteDays(zone).next_time(int(after.timestamp() * 1000), of_day)
    return datetime.fromtimestamp(found / 1000, UTC).strftime("%d %H:%M")


def test_the_next_night_is_the_next_time_that_the_sites_clocks_show_it() -> None:
    assert moment("Asia/Shanghai", datetime(2026, 11, 26, 12, 0, tzinfo=UTC), time(2, 30)) == "26 18:30"
    assert moment("Asia/Shanghai", datetime(2026, 11, 26, 18, 30, tzinfo=UTC), time(2, 30)) == "27 18:30"
    assert moment("Europe/London", datetime(2026, 3, 28, 23, 0, tzinfo=UTC), time(1, 30)) == "29 01:30", "01:30 is skipped"
    assert moment("Europe/London", datetime(2026, 10, 24, 23, 0, tzinfo=UTC), time(1, 30)) == "25 00:30", "the first of two"
    assert moment("Europe/London", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), time(1, 30)) == "26 01:30", "once a night"
