"""From an event that a planner puts to the forecast, the suggestion and the chart that tell what it adds."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl
import pytest

from actors.kernel.record.database import open_database
from forecasting.history.store import HistoryStore
from forecasting.model.fit import fit
from forecasting.model.settings import Settings
from forecasting.registry.models import ModelRow, add_model
from forecasting.registry.pointers import read_pointers, write_pointers
from forecasting.registry.slot import Slot
from forecasting.window.place import Place
from forecasting.window.source import panel_for, with_kept
from tests.integration.command_line.here import Skuld, skuld_on
from tests.integration.in_process import InProcess

SKUS, WEEKS = 24, 40
DAY, WEEK = timedelta(1), timedelta(7)
SLOT = Slot.read("week 2+1")
SETTINGS = Settings(threads=1, trees=30, least_rows=20)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[InProcess]:
    """Sells two SKUs by a supplier who takes two weeks."""
    system = InProcess(tmp_path / "data").start()
    system.fill({"s01": 20, "s02": 20})
    system.call("PUT", "/v1/suppliers/acme", {"name": "Acme", "lead_time_days": 10})
    for sku in ("s01", "s02"):
        assert system.call("PUT", f"/v1/supplier-items/acme/{sku}", {"order_multiple": 1})[0] == 201
    yield system
    system.stop()


def put(shop: InProcess, kind: str, monday: date, sku: str | None = None) -> None:
    """An event of a week."""
    body = {"type": kind, "start": str(monday), "end": str(monday + WEEK - DAY)} | ({"skus": [sku]} if sku else {})
    assert shop.call("PUT", f"/v1/demand-events/{kind}-{monday}", body)[0] == 201


def train_by_hand(shop: InProcess) -> None:
    place = Place(open_database(shop.settings.sql_url), shop.data_dir)
    history = panel_for(SLOT.frequency, HistoryStore(shop.data_dir / "history"))
    with place.rows() as rows:
        model = fit(with_kept(history, rows), SLOT.horizon, SETTINGS)
        place.artefacts.keep(model)
        last, told = history.periods.last_day, msgspec.to_builtins(SETTINGS)
        add_model(rows, ModelRow(model.digest, str(SLOT), "model", last, "1", told))
        before = read_pointers(rows, str(SLOT))
        assert write_pointers(rows, before, before.promoted(model.digest, last, 1, "by hand"))


def told(skuld: Skuld, *arguments: str) -> Any:
    """The figures of a command that succeeds."""
    code, out, err = skuld(*arguments, "--json")
    assert code == 0, err
    return json.loads(out)


def forecast(shop: InProcess, sku: str) -> Any:
    status, answer = shop.call("GET", f"/v1/forecasts/{sku}")
    assert status == 200
    return answer["warehouses"][0]


def test_what_an_event_adds_is_told_from_the_forecast_to_the_order(
    shop: InProcess, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    skuld, chance, today = skuld_on(shop.data_dir, monkeypatch, capsys), np.random.default_rng(3), datetime.now(UTC).date()
    monday = today - timedelta(today.weekday())
    first = monday - WEEKS * WEEK
    level, lift = chance.uniform(2, 8, (SKUS, 1)), np.repeat(1 + 2 * (np.arange(WEEKS) % 5 == 2), 7)
    units = chance.poisson(level * lift)
    rows = [(f"s{sku:02}", first + DAY * day, int(units[sku, day])) for sku in range(SKUS) for day in range(7 * WEEKS)]
    pl.DataFrame(rows, schema=["sku", "day", "units"], orient="row").write_parquet(tmp_path / "days.parquet")
    assert skuld("forecast", "import", str(tmp_path / "days.parquet"))[0] == 0
    for week in range(2, WEEKS, 5):
        put(shop, "fair", first + week * WEEK)
    shop.level_rows()
    train_by_hand(shop)
    assert told(skuld, "forecast", "score")[0]["remarks"] == []
    usual = forecast(shop, "s01")
    assert (usual["of_events"], usual["events"]) == (0.0, [])

    put(shop, "fair", monday + WEEK)
    put(shop, "gala", monday + WEEK, "s02")
    shop.level_rows()
    (scored,) = told(skuld, "forecast", "score")
    days = f"{monday + WEEK} to {monday + 2 * WEEK - DAY}"
    assert scored["written"] == SKUS
    assert [remark.split(" on champion")[0] for remark in scored["remarks"]] == [f"demand event gala {days} has no effect"]
    more = forecast(shop, "s01")
    assert more["of_events"] == pytest.approx(more["mean"] - usual["mean"])
    assert more["of_events"] > 0.2 * usual["mean"]
    (event,) = more["events"]
    assert event == {
        "type": "fair", "first": str(monday + WEEK), "last": str(monday + 2 * WEEK - DAY),
        "units": pytest.approx(more["of_events"], rel=1e-4),
    }  # fmt: skip

    run = told(skuld, "suggest", "--url", shop.url)
    assert [remark.split(" on champion")[0] for remark in run["remarks"]] == [f"demand event gala {days} has no effect"]
    by_sku = {one["sku"]: one for one in run["suggestions"]}
    assert {sku: "event_left_out" in one["warnings"] for sku, one in by_sku.items()} == {"s01": False, "s02": True}
    why = by_sku["s01"]["explanation"]
    steps, drivers = ({step["name"]: step["units"] for step in why[part]} for part in ("steps", "drivers"))
    fair = f"demand event fair {days}"
    assert steps[fair] == pytest.approx(more["of_events"] * why["protection_days"] / run["forecast_days"], abs=1.01)
    assert (drivers[fair], sum(drivers.values())) == (steps[fair], round(why["expected_demand"]))
    assert sum(steps.values()) == by_sku["s01"]["quantity"]
    shop.level_rows()
    for sku, one in by_sku.items():
        plan = shop.call("GET", f"/v1/replenishment-suggestions:what-if?sku={sku}")[1]["as_it_is"]
        assert (plan["explanation"]["steps"], plan["warnings"]) == (one["explanation"]["steps"], one["warnings"])
        assert plan["explanation"]["drivers"] == one["explanation"]["drivers"]
    with urllib.request.urlopen(f"{shop.url}/v1/forecasts/s01/chart.png") as answer:
        assert answer.read().startswith(b"\x89PNG")
