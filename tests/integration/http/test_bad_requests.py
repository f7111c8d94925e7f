"""Whatever is wrong with a request, the answer says what, as problem+json, and nothing is broken by it."""

from __future__ import annotations

import base64
import http.client
import json
import re
import socket
import urllib.error
import urllib.request
from typing import Any

import msgspec
import pytest

from tests.integration.in_process import InProcess
from tests.patience import PATIENCE_S

DEEP = 100_000
LINE = {"sku": "h-0", "quantity": 1}


def cursor(*position: Any) -> str:
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(position)).decode().rstrip("=")


BAD = [
    ("POST", "/v1/orders", {"ship_by": "0001-01-01T00:00:00+14:00", "lines": [LINE]}, 422, "between the years 1970 and 9998"),
    ("POST", "/v1/orders", {"ship_by": "9999-12-31T23:59:59.9999Z", "lines": [LINE]}, 422, "between the years 1970 and 9998"),
    ("POST", "/v1/orders", {"ship_by": "2026-12-24T10:00:00", "lines": [LINE]}, 422, "timezone"),
    ("POST", "/v1/orders", b"[" * DEEP + b"]" * DEEP, 400, "Nested too deeply at byte"),
    ("POST", "/v1/orders:batch", b"[" * DEEP + b"]" * DEEP, 400, "Nested too deeply at byte"),
    ("POST", "/v1/products:batch", b"[" * DEEP + b"]" * DEEP, 400, "Nested too deeply at byte"),
    ("POST", "/v1/adjustments", b'{"a":' * DEEP + b"1" + b"}" * DEEP, 400, "Nested too deeply at byte 1000"),
    (
        "POST",
        "/v1/orders",
        b'{"lines":[{"sku":"h-0","quantity":' + b"9" * 5000 + b"}]}",
        400,
        "digits, more than 4300, at byte 34",
    ),
    ("PUT", "/v1/locations/x", b'{"x": NaN}', 400, "NaN is not JSON at byte 6"),
    ("PUT", "/v1/locations/x", b'{"y": 1e400}', 422, 'y = "1e309 or more": must be a finite number'),
    ("PUT", "/v1/locations/x", {"type": "moon"}, 422, 'type = "moon": must be one of'),
    ("PUT", "/v1/locations/x", {"warehouse": "moon"}, 422, "no warehouse is called moon"),
    ("POST", "/v1/orders", {"ship_by": 0, "lines": [LINE]}, 422, "ship_by = 0: must be text: a date with a time"),
    ("POST", "/v1/orders", {"ship_by": "1700000000", "lines": [LINE]}, 422, "must be a date with a time as in 2026"),
    ("PUT", "/v1/products/h-0", {"name": "x", "gtin": "٠١٢٣٤٥٦٧"}, 422, "must be 8, 12, 13 or 14 digits"),
    ("GET", "/v1/demand-alarms?current=perhaps", None, 422, 'current = "perhaps": must be true or false'),
    ("GET", "/v1/orders?since=1", None, 422, 'since = "1": must be a date with a time'),
    (
        "POST",
        "/v1/inventory-movements",
        {"sku": "h-0", "quantity": 1, "from_location": "stock", "to_location": "stock"},
        422,
        'to_location = "stock": must be another than from_location',
    ),
    ("PUT", "/v1/products/h-0", {"sku": "h-1", "name": "x"}, 422, "sku = 'h-1' in the body, but 'h-0' in the path"),
    ("PUT", "/v1/products/h-0", b"", 422, "body"),
    ("POST", "/v1/orders:batch", {"lines": []}, 422, "a batch is an array"),
    ("POST", "/v1/orders", {"lines": [LINE] * 10_001}, 422, "must have at most 10000 items, not 10001"),
    ("POST", "/v1/orders", {"lines": []}, 422, "lines = []: must have at least 1 item, not 0"),
    ("POST", "/v1/orders", {"lines": [{**LINE, "quantity": 0}]}, 422, "lines[0].quantity = 0: must be at least 1"),
    (
        "POST",
        "/v1/orders",
        {"lines": [{**LINE, "quantity": 10**9 + 1}]},
        422,
        "quantity = 1000000001: must be at most 1000000000",
    ),
    ("POST", "/v1/orders", {"lines": [{**LINE, "sku": "x" * 65}]}, 422, "must have at most 64 characters"),
    ("POST", "/v1/orders:batch", [{}] * 10_001, 422, "at most 10000 items, not 10001"),
    ("POST", "/v1/adjustments:batch", [{}] * 10_001, 422, "at most 10000 items, not 10001"),
    ("POST", "/v1/adjustments", {"sku": "h-0", "quantity": 0, "reason": "found"}, 422, "quantity = 0: must not be zero"),
    (
        "POST",
        "/v1/adjustments",
        {"sku": "h-0", "quantity": 1, "reason": "magic"},
        422,
        'reason = "magic": must be one of correction, ',
    ),
    ("POST", "/v1/adjustments", {"sku": "h-0", "quantity": 1, "reason": "found", "warehouse": "moon"}, 422, "moon"),
    ("POST", "/v1/reservations", {"sku": "h-0", "quantity": 1, "ttl_s": 0}, 422, "ttl_s = 0"),
    ("GET", f"/v1/orders?cursor={cursor(2**64 - 1, 'x')}", None, 422, "is no cursor of this list"),
    ("GET", f"/v1/inventory-movements?cursor={cursor(2**64 - 1)}", None, 422, "is no cursor of this list"),
    ("GET", f"/v1/products?cursor={cursor(3)}", None, 422, "is no cursor of this list"),
    ("GET", "/v1/orders?state=sleeping", None, 422, 'query state = "sleeping": must be "received", "reserved"'),
    ("GET", "/v1/orders?since=2026-01-01T00:00:00", None, 422, 'query since = "2026-01-01T00:00:00"'),
    ("GET", "/v1/orders?limit=501", None, 422, 'query limit = "501"'),
    ("GET", "/v1/orders?states=sleeping&limit=1", None, 422, 'query states = "sleeping": this route has no such parameter'),
    ("GET", "/v1/orders?states=sleeping", None, 422, "it has state, since, customer, external_reference, limit, cursor"),
    ("GET", "/v1/products/h-0?foo", None, 422, 'query foo = "": this route has no such parameter; it has none'),
    ("POST", "/v1/orders?dry_run=1", {"lines": [LINE]}, 422, 'query dry_run = "1": this route has no such parameter'),
    ("POST", "/v1/orders:batch?dry_run=1", [], 422, 'query dry_run = "1": this route has no such parameter'),
    ("PUT", "/v1/warehouses/main?foo=1", {"name": "x"}, 422, 'query foo = "1"'),
    ("GET", "/v1/products/a%00b", None, 422, "path sku"),
    ("GET", "/v1/orders/none", None, 404, "no order none"),
    ("POST", "/v1/orders/none/cancel", b"", 404, "no order none"),
    ("GET", "/v1/reservations/0-none", None, 404, "no reservation 0-none"),
    ("GET", "/v1/reservations?sku=none", None, 404, "no product has the SKU none"),
    ("GET", "/v1/warehouses/moon", None, 404, "no warehouse is called moon"),
    ("GET", "/v1/locations/moon", None, 404, "warehouse main has no location moon"),
    ("DELETE", "/v1/keys/none", None, 404, "no valid key none"),
    ("POST", "/v1/keys", {"name": "x", "role": "king"}, 422, 'role = "king": must be "admin", '),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "says"), BAD, ids=lambda value: repr(value)[:40])
def test_a_bad_request_is_told_what_is_wrong(
    skuld: InProcess, method: str, path: str, body: Any, status: int, says: str
) -> None:
    answered, problem = skuld.call(method, path, body)
    assert answered == status, problem
    assert says in problem["detail"]
    if problem["type"] == "/problems/invalid-body" and "batch" not in path:
        assert {"field", "value", "problem"} <= set(problem["errors"][0])
    assert skuld.call("GET", "/readyz")[0] == 200


@pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/metrics", "/livez", "/readyz", "/"])
def test_what_probes_and_browsers_ask_for_may_have_any_parameter(skuld: InProcess, path: str) -> None:
    assert skuld.call("GET", f"{path}?foo=1")[0] == 200


HEADS = [
    "/v1/products/h-0",
    "/v1/orders",
    "/v1/orders/none",
    "/v1/inventory-levels/h-0",
    "/readyz",
    "/docs",
    "/openapi.json",
    "/",
]


@pytest.mark.parametrize("path", HEADS)
def test_a_head_is_that_of_the_get(skuld: InProcess, path: str) -> None:
    answers = []
    for method in ("GET", "HEAD"):
        connection = http.client.HTTPConnection("127.0.0.1", int(skuld.url.rsplit(":", 1)[1]), timeout=PATIENCE_S)
        for _ in range(2):  # on one connection: nothing of a body is left over
            connection.request(method, path)
            answer = connection.getresponse()
            body = answer.read()
        answers.append((answer.status, answer.getheader("content-type"), answer.getheader("content-length")))
        assert bool(body) == (method == "GET")
        connection.close()
    assert answers[0] == answers[1]


@pytest.mark.parametrize("method", ["HEAD", "GET", "DELETE"])
def test_a_method_that_is_not_for_a_path_is_told_which_are(skuld: InProcess, method: str) -> None:
    request = urllib.request.Request(skuld.url + "/v1/orders:batch", method=method)
    with pytest.raises(urllib.error.HTTPError) as told:
        urllib.request.urlopen(request, timeout=PATIENCE_S)
    assert (told.value.code, told.value.headers["Allow"]) == (405, "POST")
    told.value.close()
    request = urllib.request.Request(skuld.url + "/v1/products/x", method="POST")  # two routes share it
    with pytest.raises(urllib.error.HTTPError) as told:
        urllib.request.urlopen(request, timeout=PATIENCE_S)
    assert told.value.headers["Allow"] == "GET, HEAD, PUT"
    told.value.close()
    request = urllib.request.Request(skuld.url + "/v1/orders/x/events", method="DELETE")
    with pytest.raises(urllib.error.HTTPError) as told:
        urllib.request.urlopen(request, timeout=PATIENCE_S)
    assert told.value.headers["Allow"] == "GET, HEAD"
    assert json.loads(told.value.read())["detail"] == "DELETE is not for /v1/orders/x/events"
    told.value.close()


@pytest.mark.parametrize("value", ["perhaps", "-1", "1.5", "9" * 40])
def test_no_query_is_refused_in_the_words_of_the_validator(skuld: InProcess, value: str) -> None:
    paths: dict[str, Any] = skuld.call("GET", "/openapi.json")[1]["paths"]
    asked = [
        (re.sub(r"{[^}]*}", "x", path), one)
        for path, ways in paths.items()
        for one in ways.get("get", {}).get("parameters", [])
    ]
    told = [skuld.call("GET", f"{path}?{one['name']}={value}")[1] for path, one in asked if one["in"] == "query"]
    assert len(told) > 50
    assert [one for one in told if "Input should" in str(one)] == []


@pytest.mark.parametrize("header", ["9" * 30, "one", '"1", "2"', ""])
def test_an_if_match_that_is_no_etag_is_refused(skuld: InProcess, header: str) -> None:
    status, problem = skuld.call("PUT", "/v1/products/h-0", {"name": "x"}, If_Match=header)
    assert (status, problem["type"]) == (422, "/problems/invalid-request")


@pytest.mark.parametrize("key", ["", "k" * 129, "caf\u00e9"])
@pytest.mark.parametrize("path", ["/v1/orders", "/v1/orders:batch", "/v1/adjustments", "/v1/keys"])
def test_an_unusable_idempotency_key_is_refused(skuld: InProcess, path: str, key: str) -> None:
    body: Any = {"lines": [LINE]} if path == "/v1/orders" else []
    status, problem = skuld.call("POST", path, body, Idempotency_Key=key)
    assert (status, problem["type"]) in {(422, "/problems/invalid-request"), (422, "/problems/invalid-body")}
    if isinstance(body, dict):
        assert problem["type"] == "/problems/invalid-request"


@pytest.mark.parametrize(
    "sent", [b"nonsense\r\n\r\n", b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HTTP/1.1\r\nbad header\r\n\r\n"]
)
def test_what_is_not_http_gets_a_problem_too(skuld: InProcess, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", int(skuld.url.rsplit(":", 1)[1])), 5) as connection:
        connection.sendall(sent)
        with connection.makefile("rb") as answer:
            head, _, body = answer.read().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400")
    assert b"content-type: application/problem+json" in head
    assert json.loads(body)["type"] == "/problems/malformed-request"


def test_a_bug_is_a_bare_500_with_an_incident(monkeypatch: pytest.MonkeyPatch, skuld: InProcess) -> None:
    monkeypatch.setattr("gateway.routes.health.KINDS", None)
    status, problem = skuld.call("GET", "/problems/busy")
    assert (status, problem["type"]) == (500, "/problems/internal")
    assert set(problem) == {"type", "title", "status", "detail", "incident"}


@pytest.mark.parametrize("extra", [{}, {"ship_by": "2027-01-01T00:00:00Z"}], ids=["fast", "judged"])
def test_lines_of_one_sku_are_limited_together(skuld: InProcess, extra: dict[str, str]) -> None:
    most = {"sku": "h-0", "quantity": 1_000_000_000}
    lines = [LINE, {"sku": "h-1", "quantity": 1}, most]
    for path, body in (("/v1/orders", {"lines": lines, **extra}), ("/v1/orders/none/lines", {"lines": lines})):
        status, problem = skuld.call("POST" if path == "/v1/orders" else "PATCH", path, body)
        assert (status, problem["type"]) == (422, "/problems/invalid-body")
        assert "must add up to at most 1000000000, not 1000000001 of h-0" in problem["detail"]
        assert problem["errors"][0] == {"field": "lines", "value": 1_000_000_001, "problem": problem["detail"][7:]}
    assert skuld.call("POST", "/v1/orders", {"lines": [most], **extra})[1]["type"] == "/problems/insufficient-stock"
    status, answer = skuld.call("POST", "/v1/orders:batch", [{"lines": [LINE, LINE]}, {"lines": lines, **extra}])
    assert [result["status"] for result in answer["results"]] == [201, 422]


def test_a_refused_edit_tells_what_was_wanted_in_all_and_what_is_there_for_the_order(skuld: InProcess) -> None:
    skuld.call("PUT", "/v1/products/edited", {"name": "x"})
    assert skuld.call("POST", "/v1/adjustments", {"sku": "edited", "quantity": 10, "reason": "found"})[0] == 201
    assert skuld.call("POST", "/v1/orders", {"order_id": "e-1", "lines": [{"sku": "edited", "quantity": 3}]})[0] == 201
    assert skuld.call("POST", "/v1/orders", {"lines": [{"sku": "edited", "quantity": 2}]})[0] == 201
    status, problem = skuld.call("PATCH", "/v1/orders/e-1/lines", {"lines": [{"sku": "edited", "quantity": 100_000_000}]})
    assert (status, problem["lines"]) == (409, [{"sku": "edited", "requested": 100_000_000, "available": 8}])
    assert "100000000 asked, 8 available" in problem["detail"]
