"""Orders that cost money: items of a supplier are ordered together and last a cycle, where that is cheaper."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.parameters import ParameterError
from forecasting.planning.plan import Planned, plan
from forecasting.planning.policy import Policy
from forecasting.planning.record import NOT_DUE, Books
from forecasting.stock_policy.early import Early
from forecasting.stock_policy.joint_replenishment import ReviewCycle, cycle_of_reviews, joint_replenishment
from forecasting.stock_policy.price_list import PriceList
from forecasting.stock_policy.price_pick import later_cost
from forecasting.stock_policy.rounding import OrderLimits
from forecasting.suggestions.assortment import Assortment, Prices
from forecasting.suggestions.buying import Basket, Buying, OrderCosts
from forecasting.suggestions.position import OpenOrder
from forecasting.suggestions.suggestion import Suggestion, suggest
from forecasting.suggestions.warnings import Warn
from forecasting.suggestions.waterfall import FILLS, LASTS, WAITS_FOR_ORDER
from gateway.supplier_calendars import SupplierCalendars
from tests.unit.forecasting.steady_shop import REVIEW, Shop
from tests.unit.forecasting.test_planning import TODAY, books, forecast, policy_row
from tests.unit.forecasting.test_planning_of_baskets import level, sold, steps
from tests.unit.forecasting.test_suggestions import by_item, limits, outlook, positions

PLAIN = PriceList(((1, 2.0),))
MANY = 10**6


# ── the cycle ───────────────────────────────────────────────────────────────────────────────────────────────────────
def cycle(order: float, lines: list[float], holding: list[float], most: int = MANY, until: Any = None) -> ReviewCycle:
    return cycle_of_reviews(order, np.array(lines), np.array(holding), 7.0, np.full(len(lines), most), until)


def cost(order: float, lines: list[float], holding: list[float], reviews: int, multiples: tuple[int, ...]) -> float:
    days = 7.0 * reviews
    each = [k / m / days + h * m * days / 2 for k, h, m in zip(lines, holding, multiples, strict=True)]
    return order / days + sum(each)


@given(
    st.floats(0, 500), st.lists(st.tuples(st.floats(0, 50), st.floats(0.001, 2)), min_size=1, max_size=3), st.integers(1, 6)
)  # fmt: skip
def test_a_cycle_is_never_dearer_than_an_order_at_each_review_and_within_a_hundredth_of_the_cheapest(
    order: float, items: list[tuple[float, float]], most: int
) -> None:
    lines, holding = [line for line, _ in items], [held for _, held in items]
    found = cycle(order, lines, holding, most)
    now, told = cost(order, lines, holding, 1, (1,) * len(lines)), tuple(found.multiples.tolist())
    assert found.saved == pytest.approx(now - cost(order, lines, holding, found.reviews, told), abs=1e-9)
    assert found.saved >= 0
    assert all(1 <= found.reviews * m <= most for m in told)
    all_cycles = [(j, m) for j in range(1, most + 1) for m in product(range(1, most // j + 1), repeat=len(lines))]
    assert now - found.saved <= min(cost(order, lines, holding, j, m) for j, m in all_cycles) * 1.01 + 1e-9


def test_a_cycle_is_that_of_the_heuristic_in_whole_reviews() -> None:
    order, lines, holding = 60.0, [0.5] * 3, [0.02, 0.05, 0.03]
    free = joint_replenishment(order, lines, holding, [1.0] * 3)
    found = cycle(order, lines, holding)
    assert abs(found.reviews - free.cycle / 7) < 1
    assert free.cost <= cost(order, lines, holding, found.reviews, tuple(found.multiples.tolist())) < free.cost * 1.02


def test_without_an_order_cost_only_lines_are_spared_and_without_any_nothing() -> None:
    lines_only = cycle(0.0, [5.0, 0.0], [0.01, 0.01])
    assert lines_only.reviews == 1
    assert lines_only.multiples.tolist() == [5, 1]
    assert cycle(0.0, [0.0], [0.5]).saved == 0.0
    assert cycle(50.0, [0.0], [0.0], most=9).reviews == 9, "holding costs nothing: as long as it may be"


def test_a_cycle_that_demand_breaks_off_is_worth_less_and_is_not_begun_when_it_saves_no_order() -> None:
    whole = cycle(10.0, [0.0], [0.1])
    assert whole.reviews > 1
    assert cycle(10.0, [0.0], [0.1], until=lambda *_: 1).saved == 0.0
    assert 0 < cycle(40.0, [0.0], [0.1], until=lambda reviews, _: max(reviews - 1, 1)).saved < cycle(40.0, [0.0], [0.1]).saved


# ── in suggestions: ten days of demand to cover, seven until goods arrive, three of review ────────────────────────────
def buying(count: int, order: float, line: float = 0.0, begun: bool = False, **more: Any) -> Buying:
    costs = OrderCosts(tuple(range(count)), order, (line,) * count, begun)
    given = {"early_days": 60.0, "baskets": (), **more}
    return Buying([PLAIN] * count, given["baskets"], np.full(count, 3.0), 0.25, given["early_days"], (costs,))


def asked(stock: list[int], means: list[float], how: Buying | None, **more: Any) -> list[Suggestion]:
    given = {"allowed": limits(len(stock)), "budget": None, "shortage": 5.0, "orders": None, **more}
    money = Prices(np.full(len(stock), 2.0), np.full(len(stock), given["shortage"]))
    here = Assortment(positions(stock, given["orders"]), outlook(means), given["allowed"], money, buying=how)
    return by_item(suggest(here, TODAY, given["budget"]))


def told(one: Suggestion) -> dict[str, int]:
    return {step.name: step.units for step in one.steps}


def test_an_order_lasts_the_cycle_and_takes_along_what_would_be_needed_before_the_next() -> None:
    stock, means = [90, 130, 800], [100.0, 100.0, 100.0]
    alone, found = asked(stock, means, buying(3, 0.0)), asked(stock, means, buying(3, 20.0))
    assert alone[0].units > 0 == alone[1].units == alone[2].units
    more = [told(one).get(LASTS, 0) for one in found]
    assert more[0] == found[0].units - alone[0].units > 0
    assert more[0] % 30 == 0, "three days of review, ten wanted a day"
    assert 130 + found[1].units == 90 + found[0].units, "both last as long"
    assert (found[2].units, found[2].warnings) == (0, ())
    assert [Warn.LASTS_CYCLE in one.warnings for one in found] == [True, True, False]


def test_where_orders_cost_nothing_or_nothing_is_needed_all_is_as_before() -> None:
    stock, means = [90, 130], [100.0, 100.0]
    free = buying(2, 0.0)
    assert asked(stock, means, free) == asked(stock, means, replace(free, order_costs=()))
    enough = asked([300, 130], means, buying(2, 500.0))
    assert [one.units for one in enough] == [0, 0], "an order is not begun for what would only be needed later"
    nobody_knows = replace(buying(2, 500.0), lists=[PriceList()] * 2)
    assert [one.units for one in asked(stock, means, nobody_knows)] == [one.units for one in asked(stock, means, free)]


def test_an_order_for_next_to_nothing_waits_unless_one_is_begun_or_customers_would_be_sent_away() -> None:
    stock, means = [115, 130], [100.0, 100.0]
    need = asked(stock, means, buying(2, 0.0))[0].units
    assert need > 0
    waits = asked(stock, means, buying(2, 20.0), shortage=0.01)
    assert (told(waits[0])[WAITS_FOR_ORDER], waits[0].units) == (-need, 0)
    assert waits[0].warnings == (Warn.WAITS_FOR_ORDER,)
    assert asked(stock, means, buying(2, 20.0, begun=True), shortage=0.01)[0].units > need
    assert asked(stock, means, buying(2, 20.0), shortage=50.0)[0].units > need
    urgent = asked([0, 130], means, buying(2, 20.0), shortage=1e-9)
    assert urgent[0].units > 0
    assert Warn.OUT_OF_STOCK in urgent[0].warnings


def test_a_line_cost_lets_a_slow_item_skip_orders() -> None:
    stock, means = [30, 90], [40.0, 100.0]
    plain, found = asked(stock, means, buying(2, 5.0, 0.0)), asked(stock, means, buying(2, 5.0, 3.0))
    assert all(one.units > before.units > 0 for one, before in zip(found, plain, strict=True))


def test_what_an_order_is_raised_to_counts_towards_the_minimum() -> None:
    stock, means = [90, 130], [100.0, 100.0]
    money = sum(one.spend for one in asked(stock, means, buying(2, 20.0), shortage=500.0))
    for more in (0, 40):
        found = asked(stock, means, buying(2, 20.0, baskets=(Basket((0, 1), money + more),)), shortage=500.0)
        assert sum(one.spend for one in found) == money + more
        assert any(FILLS in told(one) for one in found) == bool(more)


def test_later_units_are_bought_in_lots_of_a_cycle() -> None:
    prices, early = PriceList(((1, 2.5), (100, 2.0))), Early(-60.0, 5.0, 7.0, 0.25 / 365.25)
    assert later_cost(OrderLimits(), prices, early, 28.0) == 2.0, "a cycle's 140 have that price, and none of them is early"
    assert later_cost(OrderLimits(), prices, early) > 2.0


def test_an_item_is_ordered_at_one_cost_and_each_line_has_one() -> None:
    with pytest.raises(ParameterError, match="order_costs"):
        replace(buying(2, 1.0), order_costs=(OrderCosts((0, 1), 1.0, (0.0, 0.0)), OrderCosts((1,), 1.0, (0.0,))))
    with pytest.raises(ParameterError, match="lines"):
        OrderCosts((0, 1), 1.0, (0.0,))


shops = st.lists(
    st.tuples(st.floats(0, 200), st.integers(0, 250), st.integers(0, 40), st.integers(1, 20), st.none() | st.integers(0, 300)),
    min_size=1, max_size=5,
)  # fmt: skip


@given(
    shops, st.floats(0, 300), st.floats(0, 20), st.none() | st.floats(0, 2_000), st.floats(0, 100), st.floats(0.001, 50),
    st.booleans(), st.floats(0, 800),
)  # fmt: skip
def test_whatever_orders_cost_steps_add_up_bounds_hold_and_a_second_run_orders_nothing(
    cases: list[Any], order: float, line: float, budget: float | None, early_days: float, shortage: float, begun: bool,
    minimum: float,
) -> None:  # fmt: skip
    means, stock, count = [case[0] for case in cases], [case[1] for case in cases], len(cases)
    most = np.array([10**12 if case[4] is None else case[4] for case in cases])
    allowed = replace(
        limits(count), minimum=np.array([c[2] for c in cases]), multiple=np.array([c[3] for c in cases]), most=most
    )
    baskets = (Basket(tuple(range(count)), minimum),) if minimum else ()
    how = buying(count, order, line, begun, early_days=early_days, baskets=baskets)
    more = {"allowed": allowed, "budget": budget, "shortage": shortage}
    needed, found = asked(stock, means, buying(count, 0.0), **more), asked(stock, means, how, **more)
    for one, need in zip(found, needed, strict=True):
        assert sum(step.units for step in one.steps) == one.units
        assert one.units >= need.units or {Warn.WAITS_FOR_ORDER, Warn.WAITS_FOR_MINIMUM} & set(one.warnings)
        assert one.units <= max(most[one.item], 0)
        assert one.units % cases[one.item][3] == 0
        assert not one.units or one.units >= cases[one.item][2]
        early = stock[one.item] + one.units - float(outlook(means).level[one.item])
        assert one.units <= need.units or early <= means[one.item] / 10 * early_days + 1e-6
        assert (told(one).get(LASTS, 0) > 0) == (Warn.LASTS_CYCLE in one.warnings) or Warn.WAITS_FOR_MINIMUM in one.warnings
    assert any(need.units for need in needed) or not any(one.units for one in found)
    if budget is not None:
        assert sum(one.spend for one in found) <= budget * (1 + 1e-9)
        return
    orders = [(OpenOrder("po", one.units, TODAY),) if one.units else () for one in found]
    again = replace(allowed, most=np.maximum(most - np.array([one.units for one in found]), 0))
    gathered = sum(one.spend for one in found)
    drafted = replace(how, baskets=tuple([replace(one, gathered=gathered) for one in how.baskets]))
    second = asked(stock, means, drafted, allowed=again, shortage=shortage, orders=orders)
    assert [one.units for one in second] == [0] * count


# ── review after review ─────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("line", [0.0, 2.0])
def test_steady_demand_costs_less_with_joint_orders_by_as_much_as_the_function_says(line: float) -> None:
    per_day, price, reviews = np.arange(1.0, 9.0), np.linspace(1.0, 6.0, 8), 60
    lines = (line,) * 8
    alone, joint = [Shop(per_day, price, 60.0, lines, tells).run(reviews) for tells in (False, True)]
    holding = price * per_day * 0.25 / 365.25
    found = cycle_of_reviews(60.0, np.array(lines), holding, float(REVIEW), np.full(8, 9))
    assert joint.orders == pytest.approx(reviews / found.reviews, abs=1.5)
    assert alone.orders >= reviews - 1
    assert alone.money - joint.money == pytest.approx(found.saved * reviews * REVIEW, rel=0.06)
    assert joint.money < 0.8 * alone.money


@pytest.mark.parametrize("order", [10.0, 60.0])
def test_demand_that_is_drawn_costs_no_more_with_joint_orders_at_no_lower_fill_rate(order: float) -> None:
    draw = np.random.default_rng(3)
    per_day, price = draw.lognormal(1.0, 0.8, 12), np.exp(draw.normal(1.0, 0.7, 12))
    alone, joint = [Shop(per_day, price, order, (0.2,) * 12, tells, seed=1).run(80) for tells in (False, True)]
    assert joint.money < 1.01 * alone.money
    assert order < 60 or (joint.money < 0.8 * alone.money and joint.orders < alone.orders / 2)
    assert joint.short <= alone.short


# ── from the rows ───────────────────────────────────────────────────────────────────────────────────────────────────
PAIR = [sold("pen", (1, "2")), sold("cap", (1, "2")), sold("ink", (1, "2"), supplier="other")]
STOCK = [level("pen", 90), level("cap", 130), level("ink", 90)]
MEANS = {"pen": 100.0, "cap": 100.0, "ink": 100.0}


def planned(rows: Books, calendars: Any = None, **policy: Any) -> dict[str, Planned]:
    more = () if calendars is None else (calendars,)
    found, unplanned = plan(forecast(**MEANS), 10.0, rows, TODAY, Policy(**policy), *more)
    assert not unplanned
    return {one.sku: one for one in found}


def test_order_and_line_costs_come_from_the_rows_of_their_supplier() -> None:
    usual = planned(books(terms=PAIR, levels=STOCK))
    rows = books(terms=PAIR, levels=STOCK, order_costs=[("acme", "40.00")])
    found = planned(rows)
    assert steps(found["pen"])[LASTS] > 0 < steps(found["cap"])[LASTS]
    assert found["ink"] == usual["ink"], "somebody else sells it"
    by_line = planned(books(terms=PAIR, levels=STOCK, line_costs=[("other", "ink", "9.00"), ("acme", "ink", "99")]))
    assert LASTS in steps(by_line["ink"])
    assert by_line["pen"] == usual["pen"]
    free = books(terms=PAIR, levels=STOCK, order_costs=[("acme", "0")], line_costs=[("acme", "pen", "0.00")])
    assert planned(free) == usual


def test_what_people_have_overridden_is_ordered_with_nothing() -> None:
    rows = books(terms=PAIR, levels=STOCK, order_costs=[("acme", "40")], overridden=[("cap", "main", TODAY.isoformat())])
    found = planned(rows)
    assert (LASTS in steps(found["pen"]), LASTS in steps(found["cap"])) == (True, False)


@pytest.mark.parametrize("wished", [{"maximum": 230}, {"shelf_life_days": 23}])
def test_an_order_that_lasts_a_cycle_stays_within_the_maximum_and_the_shelf_life(wished: dict[str, int]) -> None:
    free = planned(books(terms=PAIR, levels=STOCK, order_costs=[("acme", "200")]))["pen"].suggestion.units
    rows = books(terms=PAIR, levels=STOCK, order_costs=[("acme", "200")], policies=[policy_row("pen", **wished)])
    units = planned(rows)["pen"].suggestion.units
    assert 90 + units <= 230 < 90 + free


def test_an_order_lasts_until_the_order_day_on_which_the_next_of_the_cycle_is_placed() -> None:
    """Tuesdays; the supplier is closed on that of the cycle's next order, which is placed a week later then."""
    tuesdays = '{"working_days":["mon","tue","wed","thu","fri"],"order_days":["tue"]%s}'
    asked = []
    for closed in ("", ',"closed":["2025-04-08"]'):
        terms = [(*row[:6], tuesdays % closed) for row in PAIR]
        rows = books(terms=terms, levels=STOCK[1:], order_costs=[("acme", "3")])
        asked.append(planned(rows, SupplierCalendars(), shortage=0.001)["pen"])
    first, later = (steps(one)[LASTS] for one in asked)
    assert first == 70, "a week more: it is ordered every other week"
    assert later == 130, (
        "from 1 to 22 April instead of the 9th, on which a review's order would come: the 8th is no working day"
    )
    assert asked[0].order_by == date(2025, 3, 25)


@settings(max_examples=30)
@given(st.integers(1, 150), st.integers(0, 200), st.integers(0, 200), st.integers(1, 400), st.sampled_from(("", "2.50")))
def test_a_second_run_from_the_rows_orders_nothing(mean: int, pens: int, caps: int, cost: int, line: str) -> None:
    costs: dict[str, Any] = {"order_costs": [("acme", str(cost))], "line_costs": [("acme", "pen", line)] if line else []}
    there = {"terms": PAIR[:2], "levels": [level("pen", pens), level("cap", caps)], **costs}
    means = forecast(pen=mean, cap=80)
    first = [one for one in plan(means, 10.0, books(**there), TODAY, Policy())[0] if one.suggestion.units]
    orders = [(one.sku, "main", "po", one.suggestion.units, NOT_DUE) for one in first]
    drafts = [("acme", "main", one.suggestion.units, str(one.price), one.sku) for one in first]
    second, _ = plan(means, 10.0, books(**there, on_order=orders, drafts=drafts), TODAY, Policy())
    assert not any(one.suggestion.units for one in second)
