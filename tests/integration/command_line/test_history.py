"""`skuld forecast history` and `import`: demand in files."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import text

from actors.kernel.record.database import open_database
from forecasting.history.store import HistoryStore, Progress
from tests.integration.command_line.here import Skuld, skuld_on


@pytest.fixture
def skuld(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Skuld]:
    """Runs a command in this process; gives its code and what it printed."""
    yield skuld_on(tmp_path / "data", monkeypatch, capsys, "forecast")
    open_database(f"sqlite:///{tmp_path / 'data' / 'skuld.sqlite'}").dispose()


def test_before_anything_happened_the_history_is_empty_and_says_so(skuld: Skuld) -> None:
    code, out, _ = skuld("history")
    assert code == 0
    assert out.startswith("0 days written, the history is empty: no day is over on which anything happened")
    assert json.loads(skuld("history", "--json")[1])["written"] == 0


def test_owners_whose_rows_do_not_follow_are_named(skuld: Skuld, tmp_path: Path) -> None:
    skuld("history")
    with open_database(f"sqlite:///{tmp_path / 'data' / 'skuld.sqlite'}").begin() as rows:
        columns = "(name, epoch, applied_epoch, applied_number, alarm)"
        for name, alarm in (("orders-0", ""), ("inventory-1", "row sku = 'pen': too long"), ("procurement-0", "away")):
            rows.execute(text(f"INSERT INTO owners {columns} VALUES (:name, 1, 1, 1, :alarm)"), {"name": name, "alarm": alarm})
    assert (
        "rows of inventory-1 do not follow, so that the latest days lack some: row sku = 'pen': too long" in skuld("history")[1]
    )
    assert json.loads(skuld("history", "--json")[1])["behind"] == {"inventory-1": "row sku = 'pen': too long"}


def test_a_file_from_before_is_taken_in(skuld: Skuld, tmp_path: Path) -> None:
    table = tmp_path / "before.csv"
    table.write_text("sku,day,units\npen,2025-03-22,4\ncap,2025-03-24,9\n")
    assert skuld("import", str(table), "--warehouse", "east") == (
        0,
        "2 series from 2025-03-22 to 2025-03-24 are in the history\n",
        "",
    )
    imported = pl.read_parquet(tmp_path / "data" / "history" / "imported.parquet")
    assert imported.select("sku", "warehouse", "units").rows() == [
        ("cap", "east", 9),
        *[("pen", "east", units) for units in (4, 0, 0)],
    ]


def test_parts_of_units_are_rounded_and_it_says_so(skuld: Skuld, tmp_path: Path) -> None:
    table = tmp_path / "kilos.csv"
    table.write_text("sku,day,units\npen,2025-03-22,0.4\npen,2025-03-23,1.6\npen,2025-03-24,2\n")
    assert skuld("import", str(table))[1].endswith(
        "2 days have parts of a unit, which are rounded: the history counts whole ones\n"
    )
    assert pl.read_parquet(tmp_path / "data" / "history" / "imported.parquet")["units"].to_list() == [0, 2, 2]


def test_an_import_in_place_of_another_says_what_is_gone(skuld: Skuld, tmp_path: Path) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.write_text("sku,location,day,units\npen,main,2025-03-22,4\npen,north,2025-03-22,4\ncap,main,2025-03-22,4\n")
    second.write_text("sku,day,units\npen,2025-03-22,4\n")
    assert "imported before" not in skuld("import", str(first))[1]
    assert "imported before" not in skuld("import", str(first))[1]
    gone = "2 series that were imported before are not in this file, and not in the history any more\n"
    assert skuld("import", str(second))[1].endswith(gone)


def test_a_file_with_faults_is_refused_by_row_field_and_value(skuld: Skuld, tmp_path: Path) -> None:
    table = tmp_path / "before.csv"
    table.write_text("sku,day,units\npen,2025-03-22,-4\n")
    code, out, err = skuld("import", str(table))
    assert (code, out) == (1, "")
    assert err == f"skuld: {table}: row 1: units '-4' is negative: write what was wanted, not what came back\n"
    assert not (tmp_path / "data" / "history").exists()


def test_days_of_another_time_zone_are_not_mixed(skuld: Skuld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    HistoryStore(tmp_path / "data" / "history").keep_progress(Progress("Europe/London", date(2025, 3, 24)))
    code, out, err = skuld("history")
    assert (code, out) == (2, "")
    assert err == "skuld: time_zone is UTC: it must be Europe/London, whose days are recorded; or rebuild the history\n"
    assert skuld("history", "--rebuild")[0] == 0


def test_a_command_about_orders_loads_no_numbers() -> None:
    program = "import sys, gateway.cli; sys.argv = ['skuld', '--version']; gateway.cli.main()"
    check = f"import atexit, sys; atexit.register(lambda: print(sorted({{'numpy', 'scipy', 'lightgbm'}} & set(sys.modules)))); {program}"
    said = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, timeout=60, check=True).stdout
    assert said.endswith("[]\n"), said


def test_a_damaged_import_says_what_mends_it(skuld: Skuld, tmp_path: Path) -> None:
    table = tmp_path / "before.csv"
    table.write_text("sku,day,units\npen,2025-03-22,4\n")
    skuld("import", str(table))
    path = tmp_path / "data" / "history" / "imported.parquet"
    path.write_bytes(b"bad")
    code, _, err = skuld("train", "--slot", "day 1+1")
    assert code == 1
    assert err.startswith(f"skuld: {path}: damaged")
    assert err.endswith("import it again: `skuld forecast import`\n")
    assert skuld("import", str(table))[0] == 0
    assert "damaged" not in skuld("train", "--slot", "day 1+1")[2]
