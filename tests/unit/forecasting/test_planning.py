"""Planning: from rows and a forecast to suggestions; a policy is never computed from silence."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.calendar.event import Event
from forecasting.distributions.empirical import QuantileTable
from forecasting.forecasters import forecaster_named
from forecasting.history.daily import SCHEMA
from forecasting.history.reading import panel_of, panel_of_sku
from forecasting.history.store import HistoryStore
from forecasting.lead_times.seen import Seen
from forecasting.metrics import LEVELS
from forecasting.panel.long_table import panel_from
from forecasting.panel.periods import Frequency
from forecasting.parameters import ParameterError
from forecasting.planning.drivers import BESIDES, drivers_in
from forecasting.planning.forecasts import LEAST_WEEKS, forecast_for, own_panel
from forecasting.planning.items import QUANTILES
from forecasting.planning.outlooks import Known, outlook
from forecasting.planning.plan import EXPIRY_RISK, Planned, plan
from forecasting.planning.policy import Policy
from forecasting.planning.record import NOT_DUE, QUERIES, Books
from forecasting.planning.run import MOST_DAYS, MOST_STEPS, Asked, decimal_text, driven, items, of_money, run, usual_days
from forecasting.planning.terms import chosen_terms, price_list
from forecasting.suggestions.warnings import Warn
from gateway.suggestion_bodies import SuggestionBody
from gateway.supplier_calendars import SupplierCalendars

TODAY = date(2025, 3, 24)
DAY_MS = 86_400_000
NOW = (TODAY - date(1970, 1, 1)).days * DAY_MS


def books(**rows: list[tuple[Any, ...]]) -> Books:
    """The frames of some rows; of texts at the end that a row leaves out nobody has said anything."""
    frames = {}
    for name, (_, schema) in QUERIES.items():
        whole = [(*row, *[""] * (len(schema) - len(row))) for row in rows.get(name, [])]
        frames[name] = pl.DataFrame(whole, schema=schema, orient="row")
    return Books(**frames)


def forecast(**means: float) -> pl.DataFrame:
    spread = 1 + np.array(LEVELS) - 0.5
    rows = [(sku, "main", mean, *(mean * spread)) for sku, mean in means.items()]
    return pl.DataFrame(rows, schema=["sku", "warehouse", "mean", *[f"p{100 * level:g}" for level in LEVELS]], orient="row")


PEN = ("pen", "acme", 5, 10, 10, '[{"quantity":1,"unit_price":"2.50"},{"quantity":100,"unit_price":"2.00"}]', "")
PEN_LEVEL = ("pen", "main", 40, 0, 10, 0)


def test_stock_and_open_orders_and_terms_come_together() -> None:
    on_order = [("pen", "main", "po-1", 30, "2025-03-26")]
    ((found,), unplanned) = plan(
        forecast(pen=100), 10.0, books(terms=[PEN], levels=[PEN_LEVEL], on_order=on_order), TODAY, Policy()
    )
    assert (found.supplier, found.price, found.grade) == ("acme", 2.0, "A")
    assert unplanned == []
    steps = {step.name: step.units for step in found.suggestion.steps}
    assert steps["order po-1"] == -30
    assert (steps["demand until arrival"], steps["review cover"]) == (50, 70)
    assert found.suggestion.units % 10 == 0
    assert sum(steps.values()) == found.suggestion.units


def test_what_is_planned_is_a_step_with_its_days_as_much_as_falls_on_the_days_of_the_order() -> None:
    rows = books(terms=[PEN], levels=[PEN_LEVEL])
    ((usual,), _) = plan(forecast(pen=100), 10.0, rows, TODAY, Policy())
    sale = "planned promotion 2025-03-31 to 2025-04-06"
    told = forecast(pen=100).with_columns(of_plan=pl.lit(25.0), driver=pl.lit(sale))
    ((found,), _) = plan(told, 10.0, rows, TODAY, Policy())
    steps = {step.name: step.units for step in found.suggestion.steps}
    assert (steps["demand until arrival"], steps["review cover"], steps[sale]) == (38, 52, 30), "12 of 10 days"
    assert found.suggestion.units == usual.suggestion.units, "it is part of what is expected"
    unnamed = plan(told.with_columns(driver=pl.lit(None, pl.String)), 10.0, rows, TODAY, Policy())[0][0]
    assert {step.name: step.units for step in unnamed.suggestion.steps}["planned promotion or price"] == 30


def test_what_comes_of_events_is_a_step_and_a_driver_of_the_same_units() -> None:
    rows = books(terms=[PEN], levels=[PEN_LEVEL])
    gala = "demand event gala 2025-03-31"
    told = forecast(pen=100).with_columns(of_events=pl.lit(25.0), occasion=pl.lit(gala), of_plan=pl.lit(-5.0))
    ((found,), _) = plan(told, 10.0, rows, TODAY, Policy())
    steps = {step.name: step.units for step in found.suggestion.steps}
    assert (steps[gala], steps["planned promotion or price"]) == (30, -6), "12 of 10 days"
    assert steps["demand until arrival"] + steps["review cover"] == 96
    assert found.suggestion.units == plan(forecast(pen=100), 10.0, rows, TODAY, Policy())[0][0].suggestion.units
    weeks = {"sku": "pen", "week": [TODAY - timedelta(weeks=number) for number in range(13, 0, -1)], "units": [49] * 13}
    drivers = driven(found, drivers_in(panel_from(pl.DataFrame(weeks)), "main", events_apart=True)).drivers
    assert drivers == (
        ("as in the latest 13 weeks", 84), (gala, 30), ("planned promotion or price", -6), ("season and trend", 12),
    )  # fmt: skip


def test_an_event_that_the_forecast_leaves_out_is_told_where_it_names_the_item_or_something_is_ordered() -> None:
    much = ("pad", "main", 999, 0, 0, 0)
    terms = [PEN, ("pad", *PEN[1:])]
    rows = books(terms=terms, levels=[PEN_LEVEL, much])

    def warned(*skus: str) -> set[str]:
        gala = Event("gala", TODAY, TODAY, skus=frozenset(skus) or None)
        planned, _ = plan(forecast(pen=100, pad=100), 10.0, rows, TODAY, Policy(), left_out=[gala])
        assert {one.sku: bool(one.suggestion.units) for one in planned} == {"pen": True, "pad": False}
        return {one.sku for one in planned if Warn.EVENT_LEFT_OUT in one.suggestion.warnings}

    assert (warned(), warned("pad"), warned("cap")) == ({"pen"}, {"pad"}, set())


def test_what_is_not_known_is_said_and_not_ordered() -> None:
    terms = [PEN, ("cap", "acme", None, 1, 1, "[]", "")]
    levels = [("ink", "main", 5, 0, 0, 3), ("old", "main", 5, 0, 0, 0), PEN_LEVEL]
    planned, unplanned = plan(forecast(pen=100, cap=10, lid=10), 10.0, books(terms=terms, levels=levels), TODAY, Policy())
    assert [one.sku for one in planned] == ["pen"]
    assert {one.sku: one.reason for one in unplanned} == {
        "ink": "it has no forecast",
        "cap": "its lead time is not known",
        "lid": "no supplier sells it",
    }


def test_goods_on_the_way_to_their_place_are_not_ordered_again() -> None:
    level = ("pen", "main", 200, 160, 0, 0)
    carried = books(terms=[PEN], levels=[level], putaway=[("pen", "main", 160)])
    held = books(terms=[PEN], levels=[level])
    units = [plan(forecast(pen=100), 10.0, each, TODAY, Policy())[0][0].suggestion.units for each in (carried, held)]
    assert units[0] == 0 < units[1]


def test_of_next_to_no_demand_stock_lasts_as_long_as_the_api_can_be_told() -> None:
    level = ("pen", "main", 40_000, 0, 0, 0)
    (one,), _ = plan(forecast(pen=3e-8), 10.0, books(terms=[PEN], levels=[level]), TODAY, Policy())
    (told,) = items([one])
    assert one.suggestion.days_of_supply > MOST_DAYS == SuggestionBody(**told).explanation.days_of_supply


def test_prices_in_several_currencies_are_remarked_on() -> None:
    def remarks(*currencies: str) -> list[str]:
        return list(of_money(books(currencies=[(one,) for one in currencies])))

    assert remarks() == remarks("EUR") == []
    (told,) = remarks("CNY", "EUR", "USD")
    assert told.startswith("prices are in CNY, EUR and USD")


def test_lead_times_are_those_of_receipts_once_there_are_some() -> None:
    late = [("acme", "pen", 5, "", NOW - 60 * DAY_MS, NOW - (60 - days) * DAY_MS) for days in (10, 20, 30)]
    slow = plan(forecast(pen=100), 10.0, books(terms=[PEN], levels=[PEN_LEVEL], receipts=late), TODAY, Policy())[0][0]
    agreed = plan(forecast(pen=100), 10.0, books(terms=[PEN], levels=[PEN_LEVEL]), TODAY, Policy())[0][0]
    told = [{step.name: step.units for step in one.suggestion.steps} for one in (slow, agreed)]
    assert told[0]["demand until arrival"] == 200
    assert told[0]["lead-time noise"] > 0
    assert "lead-time noise" not in told[1]


def test_what_is_forecast_at_once_lasts_as_long_as_most_lead_times_do_by_their_calendars() -> None:
    weekdays, asked = '{"working_days":["mon","tue","wed","thu","fri"]}', Asked(Policy(review_days=7))
    terms = [("pen", *PEN[1:6], weekdays), ("cap", "slow", 10, 1, 1, "[]", weekdays), ("ink", "slow", 10, 1, 1, "[]", weekdays)]
    assert usual_days(books(terms=terms), asked, TODAY, SupplierCalendars()) == 14 + 7, "ten working days from a Monday"
    assert usual_days(books(terms=terms), asked, TODAY) == 10 + 7
    assert usual_days(books(terms=terms), Asked(Policy(review_days=7), lead_time_days=30), TODAY) == 37
    assert usual_days(books(terms=[("pen", "acme", None, *PEN[3:])]), asked, TODAY) == 14 + 7, "nobody has said"


def test_a_late_order_is_told() -> None:
    on_order = [("pen", "main", "po-1", 30, (TODAY - timedelta(1)).isoformat())]
    (one,), _ = plan(forecast(pen=100), 10.0, books(terms=[PEN], levels=[PEN_LEVEL], on_order=on_order), TODAY, Policy())
    assert Warn.LATE_ORDER in one.suggestion.warnings


def test_what_is_not_on_sale_any_more_is_told_as_long_as_some_is_left_and_never_ordered() -> None:
    levels = [
        ("pen", "main", 40, 0, 0, 0),
        ("cap", "main", 0, 0, 0, 0),
        ("hat", "main", 9, 0, 0, 0),
        ("ink", "main", 0, 0, 0, 2),
    ]
    ended = forecast(pen=float("nan"), cap=float("nan"), hat=float("nan"), ink=float("nan"))
    rows = books(
        terms=[PEN, ("cap", *PEN[1:]), ("ink", *PEN[1:])], levels=levels, policies=[policy_row("pen", minimum=500)],
    )  # fmt: skip
    (one,), unplanned = plan(ended, 10.0, rows, TODAY, Policy())
    assert (one.sku, one.suggestion.units, one.suggestion.warnings) == ("pen", 0, (Warn.PHASE_OUT,))
    assert [(row.sku, row.reason) for row in unplanned] == [("ink", "it has no forecast")]


def test_of_several_suppliers_the_cheapest_is_taken_then_the_fastest() -> None:
    schema = QUERIES["terms"][1]
    rows = [
        ("pen", "dear", 1, 1, 1, '[[1,"3"]]', ""), ("pen", "slow", 9, 1, 1, '[[1,"2"]]', ""),
        ("pen", "fast", 2, 1, 1, '[[1,"2"]]', ""), ("pen", "mute", 1, 1, 1, "[]", ""),
    ]  # fmt: skip
    assert chosen_terms(pl.DataFrame(rows, schema=schema, orient="row"))["supplier"].to_list() == ["fast"]
    assert price_list('[{"quantity":1,"unit_price":"2.50"},{"quantity":100,"unit_price":"2.00"}]').at(100) == 2.0
    assert price_list("[]").at(1) is None


def test_a_suggestion_tells_the_price_of_as_many_as_it_orders() -> None:
    few, many, none = (
        plan(forecast(pen=mean), 10.0, books(terms=[PEN], levels=[PEN_LEVEL]), TODAY, Policy(early_days=0))[0][0]
        for mean in (60, 600, 1)
    )
    assert (few.price, many.price, none.price) == (2.5, 2.0, 2.5)
    assert 0 < few.suggestion.units < 100 <= many.suggestion.units
    assert none.suggestion.units == 0
    assert [one.suggestion.spend for one in (few, many, none)] == [few.suggestion.units * 2.5, many.suggestion.units * 2.0, 0]


@pytest.mark.parametrize(
    ("units", "expected", "steps"),
    [
        ([10] * 13, 30.0, (("as in the latest 13 weeks", 30),)),
        ([10] * 9 + [23] * 4, 80.4, (("as in the latest 13 weeks", 42), ("changed in the latest 4", 27), (BESIDES, 11))),
        ([0] * 13, 4.0, ((BESIDES, 4),)),
        ([26, None, None], 50.0, (("as in the latest 13 weeks", 78), (BESIDES, -28))),
    ],
)
def test_the_drivers_of_a_forecast_add_up_to_it(units: list[int | None], expected: float, steps: Any) -> None:
    weeks = [TODAY - timedelta(weeks=len(units) - number) for number in range(len(units))]
    share = [0.0 if count is None else 1.0 for count in units]
    table = {"sku": "pen", "week": weeks, "units": [count or 0 for count in units], "in_stock_share": share}
    drivers = drivers_in(panel_from(pl.DataFrame(table)), "main")
    assert drivers("pen", "main", expected, 21.0) == steps
    assert drivers("pen", "elsewhere", expected, 21.0) == ()


@given(st.lists(st.integers(0, 500), min_size=1, max_size=30), st.floats(0, 1e6), st.floats(0.5, 400))
def test_however_demand_was_its_drivers_add_up(units: list[int], expected: float, days: float) -> None:
    table = {"sku": "pen", "day": [TODAY - timedelta(number) for number in range(len(units))], "units": units}
    steps = drivers_in(panel_from(pl.DataFrame(table)), "main")("pen", "main", expected, days)
    assert abs(sum(step.units for step in steps) - expected) <= 0.5


def test_a_longer_time_has_its_mean_in_proportion_and_its_spread_by_the_root() -> None:
    known = Known(np.array([100.0]), np.array([[100.0, 110, 120, 130, 140, 150, 160]]), LEVELS, 10.0)
    mean, quantiles = known.over(40.0)
    assert mean == pytest.approx([400])
    assert quantiles[0] == pytest.approx([400, 420, 440, 460, 480, 500, 520])


def test_a_lead_time_of_two_lengths_is_covered_for_the_longer_one_when_the_target_is_high() -> None:
    known = Known(np.array([100.0, 100.0]), np.array([[100.0, 105, 110, 115, 120, 125, 130]] * 2), LEVELS, 10.0)
    sure, both = Seen(np.array([15.0]), np.ones(1), 9), Seen(np.array([0.0, 30.0]), np.array([0.5, 0.5]), 9)
    ahead = outlook(known, [sure, both], 5.0, np.array([0.95, 0.95]))
    assert ahead.days.tolist() == [20.0, 20.0]
    assert ahead.level[0] < 300 < 350 < ahead.level[1]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"review_days": 0}, "review_days"),
        ({"budget": -1.0}, "budget"),
        ({"holding": -0.1}, "holding"),
        ({"early_days": float("nan")}, "early_days"),
        ({"targets": {"A": 0.9}}, "targets"),
        ({"targets": {"A": 1.5, "B": 0.9, "C": 0.9}}, "target of A"),
        ({"targets": {"A": 0.9, "B": 0.9, "C": 0.9, "X": 0.9}}, "targets"),
        ({"targets": {"A": 0.9, "B": 0.9, "C": 0.9, "CZ": 1.0}}, "target of CZ"),
    ],
)
def test_a_policy_that_cannot_be_is_refused_by_name(given: Any, named: str) -> None:
    with pytest.raises(ParameterError, match=named):
        Policy(**given)


def test_a_target_of_value_and_variation_goes_before_that_of_value_and_the_class_is_told() -> None:
    policy = Policy(targets={"A": 0.9, "B": 0.8, "C": 0.7, "AX": 0.99, "CZ": 0.6})
    assert [policy.target_of(grade) for grade in ("A", "AX", "AY", "CX", "CZ")] == [0.9, 0.99, 0.9, 0.7, 0.6]
    rows = books(terms=[PEN, ("cap", *PEN[1:])], levels=[PEN_LEVEL])
    told = forecast(pen=100, cap=1).with_columns(variation=pl.Series(["X", None]))
    found = {one.sku: (one.grade, one.target) for one in plan(told, 10.0, rows, TODAY, policy)[0]}
    assert found == {"pen": ("AX", 0.99), "cap": ("C", 0.7)}
    fixed = rows._replace(policies=books(policies=[policy_row("pen", target=0.5)]).policies)
    assert {one.sku: one.target for one in plan(told, 10.0, fixed, TODAY, policy)[0]}["pen"] == 0.5


def test_a_run_tells_how_the_demand_of_its_history_varies_as_simulating_a_policy_does() -> None:
    days = [TODAY - timedelta(day) for day in range(60, 0, -1)]
    units = {
        "pen": [10.0] * 60,
        "cap": [float(9 * (day % 2)) for day in range(60)],
        "ink": [float(40 * (day % 9 == 0)) for day in range(60)],
    }
    table = [(sku, day, count) for sku, each in units.items() for day, count in zip(days, each, strict=True)]
    panel = panel_from(pl.DataFrame(table, schema=["sku", "day", "units"], orient="row"))
    rows = books(terms=[(sku, *PEN[1:]) for sku in units])
    found = run(
        panel,
        forecaster_named("combination"),
        "combination",
        rows,
        TODAY,
        Asked(Policy(targets={"A": 0.9, "B": 0.9, "C": 0.9, "AX": 0.97})),
    )
    assert {one.sku: one.grade[1] for one in found.planned} == {"pen": "X", "cap": "Y", "ink": "Z"}
    assert {one.target for one in found.planned if one.grade == "AX"} == {0.97}
    assert {item["grade"] for item in items(found.planned)} == {one.grade for one in found.planned}


def policy_row(sku: str, warehouse: str = "", **wished: Any) -> tuple[Any, ...]:
    names = ("target", "review_days", "supplier", "minimum", "maximum", "shelf_life_days")
    return (sku, warehouse, *[wished.get(name, "" if name == "supplier" else None) for name in names])


def planned_pen(*policies: tuple[Any, ...], terms: tuple[Any, ...] = (PEN,), **run: Any) -> Planned:
    rows = books(terms=list(terms), levels=[PEN_LEVEL], policies=list(policies))
    ((found,), _) = plan(forecast(pen=100), 10.0, rows, TODAY, Policy(**run))
    return found


def test_what_is_announced_of_an_order_is_told_apart_from_the_rest_of_it() -> None:
    orders = [("pen", "main", "po-1", 20, "2025-03-26", "a1"), ("pen", "main", "po-1", 10, "2025-03-27")]
    rows = books(terms=[PEN], levels=[PEN_LEVEL], on_order=orders)
    ((found,), _) = plan(forecast(pen=100), 10.0, rows, TODAY, Policy())
    assert {("ASN a1", -20), ("order po-1", -10)} < set(found.suggestion.steps)


def test_a_draft_counts_as_on_order_and_is_never_late() -> None:
    rows = books(terms=[PEN], levels=[PEN_LEVEL], on_order=[("pen", "main", "po-draft", 30, NOT_DUE)])
    ((found,), _) = plan(forecast(pen=100), 10.0, rows, TODAY, Policy())
    assert found.suggestion.units == planned_pen().suggestion.units - 30
    assert Warn.LATE_ORDER not in found.suggestion.warnings


def test_the_policy_of_a_warehouse_goes_before_the_one_for_all() -> None:
    assert planned_pen(policy_row("pen", target=0.5)).target == 0.5
    assert planned_pen(policy_row("pen", target=0.5), policy_row("pen", "main", target=0.7)).target == 0.7
    assert planned_pen(policy_row("pen", "main")).target == planned_pen(policy_row("cap", target=0.5)).target == 0.98


def test_a_longer_review_of_one_item_orders_more_of_it() -> None:
    assert planned_pen(policy_row("pen", review_days=14)).suggestion.units > planned_pen().suggestion.units
    assert planned_pen(policy_row("pen", review_days=14)).suggestion.units == planned_pen(review_days=14.0).suggestion.units


def test_a_supplier_that_is_wished_for_is_taken_whatever_it_costs() -> None:
    dear = ("pen", "dear", 5, 10, 10, '[{"quantity":1,"unit_price":"9.00"}]', "")
    assert planned_pen(terms=(PEN, dear)).supplier == "acme"
    found = planned_pen(policy_row("pen", supplier="dear"), terms=(PEN, dear))
    assert (found.supplier, found.price) == ("dear", 9.0)
    rows = books(terms=[PEN], levels=[PEN_LEVEL], policies=[policy_row("pen", supplier="gone")])
    assert plan(forecast(pen=100), 10.0, rows, TODAY, Policy())[1][0].reason == "gone does not sell it"


def test_the_position_reaches_its_minimum_though_nobody_is_expected_to_want_so_much() -> None:
    found = planned_pen(policy_row("pen", minimum=995)).suggestion
    assert found.units == 970  # 995 less 30 that are free, in packs of ten
    assert sum(step.units for step in found.steps) == 970
    assert "minimum position" in {step.name for step in found.steps}


def test_no_order_goes_above_the_maximum_or_outlasts_the_shelf_life() -> None:
    assert planned_pen(policy_row("pen", maximum=75)).suggestion.units == 40
    # 110 are expected to be wanted until it expires, five days on the way and six on the shelf; 30 are there and go first
    assert planned_pen(policy_row("pen", shelf_life_days=6)).suggestion.units == 40
    lasting = Known(np.array([100.0]), forecast(pen=100).select(QUANTILES).to_numpy(), LEVELS, 10.0).over(11.0)[1]
    surely = float(np.asarray(QuantileTable(LEVELS, lasting).quantile(EXPIRY_RISK))[0])
    assert 70 <= surely < 80
    assert planned_pen(policy_row("pen", maximum=20)).suggestion.warnings == (Warn.RUNS_OUT, Warn.LIMITS_CONTRADICT)
    assert planned_pen(policy_row("pen", minimum=20, maximum=10_000)).suggestion == planned_pen().suggestion


@given(st.integers(0, 400), st.integers(0, 2000), st.integers(0, 2000), st.integers(1, 60))
def test_after_the_order_of_a_policy_nothing_more_is_suggested(on_hand: int, minimum: int, more: int, shelf: int) -> None:
    wished = policy_row("pen", minimum=minimum, maximum=minimum + more, shelf_life_days=shelf)
    orders: list[tuple[Any, ...]] = []
    for again in range(2):
        rows = books(terms=[PEN], levels=[("pen", "main", on_hand, 0, 0, 0)], policies=[wished], on_order=orders)
        ((found,), _) = plan(forecast(pen=100), 10.0, rows, TODAY, Policy())
        assert sum(step.units for step in found.suggestion.steps) == found.suggestion.units
        assert on_hand + sum(row[3] for row in orders) + found.suggestion.units <= max(minimum + more, on_hand)
        if again:
            assert found.suggestion.units == 0
        orders.append(("pen", "main", "po", found.suggestion.units, NOT_DUE))


def test_a_forecast_is_asked_for_whole_periods_and_told_by_warehouse() -> None:
    table = pl.DataFrame({"sku": ["pen"] * 60, "day": [TODAY - timedelta(n) for n in range(60)], "units": [5] * 60})
    found, days, _ = forecast_for(panel_from(table), forecaster_named("combination"), "combination", 11.5, "east", 2.0)
    assert days == 12
    (row,) = found.rows(named=True)
    assert (row["sku"], row["warehouse"]) == ("pen", "east")
    assert row["mean"] == pytest.approx(120, rel=0.05)


@pytest.mark.parametrize(
    ("price", "text"), [(2.5, "2.50"), (3.0, "3"), (0.123456, "0.123456"), (1e-7, "0"), (1e9, "1000000000")]
)
def test_a_price_is_told_without_an_exponent(price: float, text: str) -> None:
    assert decimal_text(price) == text


def test_of_very_many_open_orders_the_later_ones_are_told_in_one_step() -> None:
    orders = [("pen", "main", f"po-{n:03d}", 1, NOT_DUE) for n in range(150)]
    rows = books(terms=[PEN], levels=[PEN_LEVEL], on_order=orders)
    planned, _ = plan(forecast(pen=1000), 10.0, rows, TODAY, Policy())
    (told,) = items(planned)
    steps = told["explanation"]["steps"]
    assert len(steps) == MOST_STEPS
    assert sum(step["units"] for step in steps) == told["quantity"]
    assert steps[-1]["name"].endswith(" other orders")


def test_a_week_is_over_although_nothing_was_wanted_on_its_last_days(tmp_path: Path) -> None:
    store = HistoryStore(tmp_path)
    for day in (TODAY - timedelta(number) for number in range(7 * (LEAST_WEEKS + 4), 0, -1)):
        sold = [("pen", "main", day, 1, 1, 0, 1.0, None)] if day.weekday() < 5 else []
        store.write_day(day, pl.DataFrame(sold, schema=SCHEMA, orient="row"))
    panel = own_panel(store)
    assert panel.periods.last_day == TODAY - timedelta(1)
    assert panel.units.tolist() == [[5.0] * (LEAST_WEEKS + 4)]


@pytest.mark.parametrize("frequency", [Frequency.DAY, Frequency.WEEK])
def test_a_sku_alone_is_as_it_is_among_all_others(tmp_path: Path, frequency: Frequency) -> None:
    """Pens are sold all the time, caps only lately, hats not any more, ink in two places."""
    store = HistoryStore(tmp_path)
    for number in range(7 * 12, 0, -1):
        day = TODAY - timedelta(number)
        sold = [
            ("pen", "main", True),
            ("cap", "main", number < 40),
            ("hat", "main", number > 30),
            ("ink", "east", number % 9 == 2),
        ]
        rows = [(sku, place, day, number % 5, 0, 0, 1.0, None) for sku, place, is_sold in sold if is_sold]
        store.write_day(day, pl.DataFrame(rows, schema=SCHEMA, orient="row"))
    until = TODAY - timedelta(1)
    every = panel_of(store.read(), frequency, until)
    for sku in ("pen", "cap", "hat", "ink", "none"):
        alone, among = panel_of_sku(store, sku, frequency, until), every.select((every.series["sku"] == sku).to_numpy())
        assert alone.series.rows() == among.series.rows()
        assert alone.periods == among.periods
        np.testing.assert_array_equal(alone.target(), among.target())
