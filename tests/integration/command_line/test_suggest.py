"""`skuld suggest` against a running system: what it posts, what it leaves out, what if, and that nothing is ordered twice."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sqlalchemy import text

from actors.kernel.record.database import open_database
from forecasting.registry.artefacts import Artefacts
from forecasting.registry.pointers import Pointers, write_pointers
from forecasting.registry.stand_in import StandIn
from tests.integration.command_line.here import skuld_on
from tests.integration.in_process import InProcess

Suggest = Callable[..., tuple[int, str, str]]
SUGGESTIONS = "/v1/replenishment-suggestions"
DAYS = 120


@pytest.fixture(scope="module")
def shop() -> Iterator[InProcess]:
    """Pens and caps of one supplier, ink of none; an hour's stock of each."""
    with tempfile.TemporaryDirectory(prefix="sk-") as folder:
        system = InProcess(Path(folder) / "data").start()
        system.fill({"pen": 20, "cap": 500, "ink": 5})
        system.call("PUT", "/v1/suppliers/acme", {"name": "Acme", "lead_time_days": 5})
        price = [{"quantity": 1, "unit_price": "2.50"}]
        for sku in ("pen", "cap"):
            terms = {"order_multiple": 10, "minimum_quantity": 10, "price_breaks": price}
            assert system.call("PUT", f"/v1/supplier-items/acme/{sku}", terms)[0] == 201
        system.level_rows()
        yield system
        system.stop()


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten pens a day, a cap and an ink now and then, and hats that the system does not know, until yesterday."""
    chance = np.random.default_rng(7)
    last = datetime.now(UTC).date() - timedelta(1)
    rows = [
        (sku, last - timedelta(day), int(chance.poisson(mean)))
        for sku, mean in (("pen", 10.0), ("cap", 1.0), ("ink", 0.5), ("hat", 2.0))
        for day in range(DAYS)
    ]
    path = tmp_path_factory.mktemp("history") / "days.parquet"
    pl.DataFrame(rows, schema=["sku", "day", "units"], orient="row").write_parquet(path)
    return path


@pytest.fixture
def suggest(
    shop: InProcess, history: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Suggest:  # fmt: skip
    """Runs the command in this process, on the shop's data directory."""
    skuld = skuld_on(shop.data_dir, monkeypatch, capsys, "suggest")

    def run(*arguments: str, of: Path | None = history) -> tuple[int, str, str]:
        given = ["--history", str(of)] if of is not None else []
        where = [] if "--dry-run" in arguments else ["--url", shop.url]
        shop.level_rows()
        return skuld(*given, *where, *arguments)

    return run


def figures(suggest: Suggest, *arguments: str) -> dict[str, Any]:
    code, out, err = suggest(*arguments, "--json")
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


def units(found: dict[str, Any]) -> dict[str, int]:
    return {one["sku"]: one["quantity"] for one in found["suggestions"]}


def open_now(shop: InProcess) -> dict[str, Any]:
    shop.level_rows()
    return {one["sku"]: one for one in shop.call("GET", SUGGESTIONS)[1]["items"]}


def test_a_dry_run_posts_nothing_and_says_what_it_leaves_out(suggest: Suggest, shop: InProcess) -> None:
    code, out, err = suggest("--dry-run")
    assert code == 0, err
    assert "1 items to order" in out
    assert "dry run" in out
    assert "pen in main: demand until arrival" in out
    assert "no supplier sells it: 2, as" in out
    assert open_now(shop) == {}


def test_what_if_asks_the_same_engine(suggest: Suggest) -> None:
    usual = units(figures(suggest, "--dry-run"))["pen"]
    assert units(figures(suggest, "--dry-run", "--demand-factor", "2"))["pen"] > 1.5 * usual
    assert units(figures(suggest, "--dry-run", "--lead-time-days", "30"))["pen"] > 2 * usual
    assert units(figures(suggest, "--dry-run", "--target", "A=.5"))["pen"] < usual
    (grade,) = [one["grade"] for one in figures(suggest, "--dry-run")["suggestions"] if one["sku"] == "pen"]
    pair = figures(suggest, "--dry-run", "--target", f"{grade}=.5", "--target", f"{grade[0]}=.999")
    assert {one["target"] for one in pair["suggestions"] if one["grade"] == grade} == {0.5}
    assert units(pair)["pen"] < usual
    assert units(figures(suggest, "--dry-run", "--budget", "60"))["pen"] <= 20


def test_what_is_approved_is_not_suggested_again_as_a_draft_or_placed(suggest: Suggest, shop: InProcess) -> None:
    first = figures(suggest)
    assert first["opened"] == sum(bool(one["quantity"] or one["warnings"]) for one in first["suggestions"])
    found = open_now(shop)["pen"]
    assert found["quantity"] == units(first)["pen"] > 0
    assert sum(step["units"] for step in found["explanation"]["steps"]) == found["quantity"]
    order = shop.call("POST", f"{SUGGESTIONS}/{found['id']}/approve")[1]["decision"]["purchase_order_id"]
    drafted = figures(suggest)
    assert units(drafted)["pen"] == 0
    steps = next(one for one in drafted["suggestions"] if one["sku"] == "pen")["explanation"]["steps"]
    assert {"name": f"order {order}", "units": -found["quantity"]} in steps
    assert shop.call("POST", f"/v1/purchase-orders/{order}/place")[0] == 200
    assert units(figures(suggest))["pen"] == 0
    with open_database(shop.settings.sql_url).connect() as rows:
        query = "SELECT decision, quantity_suggested, quantity_decided, purchase_order_id FROM replenishment_decisions"
        assert [tuple(row) for row in rows.execute(text(query))] == [("approved", found["quantity"], found["quantity"], order)]


def test_a_reorder_policy_has_its_way(suggest: Suggest, shop: InProcess) -> None:
    assert shop.call("PUT", "/v1/reorder-policies/cap", {"minimum": 700, "maximum": 705})[0] == 201
    found = figures(suggest, "--dry-run")
    cap = next(one for one in found["suggestions"] if one["sku"] == "cap")
    assert cap["quantity"] == 200
    assert "minimum position" in {step["name"] for step in cap["explanation"]["steps"]}
    assert shop.call("PUT", "/v1/reorder-policies/cap?warehouse=main", {"maximum": 400})[0] == 201
    assert units(figures(suggest, "--dry-run"))["cap"] == 0


def test_the_day_of_the_order_and_of_its_arrival_are_those_that_a_purchase_order_will_have(
    suggest: Suggest, shop: InProcess
) -> None:  # fmt: skip
    week = {"order_days": ["tue"], "delivery_days": ["thu"], "closed": ["2026-12-29"]}
    assert shop.call("PUT", "/v1/suppliers/acme", {"name": "Acme", "lead_time_days": 1, "calendar": week})[0] == 200
    pen = next(one for one in figures(suggest, "--dry-run")["suggestions"] if one["sku"] == "pen")
    assert datetime.fromisoformat(pen["order_by"]).weekday() == 1
    order = {"supplier": "acme", "lines": [{"sku": "pen", "quantity": 10}]}
    order_id = shop.call("POST", "/v1/purchase-orders", order)[1]["purchase_order_id"]
    (line,) = shop.call("POST", f"/v1/purchase-orders/{order_id}/place")[1]["lines"]
    assert line["due_on"] == pen["expected_on"]


@pytest.fixture
def champion(shop: InProcess) -> Iterator[str]:
    """The digest of a champion of the days that the history has; no slot is trained any more in the end."""
    engine, slot = open_database(shop.settings.sql_url), "day 5+7"
    digest = Artefacts(shop.data_dir / "models").keep(StandIn(slot, "mean of 8"))
    with engine.begin() as rows:
        promoted = Pointers(slot).promoted(digest, datetime.now(UTC).date(), 1, "it was best")
        assert write_pointers(rows, Pointers(slot), promoted)
    yield digest
    with engine.begin() as rows:
        rows.execute(text("DELETE FROM model_slots"))


def test_before_a_slot_is_trained_the_combination_forecasts_and_it_is_said(suggest: Suggest) -> None:
    told = figures(suggest, "--dry-run")["forecaster"]
    assert (told["name"], told["model"]) == ("combination", None)
    assert "no slot of days has been trained" in told["why"]


def test_the_champion_forecasts_and_the_run_names_it(suggest: Suggest, champion: str) -> None:
    found = figures(suggest, "--dry-run")
    assert found["forecaster"]["model"] == champion
    assert found["forecaster"]["slot"] == "day 5+7"
    assert found["forecast_days"] == 12
    code, out, _ = suggest("--dry-run")
    assert code == 0
    assert f"forecast by champion of day 5+7, mean of 8, model {champion[:12]}: " in out
    assert figures(suggest, "--dry-run", "--forecaster", "TSB")["forecaster"]["name"] == "TSB"


def test_a_champion_whose_file_was_changed_is_refused_in_one_line(suggest: Suggest, shop: InProcess, champion: str) -> None:
    path = Artefacts(shop.data_dir / "models").path(champion)
    path.write_bytes(path.read_bytes() + b" ")
    code, out, err = suggest("--dry-run")
    assert (code, out) == (1, "")
    assert err.startswith(f"skuld: {path}: the file was changed")
    assert err.count("\n") == 1


WRONG = [
    (("--target", "D=.9"), 2, "targets"),
    (("--target", "A"), 2, "target"),
    (("--target", "XA=.9"), 2, "targets"),
    (("--demand-factor", "2"), 2, "demand-factor"),
    (("--lead-time-days", "2"), 2, "lead-time-days"),
    (("--review-days", "0", "--dry-run"), 2, "review_days"),
    (("--forecaster", "oracle", "--dry-run"), 2, "forecaster"),
]


@pytest.mark.parametrize(("arguments", "code", "says"), WRONG, ids=[" ".join(given) for given, _, _ in WRONG])
def test_a_wrong_option_is_told_in_one_line(suggest: Suggest, arguments: tuple[str, ...], code: int, says: str) -> None:
    found, _, err = suggest(*arguments)
    assert found == code
    assert says in err
    assert err.count("\n") == 1


def test_an_empty_history_is_told_in_one_line(suggest: Suggest) -> None:
    code, _, err = suggest("--dry-run", of=None)
    assert code == 1
    assert err.startswith("skuld: ")
    assert "skuld forecast history" in err


def test_a_system_that_is_away_is_told_in_one_line(suggest: Suggest) -> None:
    code, _, err = suggest("--url", "http://127.0.0.1:9")
    assert code == 1
    assert "does not answer" in err
