"""Decisions in the rows beside the history of what came; SQLite and MariaDB alike."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Engine, insert

from actors.kernel.record.database import open_database
from actors.kernel.record.schema import migrate
from actors.procurement.planning_tables import replenishment_decisions, replenishment_explanations
from actors.procurement.projection import _text
from actors.procurement.suggestions import Explanation, Step
from actors.procurement.tables import purchase_order_lines
from forecasting.history.daily import SCHEMA
from forecasting.history.store import HistoryStore, Progress
from forecasting.value_added.reading import read_decisions
from forecasting.value_added.value import value_added
from gateway.cli import main

FIRST = date(2026, 1, 1)
DAYS = 40
RUN = FIRST + timedelta(30)


@pytest.fixture(params=["sqlite", "mariadb"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A migrated database."""
    url = f"sqlite:///{tmp_path / 'record.sqlite'}" if request.param == "sqlite" else request.getfixturevalue("fresh_database")
    made = open_database(url)
    migrate(made)
    yield made
    made.dispose()


def history_in(folder: Path) -> HistoryStore:
    """Two pens a day until the run, three from then on; caps are new."""
    store = HistoryStore(folder)
    for number in range(DAYS):
        day = FIRST + timedelta(number)
        row = {"day": day, "warehouse": "main", "units_shipped": 0, "units_returned": 0, "in_stock_share": 1.0}
        pens = {**row, "sku": "pen", "units": 2 if day < RUN else 3}
        caps = [{**row, "sku": "cap", "units": 1}] if number >= 28 else []
        store.write_day(day, pl.DataFrame([pens, *caps], schema=SCHEMA))
    store.keep_progress(Progress("UTC", FIRST + timedelta(DAYS - 1)))
    return store


def decide(engine: Engine, number: int, sku: str, day: date, decided: int, expected: float | None, **more: Any) -> None:
    at = int(datetime(day.year, day.month, day.day, 6, tzinfo=UTC).timestamp() * 1000)
    row = {
        "number": number, "suggestion_id": f"s{number}", "run_id": "run", "sku": sku, "warehouse": "main", "supplier": "farm",
        "made_at": at, "decided_at": at + 1000, "actor": "ann", "decision": "approved" if decided == 10 else "overridden",
        "quantity_suggested": 10, "quantity_decided": decided, "reason": "", "until": "", "purchase_order_id": "po-1",
    }  # fmt: skip
    why = Explanation((Step("review cover", 10),), 0.5, 0.1, 3.0, expected, 5.0 if expected is not None else None)
    with engine.begin() as rows:
        rows.execute(insert(replenishment_decisions).values(**row | more))
        rows.execute(insert(replenishment_explanations).values(suggestion_id=f"s{number}", record=_text(why)))


def line(engine: Engine, order: str, sku: str, ordered: int, state: str, placed_at: int) -> None:
    row = {
        "purchase_order_id": order, "sku": sku, "supplier": "farm", "warehouse": "main", "state": state,
        "quantity_ordered": ordered, "quantity_received": 0, "quantity_damaged": 0, "quantity_open": 0, "due_on": "",
        "placed_at": placed_at, "unit_price": "",
    }  # fmt: skip
    with engine.begin() as rows:
        rows.execute(insert(purchase_order_lines).values(**row))


def test_a_decision_is_judged_once_its_days_are_over(engine: Engine, tmp_path: Path) -> None:
    store = history_in(tmp_path / "history")
    decide(engine, 1, "pen", RUN, 14, 11.0, actor="ben")  # 15 came in the five days from the run on
    decide(engine, 2, "pen", RUN + timedelta(6), 10, 12.0)  # its fifth day is not over
    decide(engine, 3, "cap", RUN, 10, 5.0)  # two days are known of before
    decide(engine, 4, "pen", RUN, 10, None)  # made before runs said what they expected
    decide(engine, 5, "pen", RUN, 7, 11.0, purchase_order_id="po-2", reason="too dear")
    line(engine, "po-1", "pen", 17, "placed", 1)  # 34 units were decided on, half of them were taken off the draft
    line(engine, "po-2", "pen", 7, "cancelled", 1)
    with engine.connect() as rows:
        found = read_decisions(rows, store)
        assert (found.waiting, found.new, found.silent) == (1, 1, 1)
        assert found.judged.select("actor", "naive", "baseline", "model", "actual", "quantity_ordered").rows() == [
            ("ben", 10.0, 10.0, 11.0, 15.0, 7.0), ("ann", 10.0, 10.0, 11.0, 15.0, 0.0),
        ]  # fmt: skip
        value = value_added(found.judged)
        assert [step.error for step in value.steps] == pytest.approx([1 / 3, 1 / 3, 4 / 15, 7 / 30, 21 / 30])
        assert [(one.name, one.better, one.worse) for one in value.persons] == [("ben", 1, 0), ("ann", 0, 1)]
        assert read_decisions(rows, store, warehouse="elsewhere").judged.is_empty()
        assert read_decisions(rows, HistoryStore(tmp_path / "nothing")).waiting == 4


def test_the_command_tells_steps_and_persons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    history_in(tmp_path / "history")
    made = open_database(f"sqlite:///{tmp_path / 'rows.sqlite'}")
    migrate(made)
    decide(made, 1, "pen", RUN, 14, 11.0, reason="a fair")
    line(made, "po-1", "pen", 14, "placed", 1)
    made.dispose()
    monkeypatch.setenv("SKULD_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SKULD_DATABASE_URL", f"sqlite:///{tmp_path / 'rows.sqlite'}")
    told = []
    for more in (["--json"], []):
        monkeypatch.setattr(sys, "argv", ["skuld", "forecast", "value-added", *more])
        with pytest.raises(SystemExit) as end:
            main()
        assert not end.value.code
        told.append(capsys.readouterr().out)
    figures = json.loads(told[0])
    assert (figures["decisions"], figures["units"], figures["waiting"]) == (1, 15.0, 0)
    assert [one["name"] for one in (*figures["persons"], *figures["reasons"])] == ["ann", "a fair"]
    assert "1 decisions can be judged, 15 units came" in told[1]
    assert "model" in told[1]
