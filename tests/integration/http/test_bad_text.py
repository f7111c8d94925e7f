"""Text that is not Unicode, and JSON that is none: the answer names the field and the byte, and harms nothing beside it."""

from __future__ import annotations

import http.client
import json
from typing import Any

import pytest

from tests.integration.in_process import InProcess
from tests.patience import PATIENCE_S

LINE = {"sku": "h-0", "quantity": 1}
HALF = b'"\\ud800"'
RAW = b'"\xff"'

BODIES = [
    ("POST", "/v1/orders", b'{"lines":[{"sku":%b,"quantity":1}]}', "lines[0].sku"),
    ("POST", "/v1/orders", b'{"customer":%b,"lines":[{"sku":"h-0","quantity":1}]}', "customer"),
    ("POST", "/v1/orders", b'{"order_id":%b,"lines":[{"sku":"h-0","quantity":1}]}', "order_id"),
    ("POST", "/v1/orders", b'{"ship_by":%b,"lines":[{"sku":"h-0","quantity":1}]}', "ship_by"),
    ("POST", "/v1/orders", b'{%b:1,"lines":[{"sku":"h-0","quantity":1}]}', None),
    ("POST", "/v1/orders", b"%b", "body"),
    ("POST", "/v1/adjustments", b'{"sku":%b,"quantity":1,"reason":"found"}', "sku"),
    ("POST", "/v1/adjustments", b'{"sku":"h-0","quantity":1,"reason":"found","document":"a","lot":%b}', "lot"),
    ("PUT", "/v1/products/t-1", b'{"name":%b}', "name"),
    ("PUT", "/v1/products/t-1", b'{"name":"x","packs":[{"name":%b,"units":6}]}', "packs[0].name"),
    ("POST", "/v1/orders/none/cancel", b'{"reason":%b}', "reason"),
    ("POST", "/v1/orders/none/hold", b'{"reason":%b}', "reason"),
    ("PATCH", "/v1/orders/none/lines", b'{"lines":[{"sku":%b,"quantity":1}]}', "lines[0].sku"),
    ("POST", "/v1/reservations", b'{"sku":"h-0","quantity":1,"ttl_s":9,"customer":%b}', "customer"),
    ("POST", "/v1/returns", b'{"lines":[{"sku":%b,"quantity":1}]}', "lines[0].sku"),
    ("POST", "/v1/keys", b'{"name":%b,"role":"viewer"}', "name"),
    ("PUT", "/v1/locations/x", b'{"type":%b}', "type"),
    ("PUT", "/v1/suppliers/x", b'{"name":%b}', "name"),
    ("POST", "/v1/receipts", b'{"lines":[{"sku":"h-0","quantity":1,"lot":%b}]}', "lines[0].lot"),
]


@pytest.mark.parametrize(("method", "path", "body", "field"), BODIES)
def test_half_a_character_is_refused_by_name_and_byte(
    skuld: InProcess, method: str, path: str, body: bytes, field: str | None
) -> None:
    status, problem = skuld.call(method, path, body % HALF)
    assert (status, problem["type"]) == (422, "/problems/invalid-body")
    assert problem["errors"][0]["field"] == (field or "\\ud800")
    assert problem["byte_offset"] == body.index(b"%b") + 1
    assert "half a character" in problem["detail"]


@pytest.mark.parametrize(("method", "path", "body", "field"), BODIES)
def test_what_is_not_utf8_is_refused_by_name_and_byte(
    skuld: InProcess, method: str, path: str, body: bytes, field: str | None
) -> None:
    status, problem = skuld.call(method, path, body % RAW)
    assert (status, problem["type"]) == (400, "/problems/invalid-json")
    assert problem["field"] == (field or "\\udcff")
    assert problem["byte_offset"] == body.index(b"%b") + 1


@pytest.mark.parametrize("text", ["\\\\ud800", "\\ud83d\\ude00", "\u20ac", "\U0001f600"])
def test_what_only_looks_like_half_a_character_is_taken(skuld: InProcess, text: str) -> None:
    body = f'{{"customer":"{text}","lines":[{json.dumps(LINE)}]}}'.encode()
    assert skuld.call("POST", "/v1/orders", body)[0] == 201
    status, answer = skuld.call("POST", "/v1/orders:batch", b"[%b,%b]" % (body, body.replace(b"h-0", b"\\ud800")))
    assert (status, [result["status"] for result in answer["results"]]) == (200, [201, 422])


@pytest.mark.parametrize(("bad", "told"), [(HALF, 422), (RAW, 400)])
@pytest.mark.parametrize("key", [True, False], ids=["name", "text"])
@pytest.mark.parametrize(
    ("path", "good"),
    [
        ("/v1/orders:batch", {"lines": [LINE]}),
        ("/v1/products:batch", {"sku": "t-2", "name": "t"}),
        ("/v1/adjustments:batch", {"sku": "h-0", "quantity": 1, "reason": "found"}),
    ],
)
def test_bad_text_in_a_batch_harms_nothing_beside_it(
    skuld: InProcess, path: str, good: dict[str, Any], bad: bytes, told: int, key: bool
) -> None:
    right = json.dumps(good).encode()
    wrong = right[:-1] + (b", %b: 1}" % bad if key else b', "customer": [%b]}' % bad)
    array = b" [ %b ,\n%b , %b]" % (right, wrong, right)
    status, answer = skuld.call("POST", path, array)
    assert status == 200, answer
    assert [result["status"] for result in answer["results"]] == [201, told, 201] or path == "/v1/products:batch"
    assert [result["status"] < 300 for result in answer["results"]] == [True, False, True]
    assert answer["results"][1]["byte_offset"] == array.index(bad) + 1
    if path == "/v1/orders:batch":
        lines = b"\n".join((right, wrong, right))
        status, answer = skuld.call("POST", path, lines, Content_Type="application/x-ndjson")
        assert (status, [result["status"] for result in answer["results"]]) == (200, [201, told, 201])
        assert answer["results"][1]["byte_offset"] == wrong.index(bad) + 1


def test_a_bug_that_one_item_meets_denies_no_other(monkeypatch: pytest.MonkeyPatch, skuld: InProcess) -> None:
    def broken(body: Any) -> int:
        if body.document == "breaks":
            raise RuntimeError("nobody has foreseen this")
        return 0

    monkeypatch.setattr("gateway.routes.stock.fingerprint", broken)
    item = {"sku": "h-0", "quantity": 1, "reason": "found"}
    status, answer = skuld.call("POST", "/v1/adjustments:batch", [item, {**item, "document": "breaks"}, item])
    assert (status, [result["status"] for result in answer["results"]]) == (200, [201, 500, 201])
    assert answer["results"][1]["incident"]


ADDRESSES = [
    ("/v1/products/%ff", "path sku: byte 0 is not UTF-8"),
    ("/v1/orders/a%ed%a0%80/events", "path id: byte 1 is not UTF-8"),
    ("/v1/inventory-levels/%C3%28", "path sku: byte 0 is not UTF-8"),
    ("/v1/orders?customer=ann&external_reference=x%ff", "query external_reference: byte 1 is not UTF-8"),
    ("/v1/orders?a%ff=1", "query a\\xff: byte 1 is not UTF-8"),
    ("/v1/inventory-movements?sku=%ff", "query sku: byte 0 is not UTF-8"),
    ("/v1/orders?cursor=%ff", "query cursor: byte 0 is not UTF-8"),
]


@pytest.mark.parametrize(("address", "says"), ADDRESSES)
def test_an_address_that_is_not_utf8_is_refused_by_name(skuld: InProcess, address: str, says: str) -> None:
    status, problem = skuld.call("GET", address)
    assert (status, problem["type"]) == (422, "/problems/invalid-request")
    assert says in problem["detail"]
    assert problem["errors"][0]["field"] in says
    if "/products/" in address:
        assert skuld.call("PUT", address, {"name": "x"})[0] == 422


def test_other_characters_in_addresses_are_taken(skuld: InProcess) -> None:
    assert skuld.call("PUT", "/v1/products/%E2%82%AC%20a", {"name": "x"})[1]["sku"] == "\u20ac a"
    assert skuld.call("GET", "/v1/orders?customer=%E2%82%AC+%F0%9F%98%80&limit=1")[0] == 200


NOT_JSON = [
    (b'{"a": NaN}', "NaN is not JSON at byte 6", 6),
    ('{"\u20ac": "NaN", "a": -Infinity}'.encode(), "-Infinity is not JSON at byte 20", 20),
    (b'{"a": [1, %b]}' % (b"7" * 5000), "A whole number of 5000 digits, more than 4300, at byte 10", 10),
    (b'{"a": -%b}' % (b"7" * 5000), "5000 digits", 6),
    (b'{"lines":[', "Expecting value at byte 10", 10),
    (b'{"lines" 1}', "Expecting ':' delimiter at byte 9", 9),
    (b'{"a": "\x01"}', "Invalid control character at byte 7", 7),
    (b"\xef\xbb\xbf{}", "byte order mark at byte 0", 0),
    (b"\xff\xfe{\x00}\x00", "byte 0 is not UTF-8", 0),
    (b'{"a": "\xc3', "byte 7 is not UTF-8", 7),
    (b"[" * 100_000, "Nested too deeply at byte 200", 200),
]


@pytest.mark.parametrize(
    "path",
    ["/v1/orders", "/v1/adjustments", "/v1/reservations", "/v1/orders:batch", "/v1/products:batch", "/v1/adjustments:batch"],
)
@pytest.mark.parametrize(("body", "says", "offset"), NOT_JSON, ids=lambda value: repr(value)[:30])
def test_what_is_not_json_is_told_with_its_byte_on_every_route(
    skuld: InProcess, path: str, body: bytes, says: str, offset: int
) -> None:
    status, problem = skuld.call("POST", path, body)
    assert (status, problem["type"], problem["byte_offset"]) == (400, "/problems/invalid-json", offset)
    assert says in problem["detail"]
    assert "set_int_max_str_digits" not in problem["detail"]


VALUES = [
    ("/v1/orders", {}, "lines is missing", None),
    ("/v1/adjustments", {"sku": "h-0", "reason": "found"}, "quantity is missing", None),
    ("/v1/orders", {"lines": [{"sku": "h-0"}]}, "lines[0].quantity is missing", None),
    ("/v1/orders", {"lines": None}, "lines = null: must be an array", None),
    ("/v1/orders", {"lines": [{"sku": "h-0", "quantity": True}]}, "lines[0].quantity = true: must be a whole number", True),
    ("/v1/orders", {"lines": [{"sku": "h-0", "quantity": 10**40}]}, 'lines[0].quantity = "1000', str(10**40)),
    ("/v1/orders", {"lines": [LINE], "policy": None}, 'policy = null: must be "all_or_nothing", ', None),
    ("/v1/orders", {"lines": [LINE], "customer": {"a": None}}, 'customer = {"a": null}: must be text', '{"a": null}'),
    ("/v1/orders", {"lines": [LINE], "colour": "red"}, 'colour = "red": is no field of this', "red"),
    ("/v1/orders", {"lines": [LINE], "order_id": "a b"}, 'order_id = "a b": may have only letters, digits', "a b"),
    ("/v1/orders", [], "body = []: must be an object", "[]"),
    ("/v1/orders", 7, "body = 7: must be an object", 7),
    ("/v1/adjustments", [True], "body = [true]: must be an object", "[true]"),
    ("/v1/orders:batch", {}, "a batch is an array, not an object", ...),
    ("/v1/adjustments:batch", None, "a batch is an array, not null", ...),
]


@pytest.mark.parametrize(("path", "body", "says", "value"), VALUES, ids=lambda value: repr(value)[:40])
def test_values_are_shown_as_json_writes_them(skuld: InProcess, path: str, body: Any, says: str, value: Any) -> None:
    status, problem = skuld.call("POST", path, json.dumps(body).encode())
    assert (status, problem["type"]) == (422, "/problems/invalid-body")
    assert says in problem["detail"]
    for internal in ("Body", "instance", "dictionary", "[A-Za-z", "None", "Field required"):
        assert internal not in json.dumps(problem)
    if value is not ...:
        assert problem["errors"][0]["value"] == value


def test_a_connection_lives_on_after_bad_text(skuld: InProcess) -> None:
    connection = http.client.HTTPConnection(skuld.url.removeprefix("http://"), timeout=PATIENCE_S)
    for bad in (HALF, RAW):
        connection.request("POST", "/v1/orders", b'{"lines":[{"sku":%b}]}' % bad, {"Content-Type": "application/json"})
        assert connection.getresponse().read().startswith(b'{"type":"/problems/')
    connection.request("GET", "/livez")
    assert connection.getresponse().status == 200
    connection.close()
