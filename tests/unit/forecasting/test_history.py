"""Demand by day, from rows; and periods from days."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from forecasting.history.daily import demand_by_day
from forecasting.history.importing import import_days
from forecasting.history.reading import panel_of, panel_of_sku
from forecasting.history.record import _MOVED, _ORDERED, _OUT, Recorded
from forecasting.history.site_days import SiteDays, every_day
from forecasting.history.store import CATEGORY, IMPORTED, KEPT, HistoryStore, Progress
from forecasting.panel.faults import HistoryError
from forecasting.panel.periods import Frequency
from forecasting.parameters import ParameterError
from forecasting.window.source import panel_for

MONDAY = date(2025, 3, 24)
LONDON = SiteDays("Europe/London")


def at(day: date, hour: int = 12, zone: str = "Europe/London") -> int:
    return int(datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def rows(ordered: Any = (), moved: Any = (), out: Any = ()) -> Recorded:
    def frame(of: Any, schema: Any) -> pl.DataFrame:
        return pl.DataFrame(list(of), schema=schema, orient="row")

    priced = [(*row, None) if len(row) < len(_ORDERED) else row for row in ordered]
    return Recorded(frame(priced, _ORDERED), frame(moved, _MOVED), frame(out, _OUT))


def by_day(recorded: Recorded, days: int = 7, first: date = MONDAY) -> list[tuple[Any, ...]]:
    found = demand_by_day(recorded, LONDON, list(every_day(first, first + timedelta(days - 1))))
    return found.select("sku", "warehouse", "day", "units", "units_shipped", "units_returned", "in_stock_share").rows()


def test_a_line_is_wanted_where_it_was_promised_and_the_rest_of_it_in_the_first_of_these_warehouses() -> None:
    line = (at(MONDAY), "o1", "pen", "", 10)
    assert by_day(rows([(*line, "east", 4), (*line, "west", 3)])) == [
        ("pen", "east", MONDAY, 7, 0, 0, 1.0),
        ("pen", "west", MONDAY, 3, 0, 0, 1.0),
    ]


def test_what_found_no_stock_was_wanted_all_the_same() -> None:
    asked, nowhere = (at(MONDAY), "o1", "pen", "east", 10, None, None), (at(MONDAY), "o2", "pen", "", 2, None, None)
    assert by_day(rows([asked, nowhere])) == [("pen", "", MONDAY, 2, 0, 0, 1.0), ("pen", "east", MONDAY, 10, 0, 0, 1.0)]


def test_the_price_of_a_day_is_the_mean_of_those_told_weighed_by_units() -> None:
    line = (at(MONDAY), "o1", "pen", "east", 8)
    told = [
        (*line, "east", 6, "2.50"),
        (*line, "west", 2, "2.50"),
        (at(MONDAY), "o2", "pen", "east", 2, None, None, "4.00"),
        (at(MONDAY), "o3", "pen", "east", 90, None, None, ""),
        (at(MONDAY), "o4", "ink", "east", 3, None, None, ""),
        (at(MONDAY), "o5", "cap", "east", 0, None, None, "7.00"),
    ]
    found = demand_by_day(rows(told), LONDON, [MONDAY]).select("sku", "warehouse", "units", "price").rows()
    assert found == [("cap", "east", 0, None), ("ink", "east", 3, None), ("pen", "east", 98, 2.875), ("pen", "west", 2, 2.5)]


def test_goods_that_leave_and_come_back_are_counted_and_holds_that_were_sold_are_demand() -> None:
    moved = [
        (1, at(MONDAY), "pen", "east", 50, "opening_stock", "adjust:1"),
        (2, at(MONDAY), "pen", "east", -3, "shipped", "shipped:o1:2"),
        (3, at(MONDAY), "pen", "east", -2, "shipped", "committed:h1:9"),
        (4, at(MONDAY), "pen", "east", 1, "return", "return:o1"),
        (5, at(MONDAY), "ink", "east", 9, "receipt", "adjust:2"),
        (6, at(MONDAY), "ink", "east", -9, "damaged", "adjust:3"),
    ]
    assert by_day(rows(moved=moved)) == [("ink", "east", MONDAY, 0, 0, 0, 1.0), ("pen", "east", MONDAY, 2, 5, 1, 1.0)]


def test_the_day_is_the_sites_and_as_long_as_it_was() -> None:
    late = at(MONDAY, 23, "Europe/London")
    tuesday, spring = MONDAY + timedelta(1), date(2025, 3, 30)
    assert by_day(
        rows([(late, "o1", "pen", "east", 1, None, None), (late + 3_600_000, "o2", "pen", "east", 1, None, None)])
    ) == [
        ("pen", "east", MONDAY, 1, 0, 0, 1.0),
        ("pen", "east", tuesday, 1, 0, 0, 1.0),
    ]
    assert LONDON.begins(spring + timedelta(1)) - LONDON.begins(spring) == 23 * 3_600_000
    out = [("pen", "east", LONDON.begins(spring), at(spring, 12))]
    assert by_day(rows(out=out))[0][-1] == pytest.approx(1 - 11 / 23)


def test_a_stock_out_is_shared_out_over_its_days_and_one_that_lasts_reaches_to_the_end() -> None:
    out = [
        ("pen", "east", at(MONDAY, 18), at(MONDAY + timedelta(2), 6)),
        ("pen", "east", at(MONDAY + timedelta(2), 18), None),
    ]
    shares = [row[-1] for row in by_day(rows(out=out), days=4)]
    assert shares == pytest.approx([0.75, 0.0, 0.5, 0.0])


def test_there_is_no_such_zone_is_said_with_its_name() -> None:
    with pytest.raises(ParameterError, match="Europe/Lundon"):
        SiteDays("Europe/Lundon")


def demand(*found: tuple[str, str, date, int], share: float = 1.0) -> pl.DataFrame:
    listed = [(sku, warehouse, day, units, 0, 0, share, None, None, None) for sku, warehouse, day, units in found]
    return pl.DataFrame(listed, schema=KEPT, orient="row")


def test_weeks_that_are_not_complete_are_left_out() -> None:
    days = [("pen", "east", MONDAY + timedelta(number), 1) for number in range(-3, 17)]
    panel = panel_of(demand(*days), Frequency.WEEK, MONDAY + timedelta(16))
    assert panel.periods.starts.astype(str).tolist() == ["2025-03-24", "2025-03-31"]
    assert panel.units.tolist() == [[7, 7]]


def test_a_week_was_in_stock_on_all_days_that_nothing_else_is_known_of() -> None:
    first = demand(("pen", "east", MONDAY, 4))
    out = demand(("pen", "east", MONDAY + timedelta(3), 0), share=0.3)
    panel = panel_of(pl.concat([first, out]), Frequency.WEEK, MONDAY + timedelta(6))
    assert panel.in_stock_share is not None
    assert panel.in_stock_share[0, 0] == pytest.approx(0.9)


def test_demand_that_no_warehouse_was_named_for_belongs_to_the_one_the_sku_is_wanted_from_most() -> None:
    known = demand(("pen", "east", MONDAY, 1), ("pen", "west", MONDAY, 5), ("ink", "east", MONDAY, 90))
    nowhere = demand(("pen", "", MONDAY, 3), ("new", "", MONDAY, 2))
    panel = panel_of(pl.concat([known, nowhere]), Frequency.DAY, MONDAY)
    found = {(sku, place): float(units) for (sku, place), units in zip(panel.series.rows(), panel.units[:, 0], strict=True)}
    assert found == {("pen", "east"): 1, ("pen", "west"): 8, ("ink", "east"): 90, ("new", "east"): 2}


def test_where_no_demand_names_a_warehouse_it_belongs_to_the_one_that_every_system_has() -> None:
    """Orders that named none and found no stock anywhere."""
    panel = panel_of(demand(("pen", "", MONDAY, 3), ("cap", "", MONDAY, 2)), Frequency.DAY, MONDAY)
    assert (panel.series.rows(), panel.units.tolist()) == ([("cap", "main"), ("pen", "main")], [[2.0], [3.0]])


def test_a_sku_that_never_found_stock_is_alone_where_it_is_among_all_others(tmp_path: Path) -> None:
    store = HistoryStore(tmp_path)
    for number in range(3):
        found = [("pen", "east", 1), ("ink", "west", 2), ("new", "", 1), ("pen", "", 4)]
        day = MONDAY + timedelta(number)
        store.write_day(day, demand(*((sku, place, day, units) for sku, place, units in found)))
    every = panel_of(store.read(), Frequency.DAY, MONDAY + timedelta(2))
    assert every.series.rows() == [("pen", "east"), ("ink", "west"), ("new", "west")]
    for row, (sku, place) in enumerate(every.series.rows()):
        alone = panel_of_sku(store, sku, Frequency.DAY, MONDAY + timedelta(2))
        assert (alone.series.rows(), alone.units.tolist()) == ([(sku, place)], [every.units[row].tolist()])


def test_nothing_complete_is_an_error_that_names_the_days() -> None:
    with pytest.raises(HistoryError, match="from 2025-03-25 to 2025-03-29 no week is complete"):
        panel_of(demand(("pen", "east", MONDAY + timedelta(1), 1)), Frequency.WEEK, MONDAY + timedelta(5))
    with pytest.raises(HistoryError, match="nothing is known up to 2025-03-24"):
        panel_of(demand(), Frequency.WEEK, MONDAY)


def test_imported_days_count_until_the_first_recorded_one(tmp_path: Path) -> None:
    table, store = tmp_path / "before.csv", HistoryStore(tmp_path / "history")
    table.write_text("sku,day,units,price\npen,2025-03-22,4,1.5\npen,2025-03-24,9,1.5\n")
    assert len(import_days(store, table, "east").periods) == 3
    store.write_day(MONDAY, demand(("pen", "east", MONDAY, 2)))
    read = store.read().select("day", "units", "price").rows()
    assert read == [(MONDAY - timedelta(2), 4, 1.5), (MONDAY - timedelta(1), 0, None), (MONDAY, 2, None)]


def test_the_category_of_a_series_comes_along_and_an_older_file_has_none(tmp_path: Path) -> None:
    table, store = tmp_path / "before.csv", HistoryStore(tmp_path / "history")
    table.write_text("sku,day,units,category\npen,2025-03-22,4,ink\npen,2025-03-23,4,paper\ncap,2025-03-22,1,\n")
    import_days(store, table, "east")
    store.write_day(MONDAY, demand(("pen", "east", MONDAY, 2)))
    for panel in (panel_of(store.read(), Frequency.DAY, MONDAY), panel_of_sku(store, "pen", Frequency.DAY, MONDAY)):
        assert panel.category is not None
        told = dict(zip(panel.series["sku"], panel.category, strict=True))
        assert told == {"cap": None, "pen": "paper"} if len(told) > 1 else {"pen": "paper"}
    older = pl.read_parquet(store.folder / IMPORTED).drop(CATEGORY)
    older.write_parquet(store.folder / IMPORTED)
    assert panel_of(store.read(), Frequency.DAY, MONDAY).category is None
    assert panel_of_sku(store, "pen", Frequency.DAY, MONDAY).category is None


def test_a_table_with_faults_or_of_weeks_is_not_imported(tmp_path: Path) -> None:
    table, store = tmp_path / "before.csv", HistoryStore(tmp_path / "history")
    table.write_text("sku,day,units\npen,2025-03-22,-4\n")
    with pytest.raises(HistoryError, match="row 1: units '-4' is negative"):
        import_days(store, table, "east")
    table.write_text("sku,week,units\npen,2025-03-24,4\n")
    with pytest.raises(HistoryError, match="it is of weeks"):
        import_days(store, table, "east")
    assert store.read().is_empty()


def test_days_of_a_file_are_summed_to_the_weeks_that_are_asked_for(tmp_path: Path) -> None:
    table, store = tmp_path / "days.csv", HistoryStore(tmp_path / "history")
    days = [MONDAY + timedelta(number) for number in range(16)]  # two weeks and two days
    table.write_text("sku,day,units,price\n" + "".join(f"pen,{day},{0.5 + place},2\n" for place, day in enumerate(days)))
    panel = panel_for(Frequency.WEEK, store, table)
    assert (panel.periods.frequency, panel.periods.first, len(panel.periods)) == (Frequency.WEEK, MONDAY, 2)
    assert panel.units.tolist() == [[21 + 3.5, 70 + 3.5]]
    assert panel.series.rows() == [("pen", None)]
    assert panel.price is not None
    assert panel.price.tolist() == [[2, 2]]
    assert panel_for(Frequency.DAY, store, table).periods.frequency is Frequency.DAY


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    store = HistoryStore(tmp_path)
    store.write_day(MONDAY, demand())
    (tmp_path / "2025-03-24.parquet").write_bytes(b"PAR1")
    with pytest.raises(HistoryError, match=r"2025-03-24\.parquet: damaged"):
        store.read()
    store.keep_progress(Progress("UTC", MONDAY, 3))
    assert store.progress() == Progress("UTC", MONDAY, 3)
    (tmp_path / "progress.json").write_text("{")
    with pytest.raises(HistoryError, match=r"progress\.json: damaged"):
        store.progress()
