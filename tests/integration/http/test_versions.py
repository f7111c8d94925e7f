"""Reference data has versions: the ETag says which stands, If-Match refuses when another does."""

from __future__ import annotations

import urllib.request
from typing import Any

import pytest

from tests.integration.in_process import InProcess
from tests.patience import PATIENCE_S

KINDS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("/v1/products/v-1", {"name": "one"}, {"name": "two"}),
    ("/v1/warehouses/v-w", {"name": "one"}, {"name": "two"}),
    ("/v1/locations/v-l", {"type": "storage", "x": 1.5}, {"type": "storage", "x": 2.5}),
    ("/v1/suppliers/v-s", {"name": "one", "lead_time_days": 0}, {"name": "two", "lead_time_days": None}),
    ("/v1/putaway-rules/v-r", {"location": "stock"}, {"location": "stock", "sequence": 4}),
    ("/v1/demand-events/v-e", {"type": "fair", "start": "2026-10-02"}, {"type": "fair", "start": "2026-10-03", "depth": 0.5}),
]


@pytest.mark.parametrize(("path", "one", "two"), KINDS, ids=[path for path, _, _ in KINDS])
def test_two_editors_do_not_overwrite_each_other(skuld: InProcess, path: str, one: Any, two: Any) -> None:
    status, problem = skuld.call("PUT", path, one, If_Match="*")
    assert (status, problem["version"]) == (412, 0), "nothing stands there yet"
    assert skuld.call("PUT", path, one, If_Match='"7"')[0] == 412
    assert skuld.call("PUT", path, one)[0] == 201
    with urllib.request.urlopen(skuld.url + path, timeout=PATIENCE_S) as answer:
        assert answer.headers["ETag"] == '"1"'
    assert skuld.call("PUT", path, two, If_Match='"1"')[0] == 200
    status, problem = skuld.call("PUT", path, one, If_Match='"1"')
    assert (status, problem["type"], problem["version"]) == (412, "/problems/version-conflict", 2)
    status, stands = skuld.call("PUT", path, one, If_Match="*")
    assert (status, stands["version"]) == (200, 3)
    found = skuld.call("GET", path)[1]
    assert (found["version"], {name: found[name] for name in one}) == (3, one)


def test_every_shard_knows_a_warehouse_and_its_locations(skuld: InProcess) -> None:
    skuld.call("PUT", "/v1/warehouses/v-n", {"name": "North"})
    skuld.call("PUT", "/v1/locations/bin-1", {"warehouse": "v-n"})
    for sku in ("h-4", "h-5", "h-6", "h-7", "h-8", "h-9"):  # on both shards
        body = {"sku": sku, "quantity": 1, "reason": "found", "warehouse": "v-n", "location": "bin-1"}
        assert skuld.call("POST", "/v1/adjustments", body)[0] == 201
    assert skuld.call("GET", "/v1/locations/bin-1?warehouse=v-n")[1]["warehouse"] == "v-n"
    assert [item["id"] for item in skuld.call("GET", "/v1/locations?warehouse=v-n")[1]["items"]] == ["bin-1"]


@pytest.mark.parametrize(("path", "one", "two"), KINDS, ids=[path for path, _, _ in KINDS])
def test_who_only_wants_to_create_overwrites_nothing(skuld: InProcess, path: str, one: Any, two: Any) -> None:
    path += "-new"
    assert skuld.call("PUT", path, one, If_None_Match="*", Idempotency_Key=f"new {path}")[0] == 201
    again = skuld.call("PUT", path, one, If_None_Match="*", Idempotency_Key=f"new {path}")
    assert again[1]["version"] == 1, "a repeat is answered as the first time"
    for body in (one, two):
        status, problem = skuld.call("PUT", path, body, If_None_Match="*")
        assert (status, problem["type"], problem["version"]) == (412, "/problems/version-conflict", 1)
    found = skuld.call("GET", path)[1]
    assert (found["version"], {name: found[name] for name in one}) == (1, one)


@pytest.mark.parametrize("headers", [{"If_None_Match": '"1"'}, {"If_None_Match": ""}, {"If_None_Match": "*", "If_Match": "*"}])
def test_what_if_none_match_cannot_mean_is_refused(skuld: InProcess, headers: dict[str, str]) -> None:
    for path, one, _ in KINDS:
        status, problem = skuld.call("PUT", path, one, **headers)
        assert (status, problem["type"]) == (422, "/problems/invalid-request")
