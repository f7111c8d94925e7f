"""`skuld night`: every step of planning's night, as a timer would start it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from forecasting.plans.kept import KeptPlan
from forecasting.plans.plan import SCHEMA, plan_of
from tests.integration.in_process import InProcess


@pytest.fixture
def shop() -> Iterator[InProcess]:
    """A shop that sells pens, and has its supplier."""
    with tempfile.TemporaryDirectory(prefix="sk-") as folder:
        system = InProcess(Path(folder) / "data").start()
        system.fill({"pen": 20})
        system.call("PUT", "/v1/suppliers/acme", {"name": "Acme", "lead_time_days": 5})
        assert system.call("PUT", "/v1/supplier-items/acme/pen", {"order_multiple": 10})[0] == 201
        system.level_rows()
        yield system
        system.stop()


def skuld(shop: InProcess, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SKULD_")}
    return subprocess.run(
        [sys.executable, "-m", "gateway", *arguments],
        env={**environment, "SKULD_DATA_DIR": str(shop.data_dir)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def import_days(shop: InProcess, folder: Path, count: int) -> None:
    chance, yesterday = np.random.default_rng(7), datetime.now(UTC).date() - timedelta(1)
    rows = [("pen", yesterday - timedelta(day), int(chance.poisson(10.0))) for day in range(count)]
    pl.DataFrame(rows, schema=["sku", "day", "units"], orient="row").write_parquet(folder / "days.parquet")
    assert skuld(shop, "forecast", "import", str(folder / "days.parquet")).returncode == 0


def test_a_night_trains_forecasts_and_suggests_what_to_order(shop: InProcess, tmp_path: Path) -> None:
    import_days(shop, tmp_path, 230)
    yesterday = datetime.now(UTC).date() - timedelta(1)
    sale = [("pen", None, yesterday - timedelta(60), yesterday + timedelta(30), None, 1.0)]
    kept = KeptPlan(shop.data_dir).keep(plan_of(pl.DataFrame(sale, schema=SCHEMA, orient="row")), yesterday)
    night = skuld(shop, "night", "--train-on", "never", "--", "--url", shop.url, "--top", "1")
    assert night.returncode == 0, night.stderr
    steps = [line for line in night.stdout.splitlines() if line in ("history", "train week 2+1", "score", "suggest")]
    assert steps == ["history", "train week 2+1", "score", "suggest"], "a first model does not wait for its weekday"
    assert night.stdout.count("planned promotions have no effect on champion") == 2, "a baseline stands in; score, suggest"
    assert f"plan {kept.digest[:12]}" in night.stdout
    status, found = shop.call("GET", "/v1/replenishment-suggestions")
    assert (status, [row["sku"] for row in found["items"]]) == (200, ["pen"])


def test_what_failed_in_a_night_is_named_in_the_end(shop: InProcess, tmp_path: Path) -> None:
    import_days(shop, tmp_path, 60)
    night = skuld(shop, "night", "--", "--url", "http://127.0.0.1:9", "--key", "none", "--budget", "-1")
    assert night.returncode == 1
    assert night.stderr.splitlines()[-1] == "skuld: failed tonight: suggest; their reasons are above"
    assert "budget" in night.stderr
    assert "Traceback" not in night.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--at", "25:10"], "at is 25:10: it must be a time of day such as 02:30"),
        (["--slot", "fortnight 1+1"], "slot is 'fortnight 1+1'"),
        (["--", "--bogus"], "No such option: --bogus"),
    ],
)
def test_an_option_that_cannot_be_used_ends_it_with_2(shop: InProcess, arguments: list[str], told: str) -> None:
    night = skuld(shop, "night", *arguments)
    assert (night.returncode, told in night.stderr) == (2, True), night.stderr
    assert "history" not in night.stdout, "before anything is done"
