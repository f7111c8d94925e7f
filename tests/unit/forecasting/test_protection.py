"""Calendars of suppliers decide when to order, when goods are expected, and how long an order has to last."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

import msgspec
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.procurement.calendar import WEEKDAYS, Calendar, contradiction, due_day, due_on
from forecasting.planning.protection import DAY_MS, EVERY_DAY, Calendars, Protection, protections
from gateway.supplier_calendars import SupplierCalendars, calendar_of
from tests.unit.forecasting.test_planning import NOW, books

MONDAY: Final = date(2025, 3, 24)
THURSDAY: Final = MONDAY + timedelta(3)
FROM_ROWS: Final = SupplierCalendars()


def text(**kinds: Any) -> str:
    return msgspec.json.encode(kinds).decode()


def protection(
    calendar: str, days: int, review: float = 7.0, today: date = MONDAY, calendars: Calendars = FROM_ROWS, **rows: Any
) -> Protection:
    items = pl.DataFrame({"sku": ["pen"], "supplier": ["acme"], "lead_time_days": [days], "calendar": [calendar]})
    (found,) = protections(items, np.array([review]), books(**rows), NOW, today, calendars)
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


def test_learned_lead_times_start_on_the_order_day_and_end_on_a_day_of_delivery() -> None:
    receipts = [("acme", "pen", NOW - 60 * DAY_MS, NOW - (60 - days) * DAY_MS) for days in (2, 3, 5)] * 3
    found = protection(text(order_days=("tue",), delivery_days=("thu", "fri", "mon")), 9, receipts=receipts)
    assert told(found)[:2] == ("2025-03-25", "2025-03-28")
    assert found.lead_time.values.tolist() == [3.0, 4.0, 7.0]  # Thursday, Friday; Sunday's on Monday
    assert found.lead_time.chances.sum() == pytest.approx(1)


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
