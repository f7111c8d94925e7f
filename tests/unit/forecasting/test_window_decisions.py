"""The decisions of the window, as tables of cases: gate, rollback, alarms, cut-offs, slots."""

from __future__ import annotations

from datetime import date
from math import nan

import pytest

from forecasting.bootstrap import Comparison
from forecasting.folds import cutoffs_that_fit
from forecasting.parameters import ParameterError
from forecasting.registry.pointers import Pointers
from forecasting.registry.slot import Slot
from forecasting.window.alarms import Measured, alarms
from forecasting.window.gate import judge
from forecasting.window.rollback import should_roll_back

BETTER, SURELY_NOT = Comparison(0.05, 0.01, 0.09, 0.97), Comparison(-0.02, -0.05, 0.01, 0.1)
PERHAPS, SAME = Comparison(0.05, -0.02, 0.12, 0.89), Comparison(0.0, 0.0, 0.0, 0.0)
UNKNOWN = Comparison(nan, nan, nan, nan)


@pytest.mark.parametrize(
    ("pinball", "stock", "passes", "lacking"),
    [
        (BETTER, BETTER, True, ""),
        (BETTER, PERHAPS, False, "stock"),
        (PERHAPS, BETTER, False, "pinball loss"),
        (BETTER, SURELY_NOT, False, "stock"),
        (BETTER, UNKNOWN, False, "stock"),
        (UNKNOWN, BETTER, False, "pinball loss"),
        (SAME, SAME, False, "pinball loss and stock"),
    ],
)
def test_a_challenger_must_be_surely_better_in_both(pinball: Comparison, stock: Comparison, passes: bool, lacking: str) -> None:
    found = judge(pinball, stock, "new", "old")
    assert found.passes is passes
    assert (
        "promoted: new beside old" if passes else f"not promoted, {lacking} not surely lower: new beside old"
    ) in found.reason


def test_who_needs_more_stock_is_said_to_need_more() -> None:
    reason = judge(Comparison(0.046, -0.001, 0.094, 0.97), Comparison(-0.065, -0.125, -0.015, 0.01), "new", "old").reason
    assert "pinball loss 4.6% lower (-0.1% to +9.4%; lower in 97% of resamples)" in reason
    assert "stock at equal fill rate 6.5% higher (+1.5% to +12.5%; lower in 1% of resamples)" in reason


@pytest.mark.parametrize(
    ("previous", "cutoffs", "back"),
    [
        (None, 0, False),
        (UNKNOWN, 8, False),
        (Comparison(0.1, 0.02, 0.2, 0.99), 2, False),
        (Comparison(0.1, 0.02, 0.2, 0.99), 3, True),
        (Comparison(0.1, -0.02, 0.2, 0.94), 8, False),
        (SURELY_NOT, 8, False),
    ],
)
def test_a_champion_goes_back_only_when_the_one_before_did_surely_better(
    previous: Comparison | None, cutoffs: int, back: bool
) -> None:
    assert should_roll_back(previous, cutoffs).passes is back


FINE, HELD = Measured(0.02, -0.05, 0.09), {0.95: Measured(0.95, 0.93, 0.97)}
LOSS = Measured(0.3, 0.25, 0.35)


@pytest.mark.parametrize(
    ("series", "bias", "coverage", "pinball", "expected", "kinds"),
    [
        (50, FINE, HELD, LOSS, 0.3, []),
        (50, Measured(0.3, 0.2, 0.4), HELD, LOSS, 0.3, ["bias"]),
        (50, Measured(0.3, 0.1, 0.4), HELD, LOSS, 0.3, []),
        (50, Measured(-0.3, -0.4, -0.2), HELD, LOSS, 0.3, ["bias"]),
        (
            50,
            FINE,
            {0.95: Measured(0.8, 0.75, 0.85), 0.8: Measured(0.6, 0.5, 0.7)},
            LOSS,
            0.3,
            ["coverage 0.8", "coverage 0.95"],
        ),
        (50, FINE, {0.8: Measured(0.99, 0.98, 1.0)}, LOSS, 0.3, []),
        (50, FINE, HELD, Measured(0.5, 0.4, 0.6), 0.3, ["drift"]),
        (50, FINE, HELD, Measured(0.5, 0.3, 0.6), 0.3, []),
        (50, FINE, HELD, Measured(0.5, 0.4, 0.6), None, []),
        (9, Measured(0.3, 0.2, 0.4), HELD, Measured(0.5, 0.4, 0.6), 0.3, []),
        (50, Measured(nan, nan, nan), {}, Measured(nan, nan, nan), 0.3, []),
    ],
)
def test_an_alarm_needs_the_whole_interval_out_of_bounds(
    series: int, bias: Measured, coverage: dict[float, Measured], pinball: Measured, expected: float | None, kinds: list[str]
) -> None:
    assert [alarm.kind for alarm in alarms(series, bias, coverage, pinball, expected)] == kinds


def test_an_alarm_says_what_it_is_and_what_it_should_be() -> None:
    found = alarms(50, Measured(0.3, 0.2, 0.4), {}, LOSS, 0.2)
    assert [alarm.message for alarm in found] == [
        "forecasts are +30.0% off in sum; it should be from -0.15 to 0.15",
    ]


@pytest.mark.parametrize(
    ("periods", "protection", "wanted", "step", "cutoffs"),
    [
        (54, 3, 8, None, (30, 33, 36, 39, 42, 45, 48, 51)),
        (40, 3, 8, None, (23, 25, 27, 29, 31, 33, 35, 37)),
        (10, 3, 8, None, (1, 2, 3, 4, 5, 6, 7)),
        (3, 1, 8, None, (1, 2)),
        (4, 3, 8, None, (1,)),
        (100, 2, 3, 10, (78, 88, 98)),
        (20, 2, 3, 10, (8, 18)),
    ],
)
def test_as_many_cut_offs_as_there_is_room_for(
    periods: int, protection: int, wanted: int, step: int | None, cutoffs: tuple[int, ...]
) -> None:
    assert cutoffs_that_fit(periods, protection, wanted, step) == cutoffs


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((3, 3, 8), "history is of 3 periods: it must be longer than the horizon of 3"),
        ((9, 3, 0), "cutoffs is 0: it must be 1 or more"),
        ((9, 3, 2, 0), "step is 0: it must be 1 or more"),
        ((9, 0, 2), "horizon is 0: it must be 1 or more"),
    ],
)
def test_cut_offs_that_cannot_be_are_refused(arguments: tuple[int, int, int], says: str) -> None:
    with pytest.raises(ParameterError) as refused:
        cutoffs_that_fit(*arguments)
    assert str(refused.value) == says


@pytest.mark.parametrize("written", ["day 14+7", "week 2+1", "month 1+12"])
def test_a_slot_is_read_as_it_is_written(written: str) -> None:
    assert str(Slot.read(written)) == written


@pytest.mark.parametrize(
    "written", ["", "week", "week 0+1", "week 2+0", "week 400+1", "year 1+1", "week 2+1; drop", "week -2+1"]
)
def test_what_is_no_slot_is_refused(written: str) -> None:
    with pytest.raises(ParameterError):
        Slot.read(written)


def test_pointers_move_one_at_a_time() -> None:
    day = date(2026, 3, 2)
    first = Pointers("week 2+1").promoted("a", day, 1, "first")
    second = first.challenged("b", 2, "not yet").promoted("b", day, 3, "better")
    assert (second.champion, second.previous, second.challenger) == ("b", "a", None)
    back = second.rolled_back(day, 4, "worse")
    assert (back.champion, back.previous) == ("a", "b")
    assert second.promoted("b", day, 5, "again").previous == "a"
