"""Orders over HTTP: preferences, batches as lines, searches, the timeline."""

from __future__ import annotations

import urllib.request
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import text

from actors.kernel.record.database import open_database
from tests.integration.in_process import InProcess
from tests.patience import PATIENCE_S


def order(order_id: str, quantity: int = 1, **more: Any) -> dict[str, Any]:
    return {"order_id": order_id, "lines": [{"sku": "h-3", "quantity": quantity}], **more}


PREFERENCES = [
    ("respond-async", 202),
    ("respond-async, wait=10", 202),
    ("wait=10,Respond-Async", 202),
    ("respond-async; foo=bar", 202),
    ("return=minimal", 201),
    ("wait=10", 201),
    ("not-respond-async", 201),
]


@pytest.mark.parametrize("spread", [False, True], ids=["plain", "through ASGI"])
@pytest.mark.parametrize(("prefer", "status"), PREFERENCES)
def test_a_client_that_prefers_so_is_answered_once_its_order_is_recorded(
    skuld: InProcess, prefer: str, status: int, spread: bool
) -> None:
    order_id = f"pr-{abs(hash((prefer, spread)))}"
    headers = {"Content-Type": "application/json", "Prefer": prefer}
    if spread:
        headers["Transfer-Encoding"] = "chunked"
    body = f'{{"order_id": "{order_id}", "lines": [{{"sku": "h-3", "quantity": 1}}]}}'.encode()
    request = urllib.request.Request(f"{skuld.url}/v1/orders", iter([body]) if spread else body, headers)
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        assert answer.status == status
        if status == 202:
            assert answer.headers["Location"] == f"/v1/orders/{order_id}"
            assert answer.headers["Preference-Applied"] == "respond-async"
    for _ in range(200):
        found = skuld.call("GET", f"/v1/orders/{order_id}")[1]
        if found["state"] == "reserved":
            break
    assert found["state"] == "reserved"


WHY: list[tuple[list[dict[str, Any]], dict[str, Any], str]] = [
    (
        [{"sku": "h-3", "quantity": 100_000}, {"sku": "h-4", "quantity": 200_000}, {"sku": "h-5", "quantity": 1}],
        {"type": "/problems/insufficient-stock", "title": "Not enough stock", "skus": []},
        "not enough stock: h-3: 100000 asked,",
    ),
    (
        [{"sku": "nope", "quantity": 1}, {"sku": "h-3", "quantity": 1}],
        {"type": "/problems/unknown-sku", "title": "Unknown SKU", "skus": ["nope"], "lines": []},
        "unknown SKU: nope",
    ),
]


@pytest.mark.parametrize(("lines", "why", "note"), WHY)
def test_a_rejected_order_says_why_whenever_it_is_asked(
    skuld: InProcess, lines: list[dict[str, Any]], why: dict[str, Any], note: str
) -> None:
    body = {"lines": lines}
    key = f"why {note}"
    status, placed = skuld.call("POST", "/v1/orders", body, Prefer="respond-async", Idempotency_Key=key)
    assert status == 202
    order_id, found = placed["order_id"], placed
    for _ in range(500):
        found = skuld.call("GET", f"/v1/orders/{order_id}")[1]
        if found["state"] == "rejected":
            break
    assert found["state"] == "rejected"
    status, problem = skuld.call("POST", "/v1/orders", body, Idempotency_Key=key)
    refusal = found["refusal"]
    assert {name: refusal[name] for name in why} == why
    assert {name: refusal[name] for name in ("type", "title", "detail")} == {
        name: problem[name] for name in ("type", "title", "detail")
    }, "it is the problem that who waits is answered with"
    assert refusal["lines"] == problem.get("lines", [])
    last = skuld.call("GET", f"/v1/orders/{order_id}/events")[1]["items"][-1]
    assert (last["event"], last["note"][: len(note)]) == ("rejected", note)
    skuld.level_rows()
    listed = skuld.call("GET", "/v1/orders?state=rejected")[1]["items"]
    assert refusal in [item["refusal"] for item in listed]


def test_an_order_that_was_not_rejected_has_no_refusal(skuld: InProcess) -> None:
    skuld.call("POST", "/v1/orders", order("why-not"))
    assert skuld.call("GET", "/v1/orders/why-not")[1]["refusal"] is None


def test_a_refused_edit_stands_in_the_timeline_with_its_reason(skuld: InProcess) -> None:
    skuld.call("POST", "/v1/orders", order("why-edit"))
    more = {"lines": [{"sku": "h-3", "quantity": 100_000}, {"sku": "h-4", "quantity": 1}]}
    assert skuld.call("PATCH", "/v1/orders/why-edit/lines", more)[0] == 409
    moments = skuld.call("GET", "/v1/orders/why-edit/events")[1]["items"]
    note = next(moment["note"] for moment in moments if moment["event"] == "edit_refused")
    assert note.startswith("not enough stock: h-3: ")
    assert skuld.call("GET", "/v1/orders/why-edit")[1]["refusal"] is None


def test_a_bad_line_in_a_batch_of_lines_harms_no_other(skuld: InProcess) -> None:
    lines = (
        b'{"order_id": "nd-1", "lines": [{"sku": "h-3", "quantity": 1}]}',
        b'{"order_id": "nd-2", "lines": [}',
        b"",
        b"\xff",
        b'{"order_id": "nd-3", "lines": [{"sku": "h-3", "quantity": -1}]}',
        b'{"order_id": "nd-4", "lines": [{"sku": "h-3", "quantity": 1}]}',
    )
    status, answer = skuld.call(
        "POST", "/v1/orders:batch", b"\r\n".join(lines), Content_Type="application/x-ndjson; charset=utf-8"
    )
    assert status == 200
    results = answer["results"]
    assert [result["status"] for result in results] == [201, 400, 400, 422, 201], "blank lines are none"
    assert results[1]["byte_offset"] == 31
    assert results[2]["detail"] == "byte 0 is not UTF-8"
    assert results[3]["errors"] == [{"field": "lines[0].quantity", "value": -1, "problem": "must be at least 1"}]
    assert skuld.call("GET", "/v1/orders/nd-4")[1]["state"] == "reserved"
    assert skuld.call("GET", "/v1/orders/nd-3")[0] == 404


@pytest.mark.parametrize("body", [b"", b"\n\n", b"[]"])
def test_an_empty_batch_has_no_results(skuld: InProcess, body: bytes) -> None:
    kind = "application/json" if body == b"[]" else "application/x-ndjson"
    if body:
        assert skuld.call("POST", "/v1/orders:batch", body, Content_Type=kind) == (200, {"results": []})
    else:
        assert skuld.call("POST", "/v1/orders:batch", body, Content_Type=kind)[0] in {200, 400, 415}


def found_ids(skuld: InProcess, query: str) -> list[str]:
    """The ids a search finds, page by page."""
    found, path = [], f"/v1/orders?{query}"
    while path:
        status, page = skuld.call("GET", path)
        assert status == 200, page
        found += [item["order_id"] for item in page["items"]]
        path = f"/v1/orders?{query}&cursor={page['next_cursor']}" if page["next_cursor"] else ""
    return found


def test_a_search_finds_by_state_time_customer_and_reference(skuld: InProcess) -> None:
    skuld.call("POST", "/v1/orders", order("s-old", customer="Zo\u00eb"))
    skuld.level_rows()
    since = skuld.call("GET", "/v1/orders/s-old")[1]["received_at"]
    numbers = [f"s-{number}" for number in range(7)]
    for order_id in numbers:
        skuld.call("POST", "/v1/orders", order(order_id, customer="Zo\u00eb", external_reference=f"R/{order_id}"))
    skuld.call("POST", "/v1/orders/s-3/cancel", {"reason": "fraud"})
    skuld.call("POST", "/v1/orders/s-4/hold")
    skuld.level_rows()
    mine = "customer=" + quote("Zo\u00eb")
    assert found_ids(skuld, f"{mine}&limit=3") == [*reversed(numbers), "s-old"], "newest first, each once, over pages"
    assert found_ids(skuld, f"{mine}&state=cancelled") == ["s-3"]
    assert found_ids(skuld, f"{mine}&state=on_hold") == ["s-4"]
    assert found_ids(skuld, f"{mine}&state=shipped") == []
    assert found_ids(skuld, "external_reference=" + quote("R/s-5")) == ["s-5"]
    assert "s-old" in found_ids(skuld, f"{mine}&since={quote(since)}")
    later = datetime.now(UTC).replace(year=2100).isoformat()
    assert found_ids(skuld, f"{mine}&since={quote(later)}") == []
    assert found_ids(skuld, f"{mine}&state=reserved&limit=2") == ["s-6", "s-5", "s-2", "s-1", "s-0", "s-old"]


def test_a_timeline_tells_what_happened_when_and_by_whom(skuld: InProcess) -> None:
    skuld.call("POST", "/v1/orders", order("t-1"))
    skuld.call("POST", "/v1/orders/t-1/hold", {"reason": "address"})
    skuld.call("POST", "/v1/orders/t-1/resume")
    skuld.call("POST", "/v1/orders/t-1/cancel", {"reason": "duplicate"})
    timeline = skuld.call("GET", "/v1/orders/t-1/events")[1]
    events = [moment["event"] for moment in timeline["items"]]
    assert (events[0], events[-1]) == ("received", "cancelled")
    assert {moment["actor"] for moment in timeline["items"]} <= {"anonymous", ""}
    assert [moment["at"] for moment in timeline["items"]] == sorted(moment["at"] for moment in timeline["items"])
    assert any("address" in moment["note"] for moment in timeline["items"])


def test_who_holds_a_sku_comes_by_page_from_its_owner(skuld: InProcess) -> None:
    skuld.fill({"held-by-many": 100})
    for number in range(5):
        body = {"order_id": f"held-{number}", "lines": [{"sku": "held-by-many", "quantity": 1}]}
        assert skuld.call("POST", "/v1/orders", body)[0] == 201
    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        page = skuld.call("GET", f"/v1/reservations?sku=held-by-many&limit=2{cursor and '&cursor='}{cursor}")[1]
        assert len(page["items"]) <= 2
        seen += [row["reservation_id"] for row in page["items"]]
        cursor = page["next_cursor"]
    assert seen == [f"held-{number}" for number in range(5)]


def test_a_promise_is_taken_back_by_force_only_where_there_is_one(skuld: InProcess) -> None:
    assert skuld.call("POST", "/v1/orders", order("taken"))[0] == 201
    other = next(f"h-{n}" for n in range(10) if n != 3 and skuld.shard_of(f"h-{n}") == skuld.shard_of("h-3"))
    takes = (("h-3", 200, ""), ("h-3", 409, "nothing-reserved"), (other, 409, "nothing-reserved"), ("nope", 422, "unknown-sku"))
    for sku, status, problem in takes:
        told = skuld.call("POST", "/v1/reservations/taken/force-release", {"sku": sku, "reason": "recall"})
        assert (told[0], told[1].get("type", "/problems/")) == (status, f"/problems/{problem}"), told
    assert skuld.call("GET", "/v1/orders/taken")[1]["lines"][0]["quantity_backordered"] == 1


def test_an_order_tells_back_what_its_units_are_sold_for_from_memory_and_from_rows(skuld: InProcess) -> None:
    lines = [
        {"sku": "h-3", "quantity": 1, "unit_price": "2.50"},
        {"sku": "h-4", "quantity": 2},
        {"sku": "h-3", "quantity": 3, "unit_price": "3.50"},
    ]
    for order_id, rest in (("priced-1", {}), ("priced-2", {"external_reference": "größe"})):  # read fast, and slowly
        assert skuld.call("POST", "/v1/orders", {"order_id": order_id, "lines": lines, **rest})[0] == 201
        assert skuld.call("POST", "/v1/orders", {"order_id": order_id, "lines": lines, **rest})[0] == 201, "a repeat"
        other = [{**lines[0], "unit_price": "9.99"}, *lines[1:]]
        assert skuld.call("POST", "/v1/orders", {"order_id": order_id, "lines": other, **rest})[0] == 409
        assert skuld.call("GET", f"/v1/orders/{order_id}")[1]["unit_prices"] == {"h-3": "3.25"}
    skuld.call("PATCH", "/v1/orders/priced-1/lines", {"lines": [{"sku": "h-3", "quantity": 2}]})
    skuld.level_rows()
    listed = skuld.call("GET", "/v1/orders?limit=500")[1]["items"]
    assert {one["order_id"]: one["unit_prices"] for one in listed}["priced-1"] == {"h-3": "3.25"}
    with open_database(skuld.settings.sql_url).connect() as rows:
        query = text("SELECT sku, quantity_ordered, unit_price FROM order_lines WHERE order_id = 'priced-1' ORDER BY sku")
        assert [tuple(row) for row in rows.execute(query)] == [("h-3", 2, "3.25"), ("h-4", 2, "")]
    status, problem = skuld.call("POST", "/v1/orders", {"lines": [{"sku": "h-3", "quantity": 1, "unit_price": "1,50"}]})
    assert (status, problem["detail"]) == (422, 'lines[0].unit_price = "1,50": must be a price in digits, as in 2.50')
