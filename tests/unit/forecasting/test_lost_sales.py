"""Where what finds no stock is lost: demand that is lost before an order arrives takes nothing from what is to come."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.parameters import ParameterError
from forecasting.planning.plan import Planned, plan
from forecasting.planning.policy import Policy
from forecasting.planning.run import Run, bodies
from forecasting.stock_policy.lost_sales import Arrivals, lost_until
from forecasting.suggestions.suggestion import Suggestion
from forecasting.suggestions.waterfall import LOST
from tests.unit.forecasting.test_planning import DAY_MS, NOW, PEN, TODAY, books, forecast

LOSING = Policy(lost_sales=True)
arrivals = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 12), st.integers(1, 40)), max_size=8)


def day_by_day(until: int, stock: float, per_day: float, coming: dict[int, float]) -> float:
    lost = 0.0
    for day in range(until):
        stock += coming.get(day, 0.0)
        served = min(max(stock, 0.0), per_day)
        stock, lost = stock - served, lost + per_day - served
    return lost


@given(st.lists(st.tuples(st.integers(0, 14), st.integers(-30, 60), st.floats(0, 9)), min_size=3, max_size=3), arrivals)
def test_what_is_lost_is_what_a_loop_over_the_days_finds(
    items: list[tuple[int, int, float]], coming: list[tuple[int, int, int]]
) -> None:
    until, stock, per_day = (np.array(column, np.float64) for column in zip(*items, strict=True))
    rows = np.array(coming, np.int64).reshape(-1, 3)
    told = Arrivals(rows[:, 0], rows[:, 1].astype(np.float64), rows[:, 2].astype(np.float64))
    slow = []
    for item, (days, there, daily) in enumerate(items):
        due: dict[int, float] = {}
        for of, day, units in coming:
            if of == item:
                due[day] = due.get(day, 0.0) + units
        slow.append(day_by_day(days, there, daily, due))
    assert lost_until(until, stock, per_day, told) == pytest.approx(slow, abs=1e-9)


def test_goods_never_come_before_today() -> None:
    with pytest.raises(ParameterError, match="days"):
        Arrivals(np.array([0]), np.array([-1.0]), np.array([5.0]))


def one_pen(stock: tuple[int, int, int], orders: list[tuple[Any, ...]], policy: Policy) -> Planned:
    """Ten are wanted a day, the supplier has agreed five days."""
    on_hand, reserved, backordered = stock
    rows = books(terms=[PEN], levels=[("pen", "main", on_hand, 0, reserved, backordered)], on_order=orders)
    return plan(forecast(pen=100), 10.0, rows, TODAY, policy)[0][0]


def steps_of(said: Suggestion) -> dict[str, int]:
    return {step.name: step.units for step in said.steps}


def test_a_shelf_that_is_empty_until_goods_come_needs_what_is_sold_from_then_on() -> None:
    waits, lost = (one_pen((0, 0, 0), [], policy).suggestion for policy in (Policy(), LOSING))
    assert steps_of(lost)[LOST] == -50, "five days of ten"
    assert LOST not in steps_of(waits)
    assert lost.units == waits.units - 50
    assert (lost.chance_without, lost.money_at_risk, lost.days_of_supply) == (
        waits.chance_without, waits.money_at_risk, waits.days_of_supply,
    )  # fmt: skip
    assert lost.chance_with == pytest.approx(waits.chance_with), "of the time when it is there"
    assert lost.warnings == waits.warnings


@pytest.mark.parametrize(
    ("stock", "orders", "expected"),
    [
        ((0, 0, 0), [("po", 20, 2)], 30),  # two days of nothing, two served, one of nothing
        ((0, 0, 0), [("po", 500, 2)], 20),
        ((0, 0, 0), [("po", 500, -3)], 0),  # overdue: expected at once
        ((0, 0, 0), [("po", 500, 9)], 50),  # after the order
        ((30, 10, 5), [], 35),
        ((0, 0, 25), [("po", 45, 1)], 30),  # who waits already is served first
    ],
)
def test_open_orders_are_sold_from_the_day_they_are_due(
    stock: tuple[int, int, int], orders: list[tuple[str, int, int]], expected: int
) -> None:
    coming = [("pen", "main", name, units, str(TODAY + timedelta(days))) for name, units, days in orders]
    assert steps_of(one_pen(stock, coming, LOSING).suggestion).get(LOST, 0) == -expected


@pytest.mark.parametrize("took", [0, 3, 9])
def test_with_lost_sales_the_waterfall_adds_up_and_a_second_run_orders_nothing(took: int) -> None:
    cases = np.random.default_rng(took).integers((0, 0, 0, 1, -2), (90, 30, 40, 80, 12), (200, 5)).tolist()
    names = [f"pen-{number}" for number in range(len(cases))]
    coming = [
        (sku, "main", f"po-{sku}", case[3], str(TODAY + timedelta(case[4]))) for sku, case in zip(names, cases, strict=True)
    ]
    placed = NOW - 30 * DAY_MS  # the supplier, who has agreed five days, took as many whenever something was ordered
    receipts = [
        ("acme", "pen-0", 5, "", placed + day * DAY_MS, placed + (day + took) * DAY_MS) for day in range(8 if took else 0)
    ]

    def planned(policy: Policy, ordered: dict[str, int], due: date) -> dict[str, Suggestion]:
        more = [(sku, "main", "po-now", units, str(due)) for sku, units in ordered.items() if units]
        rows = books(
            terms=[(sku, *PEN[1:]) for sku in names],
            levels=[(sku, "main", case[0], 0, case[1], case[2]) for sku, case in zip(names, cases, strict=True)],
            on_order=[*coming, *more],
            receipts=receipts,
        )
        return {one.sku: one.suggestion for one in plan(forecast(**dict.fromkeys(names, 100.0)), 10.0, rows, TODAY, policy)[0]}

    found, waits = planned(LOSING, {}, TODAY), planned(Policy(), {}, TODAY)
    for sku, said in found.items():
        assert sum(step.units for step in said.steps) == said.units <= waits[sku].units
        assert said.chance_with <= said.chance_without + 1e-12
    assert sum(LOST in steps_of(said) for said in found.values()) > len(names) / 4
    ordered = {sku: said.units for sku, said in found.items()}
    for due in (TODAY + timedelta(5), date.max):  # placed, or still a draft
        assert not any(said.units for said in planned(LOSING, ordered, due).values())


def test_what_is_lost_does_not_sell_before_it_expires() -> None:
    terms, wish = ("pen", "acme", 5, 1, 1, "", ""), ("pen", "main", None, None, None, None, None, 3)
    rows = books(terms=[terms], policies=[wish])
    waits, lost = (plan(forecast(pen=100), 10.0, rows, TODAY, policy)[0][0].suggestion for policy in (Policy(), LOSING))
    assert steps_of(lost)["most that may be ordered"] < 0
    assert lost.units == waits.units - 50 <= 30, "ten a day, three days on which it keeps"


def test_nothing_changes_where_nothing_is_expected_to_be_lost() -> None:
    assert one_pen((60, 0, 0), [], LOSING) == one_pen((60, 0, 0), [], Policy())
    terms = books(terms=[PEN], levels=[("pen", "main", 10, 0, 0, 0)])
    ended: pl.DataFrame = forecast(pen=float("nan"))
    assert plan(ended, 10.0, terms, TODAY, LOSING) == plan(ended, 10.0, terms, TODAY, Policy())


def test_a_run_says_that_it_took_what_finds_no_stock_for_lost() -> None:
    found = Run([one_pen((0, 0, 0), [], LOSING)], [], 0, 10.0)
    told = [next(bodies(found, "run", TODAY, policy))["made_with"] for policy in (LOSING, replace(LOSING, lost_sales=False))]
    assert [made["lost_sales"] for made in told] == [True, False]
