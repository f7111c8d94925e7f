"""Lead times in working days of a calendar."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from actors.procurement.calendar import Calendar, contradiction, due_on
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
    assert due_on(calendar, FRIDAY, days) == expected


@pytest.mark.parametrize(
    ("calendar", "says"),
    [
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
    assert item.rounded_up(wanted) == rounded
    assert item.may_be_ordered(rounded)


@pytest.mark.parametrize(("ordered", "percent", "most"), [(10, 0, 10), (10, 9, 10), (10, 10, 11), (100, 2, 102), (0, 50, 0)])
def test_a_part_of_a_unit_is_not_tolerated(ordered: int, percent: int, most: int) -> None:
    assert most_receivable(ordered, percent) == most
