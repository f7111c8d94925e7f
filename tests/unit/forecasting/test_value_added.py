"""Forecast value added: each step and each person against what came."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.value_added.value import JUDGED, STEPS, value_added


def judged(*rows: dict[str, Any]) -> pl.DataFrame:
    usual = {"actor": "ann", "decision": "approved", "reason": "", "quantity_suggested": 50, "quantity_decided": 50}
    usual |= {"quantity_ordered": 50.0, "naive": 80.0, "baseline": 90.0, "model": 100.0, "actual": 100.0}
    return pl.DataFrame([usual | row for row in rows], schema=JUDGED)


def test_the_error_of_each_step_is_what_it_missed_over_what_came() -> None:
    override = {"decision": "overridden", "reason": "a fair", "quantity_decided": 70, "quantity_ordered": 60.0, "actual": 130.0}
    found = value_added(judged({}, override))
    assert (found.decisions, found.units) == (2, 230.0)
    errors = {"naive": 70 / 230, "baseline": 50 / 230, "model": 30 / 230, "decided": 10 / 230, "ordered": 20 / 230}
    assert {step.name: step.error for step in found.steps} == pytest.approx(errors)
    assert [step.value_added for step in found.steps] == [None, *map(pytest.approx, (20 / 230, 20 / 230, 20 / 230, -10 / 230))]
    assert found.steps[0].bias == pytest.approx(-70 / 230)


def test_a_person_is_judged_by_what_was_changed() -> None:
    better = {"actor": "ann", "reason": "a fair", "quantity_decided": 60, "actual": 120.0}
    worse = {"actor": "ben", "reason": "a feeling", "quantity_decided": 10, "actual": 100.0}
    found = value_added(judged({"actor": "ann"}, better, worse))
    assert [(one.name, one.decisions, one.changed, one.better, one.worse) for one in found.persons] == [
        ("ann", 2, 1, 1, 0), ("ben", 1, 1, 0, 1),
    ]  # fmt: skip
    assert found.persons[0].value_added == pytest.approx((20 - 10) / 220)
    assert found.persons[1].value_added == pytest.approx(-40 / 100)
    assert [one.name for one in found.reasons] == ["a fair", "a feeling"]


def test_a_rejection_expects_less_by_what_was_suggested_but_never_less_than_nothing() -> None:
    rejected = {
        "decision": "rejected",
        "quantity_suggested": 300,
        "quantity_decided": 0,
        "quantity_ordered": 0.0,
        "actual": 5.0,
    }
    found = value_added(judged(rejected))
    assert found.steps[3].error == pytest.approx(5 / 5)
    assert found.persons[0].better == 1


def test_where_nothing_came_there_is_no_error_to_tell() -> None:
    assert {step.error for step in value_added(judged({"actual": 0.0})).steps} == {None}
    nothing = value_added(judged())
    assert (nothing.decisions, nothing.persons, nothing.reasons) == (0, [], [])


rows = st.fixed_dictionaries(
    {
        "actor": st.sampled_from(["ann", "ben"]),
        "quantity_decided": st.integers(0, 90),
        "quantity_ordered": st.floats(0, 90),
        "naive": st.floats(0, 200),
        "model": st.floats(0, 200),
        "actual": st.floats(1, 200),
    }
)


@given(st.lists(rows, min_size=1, max_size=8))
def test_what_steps_are_worth_adds_up_and_persons_share_what_people_are_worth(cases: list[dict[str, Any]]) -> None:
    found = value_added(judged(*cases))
    first, last = found.steps[0].error, found.steps[-1].error
    assert first is not None
    assert last is not None
    assert sum(step.value_added or 0.0 for step in found.steps) == pytest.approx(first - last)
    came = {name: sum(case["actual"] for case in cases if case["actor"] == name) for name in ("ann", "ben")}
    shared = sum((one.value_added or 0.0) * came[one.name] for one in found.persons) / found.units
    assert shared == pytest.approx(found.steps[STEPS.index("decided")].value_added)
