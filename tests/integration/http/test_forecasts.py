"""`GET /v1/forecasts/{sku}` and its chart: what was scored, by warehouse and slot, and what came."""

from __future__ import annotations

import urllib.request
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from actors.kernel.record.database import open_database
from forecasting.history.store import HistoryStore
from forecasting.panel.periods import Frequency
from forecasting.window.source import panel_for
from gateway.forecast_reads import chart_of, read_latest
from tests.integration.http.demand import DAYS, FIRST, SLOTS, score_demand
from tests.integration.in_process import InProcess

SKU = "Ä/4 $x$"
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def scored(skuld: InProcess) -> InProcess:
    """Two SKUs in two warehouses."""
    score_demand(skuld, ("h-1", SKU), ("east", "main"))
    return skuld


def test_the_latest_forecast_of_each_warehouse_and_slot_is_told(scored: InProcess) -> None:
    status, answer = scored.call("GET", "/v1/forecasts/h-1")
    assert status == 200
    assert [(one["warehouse"], one["slot"]) for one in answer["warehouses"]] == [
        (place, slot) for place in ("east", "main") for slot in SLOTS
    ]
    last = FIRST + timedelta(DAYS - 1)
    for one in answer["warehouses"]:
        days = 7 if one["slot"] == "day 3+4" else 21
        assert (one["cutoff"], one["first"], one["last"]) == (str(last), str(last + timedelta(1)), str(last + timedelta(days)))
        assert [quantile["level"] for quantile in one["quantiles"]] == [0.5, 0.7, 0.8, 0.9, 0.95, 0.975, 0.99]
        assert sum(period["mean"] for period in one["by_period"]) == pytest.approx(one["mean"], rel=1e-4)
        assert one["by_period"][0]["first"] == one["first"]
        assert one["by_period"][-1]["last"] == one["last"]
        assert one["past"] is None


def test_past_forecasts_stand_beside_what_came(scored: InProcess) -> None:
    _, answer = scored.call("GET", f"/v1/forecasts/{quote(SKU, safe='')}?history=true")
    by_slot = {one["slot"]: one["past"] for one in answer["warehouses"] if one["warehouse"] == "main"}
    panel = panel_for(Frequency.WEEK, HistoryStore(scored.data_dir / "history"))
    row = panel.series.rows().index((SKU, "main"))
    assert [one["cutoff"] for one in by_slot["week 2+1"]] == [str(FIRST + timedelta(DAYS - 1 - 7 * back)) for back in (1, 4)]
    assert by_slot["week 2+1"][0]["actual"] is None, "two of the three weeks are not over"
    assert by_slot["week 2+1"][1]["actual"] == pytest.approx(panel.target()[row, -4:-1].sum(), rel=1e-6)
    assert [one["actual"] is None for one in by_slot["day 3+4"]] == [False, True], "the 13th of May had next to no stock"


def test_the_chart_is_a_png(scored: InProcess) -> None:
    for path in ("h-1/chart.png", f"{quote(SKU, safe='')}/chart.png?warehouse=east&slot=week%202%2B1"):
        with urllib.request.urlopen(f"{scored.url}/v1/forecasts/{path}") as answer:
            assert answer.headers["content-type"] == "image/png"
            assert answer.read().startswith(PNG)


def test_a_chart_is_drawn_without_the_files_of_the_history_too(scored: InProcess, tmp_path: Path) -> None:
    row = read_latest(open_database(scored.settings.sql_url), "h-1")[0]
    assert chart_of(row, [], None).startswith(PNG)
    (tmp_path / "history").mkdir()
    (tmp_path / "history" / "2026-01-05.parquet").write_bytes(b"damaged")
    assert chart_of(row, [], tmp_path).startswith(PNG)


@pytest.mark.parametrize(
    ("path", "status", "kind", "says"),
    [
        ("h-2", 404, "not-found", "no forecast has the SKU h-2"),
        ("h-2/chart.png", 404, "not-found", "no forecast has the SKU h-2"),
        ("h-1/chart.png?warehouse=west", 404, "not-found", "h-1 has no forecast there"),
        ("h-1?histroy=true", 422, "invalid-request", "this route has no such parameter"),
        ("h-1?history=perhaps", 422, "invalid-request", "history"),
    ],
)
def test_what_is_not_there_is_a_problem(scored: InProcess, path: str, status: int, kind: str, says: str) -> None:
    answered, problem = scored.call("GET", f"/v1/forecasts/{path}")
    assert (answered, problem["type"]) == (status, f"/problems/{kind}")
    assert says in problem["detail"]
