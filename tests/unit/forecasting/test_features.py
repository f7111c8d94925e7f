"""Every feature against a plain, slow computation, and none that sees what it must not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.calendar.event import Event
from forecasting.features import table
from forecasting.features.column import Known
from forecasting.features.groups import groupings
from forecasting.features.level import KIN, LEAST, WEIGHTS, levels
from forecasting.features.table import Rows, columns, features_of, matrix, sums_ahead
from forecasting.features.view import History, View, history_of
from forecasting.features.windows import Windows, recent, since_last
from forecasting.forecast import Horizon
from forecasting.panel.panel import Panel
from forecasting.panel.periods import Frequency
from forecasting.parameters import ParameterError
from tests.unit.forecasting.panels import full_panel, panel_of

NAN = float("nan")
cells = st.lists(st.one_of(st.just(NAN), st.integers(0, 20).map(float)), min_size=1, max_size=30)


def cells_of(view: View) -> dict[str, np.ndarray]:
    """Every feature, shape (series, origins)."""
    return {one.name: np.broadcast_to(one.values, view.scale.shape).astype(np.float64) for one in columns(view)}


def known(values: np.ndarray) -> np.ndarray:
    return values[~np.isnan(values)]


def relative(mean: float, level: float) -> float:
    return float(np.log((mean + 0.1 * level) / (1.1 * level)))


@given(cells, st.integers(1, 12), st.integers(-3, 12))
def test_sums_over_windows_are_those_of_a_loop(values: list[float], length: int, lag: int) -> None:
    row = np.array([values], np.float32)
    windows = Windows(row, np.arange(len(values)))
    for origin in range(len(values)):
        last = min(max(origin + 1 - lag, 0), len(values))
        part = row[0, max(min(origin + 1 - lag - length, last), 0) : last]
        seen = known(part)
        assert windows.total(length, lag)[0, origin] == pytest.approx(seen.sum())
        assert windows.count(length, lag)[0, origin] == len(seen)
        np.testing.assert_allclose(windows.mean(length, lag)[0, origin], seen.mean() if len(seen) else NAN)
        np.testing.assert_allclose(windows.full(length, lag)[0, origin], seen.sum() if len(seen) == length else NAN)


@given(cells)
def test_time_since_and_the_latest_values_are_those_of_a_loop(values: list[float]) -> None:
    row, origins = np.array([values], np.float32), np.arange(len(values))
    since, latest = since_last(row > 0, origins), recent(row, 4, origins)
    for origin in origins:
        sold = [place for place in range(origin + 1) if values[place] > 0]
        np.testing.assert_equal(since[0, origin], origin - sold[-1] if sold else NAN)
        expected = [values[origin - back] if origin >= back else NAN for back in range(4)]
        np.testing.assert_array_equal(latest[:, 0, origin], expected)


@given(st.lists(cells, min_size=1, max_size=4), st.sampled_from(Frequency))
def test_levels_are_those_of_a_loop(rows: list[list[float]], frequency: Frequency) -> None:
    length, alpha = min(map(len, rows)), WEIGHTS[frequency]
    demand = np.array([row[:length] for row in rows], np.float32)
    found = levels(demand, frequency)
    for now in range(length):
        own = []
        for row in demand[:, : now + 1]:
            seen = known(row)
            weight = (1 - alpha) ** np.arange(len(seen))[::-1]
            long_run = seen.mean() if len(seen) else 0.0
            own.append(((weight * seen).sum(), weight.sum(), KIN * (1 - alpha) ** len(seen), long_run))
        others = [total / weight for total, weight, _, _ in own if weight and total > 0]
        middle = np.median(others) if others else 0.0
        lately = [(total + kin * middle) / (weight + kin) for total, weight, kin, _ in own]
        expected = [max(0.9 * late + 0.1 * one[3], LEAST) for late, one in zip(lately, own, strict=True)]
        np.testing.assert_allclose(found[:, now], expected, rtol=1e-5)


@pytest.fixture(scope="module")
def panel() -> Panel:
    return full_panel(12, 120, 3, Frequency.WEEK)


@pytest.fixture(scope="module")
def view(panel: Panel) -> View:
    return View(history_of(panel, Horizon(2, 1), ("promotion", "price")), np.array([5, 60, 118]))


def test_features_of_demand_are_those_of_a_loop(view: View) -> None:
    found, history = cells_of(view), view.history
    for place, origin in enumerate(view.origins):
        for row, demand in enumerate(history.demand.astype(np.float64)):
            past, level = demand[: origin + 1], float(history.level[row, origin])

            def mean(part: np.ndarray, level: float = level) -> float:
                return relative(known(part).mean(), level) if len(known(part)) else NAN

            lately = known(past[-13:])
            ordered = np.sort(lately)
            sold = np.flatnonzero(past > 0)
            expected = {
                "level": np.log(level),
                "mean of 8": mean(past[-8:]),
                "lag 1": mean(past[-2:-1]),
                "mean of all": mean(past),
                "mean before the quarter": mean(past[:-13]),
                "mean of 3 ahead of those": mean(past[-6:-3]),
                "median of 13": relative(ordered[int(np.ceil(0.5 * len(ordered))) - 1], level) if len(ordered) else NAN,
                "largest of 13": relative(ordered[-1], level) if len(ordered) else NAN,
                "variation of 13": lately.std() / lately.mean() if len(lately) and lately.mean() else NAN,
                "share of 13 with demand": (lately > 0).mean() if len(lately) else NAN,
                "periods with demand": (known(past) > 0).sum(),
                "since demand": origin - sold[-1] if len(sold) else NAN,
                "age": origin - history.first_on_sale[row],
            }
            if origin >= 52:
                then = float(history.level[row, origin - 52])
                ahead = known(demand[origin - 51 : origin - 48])
                expected["season 1 ago"] = relative(ahead.mean(), then) if len(ahead) else NAN
                expected["growth on 1 ago"] = np.log(level / then)
            else:
                expected["season 1 ago"] = NAN
            for name, value in expected.items():
                np.testing.assert_allclose(found[name][row, place], value, rtol=2e-4, atol=2e-6, err_msg=name)


def test_growth_of_a_group_is_its_demand_over_the_levels_it_had() -> None:
    panel = full_panel(200, 70, 2)
    families = [f"{row % 9}-{row}" for row in range(200)]
    history = history_of(replace(panel, series=panel.series.with_columns(sku=pl.Series(families))), Horizon(2, 1), ())
    found, ours = cells_of(View(history, np.array([60]))), np.arange(200) % 9 == 4
    over = under = 0.0
    for row in np.flatnonzero(ours):
        for now in range(57, 61):
            if not np.isnan(history.demand[row, now - 1 : now + 1]).any():
                over += float(history.demand[row, now])
                under += float(history.level[row, now - 1])
    np.testing.assert_allclose(found["growth of kin in 4"][ours], np.log(over / under), rtol=1e-5)
    assert not [name for name in found if "growth of all" in name]


def test_groups_come_from_locations_and_from_how_skus_begin() -> None:
    skus = [f"{family}{number:02d}" for family in "ABCD" for number in range(40)]
    series = pl.DataFrame({"sku": skus, "location": ["N", "S"] * 80})
    found = {group.name: group for group in groupings(series)}
    assert {name: group.count for name, group in found.items()} == {"all": 1, "location": 2, "family": 4, "kin": 16}
    assert len(set(found["family"].member[:40])) == 1
    alone = pl.DataFrame({"sku": ["a", "b"], "location": [None, None]}, schema={"sku": pl.String, "location": pl.String})
    assert [group.name for group in groupings(alone)] == ["all"]


def test_categories_are_a_grouping_where_they_tell_series_apart() -> None:
    series = pl.DataFrame({"sku": [f"{number:03d}" for number in range(30)], "location": ["N", "S", "N"] * 10})
    names = [group.name for group in groupings(series)]
    food = pl.Series(["food", None, "toys"] * 10)
    found = groupings(series, food)
    assert [group.name for group in found] == [*names, "category"]
    assert (found[-1].count, found[-1].member[:3].tolist()) == (3, [1, 0, 2]), "those without one are a group of their own"
    assert [group.name for group in groupings(series, pl.Series(["food"] * 30))] == names
    assert [group.name for group in groupings(series, series["sku"])] == names


def test_a_series_is_seen_beside_what_its_category_is_usually_wanted() -> None:
    panel = replace(full_panel(40, 60, 3), category=pl.Series([f"c{row % 10}" for row in range(40)]))
    history = history_of(panel, Horizon(2, 1), ())
    found = cells_of(View(history, np.array([50])))
    before, known = history.level[:, 37:50], ~np.isnan(history.demand)
    both = known[:, 38:51] & known[:, 37:50]
    ours = np.arange(40) % 10 == 4
    usual = before[ours][both[ours]].sum() / both[ours].sum()
    np.testing.assert_allclose(found["level of category"][ours, 0], np.log(usual / history.level[ours, 50]), rtol=1e-4)
    assert {name for name in found if "category" in name} == {
        "growth of category in 4", "growth of category in 13", "level of category", "season of category"
    }  # fmt: skip
    plain = cells_of(View(history_of(replace(panel, category=None), Horizon(2, 1), ()), np.array([50])))
    assert all("category" in name for name in found if name not in plain)
    for name, values in plain.items():
        np.testing.assert_array_equal(found[name], values, err_msg=name)


def test_what_is_planned_is_seen_ahead(panel: Panel) -> None:
    plan = {"promotion": np.full((12, 3), 0.3, np.float32), "price": np.full((12, 3), 2.0, np.float32)}
    last = np.array([119])
    history = history_of(panel, Horizon(2, 1, plan), ("promotion", "price"))
    found = cells_of(View(history, last))
    assert panel.price is not None
    np.testing.assert_allclose(found["promotion ahead"], 0.3, rtol=1e-6)
    np.testing.assert_allclose(found["share ahead with promotion"], 1)
    np.testing.assert_allclose(found["price ahead to the latest"][:, 0], np.log(2 / panel.price[:, -1]), rtol=1e-5)
    blind = cells_of(View(history_of(panel, Horizon(2, 1), ()), last))
    assert not [name for name in blind if "promotion ahead" in name or "price ahead" in name or "share ahead" in name]
    with pytest.raises(ParameterError, match="plan of promotion is of shape"):
        history_of(panel, Horizon(2, 1, {"promotion": plan["promotion"][:, :2]}), ("promotion",))


def test_events_are_counted_in_the_protection_period(panel: Panel) -> None:
    day = panel.periods.ends[101].item()  # Sunday of week 101
    sale = [Event("sale", day - timedelta(days=back), day - timedelta(days=back)) for back in (0, 70, 140)]
    own = Event("offer", day, day, depth=0.7, skus=frozenset({"sku 3"}))
    late = replace(own, kind="secret", known_from=date(2100, 1, 1))
    history = history_of(panel, Horizon(2, 1), (), [*sale, own, late])
    found = cells_of(View(history, np.array([98, 101, 102])))
    np.testing.assert_array_equal(found["days in sale"][0], [1, 0, 0])
    np.testing.assert_array_equal(found["days in sale of the latest"][0], [0, 1, 1])
    np.testing.assert_array_equal(found["days since sale"][0], [50, 1, 8])
    np.testing.assert_allclose(found["depth of offer ahead"][3], [0.7 / 7 / 3, 0, 0], rtol=1e-5)
    assert not found["depth of offer ahead"][4].any()
    assert not [name for name in found if "secret" in name]


@pytest.mark.parametrize("frequency", Frequency)
def test_no_feature_of_the_past_changes_with_the_future(frequency: Frequency) -> None:
    panel, origin = full_panel(60, 110, 1, frequency), 90
    other = full_panel(60, 110, 2, frequency)
    late = np.arange(110) > origin
    changed = {name: np.where(late, 5 * getattr(other, name), getattr(panel, name)) for name in _CELLS}
    spoiled = replace(panel, **changed)
    before, after = (
        cells_of(View(history_of(one, Horizon(2, 1), ("promotion", "price"), learned=origin + 1), np.array([origin])))
        for one in (panel, spoiled)
    )
    when = features_of(history_of(panel, Horizon(2, 1), ("promotion", "price")))
    moved = {name for name in before if not np.array_equal(before[name], after[name], equal_nan=True)}
    assert {when[name] for name in moved} == {Known.AHEAD}
    assert all(name.startswith(("promotion", "deepest", "share ahead", "price", "factor ahead")) for name in moved)


_CELLS = ("units", "in_stock_share", "price", "promotion")


def _history(panel: Panel) -> tuple[History, Rows]:
    history = history_of(panel, Horizon(2, 1), ("promotion",))
    series, origins = np.nonzero(~np.isnan(history.wanted[:, :-3]))
    return history, Rows(series, origins)


def test_the_matrix_holds_each_feature_of_each_row_however_it_is_cut(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    history, rows = _history(panel)
    names = tuple(features_of(history))
    whole = matrix(history, rows, names)
    monkeypatch.setattr(table, "BLOCK_CELLS", 250)  # two series at a time
    np.testing.assert_array_equal(matrix(history, rows, names), whole)
    every = cells_of(View(history, np.arange(len(history.periods) - 3)))
    for number, name in enumerate(names):
        np.testing.assert_allclose(whole[:, number], every[name][rows.series, rows.origins], rtol=1e-6, err_msg=name)
    some = matrix(history, rows, ("age", "not a feature"))
    np.testing.assert_array_equal(some[:, 0], whole[:, names.index("age")])
    assert np.isnan(some[:, 1]).all()


def test_the_target_is_the_sum_after_the_origin_or_unknown(panel: Panel) -> None:
    history, rows = _history(panel)
    found = sums_ahead(history, rows)
    for row in range(0, len(rows), 7):
        ahead = history.wanted[rows.series[row], rows.origins[row] + 1 : rows.origins[row] + 4]
        np.testing.assert_allclose(found[row], ahead.astype(np.float64).sum(), rtol=1e-6)
    late = Rows(np.array([0]), np.array([118]))
    assert np.isnan(sums_ahead(history, late)).all()


def test_one_period_has_features_too() -> None:
    view = View(history_of(panel_of([[3.0], [0.0]], Frequency.DAY), Horizon(0, 1), ()), np.array([0]))
    assert np.isfinite(cells_of(view)["level"]).all()
