"""The OpenAPI document against the running system: whatever is sent, no bug is answered, and nothing that it does not tell."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)

from tests.end_to_end.running_system import RunningSystem
from tests.openapi import closed, written_document

EXAMPLES = int(os.environ.get("SKULD_API_EXAMPLES", "8"))
BUGS = {500, 501, 502}
AS_DOCUMENTED = (content_type_conformance, response_headers_conformance, response_schema_conformance)
"""What schemathesis looks at in an answer whose status is in the document."""


@pytest.fixture(scope="module")
def served() -> Iterator[RunningSystem]:
    """An embedded system."""
    with tempfile.TemporaryDirectory(prefix="sk-") as folder:
        system = RunningSystem(Path(folder) / "data").start()
        system.fill({"85123A": 50, "summed": 5})
        yield system
        assert system.stop() == 0


@schemathesis.serializer("application/x-ndjson")
def lines(_context: Any, value: Any) -> bytes:
    """Whatever was invented, as the body it is."""
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()


api = schemathesis.openapi.from_dict(closed(written_document()))


@api.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_request_finds_a_bug(case: Any, served: RunningSystem) -> None:
    response = case.call(base_url=served.url)
    assert response.status_code not in BUGS, f"{response.status_code} {response.text}"
    if str(response.status_code) in case.operation.definition.raw["responses"]:
        case.validate_response(response, checks=AS_DOCUMENTED)
    else:
        assert response.status_code >= 400, f"{response.status_code} is not in the document"
    if response.status_code >= 400:
        assert "application/problem+json" in response.headers["content-type"]
        problem = response.json()
        assert {"type", "title", "status", "detail"} <= problem.keys()
        assert_documented(case.operation.definition.raw, response.status_code, problem["type"])


def assert_documented(operation: dict[str, Any], status: int, kind: str) -> None:
    """The document tells of every problem type that a route answers."""
    if kind in {"/problems/malformed-request", "/problems/method-not-allowed"} or operation["tags"] == ["health"]:
        return
    told = operation["responses"].get(str(status), {}).get("content", {}).get("application/problem+json", {})
    assert kind.removeprefix("/problems/") in told.get("examples", {}), f"{status} {kind} is not in the document"


def test_the_document_names_every_route_of_the_contract(served: RunningSystem) -> None:
    _, document = served.call("GET", "/openapi.json")
    assert document["openapi"].startswith("3.1")
    for path in ("/v1/orders", "/v1/orders:batch", "/v1/inventory-levels/{sku}", "/v1/reservations", "/v1/returns", "/v1/keys"):
        assert path in document["paths"], path
    order = document["paths"]["/v1/orders"]["post"]
    assert {"201", "202", "401", "409", "413", "415", "422", "503"} <= order["responses"].keys()
    assert "insufficient-stock" in order["responses"]["409"]["content"]["application/problem+json"]["examples"]
    assert document["components"]["schemas"]["OrderBody"]["examples"]
    for path, model in (("orders", "OrderBody"), ("products", "BatchProductBody"), ("adjustments", "AdjustmentBody")):
        content = document["paths"][f"/v1/{path}:batch"]["post"]["requestBody"]["content"]
        assert content["application/json"]["schema"]["items"] == {"$ref": f"#/components/schemas/{model}"}
        assert model in document["components"]["schemas"]
    assert "application/x-ndjson" in document["paths"]["/v1/orders:batch"]["post"]["requestBody"]["content"]


BAD_ORDERS = [
    (b'{"lines": [}', 400, "byte_offset", 11),
    (b'{"lines": []}', 422, "errors", "lines"),
    (b'{"lines": [{"sku": "85123A", "quantity": 0}]}', 422, "errors", "lines[0].quantity"),
    (b'{"lines": [{"sku": "85123A", "quantity": -1}]}', 422, "errors", "lines[0].quantity"),
    (b'{"lines": [{"sku": "85123A", "quantity": 1.5}]}', 422, "errors", "lines[0].quantity"),
    (b'{"lines": [{"sku": "85123A", "quantity": "2"}]}', 422, "errors", "lines[0].quantity"),
    (b'{"lines": [{"sku": "85123A", "quantity": true}]}', 422, "errors", "lines[0].quantity"),
    (b'{"lines": [{"sku": "85123A", "quantity": 1000000001}]}', 422, "errors", "lines[0].quantity"),
    (b'{"lines": [{"sku": "a\\u0000b", "quantity": 1}]}', 422, "errors", "lines[0].sku"),
    (b'{"lines": [{"sku": "", "quantity": 1}]}', 422, "errors", "lines[0].sku"),
    (b'{"lines": [{"quantity": 1}]}', 422, "errors", "lines[0].sku"),
    (b'{"lines": [{"sku": "85123A", "quantity": 1}], "polcy": "x"}', 422, "errors", "polcy"),
    (b'{"lines": [{"sku": "85123A", "quantity": 1}], "order_id": "a/b"}', 422, "errors", "order_id"),
    (b'{"lines": [{"sku": "nothing", "quantity": 1}]}', 422, "skus", None),
    (b'{"lines": [{"sku": "85123A", "quantity": 1}], "warehouse": "moon"}', 422, "warehouse", None),
    (b"[1]", 422, "errors", "body"),
    (b"\xff\xfe", 400, "byte_offset", 0),
    (b'{"lines": [' + b",".join([b'{"sku": "85123A", "quantity": 1}'] * 10_001) + b"]}", 422, "errors", "lines"),
    (b'{"customer": "' + b"x" * (1 << 20) + b'", "lines": []}', 413, "limit_bytes", 1 << 20),
]


@pytest.mark.parametrize(("body", "status", "member", "value"), BAD_ORDERS, ids=lambda value: repr(value)[:30])
def test_a_bad_order_is_told_what_is_wrong(served: RunningSystem, body: bytes, status: int, member: str, value: Any) -> None:
    answered, problem = served.call("POST", "/v1/orders", body)
    assert answered == status, problem
    found = problem[member][0]["field"] if member == "errors" else problem[member]
    assert value is None or value == found


def test_other_content_is_refused_by_type(served: RunningSystem) -> None:
    assert served.call("POST", "/v1/orders", b"a=1", Content_Type="text/plain")[0] == 415
    assert served.call("PUT", "/v1/products/x", b"a=1", Content_Type="text/plain")[0] == 415


def test_any_script_is_welcome_in_names_and_skus(served: RunningSystem) -> None:
    for sku in ("\u7d05\u8336", "\u0634\u0627\u064a", "cr\u00e8me \u2116 5", "\U0001f375"):
        path = f"/v1/products/{quote(sku)}"
        assert served.call("PUT", path, {"name": f"{sku} \u202f"})[0] == 201
        assert served.call("POST", "/v1/adjustments", {"sku": sku, "quantity": 2, "reason": "found"})[0] == 201
        assert served.call("POST", "/v1/orders", {"lines": [{"sku": sku, "quantity": 1}]})[0] == 201


def test_repeated_lines_of_a_sku_are_summed_before_checking(served: RunningSystem) -> None:
    lines = [{"sku": "summed", "quantity": 3}, {"sku": "summed", "quantity": 3}]
    status, problem = served.call("POST", "/v1/orders", {"lines": lines})
    assert (status, problem["lines"]) == (409, [{"sku": "summed", "requested": 6, "available": 5}])


def test_unknown_paths_and_methods_are_problems(served: RunningSystem) -> None:
    assert served.call("GET", "/v1/nothing")[1]["type"] == "/problems/not-found"
    assert served.call("DELETE", "/v1/orders")[1]["type"] == "/problems/method-not-allowed"
    assert served.call("GET", "/v1/orders?cursor=nonsense")[0] == 422
    assert served.call("GET", "/v1/orders?limit=0")[0] == 422
