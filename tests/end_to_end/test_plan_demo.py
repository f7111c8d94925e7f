"""`skuld plan-demo` as a stranger runs it, on a small generated shop: from demand to goods on the shelf, and nothing stays."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import psutil
import pytest

from tests.end_to_end.running_system import SKULD

PNG = b"\x89PNG\r\n\x1a\n"
SKUS = 30


@pytest.fixture(scope="module")
def walked() -> Iterator[tuple[subprocess.CompletedProcess[str], Path, Path]]:
    """The command once it has ended, its output folder, and where its own data had been."""
    with tempfile.TemporaryDirectory(prefix="sk-") as folder:
        env = {name: value for name, value in os.environ.items() if not name.startswith("SKULD_")}
        env |= {"TMPDIR": folder, "COLUMNS": "200"}
        output = Path(folder) / "out"
        command = [*SKULD, "plan-demo", "--generated", "--skus", str(SKUS), "--output", str(output)]
        yield subprocess.run(command, env=env, capture_output=True, text=True, timeout=400, check=False), output, Path(folder)


Walked = tuple[subprocess.CompletedProcess[str], Path, Path]


def test_it_ends_well_and_every_invariant_holds(walked: Walked) -> None:
    ended, _, _ = walked
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "BROKEN" not in ended.stdout
    assert ended.stdout.count("holds") > 20
    assert "Traceback" not in ended.stderr


def test_the_run_says_which_model_made_it_and_why_so_many(walked: Walked) -> None:
    said = walked[0].stdout
    assert re.search(r"forecast by champion of week 2\+1.*, model [0-9a-f]{12}: ", said)
    assert re.search(r"in main: demand until arrival \+\d.* = \d", said)
    assert "bad rows left out" in said


def test_goods_arrive_not_quite_whole_and_the_chance_of_a_stock_out_falls(walked: Walked) -> None:
    said = walked[0].stdout
    ordered, arrived, damaged, missing = [], [], [], []
    for row in re.findall(r"│ \S+ +│([^│]+)│[^│]+│ \d{4}-\d\d-\d\d │([^│]+)│([^│]+)│([^│]+)│", said):
        for column, cell in zip((ordered, arrived, damaged, missing), row, strict=True):
            column.append(int(cell.replace(",", "").replace("-", "0")))
    assert len(ordered) > 2
    assert [units for units in missing if units] == [ordered[0] - arrived[0]]
    assert damaged[-1] == 1
    assert "partially received" in said
    risks = [tuple(map(int, found)) for found in re.findall(r"│ +(\d+)% │ +(\d+)% │", said)]
    assert len(risks) == len(ordered)
    assert all(after <= before for before, after in risks)
    assert sum(after for _, after in risks) < sum(before for before, _ in risks) / 2


def test_it_writes_demand_charts_and_a_report(walked: Walked) -> None:
    _, output, _ = walked
    demand = pl.read_parquet(output / "demand.parquet")
    assert demand["sku"].n_unique() == SKUS
    assert (demand["day"].max() - demand["day"].min()).days >= 30 * 7  # type: ignore[operator]  # days
    charts = [*(output / "charts").glob("*.png"), *(output / "ordered").glob("*.png")]
    assert len(charts) > 6
    assert all(path.read_bytes().startswith(PNG) for path in charts)
    assert "<html" in (output / "report.html").read_text()


def test_it_leaves_no_process_and_no_data(walked: Walked) -> None:
    _, output, folder = walked
    assert [path for path in folder.iterdir() if path.name.startswith("skuld-")] == []
    left = [process for process in psutil.process_iter(["environ"]) if _told(process, folder)]
    assert left == []
    assert output.exists()


def _told(process: psutil.Process, folder: Path) -> bool:
    return (process.info["environ"] or {}).get("TMPDIR") == str(folder)
