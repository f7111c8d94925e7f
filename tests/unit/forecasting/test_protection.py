"""Calendars of suppliers decide when to order, when goods are expected, and how long an order has to last."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.procurement.calendar import WEEKDAYS, Calendar, contradiction, due_day, due_on
from forecasting.lead_times.learned import FEWEST_RECEIPTS, HALF_LIFE_DAYS
from forecasting.planning.calendars import EVERY_DAY, Calendars
from forecasting.planning.protection import Protection, protections
from gateway.supplier_calendars import SupplierCalendars, calendar_of
from tests.unit.forecasting.test_planning import books

MONDAY: Final = date(2025, 3, 24)
THURSDAY: Final = MONDAY + timedelta(3)
FROM_ROWS: Final = SupplierCalendars()


def text(**kinds: Any) -> str:
    return msgspec.json.encode(kinds).decode()


def protection(
    calendar: str, days: int, review: float = 7.0, today: date = MONDAY, calendars: Calendars = FROM_ROWS, **rows: Any
) -> Protection:
    items = pl.DataFrame({"sku": ["pen"], "supplier": ["acme"], "lead_time_days": [days], "calendar": [calendar]})
    (found,) = protections(items, np.array([review]), books(**rows), today, calendars)
    return found


def told(found: Protection) -> tuple[str, str, list[float], float]:
    return (
        found.order_by.isoformat(), found.expected_on.isoformat(), found.lead_time.values.tolist(), found.review_days
    )  # fmt: skip


def test_without_calendars_days_are_days() -> None:
    assert told(protection("", 5, 3.5, calendars=EVERY_DAY)) == ("2025-03-24", "2025-03-29", [5.0], 3.5)


@pytest.mark.parametrize(
    ("calendar", "days", "today", "expected"),
    [
        ({}, 5, MONDAY, ("2025-03-24", "2025-03-31", [7.0], 7.0)),
        ({}, 5, THURSDAY, ("2025-03-27", "2025-04-03", [7.0], 7.0)),
        ({"closed": ("2025-04-03",)}, 5, THURSDAY, ("2025-03-27", "2025-04-04", [8.0], 6.0)),
        ({"order_days": ("tue",)}, 2, THURSDAY, ("2025-04-01", "2025-04-03", [7.0], 7.0)),
        ({"order_days": ("mon",)}, 2, MONDAY, ("2025-03-24", "2025-03-26", [2.0], 7.0)),
        ({"delivery_days": ("fri",)}, 1, MONDAY, ("2025-03-24", "2025-03-28", [4.0], 7.0)),
        ({"order_days": ("mon",), "closed": ("2025-03-31",)}, 1, MONDAY, ("2025-03-24", "2025-03-25", [1.0], 14.0)),
    ],
)
def test_the_next_order_day_and_the_day_of_delivery_decide_how_long_an_order_lasts(
    calendar: dict[str, Any], days: int, today: date, expected: Any
) -> None:
    assert told(protection(text(**calendar), days, today=today)) == expected


def test_an_order_lasts_until_the_next_one_that_comes_later() -> None:
    """Reviewed daily, delivered on Fridays: all orders of a week come together, so this one has to last until the Friday after."""
    assert told(protection(text(delivery_days=("fri",)), 1, 1.0)) == ("2025-03-24", "2025-03-28", [4.0], 7.0)


def at(day: date, hour: int = 9) -> int:
    """Ms since 1970 UTC."""
    return int(datetime(day.year, day.month, day.day, hour, tzinfo=UTC).timestamp() * 1000)


def receipt(
    calendar: str, placed: date, came: date, agreed: int = 9, supplier: str = "acme", sku: str = "pen", due_on: str = ""
) -> tuple[Any, ...]:
    return supplier, sku, agreed, calendar, at(placed), at(came, 15), due_on


TUESDAYS: Final = text(order_days=("tue",), delivery_days=("thu", "fri", "mon"))
TUESDAY: Final = date(2025, 1, 21)


def test_learned_lead_times_start_on_the_order_day_and_end_on_a_day_of_delivery() -> None:
    """Orders of a Tuesday that came on Thursday, on Friday, and on Wednesday of the next week."""
    receipts = [receipt(TUESDAYS, TUESDAY, TUESDAY + timedelta(days)) for days in (2, 3, 8)] * 3
    found = protection(TUESDAYS, 9, receipts=receipts)
    assert told(found)[:2] == ("2025-03-25", "2025-03-31")
    assert found.lead_time.values.tolist() == [
        3.0,
        4.0,
        10.0,
    ]  # as then, but for the last: Thursday is the next day of delivery
    assert found.lead_time.chances.sum() == pytest.approx(1)


def test_the_wait_for_the_order_day_is_not_learned_as_lead_time() -> None:
    """Written on a Wednesday, taken on Tuesday, there on Thursday: two days, whichever day it is written on."""
    waited = [receipt(TUESDAYS, TUESDAY - timedelta(6), TUESDAY + timedelta(2))] * 8
    at_once = [receipt(TUESDAYS, TUESDAY, TUESDAY + timedelta(2))] * 8
    assert told(protection(TUESDAYS, 9, receipts=waited)) == told(protection(TUESDAYS, 9, receipts=at_once))
    assert told(protection(TUESDAYS, 9, receipts=waited)) == ("2025-03-25", "2025-03-27", [3.0], 7.0)


def test_holidays_are_not_learned_as_slowness_and_are_waited_for_when_they_come() -> None:
    shut = [(date(2025, 1, 27) + timedelta(number)).isoformat() for number in range(10)]
    ahead = [(date(2025, 3, 27) + timedelta(number)).isoformat() for number in range(2)]
    calendar = text(working_days=WEEKDAYS[:5], closed=(*shut, *ahead))
    receipts = [receipt(calendar, TUESDAY, date(2025, 2, 7), 5)] * 8  # five working days from before the holidays to after them
    assert told(protection(calendar, 5, receipts=receipts)) == ("2025-03-24", "2025-04-02", [9.0], 5.0)


def test_the_wait_for_a_day_of_delivery_is_not_learned_as_slowness() -> None:
    """Ordered on a Monday, ready the day after, brought on Friday as on every Friday."""
    fridays = text(delivery_days=("fri",))
    kept = [receipt(fridays, MONDAY - timedelta(weeks), MONDAY - timedelta(weeks - 4), 1) for weeks in range(7, 63, 7)]
    for today in (MONDAY, THURSDAY):
        assert told(protection(fridays, 1, today=today, receipts=kept)) == told(protection(fridays, 1, today=today))
    late = [receipt(fridays, MONDAY - timedelta(14), MONDAY - timedelta(3), 1)] * 8  # a week later: at least on Monday ready
    assert protection(fridays, 1, receipts=late).lead_time.values.tolist() == [11.0]
    coming = {"receipts": kept, "waiting": [receipt(fridays, MONDAY, MONDAY, 1)[:5]] * 8}  # tomorrow, seen from Thursday
    assert told(protection(fridays, 1, today=THURSDAY, **coming)) == told(protection(fridays, 1, today=THURSDAY))


def test_an_order_that_was_to_come_later_and_did_is_not_slow() -> None:
    """Written sixty days ahead for a day that was kept."""
    placed = date(2025, 1, 6)
    ahead = [receipt("", placed, placed + timedelta(60), 3, due_on=(placed + timedelta(60)).isoformat())] * 8
    assert told(protection("", 3, receipts=ahead)) == told(protection("", 3))
    coming = [(*receipt("", placed, placed, 3)[:5], "2025-06-01")] * 8
    assert told(protection("", 3, receipts=ahead, waiting=coming)) == told(protection("", 3))
    hasty = [receipt("", MONDAY - timedelta(7), MONDAY - timedelta(4), 3, due_on="2025-03-18")] * 8  # wished for earlier
    assert told(protection("", 3, receipts=hasty)) == told(protection("", 3)), "a wish is no agreement"


def test_goods_that_came_on_the_day_of_their_order_teach_nothing_unless_that_was_agreed() -> None:
    same_day = [receipt("", MONDAY - timedelta(7), MONDAY - timedelta(7))] * 10
    assert told(protection("", 3, receipts=same_day)) == told(protection("", 3))
    slow = [receipt("", MONDAY - timedelta(14), MONDAY - timedelta(7))] * 8
    assert told(protection("", 3, receipts=[*slow, *same_day])) == told(protection("", 3, receipts=slow))
    agreed = [receipt("", MONDAY - timedelta(7), MONDAY - timedelta(7), 0)] * 8
    assert told(protection("", 0, receipts=agreed)) == ("2025-03-24", "2025-03-24", [0.0], 7.0)


def test_who_has_few_receipts_borrows_how_others_keep_their_word_not_how_far_away_they_are() -> None:
    overseas = [receipt("", date(2024, 9, 2), date(2024, 11, 25), 60, "overseas")] * 20  # sixty working days, as agreed
    own = [receipt("", MONDAY - timedelta(7), MONDAY - timedelta(5), 2)]
    assert told(protection("", 2, receipts=[*overseas, *own])) == ("2025-03-24", "2025-03-26", [2.0], 7.0)
    late = [receipt("", date(2024, 9, 2), date(2025, 2, 17), 60, "overseas")] * 20  # twice as many
    found = protection("", 2, receipts=[*late, *own])
    assert found.lead_time.values.tolist() == [2.0, 4.0]
    own_weight, theirs = (0.5 ** ((MONDAY - day).days / HALF_LIFE_DAYS) for day in (MONDAY - timedelta(7), date(2024, 9, 2)))
    mine, lent = own_weight / FEWEST_RECEIPTS, own_weight / (own_weight + 20 * theirs)
    on_time = mine + (1 - mine) * (mine + (1 - mine) * lent)  # its own receipt, lent by its supplier, lent by all 21
    assert found.lead_time.chances == pytest.approx([on_time, 1 - on_time])


def test_an_order_is_placed_on_the_day_that_it_is_at_the_site() -> None:
    """20:00 in London and 10:00 the day after are one day in Shanghai."""
    shanghai = SupplierCalendars(ZoneInfo("Asia/Shanghai"))
    rows = {"receipts": [("acme", "pen", 5, "", at(TUESDAY, 20), at(TUESDAY + timedelta(1), 10))] * 8}
    assert protection("", 5, calendars=FROM_ROWS, **rows).lead_time.values.tolist() == [1.0]
    assert protection("", 5, calendars=shanghai, **rows).lead_time.values.tolist() == [7.0], (
        "placed and received on one day there"
    )


@given(st.lists(st.sampled_from(WEEKDAYS), min_size=1, unique=True).map(tuple), st.integers(0, 20), st.integers(0, 6))
def test_an_order_that_came_when_it_was_due_took_the_days_that_were_agreed(week: Any, agreed: int, later: int) -> None:
    """Or as many as come to the same day: taken on a day off, it is begun on the next working day either way."""
    calendar, placed = text(working_days=week), MONDAY + timedelta(later)
    due = FROM_ROWS.due_day(calendar, placed, agreed)
    taken = FROM_ROWS.days_taken(calendar, placed, due)
    assert taken == agreed or (taken, agreed) == (1, 0)
    assert FROM_ROWS.due_day(calendar, placed, taken) == due


weekdays = st.lists(st.sampled_from(WEEKDAYS), unique=True).map(tuple)


@given(weekdays, weekdays, weekdays, st.integers(0, 15), st.integers(1, 20), st.integers(0, 6))
def test_a_purchase_order_is_due_when_planning_expects_it(
    week: Any, order_days: Any, delivery_days: Any, lead_time: int, review: int, later: int
) -> None:
    kinds = {"working_days": week, "order_days": order_days, "delivery_days": delivery_days}
    calendar = Calendar(**kinds)
    if contradiction(calendar):
        return
    today = MONDAY + timedelta(later)
    found = protection(text(**kinds), lead_time, float(review), today)
    assert due_on(calendar, found.order_by.isoformat(), lead_time) == found.expected_on.isoformat()
    assert due_day(calendar, today, lead_time) == found.expected_on
    assert found.review_days > 0
    assert today <= found.order_by <= found.expected_on
    nights = (found.expected_on - today).days + found.review_days
    assert nights >= (due_day(calendar, found.order_by + timedelta(review), lead_time) - today).days


def test_a_row_from_before_there_were_order_days_is_read() -> None:
    assert calendar_of('{"working_days":["mon"],"closed":[],"open":["2026-12-19"]}') == Calendar(("mon",), (), ("2026-12-19",))
    assert calendar_of("") == Calendar()
