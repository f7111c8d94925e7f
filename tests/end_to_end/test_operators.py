"""What an operator sees of a system that runs, was killed, or does not start: starts a whole system, so it is one story."""

from __future__ import annotations

import json
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.running_system import SKULD, RunningSystem
from tests.patience import PATIENCE_S

METRICS_PORT = """
import json, sys
from pathlib import Path
from actors.kernel import deploy
data = Path(sys.argv[1])
running = json.loads((data / "running.json").read_text())
deploy.start_ray(data, address=running["ray_address"], namespace=running["namespace"], dashboard=False)
import ray
print(ray.nodes()[0]["MetricsExportPort"])
"""


@pytest.fixture(scope="module")
def system() -> Iterator[RunningSystem]:
    """An embedded system with keys."""
    with tempfile.TemporaryDirectory(prefix="sk-") as folder:
        running = RunningSystem(Path(folder) / "data", auth="on")
        running.start()
        yield running
        running.kill()


def token(system: RunningSystem) -> dict[str, str]:
    return {"Authorization": f"Bearer {(system.data_dir / 'admin-key').read_text().strip()}"}


def test_the_first_start_says_where_the_admin_key_is(system: RunningSystem) -> None:
    key = system.data_dir / "admin-key"
    said = (system.data_dir.parent / "up.log").read_text()
    assert f"admin key      in {key}" in said
    assert f'curl -H "Authorization: Bearer $(cat {key})" {system.url}/v1/keys' in said
    assert key.read_text().strip() not in said
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert system.call("GET", "/v1/products")[0] == 401
    assert system.call("GET", "/v1/products", **token(system))[0] == 200


def test_a_replay_reports_bad_rows_and_takes_the_rest(system: RunningSystem) -> None:
    rows = ("o1,a,1", "o2,a,-3", "o3,,2", "o4,b,x", "o5,b,0", "o6,b,2.5", "o7,b,9999999999", ",b,1", "o8,b,2")
    file = system.data_dir.parent / "lines.csv"
    file.write_text("order_id,sku,quantity\n" + "\n".join(rows) + "\n")
    ended = system.run("replay", str(file), "--json")
    assert ended.returncode == 0, ended.stderr
    outcome = json.loads(ended.stdout)
    assert outcome["counted"]["orders"]["accepted"] == 2
    assert {row["problem"] for row in outcome["bad_rows"]} == {
        "is missing", "is not a number", "is zero", "is not a whole number", "is beyond ±1,000,000",
    }  # fmt: skip
    wrong = system.run("replay", str(file), "--key", "skuld_0_wrong")
    assert (wrong.returncode, wrong.stderr.count("\n")) == (1, 1), wrong.stderr
    assert "refuses the API key" in wrong.stderr


def test_a_bench_measures_a_running_system(system: RunningSystem) -> None:
    ended = system.run("bench", "--orders", "200", "--lines", "2", "--json")
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["taken"] == 200


def test_rays_metrics_have_the_figures(system: RunningSystem) -> None:
    found = subprocess.run(
        [sys.executable, "-c", METRICS_PORT, str(system.data_dir)], env=system.env, capture_output=True, text=True, check=True
    )
    deadline = time.monotonic() + PATIENCE_S
    wanted = {"skuld_owner_appends", "skuld_owner_journal_entries", "skuld_gateway_orders", "skuld_projector_events"}
    text = ""
    while not all(name in text for name in wanted) and time.monotonic() < deadline:
        time.sleep(0.5)
        with urllib.request.urlopen(f"http://127.0.0.1:{found.stdout.strip()}/metrics", timeout=10) as answer:
            text = answer.read().decode()
    assert all(name in text for name in wanted)
    assert 'process="inventory-0"' in text


def fails(system: RunningSystem, *command: str) -> str:
    """The one line of a command that fails."""
    began = time.monotonic()
    ended = subprocess.run([*SKULD, *command], env=system.env, capture_output=True, text=True, timeout=100, check=False)
    assert ended.returncode == 1, ended
    assert ended.stderr.startswith("skuld: "), ended.stderr
    assert ended.stderr.count("\n") == 1, ended.stderr
    assert time.monotonic() - began < 60
    return ended.stderr


def test_a_system_that_was_killed_and_damaged_says_so(system: RunningSystem) -> None:
    order = {"order_id": "last", "policy": "ship_partial", "lines": [{"sku": "A", "quantity": 1}]}
    assert system.call("POST", "/v1/orders", order, **token(system))[0] == 201
    system.kill()
    assert "no Skuld runs on" in fails(system, "status")
    assert "no Skuld runs on" in fails(system, "verify")
    with sqlite3.connect(system.data_dir / "journal" / "orders-0.sqlite") as journal:
        last = "SELECT MAX(rowid) FROM journal_entries"
        journal.execute(
            f"UPDATE journal_entries SET data = CAST(x'00112233' || substr(data, 5) AS BLOB) WHERE rowid = ({last})"
        )
    journal.close()
    line = fails(system, "up")
    assert "orders-0: journal entry 1-" in line
    assert "the checksum does not match" in line
    assert "journal entry 1-" in fails(system, "journal", "show", "orders-0", "--limit", "10000")
