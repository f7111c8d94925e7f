"""Demand by day from order lines: what was called off within its week had been a mistake, everything else was wanted."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.replay.demand import best_sellers, daily_demand, ending_on
from gateway.replay.kinds import with_kinds
from gateway.replay.lines import lines_from_table

MONDAY = datetime(2011, 11, 7, 9)
COLUMNS = ("InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID")
Line = tuple[str, str, int, float, float, int | None]


def demand(*lines: Line) -> dict[tuple[str, date], int]:
    """Of lines (order, SKU, quantity, days after a Monday, price, customer)."""
    found = daily_demand(kinds(lines))
    return {(sku, day): units for sku, day, units in found.iter_rows()}


def kinds(lines: Any) -> pl.DataFrame:
    rows = [(*line[:3], MONDAY + timedelta(days=line[3]), *line[4:]) for line in lines]
    return with_kinds(lines_from_table(pl.DataFrame(rows, schema=COLUMNS, orient="row"), source="lines", fingerprint="").table)


def day(number: int) -> date:
    return MONDAY.date() + timedelta(number)


def test_lines_of_a_day_are_summed_by_sku_in_upper_case() -> None:
    found = demand(("1", "85123a", 2, 0, 1.0, 7), ("2", "85123A", 3, 0.3, 1.0, 8), ("3", "85123A", 4, 1, 1.0, 7))
    assert found == {("85123A", day(0)): 5, ("85123A", day(1)): 4}


ORDER = ("1", "A", 5, 0, 1.0, 7)


@pytest.mark.parametrize(
    ("cancellation", "left"),
    [
        (("C2", "A", -5, 4, 1.0, 7), 0),
        (("C2", "A", -5, 7, 1.0, 7), 5),  # the next Monday
        (("C2", "A", -4, 1, 1.0, 7), 5),  # a part of it came back
        (("C2", "A", -5, 1, 1.0, 8), 5),  # another customer's
        (("C2", "B", -5, 1, 1.0, 7), 5),
        (("C2", "A", -5, -0.1, 1.0, 7), 5),  # it was there before the order
    ],
    ids=["the same week", "the next week", "a part", "another customer", "another SKU", "an earlier cancellation"],
)
def test_a_line_that_was_called_off_in_its_week_was_not_wanted(cancellation: Line, left: int) -> None:
    assert demand(ORDER, cancellation).get(("A", day(0)), 0) == left


def test_a_cancellation_undoes_one_line_the_latest_before_it() -> None:
    lines = ORDER, ("2", "A", 5, 1, 1.0, 7), ("C3", "A", -5, 2, 1.0, 7), ("4", "A", 5, 3, 1.0, 7)
    assert demand(*lines) == {("A", day(0)): 5, ("A", day(3)): 5}


def test_postage_gifts_corrections_and_lines_without_a_date_are_no_demand() -> None:
    lines = ORDER, ("2", "POST", 1, 0, 9.0, 7), ("3", "A", 8, 0, 0.0, 7), ("4", "A", -3, 0, 0.0, None)
    assert demand(*lines) == {("A", day(0)): 5}
    dated = kinds([ORDER])
    assert daily_demand(dated.with_columns(pl.lit(None, pl.Datetime("us")).alias("at"))).is_empty()


def test_lines_of_a_file_without_prices_are_wanted() -> None:
    raw = pl.DataFrame({"order": ["1"], "sku": ["A"], "units": [3], "date": ["2011-11-07"]})
    table = with_kinds(lines_from_table(raw, source="lines", fingerprint="").table)
    assert daily_demand(table).rows() == [("A", day(0), 3)]


def test_the_best_sellers_have_the_most_units_and_days_end_when_asked() -> None:
    table = pl.DataFrame({"sku": ["a", "a", "b", "c"], "day": [day(0), day(3), day(1), day(1)], "units": [2, 2, 9, 4]})
    best = best_sellers(table, 2)
    assert best["sku"].unique().sort().to_list() == ["a", "b"]
    moved = ending_on(best, date(2026, 1, 31))
    assert moved["day"].to_list() == [date(2026, 1, 28), date(2026, 1, 31), date(2026, 1, 29)]


QUANTITIES = st.integers(1, 3)
ORDERS = st.lists(st.tuples(st.sampled_from("AB"), QUANTITIES, st.integers(0, 13), st.integers(1, 2)), min_size=1, max_size=12)


@given(ordered=ORDERS, undone=ORDERS)
def test_no_cancellation_takes_more_than_its_own_units_and_none_from_another_week(ordered: Any, undone: Any) -> None:
    lines = [(str(n), sku, units, days, 1.0, who) for n, (sku, units, days, who) in enumerate(ordered)]
    back = [(f"C{n}", sku, -units, days + 0.5, 1.0, who) for n, (sku, units, days, who) in enumerate(undone)]
    whole, rest = demand(*lines), demand(*lines, *back)
    assert set(rest) <= set(whole)
    for sku in "AB":
        for week in range(2):
            days = [day(number) for number in range(7 * week, 7 * week + 7)]
            lost = sum(whole.get((sku, one), 0) - rest.get((sku, one), 0) for one in days)
            called_off = sum(-units for _, of, units, at, *_ in back if of == sku and 7 * week <= at < 7 * week + 7)
            assert 0 <= lost <= called_off
