"""The arithmetic that the benchmark of a year is compared with, on days that a reader can follow."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from tests.benchmarks.year.checks import against_plain
from tests.benchmarks.year.demand import generated
from tests.benchmarks.year.diary import Diary
from tests.benchmarks.year.figures import Figures
from tests.benchmarks.year.plain import replay
from tests.benchmarks.year.policies import Suggestions
from tests.benchmarks.year.report import at_equal_fill
from tests.benchmarks.year.supply import BREAKS, MINIMUM_WEEKS, PACKS, Supply, supply_of
from tests.benchmarks.year.terms import LEAD_TIMES, Terms
from tests.benchmarks.year.twin import twin

WANTED = np.array([[4], [5], [0], [3]])
RECEIVED = np.array([[0], [0], [7], [0]])


def test_who_waits_is_served_first_and_the_rest_is_for_the_orders_of_the_day() -> None:
    days = replay(np.array([6]), RECEIVED, WANTED, lost_sales=False)
    assert days.at_once.ravel().tolist() == [4, 2, 0, 3]
    assert days.waiting.ravel().tolist() == [0, 3, 0, 0]
    assert days.on_hand.ravel().tolist() == [2, 0, 4, 1]
    assert days.shipped.ravel().tolist() == [4, 2, 3, 3]


def test_lost_sales_are_owed_to_nobody() -> None:
    days = replay(np.array([6]), RECEIVED, WANTED, lost_sales=True)
    assert days.waiting.sum() == 0
    assert days.on_hand.ravel().tolist() == [2, 0, 7, 4]


def test_an_answer_that_is_not_what_the_arithmetic_says_is_named() -> None:
    demand = generated(3, 2, 1, seed=1)
    days = replay(np.array([500, 500, 500]), np.zeros_like(demand.units), demand.units, lost_sales=False)
    diary = Diary({})
    for day, orders in demand.orders.items():
        for order in orders:
            for sku, units in order.lines:
                diary.at_once[day][sku] += units
                diary.shipped[day][sku] += units
    assert list(against_plain(demand, diary, days)) == []
    diary.shipped[demand.first]["sku-001"] += 1
    (said,) = against_plain(demand, diary, days)
    assert "units shipped: 1 differ, first sku-001 on 2024-01-15" in said


def test_every_policy_meets_the_same_lead_times() -> None:
    day = date(2024, 1, 1)
    draws = [(Terms().arrival("a", day + timedelta(n)) - day - timedelta(n)).days for n in range(400)]
    assert draws == [(Terms().arrival("a", day + timedelta(n)) - day - timedelta(n)).days for n in range(400)]
    assert set(draws) == set(LEAD_TIMES)
    assert draws != [(Terms().arrival("b", day + timedelta(n)) - day - timedelta(n)).days for n in range(400)]


def figures(policy: str, value: float, served: float, on_hand: float) -> Figures:
    nothing = np.zeros(1)
    return Figures(
        policy, value, 1, np.array([100.0]), np.array([served]), np.array([on_hand]), np.array([2.0]), 0, 0, 0, 0, 90, 100, 0,
        "2024-01-01", nothing, nothing, {}, [],
    )  # fmt: skip


def test_stock_at_equal_fill_lies_between_the_two_runs_next_to_it() -> None:
    ours = [figures("new", 0.5, 80, 10), figures("new", 0.9, 96, 26)]
    theirs = [figures("old", 3, 90, 30), figures("old", 5, 100, 50)]
    table = {(row["target"], row["fill rate"]): row for row in at_equal_fill([*ours, *theirs], "old")}
    assert table["new", "0.9"]["stock"] == pytest.approx(20)
    assert table["old", "0.95"]["stock"] == pytest.approx(40)
    assert table["new", "0.95"]["money"] == pytest.approx(50)
    assert table["new", "0.95"]["less stock"].startswith("37.5%")


SOLD = Supply({"a": 6, "b": 12}, {"a": ((1, "2.00"), (20, "1.90")), "b": ((1, "1.00"),)}, {"mill": 50}, lambda _: "mill")


def test_a_fixed_rule_buys_whole_packs_at_the_price_of_so_many() -> None:
    (order,) = SOLD.baskets({"b": 13, "a": 19}).values()
    assert order == {"a": 24, "b": 24}
    assert SOLD.spent(order) == pytest.approx(24 * 1.9 + 24)
    assert SOLD.listed(order) == pytest.approx(24 * 2 + 24)


@pytest.mark.parametrize(
    ("wanted", "goes"), [({"a": 24, "b": 1}, True), ({"a": 18, "b": 12}, False), ({"a": -3, "b": 0}, False)]
)
def test_what_a_supplier_would_not_take_waits(wanted: dict[str, int], goes: bool) -> None:
    assert bool(SOLD.baskets(wanted)) == goes


def test_real_suppliers_sell_packs_many_cheaper_than_few_and_want_some_money() -> None:
    shop = generated(40, 30, 1, seed=2)
    terms = Terms(suppliers=4, real=True)
    supply, weekly = supply_of(shop, terms), dict(zip(shop.skus, shop.weekly_mean(30), strict=True))
    assert {*supply.pack.values()} == {*PACKS}
    for sku in shop.skus:
        starts, prices = zip(*[(start, float(price)) for start, price in supply.breaks[sku]], strict=True)
        assert list(starts) == sorted({*starts})
        assert starts[1] > supply.pack[sku]
        assert list(prices) == pytest.approx([shop.price[sku] * share for share in (1, *dict(BREAKS).values())], abs=1e-4)
    for supplier, money in supply.minimum.items():
        usual = sum(weekly[sku] * shop.price[sku] for sku in shop.skus if terms.supplier_of(sku) == supplier)
        assert any(weeks * usual <= money < weeks * usual + 51 for weeks in MINIMUM_WEEKS)


def test_what_no_supplier_takes_gathers_and_no_order_is_below_its_minimum() -> None:
    """With nothing bought early baskets are often short: they stay drafts, count as on order, and go when they are enough."""
    shop, terms = generated(12, 30, 5, seed=5), Terms(suppliers=4, opening_weeks=2, real=True)
    ran, supply = twin(shop, Suggestions(early_days=0), terms), supply_of(shop, terms)
    assert all(supply.is_taken(one.supplier, one.units) for one in ran.diary.purchases)
    mondays = {day for day in shop.days if day.weekday() == 0}
    placed = {(one.supplier, one.placed_on) for one in ran.diary.purchases}
    assert len(placed) == len(ran.diary.purchases) < len(mondays) * 4
    assert all(units % supply.pack[sku] == 0 for one in ran.diary.purchases for sku, units in one.units.items())
