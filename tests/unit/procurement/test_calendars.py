"""Lead times in working days of a calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.procurement.calendar import (
    WEEKDAYS,
    Calendar,
    contradiction,
    day_of,
    delivery_day,
    due_day,
    due_on,
    order_day,
    shut,
)
from actors.procurement.suppliers import SupplierItem, most_receivable

FRIDAY = round(datetime(2026, 12, 18, 15, tzinfo=UTC).timestamp() * 1000)
XMAS = Calendar(closed=("2026-12-24", "2026-12-25", "2026-12-31", "2027-01-01"), open=("2026-12-19",))


@pytest.mark.parametrize(
    ("calendar", "days", "expected"),
    [
        (Calendar(), 0, "2026-12-18"),
        (Calendar(), 1, "2026-12-21"),
        (Calendar(), 5, "2026-12-25"),
        (XMAS, 1, "2026-12-19"),
        (XMAS, 5, "2026-12-28"),
        (Calendar(("mon",)), 0, "2026-12-21"),
        (Calendar(("mon",)), 2, "2026-12-28"),
        (Calendar(("sun",)), 1, "2026-12-20"),
    ],
)
def test_goods_are_due_on_the_last_of_so_many_working_days(calendar: Calendar, days: int, expected: str) -> None:
    assert due_on(calendar, day_of(FRIDAY), days) == expected


TUESDAYS = Calendar(order_days=("tue",))
TO_THE_DOOR = Calendar(closed=("2026-12-29",), order_days=("tue",), delivery_days=("mon", "thu"))


@pytest.mark.parametrize(
    ("calendar", "days", "taken", "due"),
    [
        (TUESDAYS, 0, "2026-12-22", "2026-12-22"),
        (TUESDAYS, 3, "2026-12-22", "2026-12-25"),
        (TUESDAYS, 4, "2026-12-22", "2026-12-28"),
        (Calendar(delivery_days=("wed",)), 0, "2026-12-18", "2026-12-23"),
        (Calendar(closed=("2026-12-22",), order_days=("tue",)), 1, "2026-12-29", "2026-12-30"),
        (Calendar(closed=("2026-12-22",), order_days=("mon", "tue")), 0, "2026-12-21", "2026-12-21"),
        (TO_THE_DOOR, 1, "2026-12-22", "2026-12-24"),
        (TO_THE_DOOR, 3, "2026-12-22", "2026-12-28"),
    ],
)
def test_an_order_waits_for_the_order_day_and_goods_for_the_day_of_delivery(
    calendar: Calendar, days: int, taken: str, due: str
) -> None:
    assert order_day(calendar, date(2026, 12, 18)).isoformat() == taken
    assert due_on(calendar, day_of(FRIDAY), days) == due


some_days = st.lists(st.sampled_from(WEEKDAYS), unique=True).map(tuple)
closed_days = st.lists(st.integers(0, 40), unique=True).map(
    lambda later: tuple(sorted((date(2026, 1, 1) + timedelta(n)).isoformat() for n in later))
)


@given(some_days, closed_days, some_days, some_days, st.integers(0, 30), st.integers(0, 12))
def test_every_calendar_that_is_taken_has_a_day_for_every_order(
    week: Any, closed: Any, order_days: Any, delivery_days: Any, start: int, lead_time: int
) -> None:
    calendar = Calendar(week, closed, (), order_days, delivery_days)
    if contradiction(calendar):
        return
    day = date(2026, 1, 1) + timedelta(start)
    taken, due = order_day(calendar, day), due_day(calendar, day, lead_time)
    assert calendar.takes_orders_on(taken)
    assert calendar.delivers_on(due)
    assert due == due_day(calendar, taken, lead_time) >= taken >= day
    assert sum(calendar.works_on(taken + timedelta(n + 1)) for n in range((due - taken).days)) >= lead_time
    assert due_day(calendar, day + timedelta(1), lead_time) >= due, "who orders later never gets it sooner"
    assert delivery_day(calendar, due) == due


def test_a_calendar_that_is_shut_for_a_year_is_told_with_the_first_day() -> None:
    today = date(2026, 1, 1)
    mondays = tuple((today + timedelta(4 + 7 * n)).isoformat() for n in range(60))
    assert shut(Calendar(closed=mondays, order_days=("mon",)), today) == ("takes orders", "2027-03-01")
    assert shut(Calendar(closed=mondays, delivery_days=("mon",)), today) == ("delivers", "2027-03-01")
    assert shut(Calendar(closed=mondays[:10], order_days=("mon",)), today) == ("", "")


def test_a_thousand_closed_days_of_a_weekly_order_day_are_searched_through() -> None:
    mondays = tuple((date(2026, 1, 5) + timedelta(7 * n)).isoformat() for n in range(1000))
    calendar = Calendar(closed=mondays, order_days=("mon",))
    assert order_day(calendar, date(2026, 1, 1)) == date(2026, 1, 5) + timedelta(7000)


@pytest.mark.parametrize(
    ("calendar", "says"),
    [
        (Calendar(order_days=("sun",)), "order_days has sun, of which none is a working day"),
        (Calendar(("sat",), delivery_days=("mon", "tue")), "delivery_days has mon, tue, of which none is a working day"),
        (Calendar(order_days=("sun", "mon")), ""),
        (Calendar(()), "no day of the week is a working day"),
        (Calendar(closed=("2026-12-24",), open=("2026-12-24",)), "2026-12-24 is both open and closed"),
        (XMAS, ""),
    ],
)
def test_a_calendar_that_contradicts_itself_is_named(calendar: Calendar, says: str) -> None:
    assert contradiction(calendar) == says


@pytest.mark.parametrize(
    ("minimum", "multiple", "wanted", "rounded"),
    [(1, 1, 7, 7), (10, 1, 7, 10), (10, 6, 7, 12), (1, 6, 13, 18), (12, 6, 12, 12)],
)
def test_an_order_is_rounded_up_to_what_the_supplier_takes(minimum: int, multiple: int, wanted: int, rounded: int) -> None:
    item = SupplierItem("s", "a", minimum_quantity=minimum, order_multiple=multiple)
    assert item.rounded_up(wanted) == item.rounded_up(rounded) == rounded


@pytest.mark.parametrize(("ordered", "percent", "most"), [(10, 0, 10), (10, 9, 10), (10, 10, 11), (100, 2, 102), (0, 50, 0)])
def test_a_part_of_a_unit_is_not_tolerated(ordered: int, percent: int, most: int) -> None:
    assert most_receivable(ordered, percent) == most
