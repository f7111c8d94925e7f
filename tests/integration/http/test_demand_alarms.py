"""`GET /v1/demand-alarms` and the gauge beside it: what `skuld forecast score` found out of bounds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert

from actors.kernel.record.database import open_database
from forecasting.registry.alarm_rows import write_alarms
from forecasting.registry.tables import forecasts, slots
from forecasting.window.alarms import Alarm
from gateway import demand_metrics
from tests.integration.in_process import InProcess

PATH = "/v1/demand-alarms"
OPERATIONS = Path(__file__).parents[3] / "docs" / "operations.md"
BEFORE, LAST = date(2026, 11, 1), date(2026, 11, 8)
DRIFT = Alarm("drift", 0.6, 0.0, 0.5, "pinball loss is 0.600")
LOW, HIGH = (Alarm(f"coverage {level}", 0.7, level - 0.05, 1.0, "it holds 70 %") for level in (0.8, 0.95))
SLOTS = ("month 1+1", "week 3+1", "week 9+9")


@pytest.fixture(scope="module")
def alarmed(skuld: InProcess) -> Iterator[InProcess]:
    """Two slots that were scored twice: one drifts, and had too little coverage before; of the other all is well by now. And one
    that was never scored."""
    engine = open_database(skuld.settings.sql_url)
    with engine.begin() as rows:
        for slot in SLOTS:
            rows.execute(insert(slots).values(slot=slot, changed_at=1, since=BEFORE, reason="it was best"))
        for slot in SLOTS[:2]:
            for cutoff in (BEFORE, LAST):
                rows.execute(
                    insert(forecasts).values(
                        sku="da-1", warehouse="main", slot=slot, cutoff=cutoff, model="m1", role="champion", mean=1.0,
                        quantiles="[]", by_period="[]",
                    )
                )  # fmt: skip
        write_alarms(rows, "week 3+1", BEFORE, "m1", [DRIFT, LOW, HIGH], 1_000)
        write_alarms(rows, "week 3+1", LAST, "m1", [DRIFT], 2_000)
        write_alarms(rows, "month 1+1", BEFORE, "m1", [LOW], 3_000)
    yield skuld
    with engine.begin() as rows:
        for slot in SLOTS:
            rows.execute(slots.delete().where(slots.c.slot == slot))
            rows.execute(forecasts.delete().where(forecasts.c.slot == slot))
            for cutoff in (BEFORE, LAST):
                write_alarms(rows, slot, cutoff, "m1", [], 4_000)


def told(skuld: InProcess, query: str = "") -> list[tuple[str, str, str, bool]]:
    status, found = skuld.call("GET", f"{PATH}?{query}")
    assert status == 200, found
    return [(one["cutoff"], one["slot"], one["kind"], one["current"]) for one in found["items"] if one["slot"] in SLOTS]


OLD = "2026-11-01"
ALL = [
    ("2026-11-08", "week 3+1", "drift", True),
    (OLD, "month 1+1", "coverage 0.8", False),
    (OLD, "week 3+1", "coverage 0.8", False),
    (OLD, "week 3+1", "coverage 0.95", False),
    (OLD, "week 3+1", "drift", False),
]


def test_alarms_are_told_latest_first_and_whether_they_still_hold(alarmed: InProcess) -> None:
    assert told(alarmed) == ALL
    first: dict[str, Any] = alarmed.call("GET", f"{PATH}?current=true")[1]["items"][0]
    assert first == {
        "slot": "week 3+1", "cutoff": "2026-11-08", "kind": "drift", "value": 0.6, "least": 0.0, "most": 0.5,
        "message": "pinball loss is 0.600", "model": "m1", "raised_at": "1970-01-01T00:00:02.000Z", "current": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("slot=month%201%2B1", [1]),
        ("about=coverage", [1, 2, 3]),
        ("about=drift", [0, 4]),
        ("current=true", [0]),
        ("current=true&about=bias", []),
        ("slot=day%209%2B9", []),
    ],
)
def test_a_list_can_be_narrowed(alarmed: InProcess, query: str, places: list[int]) -> None:
    assert told(alarmed, query) == [ALL[place] for place in places]


def test_pages_have_every_alarm_once(alarmed: InProcess) -> None:
    found, cursor = [], ""
    while cursor is not None:
        page = alarmed.call("GET", f"{PATH}?limit=2{cursor}")[1]
        found += [(one["cutoff"], one["slot"], one["kind"], one["current"]) for one in page["items"]]
        cursor = f"&cursor={page['next_cursor']}" if page["next_cursor"] else None
    assert [one for one in found if one[1] in SLOTS] == ALL


@pytest.mark.parametrize("query", ["cursor=nonsense", "about=weather", "current=perhaps", "limit=0", "kind=drift"])
def test_a_wrong_question_is_a_problem(alarmed: InProcess, query: str) -> None:
    status, problem = alarmed.call("GET", f"{PATH}?{query}")
    assert status == 422, problem
    assert query.split("=")[0] in problem["detail"]


def test_the_gauge_counts_what_holds_now_by_slot(alarmed: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demand_metrics, "ASKED_EVERY_S", 0.0)
    families = {family.name: family for family in text_string_to_metric_families(alarmed.call("GET", "/metrics")[1])}
    counts = {(one.labels["slot"], one.labels["about"]): one.value for one in families["skuld_demand_alarms"].samples}
    assert {key: count for key, count in counts.items() if key[0] in SLOTS} == {
        (slot, about): float((slot, about) == ("week 3+1", "drift"))
        for slot in SLOTS
        for about in ("bias", "coverage", "drift")
    }
    assert "skuld_demand_alarms" in OPERATIONS.read_text()


def test_scrapes_do_not_ask_the_rows_each_time(alarmed: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(demand_metrics, "_count", lambda _: asked.append(1) or {("week 3+1", "bias"): 7})
    with monkeypatch.context() as now:
        now.setattr(demand_metrics, "ASKED_EVERY_S", 0.0)
        assert 'skuld_demand_alarms{about="bias",slot="week 3+1"} 7.0' in alarmed.call("GET", "/metrics")[1]
    for _ in range(3):
        assert 'slot="week 3+1"} 7.0' in alarmed.call("GET", "/metrics")[1]
    assert len(asked) == 1
