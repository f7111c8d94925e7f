"""What is known of the future: holidays by rule, events from a table, and features of periods."""

from __future__ import annotations

import csv
import os
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.calendar.china import qingming
from forecasting.calendar.event import Event, digest_of, joined, known_at, nth_weekday
from forecasting.calendar.event_file import events_from, read_events
from forecasting.calendar.features import period_features, sku_features
from forecasting.calendar.great_britain import easter_sunday
from forecasting.calendar.holidays import holidays
from forecasting.calendar.lunar import LUNAR_NEW_YEAR
from forecasting.calendar.spans import FURTHEST_DAYS
from forecasting.panel.faults import HistoryError
from forecasting.panel.periods import Frequency, Periods
from forecasting.parameters import ParameterError

CALENDAR = Path(os.environ.get("SKULD_DATASETS", "")) / "online_retail_2010_2011_calendar.csv"


def days_off(country: str, year: int) -> list[str]:
    found = []
    for event in holidays(country, date(year, 1, 1), date(year, 12, 31)):
        length = (event.end - event.start).days + 1
        found += [event.start + timedelta(days=day) for day in range(length) if event.day_off]
    return [f"{day:%m-%d}" for day in sorted(found)]


@pytest.mark.parametrize(
    ("year", "day"), [(1818, "03-22"), (1943, "04-25"), (2000, "04-23"), (2011, "04-24"), (2024, "03-31"), (2038, "04-25")]
)
def test_easter_by_computus(year: int, day: str) -> None:
    assert f"{easter_sunday(year):%m-%d}" == day


@pytest.mark.parametrize(
    ("year", "expected"),
    [  # gov.uk/bank-holidays; weekends within Easter and Christmas are days off too
        (2024, "01-01 03-29 03-30 03-31 04-01 05-06 05-27 08-26 12-25 12-26"),
        (2022, "01-01 01-03 04-15 04-16 04-17 04-18 05-02 06-02 06-03 08-29 09-19 12-25 12-26 12-27"),
        (2020, "01-01 04-10 04-11 04-12 04-13 05-08 05-25 08-31 12-25 12-26 12-28"),
        (2021, "01-01 04-02 04-03 04-04 04-05 05-03 05-31 08-30 12-25 12-26 12-27 12-28"),
    ],
)
def test_english_bank_holidays(year: int, expected: str) -> None:
    assert days_off("GB", year) == expected.split()


@pytest.mark.skipif(not os.environ.get("SKULD_DATASETS") or not CALENDAR.exists(), reason="SKULD_DATASETS does not hold it")
def test_english_bank_holidays_are_those_of_the_shop() -> None:
    rows = list(csv.DictReader(CALENDAR.read_text(encoding="utf-8").splitlines()))
    named = {row["date"] for row in rows if row["england_bank_holiday"]}
    off = {f"{year}-{day}" for year in (2010, 2011) for day in days_off("GB", year)}
    weekdays = {day for day in off if date.fromisoformat(day).weekday() < 5 and rows[0]["date"] <= day <= rows[-1]["date"]}
    assert named == weekdays


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (
            2024,
            "01-01 02-09 02-10 02-11 02-12 02-13 02-14 02-15 04-04 05-01 06-10 09-17 10-01 10-02 10-03 10-04 10-05 10-06 10-07",
        ),
        (
            2020,
            "01-01 01-24 01-25 01-26 01-27 01-28 01-29 01-30 04-04 05-01 06-25 10-01 10-01 10-02 10-03 10-04 10-05 10-06 10-07",
        ),
    ],
)
def test_chinese_holidays(year: int, expected: str) -> None:
    assert days_off("CN", year) == expected.split()


def test_shopping_festivals_are_no_days_off() -> None:
    found = {event.kind: event.start for event in holidays("CN", date(2024, 1, 1), date(2024, 12, 31)) if not event.day_off}
    assert found == {"618": date(2024, 6, 18), "Singles' Day": date(2024, 11, 11), "Double 12": date(2024, 12, 12)}
    black_friday = [event for event in holidays("GB", date(2024, 11, 1), date(2024, 12, 1)) if event.kind == "Black Friday"]
    assert black_friday == [Event("Black Friday", date(2024, 11, 29), date(2024, 12, 2))]


def test_the_lunar_year_begins_at_a_new_moon() -> None:
    month, known = 29.530588861, date(2000, 1, 6)  # mean months from a new moon; true ones are within 15 hours
    for day in LUNAR_NEW_YEAR:
        age = (day - known).days / month % 1
        assert min(age, 1 - age) * month < 1.5, day
        assert date(day.year, 1, 21) <= day <= date(day.year, 2, 21)


@pytest.mark.parametrize(("year", "day"), [(2008, 4), (2011, 5), (2019, 5), (2023, 5), (2025, 4)])
def test_qingming(year: int, day: int) -> None:
    assert qingming(year) == date(year, 4, day)


def test_weekdays_of_a_month() -> None:
    assert nth_weekday(2024, 11, 3, 4) == date(2024, 11, 28)
    assert nth_weekday(2024, 12, 0, -1) == date(2024, 12, 30)


def test_a_country_or_year_without_rules_is_named() -> None:
    with pytest.raises(ParameterError, match="country is XX: it must be among GB, CN"):
        holidays("XX", date(2024, 1, 1), date(2024, 1, 2))
    with pytest.raises(ParameterError, match="the lunar tables end there"):
        holidays("CN", date(2051, 1, 1), date(2051, 1, 2))


def test_features_of_days() -> None:
    sale = Event("sale", date(2024, 1, 3), date(2024, 1, 4))
    rest = Event("rest", date(2024, 1, 5), date(2024, 1, 5), day_off=True)
    table = period_features(Periods(Frequency.DAY, date(2024, 1, 1), 7), [sale, rest])
    assert table["days to sale"].to_list() == [2, 1, 0, 0, 60, 60, 60]
    assert table["days since sale"].to_list() == [60, 60, 0, 0, 1, 2, 3]
    assert table["days in sale"].to_list() == [0, 0, 1, 1, 0, 0, 0]
    assert table["workdays"].to_list() == [1, 1, 1, 1, 0, 0, 0]
    assert table["day_of_week"].to_list() == [1, 2, 3, 4, 5, 6, 7]


def test_features_of_weeks_and_months() -> None:
    christmas = holidays("GB", date(2024, 12, 1), date(2025, 1, 31))
    weeks = period_features(Periods(Frequency.WEEK, date(2024, 12, 16), 4), christmas)
    assert weeks["start"].to_list()[1] == date(2024, 12, 23)
    assert weeks["week_of_year"].to_list() == [51, 52, 1, 2]
    assert weeks["days in Christmas"].to_list() == [0, 2, 0, 0]
    assert weeks["days to Christmas"].to_list() == [3, 0, FURTHEST_DAYS, FURTHEST_DAYS]
    assert weeks["days since Christmas"].to_list() == [FURTHEST_DAYS, 0, 4, 11]
    assert weeks["workdays"].to_list() == [5, 3, 4, 5]
    months = period_features(Periods(Frequency.MONTH, date(2024, 12, 1), 2), christmas)
    assert months["month"].to_list() == [12, 1]
    assert months["workdays"].to_list() == [20, 22]


STATE_COUNCIL = {  # its notices of the holidays of the year: days off, days of weekends that are worked, workdays of the year
    2024: (
        "01-01 02-10/02-17 04-04/04-06 05-01/05-05 06-10 09-15/09-17 10-01/10-07",
        "02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12",
        251,
    ),
    2025: ("01-01 01-28/02-04 04-04/04-06 05-01/05-05 05-31/06-02 10-01/10-08", "01-26 02-08 04-27 09-28 10-11", 248),
}


def decreed(year: int) -> tuple[list[Event], list[Event]]:
    """Days off and make-up workdays of a Chinese year, as a planner writes them down."""
    off, worked, _ = STATE_COUNCIL[year]
    spans = [span.split("/") for span in off.split()]
    days = [(date.fromisoformat(f"{year}-{span[0]}"), date.fromisoformat(f"{year}-{span[-1]}")) for span in spans]
    rest = [Event("holiday", *span, day_off=True) for span in days]
    return rest, [Event("make-up workday", day, day) for day in (date.fromisoformat(f"{year}-{one}") for one in worked.split())]


@pytest.mark.parametrize("year", STATE_COUNCIL)
def test_a_chinese_year_has_as_many_workdays_as_the_state_council_says(year: int) -> None:
    rest, worked = decreed(year)
    months = period_features(Periods(Frequency.MONTH, date(year, 1, 1), 12), [*rest, *worked])
    assert months["workdays"].sum() == STATE_COUNCIL[year][2]
    days = period_features(Periods(Frequency.DAY, date(year, 1, 1), 366 if year % 4 == 0 else 365), [*rest, *worked])
    by_day = dict(zip(days["start"], days["workdays"], strict=True))
    assert all(by_day[event.start] == 1 and event.start.weekday() >= 5 for event in worked), "weekends that are worked"
    off = [event.start + timedelta(number) for event in rest for number in range((event.end - event.start).days + 1)]
    assert not any(by_day[day] for day in off)
    without = period_features(Periods(Frequency.MONTH, date(year, 1, 1), 12), rest)
    assert (months["workdays"] - without["workdays"]).sum() == len(worked)


def test_a_day_that_is_decreed_to_be_worked_is_even_where_a_rule_takes_it_for_a_holiday() -> None:
    week = Periods(Frequency.DAY, date(2023, 10, 2), 7)
    rule = holidays("CN", date(2023, 10, 1), date(2023, 10, 31))
    worked = [Event("Makeup_Workdays", date(2023, 10, 7), date(2023, 10, 8))]
    assert period_features(week, rule)["workdays"].to_list() == [0] * 7
    assert period_features(week, [*rule, *worked])["workdays"].to_list() == [0, 0, 0, 0, 0, 1, 1]
    of_some = Event("make-up workday", date(2023, 10, 7), date(2023, 10, 8), skus=frozenset({"a"}))
    assert period_features(week, [*rule, of_some])["workdays"].to_list() == [0] * 7, "about some SKUs only"


def test_a_closure_is_a_day_off_unless_the_table_says_otherwise_and_a_worked_day_never() -> None:
    raw = pl.DataFrame({"type": ["Closure", "closure", "fair"], "start": ["2024-12-24"] * 3, "day_off": [None, "no", None]})
    assert [event.day_off for event in events_from(raw)] == [True, False, False]
    worked = {"type": ["make-up workday"] * 2, "start": ["2024-02-04"] * 2, "day_off": ["yes", None], "skus": [None, "a;b"]}
    with pytest.raises(HistoryError) as raised:
        events_from(pl.DataFrame(worked))
    assert [str(fault) for fault in raised.value.faults] == [
        "row 1: day_off 'yes' does not go with a make-up workday, which everybody works",
        "row 2: skus 'a;b' does not go with a make-up workday, which everybody works",
    ]


def test_of_one_occasion_told_twice_the_one_of_the_table_stands() -> None:
    days = (date(2024, 11, 11), date(2024, 11, 11))
    table = [Event("sale", *days, 0.5), Event("sale", *days, 0.2, frozenset({"a"}))]
    kept = [Event("sale", days[0], date(2024, 11, 12), 0.9), Event("sale", *days, 0.3, frozenset({"b"})), Event("fair", *days)]
    assert joined(table, kept) == [*table, *kept[1:]]
    assert digest_of([]) == ""
    assert digest_of(kept) != digest_of(kept[:2])


def test_periods_ahead_have_the_same_columns() -> None:
    history = Periods(Frequency.WEEK, date(2024, 1, 1), 40)
    events = holidays("CN", date(2023, 1, 1), date(2025, 12, 31))
    assert period_features(history, events).columns == period_features(history.ahead(3), events).columns


def test_promotions_of_skus() -> None:
    events = [
        Event("promotion", date(2024, 1, 8), date(2024, 1, 14), 0.3, frozenset({"b"})),
        Event("promotion", date(2024, 1, 11), date(2024, 1, 17), 0.5, frozenset({"b", "c", "unknown"})),
        Event("holiday", date(2024, 1, 8), date(2024, 1, 8)),
    ]
    found = dict(sku_features(Periods(Frequency.WEEK, date(2024, 1, 1), 4), ["a", "b", "c", "b"], events))
    assert sorted(found) == ["days since promotion", "days to promotion", "depth of promotion"]
    np.testing.assert_allclose(found["depth of promotion"][1], [0, (3 * 0.3 + 4 * 0.5) / 7, 3 * 0.5 / 7, 0], rtol=1e-6)
    np.testing.assert_array_equal(found["days to promotion"], [[60] * 4, [1, 0, 0, 60], [4, 0, 0, 60], [1, 0, 0, 60]])
    np.testing.assert_array_equal(found["days since promotion"][2], [60, 0, 0, 5])


some_events = st.lists(
    st.builds(
        lambda start, days, depth, sku: Event(
            "sale", date(2024, 1, 1) + timedelta(start), date(2024, 1, 1) + timedelta(start + days), depth, frozenset([sku])
        ),
        st.integers(-50, 150), st.integers(0, 30), st.sampled_from([0.5, 1.0]), st.sampled_from("ab"),
    ),
    max_size=6,
)  # fmt: skip


@given(some_events, st.sampled_from(Frequency))
def test_days_to_and_since_events_and_their_depth_are_those_that_counting_gives(
    events: list[Event], frequency: Frequency
) -> None:
    periods = Periods(frequency, date(2024, 1, 1), {"day": 90, "week": 13, "month": 3}[frequency.value])
    found = dict(sku_features(periods, ["a", "b"], events))
    for row, sku in enumerate("ab"):
        ours = [event for event in events if sku in (event.skus or ())]
        for place, (first, last) in enumerate(zip(periods.starts.tolist(), periods.ends.tolist(), strict=True)):
            days = [first + timedelta(back) for back in range((last - first).days + 1)]
            depth = [max((one.depth for one in ours if one.start <= day <= one.end), default=0) for day in days]
            to = min([(one.start - last).days for one in ours if one.start > last] + [FURTHEST_DAYS])
            since = min([(first - one.end).days for one in ours if one.end < first] + [FURTHEST_DAYS])
            expected = (sum(depth) / len(days), *((0, 0) if any(depth) else (to, since)))
            names = ("depth of sale", "days to sale", "days since sale")
            got = tuple(float(found[name][row, place]) for name in names) if found and events else (0, 60, 60)
            assert got == pytest.approx(expected, rel=1e-6)


def test_what_is_announced_later_is_not_known_yet() -> None:
    late = Event("sale", date(2024, 6, 1), date(2024, 6, 2), known_from=date(2024, 5, 20))
    always = Event("holiday", date(2024, 6, 1), date(2024, 6, 2))
    assert known_at([late, always], date(2024, 5, 19)) == [always]
    assert known_at([late, always], date(2024, 5, 20)) == [late, always]


def test_events_are_read_from_a_table(tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text(
        "type,start,end,depth,skus,day_off,known_from\n"
        "promotion,2024-01-08,2024-01-14,0.3,a;b,,2023-12-01\n"
        "makeup workday,2024-02-04,,,,no,\n"
        "Lunar New Year,2024-02-09,2024-02-17,,,yes,\n"
    )
    assert read_events(tmp_path / "events.csv") == [
        Event("promotion", date(2024, 1, 8), date(2024, 1, 14), 0.3, frozenset({"a", "b"}), known_from=date(2023, 12, 1)),
        Event("makeup workday", date(2024, 2, 4), date(2024, 2, 4)),
        Event("Lunar New Year", date(2024, 2, 9), date(2024, 2, 17), day_off=True),
    ]


def test_every_fault_of_an_event_table_is_named() -> None:
    raw = pl.DataFrame(
        {
            "type": ["a", None, "b", "c"],
            "start": ["2024-01-08", "2024-01-08", "soon", "1024-01-01"],
            "end": ["2024-01-07", None, None, None],
            "depth": ["0", "1", "much", None],
        }
    )
    with pytest.raises(HistoryError) as raised:
        events_from(raw)
    assert [str(fault) for fault in raised.value.faults] == [
        "row 1: depth '0' is not a finite number above zero",
        "row 1: end '2024-01-07' is before the start",
        "row 2: type is missing",
        "row 3: depth 'much' is not a number",
        "row 3: start 'soon' is not a date, or not written like the others",
        "row 4: start '1024-01-01' is not between 1970 and 2100",
    ]
    with pytest.raises(HistoryError, match="column start missing; found 'type'"):
        events_from(pl.DataFrame({"type": ["a"]}))


def test_an_event_does_not_end_before_it_starts() -> None:
    with pytest.raises(ParameterError, match="end"):
        Event("a", date(2024, 1, 2), date(2024, 1, 1))
