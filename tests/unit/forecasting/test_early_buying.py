"""Buying before it is needed: price breaks against holding, and a supplier's minimum filled, waited for or told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from forecasting.parameters import ParameterError
from forecasting.stock_policy.early import Early
from forecasting.stock_policy.price_list import PriceList
from forecasting.stock_policy.price_pick import later_cost, quantity_at_best_price
from forecasting.stock_policy.rounding import OrderLimits
from forecasting.suggestions.assortment import Assortment, Prices
from forecasting.suggestions.buying import Basket, Buying
from forecasting.suggestions.position import OpenOrder
from forecasting.suggestions.suggestion import Suggestion, suggest
from forecasting.suggestions.warnings import Warn
from forecasting.suggestions.waterfall import FILLS, PRICE_BREAK, WAITS
from tests.unit.forecasting.test_suggestions import by_item, limits, outlook, positions

TODAY = date(2025, 3, 24)
YEAR = 365.25


# ── holding what comes early ────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("above", "units", "unit_days"),
    [
        (0, 0, 0.0),
        (0, 70, 70 * 7.0),  # one review's demand too many: there for one review
        (0, 140, 140 * 7.0 + 70 * 7.0),  # two: all of them for one review, half of them for another
        (-50, 50, 0.0),  # up to the level nothing is early
        (70, 70, 140 * 7.0 + 70 * 7.0),
    ],
)
def test_units_above_the_level_are_held_until_reviews_would_have_bought_them(
    above: float, units: int, unit_days: float
) -> None:
    assert Early(above, 10.0, 7.0, 0.001).unit_days(units) == pytest.approx(unit_days)


def test_holding_costs_a_share_of_the_price_of_what_is_early_and_of_nothing_else() -> None:
    early = Early(-30, 10.0, 7.0, 0.25 / YEAR)
    assert early.cost(100, 2.0) == pytest.approx(0.25 / YEAR * 2.0 * (70 * 7.0))
    assert early.cost(170, 2.0, instead_of=100) == pytest.approx(0.25 / YEAR * 2.0 * (140 * 7.0 + 70 * 7.0 - 70 * 7.0))
    assert early.within(90) == 930
    assert Early(5000, 10.0, 7.0, 0.0).within(90) == 0


# ── price breaks ────────────────────────────────────────────────────────────────────────────────────────────────────
PRICES = PriceList(((1, 2.50), (100, 2.00)))
THREE = PriceList(((1, 2.50), (100, 2.00), (1000, 1.90)))


@pytest.mark.parametrize(
    ("units", "per_day", "rules", "prices", "holding", "ordered"),
    [
        # later a review wants 35; in lots of 100 these cost 2.01. 60 x 2.50 + 40 x 2.01 - 100 x 2.00 = 30.36 saved on 40 units
        # that come early: .25/365.25 x 2.00 x 40 (40/5 + 7)/2 = .41
        (60, 5.0, OrderLimits(), PRICES, 0.25, 100),
        # of one in 50 days 100 last for years, later ones cost 2.50: 50.00 saved, .25/365.25 x 2.00 x 96 (4800 + 7)/2 = 315.87
        (4, 0.02, OrderLimits(), PRICES, 0.25, 4),
        (4, 0.02, OrderLimits(), PRICES, 0.0, 100),  # holding costs nothing
        (60, 5.0, OrderLimits(0, 30), PRICES, 0.25, 120),  # whole packs
        (60, 5.0, OrderLimits(0, 1, 99), PRICES, 0.25, 60),  # no more may be ordered
        (0, 5.0, OrderLimits(), PRICES, 0.0, 0),
        # 100 x 2.00 + 900 x 2.0089 - 1000 x 1.90 = 108.01; holding .25/365.25 x 1.90 x 900 (180 + 7)/2 = 109.44
        (100, 5.0, OrderLimits(), THREE, 0.25, 100),
        # who sells faster: 100 x 2.00 + 900 x 2.0038 - 1000 x 1.90 = 103.44; holding .25/365.25 x 1.90 x 900 (150 + 7)/2 = 91.88
        (100, 6.0, OrderLimits(), THREE, 0.25, 1000),
        (60, 5.0, OrderLimits(), THREE, 0.25, 100),  # 29.95 gained at 100, 19.18 at 1000
    ],
)
def test_a_break_is_taken_when_it_saves_more_than_holding_costs(
    units: int, per_day: float, rules: OrderLimits, prices: PriceList, holding: float, ordered: int
) -> None:
    early = Early(-float(units), per_day, 7.0, holding / YEAR)
    assert quantity_at_best_price(units, rules, prices, early).units == ordered


def test_the_gain_is_what_is_saved_less_what_holding_costs() -> None:
    rate = 0.25 / YEAR
    early = Early(-60.0, 5.0, 7.0, rate)
    later = 2.0 + 2.0 * rate * (65 * (65 / 5 + 7) / 2) / 100  # a review wants 35: 65 of a lot of 100 are early
    assert later_cost(OrderLimits(), PRICES, early) == pytest.approx(later)
    found = quantity_at_best_price(60, OrderLimits(), PRICES, early)
    assert found.gain == pytest.approx(60 * 2.5 + 40 * later - 200 - 2 * rate * 40 * (40 / 5 + 7) / 2)
    fast = quantity_at_best_price(60, OrderLimits(), PRICES, Early(-60.0, 20.0, 7.0, rate))
    assert fast.gain == pytest.approx(60 * 0.5 - 2 * rate * 40 * (40 / 20 + 7) / 2), "the others are at 2.00 later too"


def test_a_raise_costs_no_more_money_than_there_is() -> None:
    early = Early(-60.0, 5.0, 7.0, 0.25 / YEAR)
    assert quantity_at_best_price(60, OrderLimits(), PRICES, early, 50.0).units == 100
    assert quantity_at_best_price(60, OrderLimits(), PRICES, early, 49.0).units == 60
    assert quantity_at_best_price(90, OrderLimits(), PRICES, early, 0.0).units == 100, "90 cost more than 100"


def test_a_price_that_rises_or_is_not_known_raises_nothing() -> None:
    early = Early(-60.0, 5.0, 7.0, 0.0)
    for prices in (PriceList(), PriceList(((1, 2.0),)), PriceList(((1, 2.0), (100, 3.0))), PriceList(((100, 1.0),))):
        assert quantity_at_best_price(60, OrderLimits(), prices, early).units == 60


def test_a_price_list_tells_prices_by_quantity() -> None:
    assert [THREE.at(units) for units in (0, 1, 99, 100, 5000)] == [None, 2.5, 2.5, 2.0, 1.9]
    assert (PRICES.spend(100), PriceList().spend(100)) == (200.0, 0.0)
    assert (PRICES.dearest_from(100), PriceList(((1, 2.0), (9, 3.0))).dearest_from(1)) == (2.0, 3.0)
    with pytest.raises(ParameterError, match="rising in units"):
        PriceList(((5, 1.0), (5, 0.9)))


# ── in suggestions: ten days of demand to cover, seven until goods arrive, three of review ────────────────────────────
def buying(
    lists: list[PriceList], *baskets: Basket, holding: float = 0.25, early_days: float = 90.0, review: float = 3.0
) -> Buying:
    return Buying(lists, baskets, np.full(len(lists), review), holding, early_days)


def steps(one: Suggestion) -> dict[str, int]:
    return {step.name: step.units for step in one.steps}


def prices_of(how: Buying, shortage: float = 5.0) -> Prices:
    cost = np.array([prices.dearest_from(1) or 0.0 for prices in how.lists])
    return Prices(cost, np.full(len(how.lists), shortage))


def asked(stock: list[int], means: list[float], how: Buying, **more: Any) -> list[Suggestion]:
    given = {"allowed": limits(len(stock)), "budget": None, "shortage": 5.0, **more}
    here = Assortment(positions(stock), outlook(means), given["allowed"], prices_of(how, given["shortage"]), buying=how)
    return by_item(suggest(here, TODAY, given["budget"]))


def test_a_raise_to_a_price_break_is_a_step_and_a_warning() -> None:
    plain = asked([90], [100.0], buying([PriceList(((1, 2.5),))]))[0]
    (one,) = asked([90], [100.0], buying([PRICES]))
    assert 0 < plain.units < 100 == one.units
    assert steps(one)[PRICE_BREAK] == 100 - plain.units
    assert sum(step.units for step in one.steps) == 100
    assert one.spend == 200.0
    assert (plain.warnings, one.warnings) == ((), (Warn.PRICE_BREAK,))
    assert one.chance_with < plain.chance_with


def test_nothing_is_bought_more_days_early_than_is_allowed() -> None:
    need = asked([90], [100.0], buying([PriceList(((1, 2.5),))]))[0].units
    early_days = (100 - need) / 10  # ten are wanted a day, and the need reaches the level
    assert asked([90], [100.0], buying([PRICES], early_days=early_days))[0].units == 100
    assert asked([90], [100.0], buying([PRICES], early_days=early_days - 0.2))[0].units == need


def test_a_break_stays_within_the_most_that_may_be_ordered_and_within_the_budget() -> None:
    need = asked([90], [100.0], buying([PriceList(((1, 2.5),))]))[0].units
    assert asked([90], [100.0], buying([PRICES]), allowed=limits(1, most=99))[0].units == need
    assert asked([90], [100.0], buying([PRICES]), budget=200.0)[0].units == 100
    assert asked([90], [100.0], buying([PRICES]), budget=199.0)[0].units == need


# two items of 2.00 each; the first is short, of the second there is enough for a while, of the third for long
PLAIN = PriceList(((1, 2.0),))
STOCK, MEANS = [90, 130, 200], [100.0, 100.0, 100.0]


def test_a_basket_is_filled_with_what_is_needed_soonest() -> None:
    alone = asked(STOCK, MEANS, buying([PLAIN] * 3))
    need = alone[0].units
    assert need > 0 == alone[1].units == alone[2].units
    found = asked(STOCK, MEANS, buying([PLAIN] * 3, Basket((0, 1, 2), 2.0 * (need + 20))), shortage=500.0)
    assert found[2].units == 0, "it is needed last"
    assert found[0].units + found[1].units == need + 20
    early = [STOCK[item] + found[item].units - (STOCK[0] + need) for item in (0, 1)]
    assert abs(early[0] - early[1]) <= 1, "both come as early as each other"
    assert [steps(one).get(FILLS, 0) for one in found] == [found[0].units - need, found[1].units, 0]
    assert [Warn.FILLS_MINIMUM in one.warnings for one in found] == [True, True, False]
    assert all(sum(step.units for step in one.steps) == one.units for one in found)


def test_a_basket_waits_when_being_short_costs_less_than_holding() -> None:
    """Filled, 490 units are held early at 2.00; not ordered, hardly a unit is expected to be short."""
    need = asked(STOCK, MEANS, buying([PLAIN] * 3))[0].units
    basket = Basket((0, 1, 2), 2.0 * (need + 490))
    found = asked(STOCK, MEANS, buying([PLAIN] * 3, basket), shortage=0.01)
    assert [one.units for one in found] == [0, 0, 0]
    assert (steps(found[0])[WAITS], found[0].warnings) == (-need, (Warn.WAITS_FOR_MINIMUM,))
    assert found[0].chance_with == found[0].chance_without
    dear = asked(STOCK, MEANS, buying([PLAIN] * 3, basket), shortage=500.0)
    assert sum(one.units for one in dear) == need + 490
    gathered = replace(basket, gathered=1.0)
    assert sum(one.units for one in asked(STOCK, MEANS, buying([PLAIN] * 3, gathered), shortage=0.01)) > need, (
        "somebody has approved something of it already"
    )


def test_a_basket_with_something_urgent_does_not_wait() -> None:
    found = asked([0, 130, 200], MEANS, buying([PLAIN] * 3, Basket((0, 1, 2), 1_000.0)), shortage=1e-6)
    assert sum(one.spend for one in found) >= 1_000.0
    assert Warn.OUT_OF_STOCK in found[0].warnings


def test_a_position_below_its_floor_does_not_wait() -> None:
    allowed = replace(limits(3), floor=np.array([150, -(10**15), -(10**15)]))
    found = asked(STOCK, MEANS, buying([PLAIN] * 3, Basket((0, 1, 2), 1_000.0)), shortage=1e-6, allowed=allowed)
    assert STOCK[0] + found[0].units >= 150


def test_a_minimum_that_cannot_be_reached_is_told_and_what_is_needed_is_ordered() -> None:
    need = asked(STOCK, MEANS, buying([PLAIN] * 3))[0].units
    for how, more in (
        (buying([PLAIN] * 3, Basket((0, 1, 2), 1e6)), {}),
        (buying([PLAIN] * 3, Basket((0, 1, 2), 2.0 * (need + 20)), early_days=0.1), {}),
        (buying([PLAIN] * 3, Basket((0, 1, 2), 2.0 * (need + 20))), {"budget": 2.0 * need + 1, "shortage": 500.0}),
        (buying([PriceList(), PLAIN, PLAIN], Basket((0, 1, 2), 50.0)), {}),
    ):
        found = asked(STOCK, MEANS, how, **more)
        assert [one.units for one in found] == [need, 0, 0]
        assert [one.warnings for one in found] == [(Warn.BELOW_MINIMUM,), (), ()]


def test_nothing_is_bought_for_a_minimum_alone() -> None:
    found = asked([500, 500], [100.0, 100.0], buying([PLAIN] * 2, Basket((0, 1), 1_000.0, gathered=10.0)))
    assert [one.units for one in found] == [0, 0]


def test_what_an_order_has_gathered_and_a_price_break_adds_counts_towards_the_minimum() -> None:
    need = asked([90], [100.0], buying([PLAIN]))[0].units
    (one,) = asked([90], [100.0], buying([PLAIN], Basket((0,), 1_000.0, gathered=1_000.0 - 2 * need)))
    assert (one.units, one.warnings) == (need, ())
    (raised,) = asked([90], [100.0], buying([PRICES], Basket((0,), 200.0)))
    assert (raised.units, raised.warnings) == (100, (Warn.PRICE_BREAK,))


def test_a_price_that_falls_while_a_basket_is_filled_is_made_up_for() -> None:
    """100 at 2.50 would be worth the minimum, at 2.00 they are not: the basket goes on at the price of so many."""
    (one,) = asked([90], [100.0], buying([PRICES], Basket((0,), 249.0), holding=50.0), shortage=500.0)
    assert (one.units, one.spend, one.warnings) == (125, 250.0, (Warn.FILLS_MINIMUM,))


def test_an_item_is_in_one_basket() -> None:
    with pytest.raises(ParameterError, match="baskets"):
        buying([PLAIN] * 2, Basket((0, 1), 1.0), Basket((1,), 1.0))


shops = st.lists(
    st.tuples(
        st.floats(0, 200), st.integers(0, 250), st.integers(0, 40), st.integers(1, 20), st.none() | st.integers(0, 300),
        st.lists(st.tuples(st.integers(2, 300), st.floats(0.3, 0.99)), max_size=3), st.booleans(),
    ),
    min_size=1,
    max_size=5,
)  # fmt: skip


@given(
    shops, st.floats(1, 3_000), st.floats(0, 500), st.none() | st.floats(0, 2_000), st.floats(0, 2), st.floats(0, 200),
    st.floats(0.001, 50),
)  # fmt: skip
def test_however_items_are_sold_what_is_needed_is_ordered_or_waits_caps_hold_and_a_minimum_is_reached_or_told(
    cases: list[Any], minimum: float, gathered: float, budget: float | None, holding: float, early_days: float, shortage: float
) -> None:
    means, stock = [case[0] for case in cases], [case[1] for case in cases]
    count = len(cases)
    most = np.array([10**12 if case[4] is None else case[4] for case in cases])
    allowed = replace(
        limits(count), minimum=np.array([c[2] for c in cases]), multiple=np.array([c[3] for c in cases]), most=most
    )
    lists = [_price_list(case[5]) if case[6] else PriceList() for case in cases]
    inside = tuple(range(0, count, 2))
    plain = buying([PriceList(prices.steps[:1]) for prices in lists], holding=holding)
    how = buying(lists, Basket(inside, minimum, gathered), holding=holding, early_days=early_days)
    more = {"allowed": allowed, "budget": budget, "shortage": shortage}
    needed, found = asked(stock, means, plain, **more), asked(stock, means, how, **more)
    for one, need in zip(found, needed, strict=True):
        assert sum(step.units for step in one.steps) == one.units
        assert one.units >= need.units or (one.units == 0 and Warn.WAITS_FOR_MINIMUM in one.warnings)
        assert one.units <= max(most[one.item], 0)
        assert one.units % cases[one.item][3] == 0
        assert not one.units or one.units >= cases[one.item][2]
        early = stock[one.item] + one.units - float(outlook(means).level[one.item])
        assert one.units <= need.units or early <= means[one.item] / 10 * early_days + 1e-6
    if budget is not None:
        assert sum(one.spend for one in found) <= budget * (1 + 1e-9)
    bought = [one for one in found if one.item in inside and one.units]
    money = gathered + sum(one.spend for one in bought)
    assert not bought or money >= minimum * (1 - 1e-6) or any(Warn.BELOW_MINIMUM in one.warnings for one in bought)
    assert not any(one.units for one in found if Warn.WAITS_FOR_MINIMUM in one.warnings)
    assume(budget is None)
    _nothing_more(found, stock, means, how, minimum, gathered, allowed, shortage)


def _price_list(breaks: list[tuple[int, float]]) -> PriceList:
    starts, price, steps = sorted({start for start, _ in breaks}), 4.0, [(1, 4.0)]
    for start, (_, share) in zip(starts, breaks, strict=False):
        price *= share
        steps.append((start, price))
    return PriceList(tuple(steps))


def _nothing_more(
    found: list[Suggestion], stock: list[int], means: list[float], how: Buying, minimum: float, gathered: float, allowed: Any,
    shortage: float,
) -> None:  # fmt: skip
    """Once the orders are placed, a second run orders nothing."""
    orders = [(OpenOrder("po", one.units, TODAY),) if one.units else () for one in found]
    (basket,) = how.baskets
    drafted = gathered + sum(one.spend for one in found if one.item in basket.items)
    again = replace(how, baskets=(replace(basket, gathered=drafted),))
    most = np.maximum(allowed.most - np.array([one.units for one in found]), 0)
    left = replace(allowed, most=most)
    second = suggest(Assortment(positions(stock, orders), outlook(means), left, prices_of(how, shortage), buying=again), TODAY)
    assert [one.units for one in second] == [0] * len(second)
