"""Planning with what suppliers want: price breaks and minimum orders come from the rows, and what if sees them too."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.planning.calendars import EVERY_DAY
from forecasting.planning.plan import Planned, plan
from forecasting.planning.policy import Policy
from forecasting.planning.record import NOT_DUE, Books
from forecasting.planning.what_if import AS_IT_IS, Change, what_if
from forecasting.stock_policy.price_list import PriceList
from forecasting.suggestions.warnings import Warn
from forecasting.suggestions.waterfall import FILLS, PRICE_BREAK
from tests.unit.forecasting.test_planning import PEN, TODAY, books, forecast, policy_row

DEAR = 1_000.0
"""Being a unit short costs so many times its price: nothing waits."""
Row = tuple[Any, ...]


def sold(sku: str, *steps: tuple[int, str], supplier: str = "acme", multiple: int = 1) -> Row:
    breaks = json.dumps([{"quantity": start, "unit_price": price} for start, price in steps])
    return (sku, supplier, 5, 1, multiple, breaks, "")


def level(sku: str, units: int, warehouse: str = "main") -> Row:
    return (sku, warehouse, units, 0, 0, 0)


def planned(rows: Books, means: dict[str, float], **policy: Any) -> dict[str, Planned]:
    found, unplanned = plan(forecast(**means), 10.0, rows, TODAY, Policy(**policy))
    assert not unplanned
    return {one.sku: one for one in found}


def steps(one: Planned) -> dict[str, int]:
    return {step.name: step.units for step in one.suggestion.steps}


def test_an_order_is_raised_to_the_price_break_of_its_terms() -> None:
    rows = books(terms=[PEN], levels=[level("pen", 40)])
    usual, raised = (planned(rows, {"pen": 60}, early_days=days)["pen"] for days in (0, 90))
    assert (usual.price, raised.price) == (2.5, 2.0)
    assert 0 < usual.suggestion.units < 100 == raised.suggestion.units
    assert steps(raised)[PRICE_BREAK] == 100 - usual.suggestion.units
    assert raised.suggestion.spend == 200.0
    assert Warn.PRICE_BREAK in raised.suggestion.warnings


@pytest.mark.parametrize(
    ("wished", "units"),
    [({"maximum": 139}, 90), ({"maximum": 140}, 100), ({"shelf_life_days": 23}, 90), ({"shelf_life_days": 24}, 100)],
)
def test_a_raise_stays_within_the_maximum_and_sells_within_the_shelf_life(wished: dict[str, int], units: int) -> None:
    """Six are wanted a day, and 40 are there."""
    rows = books(terms=[PEN], levels=[level("pen", 40)], policies=[policy_row("pen", **wished)])
    found = planned(rows, {"pen": 60}, holding=0.0)["pen"].suggestion
    assert found.units <= units
    assert (found.units == 100) == (units == 100)


def test_a_basket_is_filled_to_its_suppliers_minimum_in_each_warehouse_of_its_own() -> None:
    terms = [sold("pen", (1, "2")), sold("cap", (1, "2")), sold("ink", (1, "2"), supplier="other")]
    rows = books(terms=terms, levels=[level(sku, stock) for sku, stock in (("pen", 90), ("cap", 190), ("ink", 190))])
    means = {"pen": 100.0, "cap": 100.0, "ink": 100.0}
    usual = planned(rows, means)
    assert usual["pen"].suggestion.units > 0 == usual["cap"].suggestion.units == usual["ink"].suggestion.units
    found = planned(rows._replace(minimums=minimums(acme="400")), means, shortage=DEAR)
    assert sum(found[sku].suggestion.spend for sku in ("pen", "cap")) == 400
    assert steps(found["cap"])[FILLS] == found["cap"].suggestion.units > 0
    assert found["ink"].suggestion.units == 0, "somebody else sells it"


def minimums(**money: str) -> pl.DataFrame:
    return pl.DataFrame([*money.items()], schema={"supplier": pl.String, "money": pl.String}, orient="row")


def test_what_a_draft_has_gathered_counts_towards_the_minimum_of_its_warehouse() -> None:
    rows = books(
        terms=[sold("pen", (1, "2"))], levels=[level("pen", 90)], minimums=[("acme", "1000.00")],
        drafts=[("acme", "main", 300, "2.50", "a"), ("acme", "north", 900, "9.00", "a"), ("acme", "main", 3, "", "b"), ("other", "main", 9, "9", "c")],
    )  # fmt: skip
    assert planned(rows, {"pen": 100})["pen"].suggestion.spend == 250


@pytest.mark.parametrize(("until", "counts"), [(TODAY - timedelta(1), True), (TODAY, False)])
def test_what_people_have_overridden_counts_towards_no_minimum_until_its_day_is_over(until: date, counts: bool) -> None:
    terms = [sold("pen", (1, "2")), sold("cap", (1, "2"))]
    rows = books(
        terms=terms, levels=[level("pen", 90), level("cap", 0)], minimums=[("acme", "250")],
        overridden=[("cap", "main", until.isoformat())],
    )  # fmt: skip
    found = planned(rows, {"pen": 100.0, "cap": 100.0}, shortage=DEAR)
    assert found["cap"].suggestion.spend > 250, "as it would be"
    assert (found["pen"].suggestion.spend == 250, FILLS in steps(found["pen"])) == (not counts, not counts)


def test_a_budget_holds_for_raises_too() -> None:
    rows = books(terms=[PEN], levels=[level("pen", 40)], minimums=[("acme", "300.00")])
    need = planned(rows, {"pen": 60}, early_days=0)["pen"].suggestion
    assert need.warnings == (Warn.BELOW_MINIMUM,)
    for budget in (need.spend, 199.0, 200.0, 299.0, 300.0):
        found = planned(rows, {"pen": 60}, budget=budget, shortage=DEAR)["pen"].suggestion
        assert need.spend <= found.spend <= budget
        assert (Warn.BELOW_MINIMUM in found.warnings) == (budget < 300)


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.integers(1, 150), st.integers(0, 200), st.sampled_from((1, 6, 10))), min_size=1, max_size=4),
    st.integers(1, 2_000), st.sampled_from((0.01, 1.0, DEAR)),
)  # fmt: skip
def test_a_second_run_orders_nothing_whatever_prices_and_minimum_orders_are(
    cases: list[tuple[int, int, int]], minimum: int, shortage: float
) -> None:
    names = ["pen", "cap", "ink", "hat"][: len(cases)]
    terms = [sold(sku, (1, "2.50"), (60, "2"), (200, "1.90"), multiple=case[2]) for sku, case in zip(names, cases, strict=True)]
    levels = [level(sku, case[1]) for sku, case in zip(names, cases, strict=True)]
    means = {sku: float(case[0]) for sku, case in zip(names, cases, strict=True)}
    first = planned(books(terms=terms, levels=levels, minimums=[("acme", str(minimum))]), means, shortage=shortage)
    orders = [(sku, "main", "po", one.suggestion.units, NOT_DUE) for sku, one in first.items() if one.suggestion.units]
    drafts = [("acme", "main", one.suggestion.units, str(one.price), sku) for sku, one in first.items() if one.suggestion.units]
    rows = books(terms=terms, levels=levels, minimums=[("acme", str(minimum))], on_order=orders, drafts=drafts)
    assert all(not one.suggestion.units for one in planned(rows, means, shortage=shortage).values())


@pytest.mark.parametrize(
    ("drafted", "ordered", "price"),
    [
        ([], 100, 2.0),
        ([("acme", "main", 70, "2.50", "pen")], 30, 2.0),  # what is missing to the break, which 20 would not reach
        ([("acme", "main", 100, "2.00", "pen")], 20, 2.0),  # it is reached
        ([("acme", "north", 100, "2.00", "pen"), ("other", "main", 100, "2.00", "pen")], 100, 2.0),  # not there, not from them
    ],
)
def test_a_price_break_counts_what_the_draft_of_the_supplier_has_of_the_sku(
    drafted: list[Row], ordered: int, price: float
) -> None:
    rows = books(terms=[PEN], levels=[level("pen", 80)], drafts=drafted)
    need = planned(rows, {"pen": 60}, early_days=0)["pen"].suggestion.units
    assert need == 20
    found = planned(rows, {"pen": 60}, early_days=90)["pen"]
    assert (found.suggestion.units, found.price) == (ordered, price)
    assert steps(found).get(PRICE_BREAK, 0) == ordered - need
    money = {100: 200.0, 30: 200.0 - 175.0, 20: 40.0}
    assert found.suggestion.spend == money[ordered], "by as much as the draft becomes dearer"


@settings(max_examples=60)
@given(st.integers(1, 150), st.integers(0, 200), st.integers(0, 260), st.integers(0, 1_500), st.sampled_from((1, 6, 10)))
def test_whatever_a_draft_has_steps_add_up_and_a_minimum_is_filled_by_what_it_becomes_dearer(
    mean: int, stock: int, drafted: int, minimum: int, multiple: int
) -> None:
    terms = [sold("pen", (1, "2.50"), (60, "2"), (200, "1.90"), multiple=multiple)]
    price = "2.50" if drafted < 60 else "2" if drafted < 200 else "1.90"
    there: dict[str, Any] = {"terms": terms, "levels": [level("pen", stock)]}
    drafts = [("acme", "main", drafted, price, "pen")] if drafted else []
    rows = books(**there, drafts=drafts, minimums=[("acme", str(minimum))])
    found = planned(rows, {"pen": float(mean)}, shortage=DEAR)["pen"].suggestion
    assert sum(step.units for step in found.steps) == found.units
    whole = drafted + found.units
    worth = whole * (2.5 if whole < 60 else 2.0 if whole < 200 else 1.9)
    assert drafted * float(price) + found.spend == pytest.approx(worth)
    assert not found.units or worth >= minimum - 1e-6 or Warn.BELOW_MINIMUM in found.warnings


def test_a_draft_short_of_the_minimum_does_not_wait_until_something_else_is_needed() -> None:
    terms = [sold("pen", (1, "2")), sold("cap", (1, "2"))]
    rows = books(
        terms=terms, levels=[level("pen", 90), level("cap", 190)], minimums=[("acme", "400")],
        on_order=[("pen", "main", "po", 100, NOT_DUE)], drafts=[("acme", "main", 100, "2", "pen")],
    )  # fmt: skip
    means = {"pen": 100.0, "cap": 100.0}
    assert not any(one.suggestion.units for one in planned(rows._replace(minimums=minimums()), means).values()), "no need"
    found = planned(rows, means)
    assert sum(one.suggestion.spend for one in found.values()) == 200
    assert steps(found["cap"])[FILLS] == found["cap"].suggestion.units > 0
    enough = rows._replace(levels=books(levels=[level("pen", 190), level("cap", 190)]).levels)
    assert not any(one.suggestion.units for one in planned(enough, means).values()), "it can wait"


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.integers(1, 150), st.integers(0, 200), st.sampled_from((1, 6, 10)), st.integers(0, 15)),
        min_size=1, max_size=4,
    ),
    st.integers(1, 2_000), st.sampled_from((0.01, 1.0, DEAR)),
)  # fmt: skip
def test_whatever_drafts_have_they_reach_the_minimum_together_and_a_second_run_orders_nothing(
    cases: list[tuple[int, int, int, int]], minimum: int, shortage: float
) -> None:
    """Of each: wanted in ten days, in stock, a pack, packs in the draft."""
    prices, names = PriceList(((1, 2.5), (60, 2.0), (200, 1.9))), ["pen", "cap", "ink", "hat"][: len(cases)]
    terms = [sold(sku, (1, "2.50"), (60, "2"), (200, "1.90"), multiple=case[2]) for sku, case in zip(names, cases, strict=True)]
    levels = [level(sku, case[1]) for sku, case in zip(names, cases, strict=True)]
    means = {sku: float(case[0]) for sku, case in zip(names, cases, strict=True)}
    draft = {sku: case[2] * case[3] for sku, case in zip(names, cases, strict=True) if case[3]}

    def with_draft() -> dict[str, Planned]:
        orders = [(sku, "main", "po", units, NOT_DUE) for sku, units in draft.items()]
        lines = [("acme", "main", units, str(prices.at(units)), sku) for sku, units in draft.items()]
        rows = books(terms=terms, levels=levels, minimums=[("acme", str(minimum))], on_order=orders, drafts=lines)
        return planned(rows, means, shortage=shortage)

    ordered = [one for one in with_draft().values() if one.suggestion.units]
    for one in ordered:
        draft[one.sku] = draft.get(one.sku, 0) + one.suggestion.units
    if ordered and all(Warn.BELOW_MINIMUM not in one.suggestion.warnings for one in ordered):
        assert sum(map(prices.spend, draft.values())) >= minimum * (1 - 1e-9)
    assert not any(one.suggestion.units for one in with_draft().values())


def test_what_if_sees_the_basket_that_an_item_is_in() -> None:
    terms = [sold("pen", (1, "2")), sold("cap", (1, "2"))]
    rows = books(terms=terms, levels=[level("pen", 90), level("cap", 190)], minimums=[("acme", "400")])
    means, policy = forecast(pen=100, cap=100), Policy(shortage=DEAR)
    run = {one.sku: one for one in plan(means, 10.0, rows, TODAY, policy)[0]}
    asked = [
        what_if(means, ("cap", "main"), 10.0, rows, TODAY, policy, EVERY_DAY, one) for one in (AS_IT_IS, Change(None, 1.1))
    ]
    assert asked[0] == run["cap"]
    assert isinstance(asked[1], Planned)
    assert asked[1].suggestion.units > run["cap"].suggestion.units
    told = means.with_columns(target=pl.Series([0.6, 0.9]))
    each = [what_if(told, (sku, "main"), 10.0, rows, TODAY, policy, EVERY_DAY, AS_IT_IS) for sku in ("pen", "cap")]
    assert [one.target for one in each if isinstance(one, Planned)] == [0.6, 0.9]
