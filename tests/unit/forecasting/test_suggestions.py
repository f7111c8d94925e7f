"""Suggestions: they add up, a second run orders nothing, and what is unusual comes first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.calendar.ahead import EVENTS
from forecasting.distributions.empirical import QuantileTable
from forecasting.metrics import LEVELS
from forecasting.parameters import ParameterError
from forecasting.stock_policy.rounding import OrderLimits, order_quantity_by_cost
from forecasting.suggestions.assortment import Assortment, Prices
from forecasting.suggestions.ordering import NO_MOST, Limits, ordered
from forecasting.suggestions.outlook import Outlook
from forecasting.suggestions.position import OpenOrder, Positions
from forecasting.suggestions.suggestion import Suggestion, suggest
from forecasting.suggestions.warnings import SEVERITY_OF, Severity, Warn
from forecasting.suggestions.waterfall import PLANNED, parts_of_level

TODAY = date(2025, 3, 24)


def whole(*units: int) -> Any:
    return np.array(units, np.int64)


def outlook(means: list[float], spread: float = 0.5, longer: float = 1.2, target: float = 0.95) -> Outlook:
    """Ten days: seven until the goods arrive, three of review."""
    mean = np.array(means, np.float64)
    rising = np.array(LEVELS) - 0.5
    usual = mean[:, None] * (1 + spread * rising)
    sure = mean[:, None] * (1 + longer * spread * rising)
    targets, days = np.full(len(mean), target), np.full(len(mean), 10.0)
    tables = QuantileTable(LEVELS, usual), QuantileTable(LEVELS, sure)
    return Outlook(0.7 * mean, 0.3 * mean, *tables, targets, days)


def positions(on_hand: list[int], orders: list[tuple[OpenOrder, ...]] | None = None, **units: list[int]) -> Positions:
    nothing = [0] * len(on_hand)
    told = {name: whole(*units.get(name, nothing)) for name in ("on_hold", "reserved", "backordered")}
    return Positions(whole(*on_hand), open_orders=orders or [()] * len(on_hand), **told)


def limits(count: int, minimum: int = 0, multiple: int = 1, most: int = NO_MOST) -> Limits:
    return Limits(whole(*[minimum] * count), whole(*[multiple] * count), whole(*[most] * count))


def prices(count: int, cost: float = 2.0, shortage: float = 5.0) -> Prices:
    return Prices(np.full(count, cost), np.full(count, shortage))


def by_item(found: list[Suggestion]) -> list[Suggestion]:
    return sorted(found, key=lambda one: one.item)


items = st.lists(
    st.tuples(
        st.floats(0, 300), st.integers(0, 200), st.integers(0, 50), st.integers(0, 80), st.integers(0, 60), st.integers(0, 90)
    ),
    min_size=1,
    max_size=6,
)


@given(
    items,
    st.integers(0, 60),
    st.integers(1, 24),
    st.none() | st.integers(0, 400),
    st.none() | st.floats(0, 500),
    st.none() | st.floats(-1, 1),
    st.none() | st.floats(-1, 1),
)
def test_every_waterfall_adds_up_and_once_it_is_ordered_nothing_more_is(
    cases: list[tuple[float, int, int, int, int, int]],
    minimum: int,
    multiple: int,
    most: int | None,
    budget: float | None,
    planned: float | None,
    of_events: float | None,
) -> None:
    means, on_hand, on_hold, reserved, backordered, coming = map(list, zip(*cases, strict=True))
    due = TODAY + timedelta(3)
    orders = [(OpenOrder("po-1", units, due),) if units else () for units in coming]
    told = {"on_hold": on_hold, "reserved": reserved, "backordered": backordered}
    ahead, allowed = outlook(means), limits(len(means), minimum, multiple, NO_MOST if most is None else most)
    if planned is not None:
        ahead = replace(ahead, of_plan=planned * np.array(means))
    if of_events is not None:
        ahead = replace(ahead, of_events=of_events * np.array(means))
    money = prices(len(means))
    found = suggest(Assortment(positions(on_hand, orders, **told), ahead, allowed, money), TODAY, budget)
    for one in found:
        assert sum(step.units for step in one.steps) == one.units
        assert one.units % multiple == 0
        assert not one.units or one.units >= minimum
        assert most is None or one.units <= most
        assert one.chance_with <= one.chance_without + 1e-12
    if budget is not None:
        assert sum(one.spend for one in found) <= budget * (1 + 1e-9)
        return
    if most is not None:
        return
    placed = [
        (*before, OpenOrder("po-2", one.units, due)) if one.units else before
        for before, one in zip(orders, by_item(found), strict=True)
    ]
    again = suggest(Assortment(positions(on_hand, placed, **told), ahead, allowed, money), TODAY)
    assert [one.units for one in again] == [0] * len(again)


@given(items, st.integers(0, 60), st.integers(1, 24))
def test_packs_are_rounded_as_for_one_item_by_cost(
    cases: list[tuple[float, int, int, int, int, int]], minimum: int, multiple: int
) -> None:
    ahead = outlook([case[0] for case in cases])
    position = whole(*[case[1] for case in cases])
    need = ahead.level.astype(np.int64) - position
    found = ordered(need, position, limits(len(cases), minimum, multiple), ahead).within_most
    for item in range(len(cases)):
        table = ahead.sure.row(item)

        def cost(units: int, table: QuantileTable = table, at: int = int(position[item])) -> float:
            return 0.95 * float(table.shortage(at + units)) + 0.05 * float(table.surplus(at + units))

        alone = order_quantity_by_cost(max(int(need[item]), 0), OrderLimits(minimum, multiple), cost)
        assert cost(int(found[item])) == pytest.approx(cost(alone), rel=1e-9, abs=1e-9)


def test_the_safety_stock_is_told_by_what_it_is_for() -> None:
    ahead = outlook([100.0])
    parts = {name: int(units[0]) for name, units in parts_of_level(ahead).items()}
    assert sum(parts.values()) == ahead.level[0]
    assert (parts["demand until arrival"], parts["review cover"]) == (70, 30)
    assert parts["demand noise"] == pytest.approx(float(ahead.usual.sd[0]), abs=1)  # type: ignore[index]
    assert parts["lead-time noise"] > 0
    certain = parts_of_level(outlook([100.0], longer=1.0))
    assert certain["lead-time noise"][0] == 0


def test_what_comes_of_a_plan_is_told_apart_from_the_rest_of_the_demand() -> None:
    ahead = replace(outlook([100.0]), of_plan=np.array([40.0]))
    parts = {name: int(units[0]) for name, units in parts_of_level(ahead).items()}
    assert (parts["demand until arrival"], parts["review cover"], parts[PLANNED]) == (42, 18, 40)
    assert sum(parts.values()) == ahead.level[0] == outlook([100.0]).level[0]
    dearer = replace(outlook([100.0]), of_plan=np.array([-20.0]))
    told = {name: int(units[0]) for name, units in parts_of_level(dearer).items()}
    assert (told["demand until arrival"], told["review cover"], told[PLANNED]) == (84, 36, -20)


def test_what_comes_of_events_is_told_apart_from_the_plan_and_from_the_rest() -> None:
    ahead = replace(outlook([100.0]), of_plan=np.array([40.0]), of_events=np.array([20.0]))
    parts = {name: int(units[0]) for name, units in parts_of_level(ahead).items()}
    assert (parts["demand until arrival"], parts["review cover"], parts[EVENTS], parts[PLANNED]) == (28, 12, 20, 40)
    assert sum(parts.values()) == ahead.level[0] == outlook([100.0]).level[0]


def test_every_part_of_the_position_is_a_step_of_its_own() -> None:
    orders = [(OpenOrder("po-1", 20, TODAY), OpenOrder("po-2", 5, TODAY + timedelta(9)))]
    here = positions([40], orders, on_hold=[4], reserved=[10], backordered=[3])
    (one,) = suggest(Assortment(here, outlook([100.0]), limits(1, 0, 12), prices(1)), TODAY)
    told = {step.name: step.units for step in one.steps}
    assert told["on hand"] == -40
    assert told["on hold"] == 4
    assert (told["order po-1"], told["order po-2"]) == (-20, -5)
    assert (told["reserved"], told["backordered"]) == (10, 3)
    assert one.units % 12 == 0
    assert one.days_of_supply == pytest.approx((40 - 4 + 25 - 13) / 10)


def test_what_is_most_severe_comes_first_and_then_what_puts_most_money_at_risk() -> None:
    late = [(), (OpenOrder("po-1", 1, TODAY - timedelta(1)),), (), (), (), ()]
    stock = [95, 95, 60, 0, 4_000, 75]
    found = suggest(Assortment(positions(stock, late), outlook([100.0] * 6), limits(6), prices(6)), TODAY)
    assert [one.item for one in found] == [3, 2, 1, 4, 5, 0]
    assert [one.warnings for one in found[:4]] == [
        (Warn.OUT_OF_STOCK,), (Warn.RUNS_OUT,), (Warn.LATE_ORDER,), (Warn.OVERSTOCK,),
    ]  # fmt: skip
    assert [one.severity for one in found] == [3, 3, 2, 1, 0, 0]
    assert found[4].money_at_risk > found[5].money_at_risk


def test_much_money_in_too_much_stock_waits_for_what_is_gone_tomorrow() -> None:
    dear = Prices(np.array([1_000.0, 0.5]), np.array([1_000.0, 0.5]))
    found = suggest(Assortment(positions([4_000, 10]), outlook([100.0, 100.0]), limits(2), dear), TODAY)
    assert [(one.item, one.severity) for one in found] == [(1, Severity.URGENT), (0, Severity.INFORMATION)]


@pytest.mark.parametrize(
    ("stock", "due_in", "units", "gone"),
    [
        (70, None, 0, False),  # ten a day, and an order placed now takes seven days
        (69, None, 0, True),
        (30, 3, 40, False),  # it comes when the last of them goes
        (29, 3, 40, True),
        (30, 3, 39, True),
        (60, 7, 500, True),  # no sooner than an order placed now
        (60, -1, 500, True),  # nobody knows when a late one comes
    ],
)
def test_it_runs_out_when_nothing_comes_in_time(stock: int, due_in: int | None, units: int, gone: bool) -> None:
    orders = [(OpenOrder("po-1", units, TODAY + timedelta(due_in)),) if due_in is not None else ()]
    (one,) = suggest(Assortment(positions([stock], orders), outlook([100.0]), limits(1), prices(1)), TODAY)
    assert (Warn.RUNS_OUT in one.warnings) == gone


def test_what_is_not_on_sale_any_more_is_information() -> None:
    ended = np.array([True, True])
    (one, gone) = suggest(Assortment(positions([5, 0]), outlook([0.0, 0.0]), limits(2, most=0), prices(2), ended), TODAY)
    assert (one.units, one.warnings, one.severity) == (0, (Warn.PHASE_OUT,), Severity.INFORMATION)
    assert gone.warnings == ()


def test_every_warning_has_a_severity() -> None:
    assert set(SEVERITY_OF) == set(Warn)
    assert Severity.NONE not in SEVERITY_OF.values()


def test_limits_that_contradict_order_nothing_and_say_so() -> None:
    (one,) = suggest(Assortment(positions([0]), outlook([100.0]), limits(1, minimum=50, most=20), prices(1)), TODAY)
    assert one.units == 0
    assert Warn.LIMITS_CONTRADICT in one.warnings
    assert sum(step.units for step in one.steps) == 0


def test_a_budget_is_a_step_and_a_warning() -> None:
    found = by_item(suggest(Assortment(positions([0, 90]), outlook([100.0, 100.0]), limits(2), prices(2)), TODAY, 150.0))
    assert sum(one.spend for one in found) <= 150.0
    assert found[0].units > found[1].units == 0, "who has nothing is missed more"
    assert {"budget"} <= {step.name for step in found[0].steps}
    assert Warn.BUDGET in found[0].warnings


def test_a_year_of_supply_is_told() -> None:
    (one,) = suggest(Assortment(positions([4_000]), outlook([100.0]), limits(1), prices(1)), TODAY)
    assert one.units == 0
    assert one.warnings == (Warn.OVERSTOCK,)


def test_arrays_of_different_items_are_refused() -> None:
    with pytest.raises(ParameterError, match="on_hold is 2 of them"):
        positions([1], on_hold=[1, 2])
    with pytest.raises(ParameterError, match="days"):
        Outlook(np.ones(1), np.ones(1), *[QuantileTable(LEVELS, np.ones((1, len(LEVELS))))] * 2, np.full(1, 0.9), np.zeros(1))
