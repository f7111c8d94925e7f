"""`PUT /v1/demand-events/{id}`: what is kept, what is refused, and that forecasting reads it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from actors.kernel.record.database import open_database
from forecasting.calendar.event import Event
from forecasting.calendar.event_rows import read_kept
from gateway import system as gateway_system
from gateway.auth import Caller
from tests.integration.in_process import InProcess

SALE = {"type": "promotion", "start": "2026-11-09", "end": "2026-11-11", "depth": 0.3, "skus": ["h-2", "h-1", "h-2"]}


def test_an_event_is_kept_listed_by_page_and_read_by_forecasting_until_it_is_cancelled(skuld: InProcess) -> None:
    status, made = skuld.call("PUT", "/v1/demand-events/k-sale", {**SALE, "known_from": "2026-10-01"})
    assert (status, made["skus"], made["day_off"], made["cancelled"]) == (201, ["h-1", "h-2"], False, False)
    status, shut = skuld.call("PUT", "/v1/demand-events/k-shut", {"type": "closure", "start": "2026-12-24"})
    assert (status, shut["end"], shut["day_off"], shut["skus"]) == (201, "2026-12-24", True, None)
    skuld.call("PUT", "/v1/demand-events/k-sunday", {"type": "Make-up workday", "start": "2026-02-15", "day_off": False})
    off = {"type": "fair", "start": "2026-10-02", "cancelled": True}
    assert skuld.call("PUT", "/v1/demand-events/k-off", off)[1]["cancelled"] is True
    skuld.level_rows()

    listed, cursor = [], ""
    while True:
        page = skuld.call("GET", f"/v1/demand-events?limit=1{cursor}")[1]
        listed += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert [one["id"] for one in listed] == sorted({one["id"] for one in listed})
    assert {one["id"]: one for one in listed}["k-sale"] == made == skuld.call("GET", "/v1/demand-events/k-sale")[1]

    with open_database(skuld.settings.sql_url).connect() as rows:
        kept = [event for event in read_kept(rows) if event.kind in ("promotion", "closure", "Make-up workday", "fair")]
    days, skus = (date(2026, 11, 9), date(2026, 11, 11)), frozenset({"h-1", "h-2"})
    assert Event("promotion", *days, 0.3, skus, known_from=date(2026, 10, 1)) in kept
    assert Event("closure", date(2026, 12, 24), date(2026, 12, 24), day_off=True) in kept
    assert Event("Make-up workday", date(2026, 2, 15), date(2026, 2, 15)) in kept
    assert date(2026, 10, 2) not in {event.start for event in kept}, "what was cancelled"


BAD: list[tuple[dict[str, Any], str]] = [
    ({"start": "2026-11-09"}, "type is missing"),
    ({"type": " ", "start": "2026-11-09"}, 'type = " ": must not be blank'),
    ({"type": "fair", "start": "9 November"}, 'start = "9 November": must be a day as in 2026-11-11'),
    ({"type": "fair", "start": "1969-12-31"}, 'start = "1969-12-31": must be between 1970-01-01 and 2099-12-31'),
    ({"type": "fair", "start": "2026-11-09", "end": "2026-11-08"}, 'end = "2026-11-08": is before start 2026-11-09'),
    ({"type": "fair", "start": "2026-11-09", "depth": 0}, "depth = 0: must be above 0"),
    ({"type": "fair", "start": "2026-11-09", "depth": "deep"}, 'depth = "deep": must be a number'),
    ({"type": "fair", "start": "2026-11-09", "skus": []}, "skus = []: must have at least 1 item, not 0"),
    ({"type": "fair", "start": "2026-11-09", "day_off": "no"}, 'day_off = "no": must be true or false'),
    ({"type": "make_up workday", "start": "2026-02-15", "day_off": True}, "day_off = true: does not go with type make_up"),
    ({"type": "make-up workday", "start": "2026-02-15", "skus": ["h-1"]}, "does not go with type make-up workday"),
    ({"type": "fair", "start": "2026-11-09", "colour": "red"}, 'colour = "red": is no field of this'),
    ({"type": "fair", "start": "2026-11-09", "id": "other"}, "id = 'other' in the body, but 'bad' in the path"),
    ({"type": "fair", "start": "2026-11-09", "skus": ["h-1", "no such"]}, "no product has the SKU no such"),
]


@pytest.mark.parametrize(("body", "says"), BAD, ids=[says[:40] for _, says in BAD])
def test_a_bad_event_is_refused_with_the_field_and_the_value(skuld: InProcess, body: dict[str, Any], says: str) -> None:
    status, problem = skuld.call("PUT", "/v1/demand-events/bad", body)
    assert status == 422, problem
    assert says in problem["detail"]
    assert skuld.call("GET", "/v1/demand-events/bad")[0] == 404, "and nothing was kept"


@pytest.mark.parametrize(("role", "put", "read"), [("viewer", 403, 200), ("buyer", 403, 200), ("planner", 201, 200)])
def test_planners_tell_events_and_viewers_read_them(
    skuld: InProcess, monkeypatch: pytest.MonkeyPatch, role: str, put: int, read: int
) -> None:
    monkeypatch.setattr(gateway_system, "NOBODY", Caller("t", role))
    assert skuld.call("PUT", f"/v1/demand-events/r-{role}", {"type": "fair", "start": "2026-10-02"})[0] == put
    assert skuld.call("GET", "/v1/demand-events")[0] == read
