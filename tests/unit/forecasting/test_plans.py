"""Plans of prices and promotions: what a file tells, where it is put, what stays of earlier ones, what models make of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.features.planned import moves, unplanned
from forecasting.features.view import history_of
from forecasting.forecast import Forecast, Horizon
from forecasting.model.fit import fit
from forecasting.model.model import Model
from forecasting.model.settings import Settings
from forecasting.panel.faults import HistoryError
from forecasting.panel.periods import Frequency, Periods
from forecasting.plans.kept import KeptPlan
from forecasting.plans.on_panel import applied, learnable, told_of
from forecasting.plans.plan import NOTHING, SCHEMA, Plan, plan_of
from forecasting.plans.plan_file import plan_from, read_plan
from forecasting.plans.remarks import named_in_plan, of_forecast, of_training
from forecasting.shards import forecast_in_shards
from forecasting.work import Here
from tests.unit.forecasting.panels import panel_of

MONDAY = date(2024, 1, 1)
WEEK = timedelta(7)
BOTH = ("price", "promotion")
THREE = Horizon(2, 1)
QUICK = Settings(threads=1, trees=30, least_rows=20)


def plan(*rows: tuple[Any, ...]) -> Plan:
    """Of rows `sku, location, first, last, price, promotion`."""
    return plan_of(pl.DataFrame(list(rows), schema=SCHEMA, orient="row"))


def week(number: int) -> tuple[date, date]:
    """First and last day of a week of the panels of these tests."""
    return MONDAY + number * WEEK, MONDAY + number * WEEK + timedelta(6)


# ── files ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_file_tells_of_days_weeks_and_months_of_names_and_of_depths(tmp_path: Path) -> None:
    (tmp_path / "weeks.csv").write_text("SKU;location;week;promotion;price\npen;;2024-W05;BOGO;\n7;north;2024-W06;;2.5\n")
    own, everywhere = read_plan(tmp_path / "weeks.csv").rows.rows()
    assert own == ("7", "north", date(2024, 2, 5), date(2024, 2, 11), 2.5, 0.0)
    assert everywhere[:5] == ("pen", None, date(2024, 1, 29), date(2024, 2, 4), None)
    assert 1 <= everywhere[5] < 1.5  # a name of its own
    months = plan_from(pl.DataFrame({"sku": [7], "month": ["2024-02"], "promotion": [0.2]}))
    assert months.rows.rows() == [("7", None, date(2024, 2, 1), date(2024, 2, 29), None, 0.2)]
    days = plan_from(pl.DataFrame({"sku": ["a"] * 2, "day": [MONDAY, MONDAY + WEEK], "price": [1.0, None]}))
    assert days.rows.rows() == [("a", None, MONDAY, MONDAY, 1.0, None)], "a row that tells nothing is left out"


FAULTS = [
    ("sku,week,units\na,2024-01-01,1\n", "column price or promotion missing; found 'sku', 'week', 'units'"),
    ("week,price\n2024-01-01,1\n", "column sku missing; found 'week', 'price'"),
    ("sku,price\na,1\n", "column day, week or month missing; found 'sku', 'price'"),
    ("sku,day,week,price\na,2024-01-01,2024-01-01,1\n", "columns day and week are all there"),
    ("sku,week,price\na,2024-01-01,-2\n", "row 1: price '-2' is negative"),
    ("sku,week,price\na,2024-01-01,free\n", "row 1: price 'free' is not a number"),
    ("sku,week,price\na,2024-01-01,inf\n", "row 1: price 'inf' is not a finite number"),
    ("sku,week,promotion\na,2024-01-01,-0.2\n", "row 1: promotion '-0.2' is negative"),
    ("sku,week,promotion\na,2024-01-01,1\na,2024-01-08,perhaps\n", "row 2: promotion 'perhaps' is not a number"),
    ("sku,week,price\n,2024-01-01,1\n", "row 1: sku is missing"),
    ("sku,week,price\na,,1\na,2024-01-01,1\n", "row 1: week is missing"),
    ("sku,week,price\na,2024-01-01,1\na,soon,1\n", "row 2: week 'soon' is not a date"),
    ("sku,week,price\na,2024-01-01,1\na,2024-01-08,1\na,2024-01-16,1\n", "row 3: week '2024-01-16' is not a Monday"),
    ("sku,week,price\na,2024-01-01,1\na,2124-01-03,1\n", "row 2: week '2124-01-03' is not between 1970 and 2100"),
    (
        "sku,week,price\na,2024-01-01,1\nb,2024-01-01,1\na,2024-01-01,2\n",
        "row 3: week 'a, 2024-01-01' repeats SKU and week of row 1",
    ),
    ("sku,week,price,promotion\na,2024-01-01,,\n", "it tells no price"),
]


@pytest.mark.parametrize(("content", "says"), FAULTS, ids=[says for _, says in FAULTS])
def test_a_fault_of_a_plan_is_told_by_row_column_and_value(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "plan.csv").write_text(content)
    with pytest.raises(HistoryError) as caught:
        read_plan(tmp_path / "plan.csv")
    assert str(caught.value).startswith(f"{tmp_path / 'plan.csv'}: {says}")


def test_every_fault_is_counted_and_the_first_are_shown() -> None:
    table = pl.DataFrame({"sku": ["a"] * 50, "day": ["2024-01-01"] * 50, "price": [-1.0] * 50})
    with pytest.raises(HistoryError) as caught:
        plan_from(table)
    assert (caught.value.count, len(caught.value.faults)) == (99, 20), "50 prices, 49 repetitions"


def test_prices_that_are_dates_are_no_prices() -> None:
    with pytest.raises(HistoryError, match="column price has type Date, expected numbers"):
        plan_from(pl.DataFrame({"sku": ["a"], "day": [MONDAY], "price": [MONDAY]}))


# ── where it is put ─────────────────────────────────────────────────────────────────────────────────────────────────
@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Rows of days of two SKUs, everywhere or in one place, some of which touch or overlap."""
    cell = st.none() | st.sampled_from([0.0, 0.5, 2.0])
    rows = []
    for _ in range(draw(st.integers(0, 6))):
        first = MONDAY + timedelta(draw(st.integers(-20, 60)))
        last = first + timedelta(draw(st.integers(0, 40)))
        rows.append((draw(st.sampled_from("ab")), draw(st.sampled_from([None, "north"])), first, last, draw(cell), draw(cell)))
    return plan(*rows)


def slowly(told: Plan, sku: str, location: str | None, first: date, last: date) -> tuple[float, float]:
    """Price and promotion of one series and period, day by day: its own rows before those of everywhere, for each of the two."""
    found = []
    for column in BOTH:
        value = np.nan
        for place in [None, location] if location is not None else [None]:
            days = [
                row[column]
                for row in told.rows.iter_rows(named=True)
                if (row["sku"], row["location"]) == (sku, place) and row[column] is not None
                for day in range(first.toordinal(), last.toordinal() + 1)
                if row["first"].toordinal() <= day <= row["last"].toordinal()
            ]
            if days:
                value = float(np.mean(days)) if column == "price" else max(days)
        found.append(value)
    return found[0], found[1]


@given(plans(), st.sampled_from(list(Frequency)))
@settings(max_examples=40, deadline=None)
def test_a_period_has_the_mean_price_of_its_days_and_the_deepest_promotion(told: Plan, frequency: Frequency) -> None:
    series = pl.DataFrame({"sku": ["a", "a", "b"], "location": ["north", "south", "north"]})
    periods = Periods(frequency, MONDAY, 5)
    found = told_of(told, series, periods)
    days = list(zip(periods.starts.tolist(), periods.ends.tolist(), strict=True))
    slow = [[slowly(told, sku, location, *span) for span in days] for sku, location in series.rows()]
    np.testing.assert_allclose(np.stack(found, axis=-1), np.array(slow), rtol=1e-6)


def test_a_history_without_locations_hears_what_is_told_of_everywhere_only() -> None:
    series = pl.DataFrame({"sku": ["a"], "location": [None]}, schema={"sku": pl.String, "location": pl.String})
    told = plan(("a", None, *week(0), 1.0, None), ("a", "north", *week(1), 2.0, None))
    np.testing.assert_array_equal(told_of(told, series, Periods(Frequency.WEEK, MONDAY, 2)).price, [[1.0, np.nan]])


def test_what_the_history_tells_stands_and_the_plan_fills_the_rest() -> None:
    panel = replace(
        panel_of([[1.0] * 4]),
        price=np.array([[5, np.nan, 7, np.nan]], np.float32),
        promotion=np.array([[0, 1, 0, 0]], np.float32),
    )
    told = plan(("sku 0", None, *week(0), 1.0, 0.5), ("sku 0", None, *week(1), 6.0, 0.5), ("sku 0", None, *week(3), None, None))
    seen, _ = applied(told, panel, THREE, BOTH)
    np.testing.assert_array_equal(seen.price, [[5, 6, 7, np.nan]])
    np.testing.assert_array_equal(seen.promotion, [[0.5, 1, 0, 0]])


def test_a_price_stands_until_the_next_and_that_of_a_promotion_ends_with_it() -> None:
    panel = replace(panel_of([[1.0] * 3] * 3), price=np.array([[9, 9, 4], [9, 9, 9], [9, 9, 9]], np.float32))
    told = plan(
        ("sku 0", None, *week(2), None, 1.0),  # the history ends within a promotion
        ("sku 1", None, *week(4), 5.0, 1.0),
        ("sku 2", None, *week(4), 5.0, None),
    )
    seen, horizon = applied(told, panel, Horizon(3, 1), BOTH)
    np.testing.assert_array_equal(horizon.plan["price"], [[9, 9, 9, 9], [9, 5, 9, 9], [9, 5, 5, 5]])
    np.testing.assert_array_equal(horizon.plan["promotion"], [[0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]])
    np.testing.assert_array_equal(seen.promotion, [[0, 0, 1], [0, 0, 0], [0, 0, 0]])


@given(st.integers(0, 10_000), st.booleans())
@settings(max_examples=40, deadline=None)
def test_where_nothing_is_told_the_usual_price_goes_on_with_a_plan_as_without(seed: int, promoted: bool) -> None:
    chance = np.random.default_rng(seed)
    price = np.where(chance.random((6, 4)) < 0.4, np.nan, chance.integers(1, 5, (6, 4))).astype(np.float32)
    promotion = (chance.random((6, 4)) < 0.4).astype(np.float32) if promoted else None
    panel = replace(panel_of(np.ones((6, 4))), price=price, promotion=promotion)
    with_plan, without = history_of(*applied(NOTHING, panel, THREE, BOTH), BOTH), history_of(panel, THREE, BOTH)
    for seen in (with_plan, without):
        assert not moves(seen).any()
        np.testing.assert_array_equal(seen.price, without.price)
        np.testing.assert_array_equal(unplanned(seen).price, without.price)
        assert (seen.promotion is None) is not promoted


def test_who_looks_ahead_at_nothing_gets_the_history_as_it_is() -> None:
    panel = panel_of([[1.0] * 3])
    assert applied(plan(("sku 0", None, *week(1), 5.0, 1.0)), panel, THREE, ()) == (panel, THREE)


def test_a_column_of_which_nothing_was_teaches_nothing() -> None:
    panel = panel_of([[1.0] * 5])
    ahead = plan(("sku 0", None, *week(6), 5.0, 1.0))
    assert learnable(ahead, panel) == ()
    assert learnable(plan(("sku 0", None, *week(6), None, 1.0), ("sku 0", None, *week(2), None, 1.0)), panel) == ("promotion",)
    assert learnable(ahead, replace(panel, price=np.ones((1, 5), np.float32))) == ("price",)
    assert list(of_training(ahead, panel, ("price",))) == [
        "planned promotions will have no effect: neither the history nor the plan tells of promotions that were, from which to "
        "learn what they do"
    ]


# ── what is kept ────────────────────────────────────────────────────────────────────────────────────────────────────
def by_day(told: Plan) -> set[tuple[Any, ...]]:
    return {
        (row["sku"], row["location"], row["first"] + timedelta(step), row["price"], row["promotion"])
        for row in told.rows.iter_rows(named=True)
        for step in range((row["last"] - row["first"]).days + 1)
    }


@given(plans(), plans(), st.integers(-30, 70))
@settings(max_examples=40, deadline=None)
def test_of_an_earlier_plan_the_days_stay_that_are_over_and_that_the_new_one_does_not_tell_of(
    earlier: Plan, later: Plan, offset: int
) -> None:
    today = MONDAY + timedelta(offset)
    begins: dict[tuple[str, str | None], date] = {}
    for sku, location, day, *_ in by_day(later):
        begins[sku, location] = min(begins.get((sku, location), day), day)
    stays = {row for row in by_day(earlier) if row[2] < min(today, begins.get((row[0], row[1]), today))}
    both = later.after(earlier, today)
    assert by_day(both) == stays | by_day(later)
    assert later.after(both, today).digest == both.digest, "the same again changes nothing"


@given(plans(), st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_a_digest_is_that_of_what_is_told_in_any_order(told: Plan, chance: Any) -> None:
    rows = told.rows.rows()
    chance.shuffle(rows)
    assert plan(*rows).digest == told.digest
    if rows:
        assert plan(*rows[1:]).digest != told.digest or len(set(rows)) < len(rows)
    assert (told.digest == "") is (not rows)


def test_what_is_kept_is_found_again_and_a_damaged_file_is_named(tmp_path: Path) -> None:
    store = KeptPlan(tmp_path)
    assert store.read() is NOTHING
    past, ahead = plan(("a", None, *week(0), 1.0, 1.0)), plan(("b", None, *week(9), None, 1.0))
    store.keep(past, week(5)[0])
    kept = store.keep(ahead, week(5)[0])
    assert by_day(store.read()) == by_day(past) | by_day(ahead)
    written = store.path.stat().st_mtime_ns
    assert store.keep(ahead, week(5)[0]).digest == kept.digest
    assert store.path.stat().st_mtime_ns == written
    assert store.keep(ahead, week(5)[0], anew=True).digest == ahead.digest == store.read().digest
    store.path.write_bytes(b"PAR1")
    with pytest.raises(HistoryError, match=r"plan\.parquet: damaged: .*; `skuld forecast plan FILE --anew` tells it anew"):
        store.read()
    assert store.keep(past, week(5)[0], anew=True).digest == store.read().digest == past.digest


# ── what models make of it ──────────────────────────────────────────────────────────────────────────────────────────
SERIES, WEEKS = 40, 50


class Shop:
    """Demand that triples in weeks with a promotion, which only a plan tells of; a model that was fitted with that plan."""

    def __init__(self) -> None:
        chance = np.random.default_rng(4)
        on = chance.random((SERIES, WEEKS)) < 0.2
        self.panel = panel_of(chance.poisson(chance.uniform(5, 40, (SERIES, 1)) * (1 + 2 * on)))
        promoted = np.argwhere(on).tolist()
        self.past = [(f"sku {row}", None, *week(number), None, 1.0) for row, number in promoted]
        self.model = self.fitted(plan(*self.past))

    def fitted(self, told: Plan) -> Model:
        return fit(*applied(told, self.panel, THREE, learnable(told, self.panel)), QUICK)

    def forecast(self, told: Plan, model: Model | None = None) -> Forecast:
        by = model or self.model
        return forecast_in_shards(Here(), by, *applied(told, self.panel, THREE, by.planned), size=16)

    def ahead(self, row: int, number: int) -> Plan:
        """The past, and a promotion of one SKU `number` weeks after the last."""
        return plan(*self.past, (f"sku {row}", None, *week(WEEKS + number), None, 1.0))


@pytest.fixture(scope="module")
def shop() -> Shop:
    """See `Shop`."""
    return Shop()


def test_a_promotion_that_is_planned_raises_its_week_of_its_sku_and_nothing_else(shop: Shop) -> None:
    usual, planned = shop.forecast(plan(*shop.past)), shop.forecast(shop.ahead(7, 1))
    others = np.arange(SERIES) != 7
    for name in ("mean", "quantiles", "by_period", "of_plan"):
        assert getattr(usual, name)[others].tobytes() == getattr(planned, name)[others].tobytes(), name
    assert planned.by_period is not None
    assert usual.by_period is not None
    assert planned.of_plan is not None
    assert planned.mean[7] == pytest.approx(usual.mean[7] + planned.of_plan[7])
    assert 1.3 < planned.mean[7] / usual.mean[7] < 2.2, "one week of three at thrice the demand: 5/3"
    rises = planned.by_period[7] / usual.by_period[7]
    assert rises[1] > 2
    assert rises[[0, 2]] == pytest.approx([1, 1])
    assert planned.by_period[7].sum() == pytest.approx(planned.mean[7])
    assert (planned.quantiles[7] > usual.quantiles[7]).all()


def test_without_any_plan_it_expects_what_it_expects_with_one_that_tells_nothing_ahead(shop: Shop) -> None:
    usual, planned = shop.forecast(plan(*shop.past)), shop.forecast(shop.ahead(7, 9))
    assert usual.quantiles.tobytes() == planned.quantiles.tobytes()
    assert usual.of_plan is not None
    assert not usual.of_plan.any()


def test_a_fit_knows_nothing_of_what_is_planned_after_the_history(shop: Shop) -> None:
    assert shop.fitted(shop.ahead(7, 1)).digest == shop.model.digest
    assert shop.ahead(7, 1).until(shop.panel.periods.last_day).digest == plan(*shop.past).digest


def test_a_model_that_was_fitted_without_a_plan_does_not_change_and_it_is_said(shop: Shop) -> None:
    blind = fit(shop.panel, THREE, QUICK)
    with_plan, without = shop.forecast(shop.ahead(7, 1), blind), blind.forecast(shop.panel, THREE)
    assert with_plan.quantiles.tobytes() == without.quantiles.tobytes()
    assert with_plan.of_plan is None
    (said,) = of_forecast(shop.ahead(7, 1), shop.panel, 3, blind.planned, "champion")
    assert said.startswith("planned promotions have no effect on champion, which does not look ahead at them")
    assert said.endswith("; a model that is trained with this plan does")
    (said,) = of_forecast(plan(("sku 7", None, *week(WEEKS), None, 1.0)), shop.panel, 3, blind.planned, "champion")
    assert said.endswith("tells of promotions that were, from which to learn what they do"), "training would not help"


def test_a_plan_that_tells_nothing_of_what_is_forecast_is_said_and_so_are_skus_that_nobody_knows(shop: Shop) -> None:
    def said(told: Plan) -> Iterator[str]:
        return of_forecast(told, shop.panel, 3, ("promotion",), "champion")

    assert list(said(shop.ahead(7, 1))) == []
    assert list(said(NOTHING)) == ["champion looks ahead at promotions, and no plan tells of any: it expects none"]
    strange = plan(*shop.past, ("sku 99", None, *week(WEEKS), None, 1.0), ("sku 1", "mars", *week(WEEKS), None, 1.0))
    assert list(said(strange)) == ["the plan tells of 2 SKUs that the history does not have: sku 1 at mars …"]
    assert list(said(plan(*shop.past))) == [
        "the plan tells nothing of the days from 2024-12-16 to 2025-01-05, which are forecast"
    ]


def test_a_price_that_rises_takes_away_and_one_that_falls_adds() -> None:
    chance = np.random.default_rng(9)
    price = np.where(chance.random((SERIES, 60)) < 0.3, 5.0, 10.0).astype(np.float32)
    price[:, -1] = 10
    units = chance.poisson(chance.uniform(10, 40, (SERIES, 1)) * np.where(price < 10, 3, 1))
    panel = replace(panel_of(units), price=price)
    told = plan(("sku 3", None, *week(60), 5.0, None), ("sku 3", None, *week(61), 10.0, None))
    assert learnable(told, panel) == ("price",)
    seen, horizon = applied(told, panel, THREE, ("price",))
    made = fit(seen, horizon, QUICK).forecast(seen, horizon)
    assert made.of_plan is not None
    assert made.by_period is not None
    assert made.of_plan[3] > 0.2 * made.mean[3]
    assert made.by_period[3, 0] > 1.5 * made.by_period[3, 1]
    assert not np.delete(made.of_plan, 3).any()


def test_what_drives_the_demand_of_an_item_is_named_with_its_days() -> None:
    items = pl.DataFrame({"sku": ["a", "a", "b", "c"], "warehouse": ["north", "south", "north", "north"]})
    told = plan(
        ("a", None, *week(0), None, 1.0), ("a", None, *week(1), None, 0.5), ("a", "north", *week(1), 2.0, 0.5),
        ("b", None, *week(1), 2.0, 0.0), ("c", None, *week(1), None, 0.0),
    )  # fmt: skip
    assert named_in_plan(told, items, week(1)[0], week(2)[1]).to_list() == [
        "planned promotion and price 2024-01-08 to 2024-01-14",
        "planned promotion 2024-01-08 to 2024-01-14",
        "planned price 2024-01-08 to 2024-01-14",
        None,
    ]
