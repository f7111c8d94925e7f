"""A long table becomes a panel, or every fault of it is named by row, column and value."""

from __future__ import annotations

import pickle
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from forecasting.panel.dense import MOST_CELLS
from forecasting.panel.faults import FAULTS_SHOWN, HistoryError
from forecasting.panel.long_table import panel_from, read_and_told, read_panel
from forecasting.panel.panel import Panel
from forecasting.panel.periods import Frequency
from forecasting.panel.told import told

NAN = float("nan")


def weeks(*rows: tuple[object, ...], **more: list[object]) -> pl.DataFrame:
    sku, week, units = zip(*rows, strict=True)
    return pl.DataFrame({"sku": sku, "week": week, "units": units, **more}, strict=False)


def faults(raw: pl.DataFrame) -> list[str]:
    with pytest.raises(HistoryError) as raised:
        panel_from(raw)
    return [str(fault) for fault in raised.value.faults]


def test_absence_before_the_first_row_is_not_yet_on_sale_and_afterwards_is_no_demand() -> None:
    panel = panel_from(weeks(("a", "2024-01-01", 5), ("b", "2024-01-15", 2), ("a", "2024-01-22", 1)))
    assert panel.series["sku"].to_list() == ["a", "b"]
    np.testing.assert_array_equal(panel.units, [[5, 0, 0, 1], [NAN, NAN, 2, 0]])
    assert panel.units.dtype == np.float32
    assert panel.first_on_sale.tolist() == [0, 2]
    assert panel.periods.starts.astype(str).tolist() == ["2024-01-01", "2024-01-08", "2024-01-15", "2024-01-22"]
    assert panel.periods.last_day == date(2024, 1, 28)


def test_nulls_before_the_first_units_are_not_on_sale_and_after_the_last_are_withdrawn() -> None:
    panel = panel_from(
        weeks(("a", "2024-01-01", None), ("a", "2024-01-08", 3), ("a", "2024-01-15", None), ("b", "2024-01-22", 1))
    )
    np.testing.assert_array_equal(panel.units, [[NAN, 3, NAN, NAN], [NAN, NAN, NAN, 1]])
    np.testing.assert_array_equal(panel.on_sale()[0], [False, True, False, False])


def test_nulls_between_units_are_a_fault() -> None:
    raw = weeks(("a", "2024-01-01", 1), ("a", "2024-01-08", None), ("a", "2024-01-15", 3))
    assert faults(raw) == ["row 2: units is missing between periods that have units: write 0 when nothing was wanted"]


def test_a_day_on_which_stock_ran_out_is_no_target() -> None:
    raw = pl.DataFrame({"sku": ["a"] * 4, "day": [date(2024, 1, day) for day in (1, 2, 3, 5)], "units": [5, 2, 4, 1]})
    panel = panel_from(raw.with_columns(in_stock_share=pl.Series([1.0, 0.9, 0.0, None])))
    np.testing.assert_array_equal(panel.target(), [[5, NAN, NAN, 0, 1]])
    np.testing.assert_array_equal(panel.units, [[5, 2, 4, 0, 1]])


def test_a_week_without_stock_for_a_part_counts_by_the_rest() -> None:
    rows = (("a", "2024-01-01", 6), ("a", "2024-01-08", 6), ("a", "2024-01-15", 6), ("a", "2024-01-22", None))
    panel = panel_from(weeks(*rows, in_stock_share=[0.75, 0.5, 0.4, 1.0]))
    np.testing.assert_array_equal(panel.target(), [[8, 12, NAN, NAN]])


def test_every_fault_is_found_in_one_reading() -> None:
    raw = weeks(
        ("a", "2024-01-01", "-1"),
        ("a", "2024-01-08", "x"),
        ("a", "2024-01-08", "NaN"),
        (None, "2024-01-01", "3"),
        ("b", "15.01.2024", "inf"),
        ("b", "2024-01-16", "1"),
        ("b", None, "1"),
        ("b", "0024-01-15", "1"),
        price=["1", "1", "-2", "cheap", None, "1", "1", "1"],
    )
    assert faults(raw) == [
        "row 1: units '-1' is negative: write what was wanted, not what came back",
        "row 2: units 'x' is not a number",
        "row 3: price '-2' is negative",
        "row 3: units 'NaN' is not a finite number",
        "row 3: week 'a, 2024-01-08' repeats SKU and week of row 2",
        "row 4: price 'cheap' is not a number",
        "row 4: sku is missing",
        "row 5: units 'inf' is not a finite number",
        "row 5: week '15.01.2024' is not a date, or not written like the others (%Y-%m-%d)",
        "row 6: week '2024-01-16' is not a Monday, with which the other weeks start",
        "row 7: week is missing",
        "row 8: week '0024-01-15' is not between 1970 and 2100",
    ]


def test_the_first_faults_are_shown_and_all_are_counted() -> None:
    raw = weeks(*[("a", "2024-01-01", -1.0)] * 1000)
    with pytest.raises(HistoryError) as raised:
        panel_from(raw, "table.csv")
    assert raised.value.count == 1000 + 999  # negative, and all but the first there twice
    assert len(raised.value.faults) == FAULTS_SHOWN
    assert str(raised.value).startswith("table.csv: 1,999 faults\n  row 1: units '-1.0' is negative")
    assert str(raised.value).endswith("… and 1,979 more")
    again = pickle.loads(pickle.dumps(raised.value))
    assert (again.source, again.faults, again.count) == (raised.value.source, raised.value.faults, raised.value.count)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"sku": ["a"], "units": [1]}, "column day, week or month missing; found 'sku', 'units'"),
        ({"item": ["a"], "day": ["2024-01-01"]}, "column sku missing; found 'item', 'day'"),
        ({"sku": ["a"], "day": ["2024-01-01"], "week": ["2024-01-01"], "units": [1]}, "columns day and week are all there"),
        ({"sku": [True], "day": ["2024-01-01"], "units": [1]}, "column sku has type Boolean, expected text or whole numbers"),
        ({"sku": ["a"], "day": [20240101], "units": [1]}, "column day has type Int64, expected dates"),
        ({"sku": ["a"], "day": ["2024-01-01"], "units": [date(2024, 1, 1)]}, "column units has type Date, expected numbers"),
        ({"sku": ["a"], "day": ["03/04/2024"], "units": [1]}, "column day could be day/month/year or month/day/year"),
        ({"sku": ["a"], "day": [datetime(2024, 1, 1, 9)], "units": [1]}, "row 1: day '2024-01-01 09:00:00' is not a date"),
        ({"sku": ["a"], "day": ["soon"], "units": [1]}, "row 1: day 'soon' is not a date"),
        ({"sku": [1.5], "day": ["2024-01-01"], "units": [1]}, "row 1: sku '1.5' is not a whole number"),
        (
            {"sku": ["a"], "day": ["2024-01-01"], "units": [1], "in_stock_share": [1.2]},
            "row 1: in_stock_share '1.2' is above 1",
        ),
        (
            {"sku": ["a", "b"], "day": ["2024-01-01"] * 2, "units": [1, 1], "location": [None, "N"]},
            "row 1: location is missing",
        ),
        ({"sku": ["a"], "day": ["2024-01-01"], "units": [1], "promotion": [-1]}, "row 1: promotion '-1' is negative"),
        ({"sku": ["a"], "day": ["2024-01-01"], "units": ["1,5"]}, "row 1: units '1,5' is not a number: write a point"),
        ({"sku": ["a"], "week": ["2024-05"], "units": [1]}, "row 1: week '2024-05' is a month: write a week as 2024-W05"),
        (
            {"sku": ["a", "a"], "day": ["2024-01-01", "2024-01-02"], "units": [1, 1], "promotion": ["0.2", "BOGO"]},
            "row 2: promotion 'BOGO' is not a number",
        ),
        ({"sku": ["a"], "Day": ["2024-01-01"], "day": ["2024-01-01"]}, "column 'day' is there 2 times"),
        ({"sku": [], "day": [], "units": []}, "it has no rows"),
    ],
)
def test_a_column_or_cell_that_cannot_be_used_is_named(raw: dict[str, list[object]], expected: str) -> None:
    assert any(fault.startswith(expected) for fault in faults(pl.DataFrame(raw))), faults(pl.DataFrame(raw))


@pytest.mark.parametrize(
    ("column", "cells", "first", "count"),
    [
        ("day", ["2024-02-28", "2024-03-01"], "2024-02-28", 3),
        ("day", ["28.02.2024", "01.03.2024"], "2024-02-28", 3),
        ("day", ["02/28/2024", "03/01/2024"], "2024-02-28", 3),
        ("day", ["28/02/2024", "01/03/2024"], "2024-02-28", 3),
        ("day", ["20240228", "20240301"], "2024-02-28", 3),
        ("day", ["2024-02-28 00:00:00", "2024-03-01T00:00"], "2024-02-28", 3),
        ("day", [datetime(2024, 2, 28), datetime(2024, 3, 1)], "2024-02-28", 3),
        ("week", ["2023-W52", "2024-W02"], "2023-12-25", 3),
        ("week", [date(2024, 1, 7), date(2024, 1, 21)], "2024-01-07", 3),  # weeks that start on Sunday
        ("month", ["2023-12", "2024-02"], "2023-12-01", 3),
        ("month", ["2023-12-31", "2024-02-29"], "2023-12-01", 3),
    ],
)
def test_periods_are_read_as_they_are_written(column: str, cells: list[object], first: str, count: int) -> None:
    panel = panel_from(pl.DataFrame({"sku": ["a", "a"], column: cells, "units": [1, 2]}))
    assert (str(panel.periods.first), len(panel.periods)) == (first, count)
    np.testing.assert_array_equal(panel.units, [[1, *[0] * (count - 2), 2]])
    assert panel.periods.frequency is Frequency(column)


def test_an_instant_counts_on_the_day_of_its_own_zone() -> None:
    midnight = pl.Series([datetime(2024, 1, 1)]).dt.replace_time_zone("Asia/Shanghai")
    panel = panel_from(pl.DataFrame({"sku": ["a"], "day": midnight, "units": [1]}))
    assert panel.periods.first == date(2024, 1, 1)


@pytest.mark.parametrize("skus", [[7, 12], ["7", "12"], [7.0, 12.0], [" 7", "12 "]])
def test_skus_may_be_numbers_or_text(skus: list[object]) -> None:
    panel = panel_from(pl.DataFrame({"sku": skus, "day": ["2024-01-01"] * 2, "units": [1, 2]}))
    assert panel.series["sku"].to_list() == ["12", "7"]
    np.testing.assert_array_equal(panel.units, [[2], [1]])


def test_a_series_is_of_the_category_that_its_latest_row_tells() -> None:
    rows = {
        "sku": ["a", "a", "a", "b", "c"],
        "day": ["2024-01-01", "2024-01-03", "2024-01-02", "2024-01-01", "2024-01-01"],
        "units": [1, 1, 1, 1, 1],
        "category": ["toys", None, "games", None, " toys "],
    }
    panel = panel_from(pl.DataFrame(rows))
    assert panel.category is not None
    assert panel.category.to_list() == ["games", None, "toys"]
    assert panel.up_to(1).category is panel.category
    picked = panel.select(np.array([2, 0])).category
    assert picked is not None
    assert picked.to_list() == ["toys", "games"]
    assert "2 categories, of 2 of 3 series" in told(panel, 5, [])
    none = pl.DataFrame(rows).with_columns(category=pl.lit(None, pl.String))
    assert panel_from(none).category is None
    with pytest.raises(HistoryError, match=r"row 1: category '1.5' is not a whole number"):
        panel_from(pl.DataFrame(rows).with_columns(category=pl.Series([1.5, 1, 1, 1, 1])))
    with pytest.raises(HistoryError, match="column category has type"):
        panel_from(pl.DataFrame(rows).with_columns(category=pl.Series([True] * 5)))


def test_locations_keep_series_apart() -> None:
    raw = pl.DataFrame({"sku": ["a", "a"], "location": ["N", "S"], "day": ["2024-01-01"] * 2, "units": [1, 2]})
    assert panel_from(raw).series.rows() == [("a", "N"), ("a", "S")]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([True, None], [1, 0]),
        (["yes", "No"], [1, 0]),
        (["0.2", None], [0.2, 0]),
        (["20%", "0%"], [0.2, 0]),
        ([0, 1], [0, 1]),
        ([NAN, 0.3], [0, 0.3]),
    ],
)
def test_a_promotion_is_a_flag_a_depth_or_a_name(cells: list[object], expected: list[float]) -> None:
    raw = weeks(("a", "2024-01-01", 1), ("a", "2024-01-08", 1), promotion=cells)
    promotion = panel_from(raw).promotion
    assert promotion is not None
    np.testing.assert_allclose(promotion[0], expected)


@pytest.mark.parametrize("none", [None, "", "none", "0", "No promotion"])
def test_names_of_promotions_stay_apart_and_words_for_none_are_none(none: str | None) -> None:
    rows = [("a", f"2024-01-{day:02}", 1) for day in (1, 8, 15, 22)]
    promotion = panel_from(weeks(*rows, promotion=["BOGO", none, "Flyer", "bogo "])).promotion
    assert promotion is not None
    bogo, absent, flyer, again = promotion[0].tolist()
    assert absent == 0
    assert 1 <= bogo < 1.5
    assert 1 <= flyer < 1.5
    assert bogo == again != flyer
    alone = panel_from(weeks(("a", "2024-01-01", 1), promotion=["BOGO"])).promotion
    assert alone is not None
    assert alone[0, 0] == bogo  # whatever else is in the table


def test_nan_in_an_optional_column_is_nothing_told() -> None:
    rows = (("a", "2024-01-01", 1), ("a", "2024-01-08", 1))
    panel = panel_from(weeks(*rows, price=[NAN, 2.0], in_stock_share=[1.0, NAN], promotion=["nan", "1"]))
    np.testing.assert_array_equal(panel.price, [[NAN, 2]])
    np.testing.assert_array_equal(panel.in_stock_share, [[1, NAN]])
    np.testing.assert_array_equal(panel.promotion, [[0, 1]])


def test_what_was_made_of_a_table_is_told(tmp_path: Path) -> None:
    units = {week: 20 for week in range(1, 13) if week != 3} | {13: 2}
    rows = [("a", str(date(2024, 1, 1) + timedelta(weeks=week)), amount) for week, amount in units.items()]
    table = weeks(*rows, price=["2"] * 12, promotion=["1"] + ["0"] * 11).with_columns(shelf=pl.lit("x"))
    table.write_parquet(tmp_path / "table.parquet")
    assert read_and_told(tmp_path / "table.parquet")[1] == [
        "12 rows, 1 series, 13 weeks from 2024-01-08 to 2024-04-07",
        "1 of 13 weeks on sale (8%) have no row and count as 0",
        "price known in 92%",
        "promotion in 7.7%, of 1 kinds or depths",
        "the last week, from 2024-04-01, has 10% of the units of the least of the 8 before: leave it out if it was not over",
        "columns left alone: shelf",
    ]


def test_rows_of_periods_to_come_that_withdraw_every_series_are_told() -> None:
    raw = weeks(("pen", "2024-01-01", 4), ("pen", "2024-01-08", None), promotion=[0, 1])
    assert any("no series is on sale at the end" in note for note in told(panel_from(raw), 2, []))
    assert not any("no series" in note for note in told(panel_from(raw.head(1)), 1, []))


def test_the_order_of_rows_changes_nothing(tmp_path: Path) -> None:
    chance = np.random.default_rng(5)
    raw = pl.DataFrame(
        {
            "sku": np.repeat([f"{number:03d}" for number in range(20)], 30),
            "day": np.tile(np.datetime64("2024-02-20") + np.arange(30), 20),
            "units": chance.poisson(2, 600),
            "price": chance.uniform(1, 2, 600).round(2),
        }
    ).with_columns(pl.col("day").cast(pl.Date))
    raw.write_parquet(tmp_path / "sorted.parquet")
    raw.sample(fraction=1.0, shuffle=True, seed=1).write_csv(tmp_path / "shuffled.csv")
    one, other = read_panel(tmp_path / "sorted.parquet"), read_panel(tmp_path / "shuffled.csv")
    assert one.series.equals(other.series)
    np.testing.assert_array_equal(one.units, other.units)
    np.testing.assert_array_equal(one.price, other.price)
    assert float(one.units.sum()) == raw["units"].sum()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "the file is empty"),
        (b"\x1f\x8b\x00\x00", "neither Parquet nor CSV"),
        (b"PAR1 and no more", "damaged"),
        (b"sku,day,sku\n1,2024-01-01,2\n", "'sku' is there 2 times"),
        (b"sku,day,units\n", "it has no rows"),
        (b"sku,day,units\na,2024-01-01,1\na,2024-01-02,3,5\n", "row 2: the row 'a,2024-01-02,3,5' has 4 cells for 3 columns"),
        (b"sku;day;units\na;2024-01-01;3,5\n", "row 1: units '3,5' is not a number"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_one_line(content: bytes, expected: str, tmp_path: Path) -> None:
    (tmp_path / "history").write_bytes(content)
    with pytest.raises(HistoryError, match=expected):
        read_panel(tmp_path / "history")


def test_names_in_another_alphabet_of_bytes_are_a_fault_and_do_not_become_one(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_bytes("sku,week,units,note\ncafé,2024-01-01,1,x\ncafè,2024-01-01,2,x\nb,2024-01-01,2,é\n".encode("latin-1"))
    with pytest.raises(HistoryError) as raised:
        read_panel(table)
    assert [(fault.row, fault.problem) for fault in raised.value.faults] == [
        (row, "is no UTF-8: save the table as UTF-8") for row in (1, 2)
    ]


def test_a_table_of_utf_16_is_read(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_bytes("sku\tweek\tunits\ncafé\t2024-01-01\t1\n".encode("utf-16"))
    assert read_panel(table).series["sku"].to_list() == ["café"]


def test_commas_between_thousands_are_no_decimals() -> None:
    assert faults(weeks(("a", "2024-01-01", "1,200"), ("a", "2024-01-08", "1,200.5"), ("a", "2024-01-15", "1,25"))) == [
        "row 1: units '1,200' is not a number: write it without commas; a point is a decimal",
        "row 2: units '1,200.5' is not a number: write it without commas; a point is a decimal",
        "row 3: units '1,25' is not a number: write a point, not a comma",
    ]


def test_midnights_of_two_zones_are_told_by_row_and_most_of_them_stand() -> None:
    days = ("2024-01-01T00:00:00Z", "2024-01-08T00:00:00+05:30", "2024-01-15T00:00:00Z", "2024-01-22T00:00:00")
    with pytest.raises(HistoryError) as told:
        panel_from(weeks(*[("a", day, 1) for day in days]))
    assert [line for line in str(told.value).splitlines() if "zone Z" in line and "row 2: week" in line]
    assert [line for line in str(told.value).splitlines() if "zone Z" in line and "row 4: week" in line]
    assert "row 1" not in str(told.value)
    assert "row 3" not in str(told.value)


def test_midnight_of_any_zone_is_its_day() -> None:
    for zone in ("Z", "+01:00", "-0530"):
        panel = panel_from(weeks(("a", f"2024-01-01T00:00:00{zone}", 1), ("a", f"2024-01-08T00:00:00{zone}", 1)))
        assert (panel.periods.first, len(panel.periods)) == (date(2024, 1, 1), 2)
    assert "is not a date" in faults(weeks(("a", "2024-01-01T23:00:00Z", 1)))[0]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match=r"absent\.csv: it cannot be read: No such file"):
        read_panel(tmp_path / "absent.csv")


def test_a_date_far_off_does_not_fill_the_memory() -> None:
    skus = [str(number) for number in range(MOST_CELLS // 40_000)]
    raw = pl.DataFrame({"sku": skus, "day": ["1975-01-01", *["2099-12-31"] * (len(skus) - 1)], "units": [1] * len(skus)})
    assert faults(raw)[0].startswith("10,000 series over 45,656 periods, from 1975-01-01 to 2099-12-31: more than")


def test_up_to_is_a_copy_that_ends_at_the_cut_off() -> None:
    panel = panel_from(weeks(("a", "2024-01-01", 5), ("b", "2024-01-15", 2), ("a", "2024-01-22", 1)))
    cut = panel.up_to(2)
    assert cut.units.shape == (2, 2)
    assert cut.units.base is None
    assert cut.first_on_sale.tolist() == [0, 2]
    assert cut.periods.ahead(2).starts.astype(str).tolist() == ["2024-01-15", "2024-01-22"]


def test_select_keeps_series_and_arrays_together() -> None:
    panel: Panel = panel_from(weeks(("a", "2024-01-01", 5), ("b", "2024-01-01", 2), ("c", "2024-01-01", 1)))
    assert panel.select(np.array([True, False, True])).series["sku"].to_list() == ["a", "c"]
    assert panel.select(np.array([2, 0])).units.ravel().tolist() == [1, 5]
