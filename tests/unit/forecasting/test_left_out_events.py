"""Events that a forecast leaves out: which they are, and what is said of them."""

from __future__ import annotations

from dataclasses import replace

from forecasting.calendar.left_out import left_out, of_left_out
from tests.unit.forecasting.test_events_ahead import AHEAD, WEEKS, on


def test_an_event_of_a_type_that_was_not_learned_is_told_with_its_days_once_it_is_announced() -> None:
    late = replace(on("sale", WEEKS), known_from=AHEAD.first)
    told = [on("fair", WEEKS), on("gala", WEEKS, "sku 1"), on("gala", WEEKS + 2), on("gala", WEEKS + 3), late]
    missed = left_out(told, {"fair"}, AHEAD)
    assert [event.kind for event in missed] == ["gala", "gala"]
    assert list(of_left_out(missed, "champion")) == [
        "demand event gala 2024-12-16 to 2025-01-05 has no effect on champion, which has not learned what this type does: a "
        "demand model that is trained once there has been one does"
    ]
