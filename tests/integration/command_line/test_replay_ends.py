"""How a replay says what it makes, and how it ends: by exit code and one line."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.running_system import SKULD
from tests.integration.in_process import InProcess


@pytest.fixture(scope="module")
def skuld() -> Iterator[InProcess]:
    with tempfile.TemporaryDirectory(prefix="sk-") as folder:
        system = InProcess(Path(folder) / "data", inventory_shards=2, order_shards=2).start()
        yield system
        system.stop()


def replay(skuld: InProcess, tmp_path: Path, lines: str, *more: str) -> subprocess.CompletedProcess[str]:
    file = tmp_path / "lines.csv"
    file.write_text("order_id,sku,quantity\n" + lines)
    command = [*SKULD, "replay", str(file), "--url", skuld.url, *more]
    return subprocess.run(command, env=skuld.env, capture_output=True, text=True, timeout=100, check=False)


def test_what_it_makes_is_told_before_it_is_made(skuld: InProcess, tmp_path: Path) -> None:
    ended = replay(skuld, tmp_path, "o1,a,2\no2,a,3\no2,b,1\n")
    assert ended.returncode == 0, ended.stderr
    first = ended.stdout.splitlines()[0]
    assert first == (f"replaying 2 orders into {skuld.url}, after creating there 2 products with an opening stock of 6 units")
    assert json.loads(replay(skuld, tmp_path, "o1,a,2\no2,a,3\no2,b,1\n", "--json").stdout)["refused_by_fault"] == 0


def test_what_is_refused_by_fault_ends_it_with_1_and_is_told(skuld: InProcess, tmp_path: Path) -> None:
    ended = replay(skuld, tmp_path, "o3,a,2\no4,..,3\n")
    assert ended.returncode == 1, ended.stdout
    assert ended.stderr.splitlines()[-1].startswith("skuld: 3 actions were refused by fault, not by business: ..")
    ended = replay(skuld, tmp_path, "o3,a,2\no4,..,3\n", "--json")
    assert (ended.returncode, json.loads(ended.stdout)["refused_by_fault"]) == (1, 3)


def test_the_help_says_what_it_makes_and_how_it_ends() -> None:
    told = " ".join(subprocess.run([*SKULD, "replay", "--help"], capture_output=True, text=True, check=True).stdout.split())
    for words in ("opening stock", "a product for each SKU", "Exit codes"):
        assert words in told
