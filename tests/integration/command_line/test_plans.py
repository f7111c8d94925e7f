"""`skuld forecast plan`: from a promotion that somebody plans to a suggestion that buys for it, over the command line."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sqlalchemy import text

from actors.kernel.record.database import open_database
from tests.integration.command_line.here import Skuld, skuld_on
from tests.integration.in_process import InProcess

SKUS, WEEKS, PROMOTED = 30, 44, "s07"
SOLD = ("s05", PROMOTED, "s09")
DAY, WEEK = timedelta(1), timedelta(7)


@pytest.fixture(scope="module")
def monday() -> date:
    """The first day of the week that is not over: the first that is forecast."""
    today = datetime.now(UTC).date()
    return today - timedelta(today.weekday())


@pytest.fixture(scope="module")
def shop() -> Iterator[InProcess]:
    """Sells three of the SKUs that the history knows, by one supplier who takes two weeks."""
    with tempfile.TemporaryDirectory(prefix="sk-") as folder:
        system = InProcess(Path(folder) / "data").start()
        system.fill(dict.fromkeys(SOLD, 20))
        system.call("PUT", "/v1/suppliers/acme", {"name": "Acme", "lead_time_days": 10})
        for sku in SOLD:
            assert system.call("PUT", f"/v1/supplier-items/acme/{sku}", {"order_multiple": 1})[0] == 201
        system.level_rows()
        yield system
        system.stop()


@pytest.fixture
def skuld(shop: InProcess, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Skuld:
    """Runs a command in this process, on the shop's data directory."""
    return skuld_on(shop.data_dir, monkeypatch, capsys)


def told(skuld: Skuld, *arguments: str) -> Any:
    """The figures of a command that succeeds."""
    code, out, err = skuld(*arguments, "--json")
    assert code == 0, err
    return json.loads(out)


def write_history(folder: Path, monday: date) -> tuple[Path, Path]:
    """Demand by day until yesterday, thrice as much in weeks with a promotion; and, apart, which weeks these were."""
    chance = np.random.default_rng(3)
    first = monday - WEEKS * WEEK
    on = chance.random((SKUS, WEEKS + 1)) < 0.2
    on[:, -1] = False
    units = chance.poisson(chance.uniform(2, 8, (SKUS, 1)) * np.repeat(1 + 2 * on, 7, axis=1))
    known = 7 * WEEKS + (datetime.now(UTC).date() - monday).days
    rows = [(f"s{sku:02}", first + DAY * day, int(units[sku, day])) for sku in range(SKUS) for day in range(known)]
    pl.DataFrame(rows, schema=["sku", "day", "units"], orient="row").write_parquet(folder / "days.parquet")
    promoted = [(f"s{sku:02}", first + WEEK * int(week), 1) for sku, week in zip(*np.nonzero(on), strict=True)]
    pl.DataFrame(promoted, schema=["sku", "week", "promotion"], orient="row").write_csv(folder / "past.csv")
    return folder / "days.parquet", folder / "past.csv"


def forecasts(shop: InProcess) -> dict[str, dict[str, Any]]:
    """The rows of the forecasts, by SKU."""
    with open_database(shop.settings.sql_url).connect() as rows:
        return {row["sku"]: dict(row) for row in rows.execute(text("SELECT * FROM demand_forecasts")).mappings()}


def suggested(found: Any) -> dict[str, Any]:
    return {one["sku"]: one for one in found["suggestions"]}


def test_what_is_planned_reaches_the_forecast_and_the_order(
    skuld: Skuld, shop: InProcess, tmp_path: Path, monday: date
) -> None:  # fmt: skip
    days, past = write_history(tmp_path, monday)
    assert skuld("forecast", "import", str(days))[0] == 0
    assert skuld("forecast", "plan")[1] == "nothing is planned: `skuld forecast plan FILE` keeps a plan\n"
    assert told(skuld, "forecast", "plan", str(past))["remarks"] == []
    trained = told(skuld, "forecast", "train", "--cutoffs", "2")
    assert (trained["promoted"], trained["planned"]) == (True, ["promotion"]), trained["reason"]
    assert told(skuld, "forecast", "train", "--cutoffs", "2")["done"] is False
    assert told(skuld, "forecast", "score")[0]["remarks"] == [
        f"the plan tells nothing of the days from {monday} to {monday + 3 * WEEK - DAY}, which are forecast"
    ]
    usual, little = forecasts(shop), suggested(told(skuld, "suggest", "--dry-run"))

    ahead = tmp_path / "ahead.csv"
    ahead.write_text(f"sku,week,promotion\n{PROMOTED},{monday + WEEK},spring sale\n")
    plan = told(skuld, "forecast", "plan", str(ahead))
    assert (plan["first"], plan["last"]) == (str(monday - WEEKS * WEEK), str(monday + 2 * WEEK - DAY)), "the past stays"
    assert told(skuld, "forecast", "plan", str(ahead))["digest"] == plan["digest"]
    assert told(skuld, "forecast", "train", "--cutoffs", "2")["done"] is False, "the future teaches nothing"
    (scored,) = told(skuld, "forecast", "score")
    assert (scored["written"], scored["plan"], scored["remarks"]) == (SKUS, plan["digest"], [])
    assert told(skuld, "forecast", "score")[0]["written"] == 0
    planned = forecasts(shop)
    of_plan = {"plan": plan["digest"]}
    assert all(planned[sku] == usual[sku] | of_plan for sku in usual if sku != PROMOTED), "nothing else changes"
    before, after = (json.loads(one[PROMOTED]["by_period"]) for one in (usual, planned))
    assert after[1] > 2 * before[1]
    assert after[0] == pytest.approx(before[0], rel=1e-4)
    status, answer = shop.call("GET", f"/v1/forecasts/{PROMOTED}")
    assert status == 200
    (one,) = answer["warehouses"]
    assert (one["plan"], one["of_plan"]) == (plan["digest"], pytest.approx(planned[PROMOTED]["mean"] - usual[PROMOTED]["mean"]))

    run = told(skuld, "suggest", "--dry-run")
    much = suggested(run)
    assert run["plan"] == {"digest": plan["digest"], "remarks": []}
    assert much[PROMOTED]["quantity"] > 1.2 * little[PROMOTED]["quantity"]
    assert {sku: much[sku] for sku in SOLD if sku != PROMOTED} == {sku: little[sku] for sku in SOLD if sku != PROMOTED}
    why = much[PROMOTED]["explanation"]
    steps = {step["name"]: step["units"] for step in why["steps"]}
    sale = f"planned promotion {monday + WEEK} to {monday + 2 * WEEK - DAY}"
    assert steps[sale] == pytest.approx(one["of_plan"] * why["protection_days"] / run["forecast_days"], abs=1.01)
    assert sum(steps.values()) == much[PROMOTED]["quantity"]
    unplanned = suggested(told(skuld, "suggest", "--dry-run", "--plan", str(past)))
    assert unplanned[PROMOTED]["quantity"] == little[PROMOTED]["quantity"], "a file in place of what is kept"
    code, out, _ = skuld("suggest", "--dry-run", "--forecaster", "combination")
    assert code == 0
    assert "planned promotions have no effect on combination, which does not look ahead at them" in out

    assert skuld("suggest", "--url", shop.url)[0] == 0
    shop.level_rows()
    open_now = {row["sku"]: row for row in shop.call("GET", "/v1/replenishment-suggestions")[1]["items"]}
    assert open_now[PROMOTED]["quantity"] == much[PROMOTED]["quantity"]
    what_if = shop.call("GET", f"/v1/replenishment-suggestions:what-if?sku={PROMOTED}&demand_factor=2")[1]
    assert "planned promotion or price" in {step["name"] for step in what_if["as_it_is"]["explanation"]["steps"]}


BAD = [
    ("sku,units\na,1\n", "column day, week or month missing"),
    ("sku,week,promotion\ns07,2026-01-05,-1\n", "row 1: promotion '-1' is negative"),
    ("sku,week,price\ns07,2026-01-05,1\ns07,2026-01-05,2\n", "row 2: week 's07, 2026-01-05' repeats SKU and week of row 1"),
    ("", "the file is empty"),
]


@pytest.mark.parametrize(("content", "says"), BAD, ids=[says for _, says in BAD])
def test_a_plan_that_cannot_be_used_is_told_in_one_line_and_changes_nothing(
    skuld: Skuld, tmp_path: Path, shop: InProcess, content: str, says: str
) -> None:
    kept = skuld("forecast", "plan", "--json")[1]
    path = tmp_path / "bad.csv"
    path.write_text(content)
    commands = [("forecast", "plan", str(path)), ("suggest", "--dry-run", "--plan", str(path))]
    for arguments in (*commands, ("forecast", "score", "--plan", str(path)), ("forecast", "train", "--plan", str(path))):
        code, out, err = skuld(*arguments)
        assert (code, out) == (1, "")
        assert err.startswith(f"skuld: {path}: ")
        assert says in err
        assert "Traceback" not in err
    assert skuld("forecast", "plan", "--json")[1] == kept
