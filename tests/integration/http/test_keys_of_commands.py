"""What an Idempotency-Key names: one command on one subject, however many shards there are; and what is said of a reused one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.in_process import InProcess

SKUS = [f"h-{number}" for number in range(4)]  # on both of two shards


@pytest.fixture(scope="module", params=[1, 2], ids=["one shard", "two shards"])
def shop(request: pytest.FixtureRequest) -> Iterator[InProcess]:
    """A system of its own, with one or two shards of each kind."""
    with tempfile.TemporaryDirectory(prefix="sk-") as folder:
        system = InProcess(Path(folder) / "data", inventory_shards=request.param, order_shards=request.param).start()
        system.fill(dict.fromkeys(SKUS, 1000))
        yield system
        system.stop()


def line(sku: str, **more: Any) -> dict[str, Any]:
    return {"sku": sku, "quantity": 1, **more}


ON_A_SKU: list[tuple[str, dict[str, Any]]] = [
    ("/v1/adjustments", {"reason": "found"}),
    ("/v1/inventory-movements", {"to_location": "quarantine"}),
    ("/v1/reservations", {"ttl_s": 60}),
]


@pytest.mark.parametrize(("path", "more"), ON_A_SKU)
def test_the_same_key_for_another_sku_is_another_command(shop: InProcess, path: str, more: dict[str, Any]) -> None:
    answers = [shop.call("POST", path, line(sku, **more), Idempotency_Key="same") for sku in SKUS]
    assert [status for status, _ in answers] == [201] * len(SKUS), answers
    if path == "/v1/reservations":
        assert len({hold["reservation_id"] for _, hold in answers}) == len(SKUS)
    shop.level_rows()
    for sku in SKUS:
        assert shop.call("POST", path, line(sku, **more), Idempotency_Key="same")[0] == 201
        status, problem = shop.call("POST", path, {**line(sku, **more), "quantity": 2}, Idempotency_Key="same")
        assert (status, problem["key"], problem["detail"]) == (409, "same", "same came before with another body")
    if path == "/v1/adjustments":
        moved = shop.call("GET", "/v1/inventory-movements?limit=500")[1]["items"]
        assert sorted(row["sku"] for row in moved if row["reason"] == "found") == SKUS, "each has its row in the ledger"


def test_an_adjustment_is_called_as_its_client_called_it(shop: InProcess) -> None:
    answer = shop.call("POST", "/v1/adjustments", line("h-0", reason="recounted"), Idempotency_Key="count-7")[1]
    assert answer["adjustment_id"] == "count-7"


def test_the_same_key_for_another_order_is_another_order(shop: InProcess) -> None:
    for number in range(6):
        order = {"order_id": f"many-{number}", "lines": [line("h-0")]}
        assert shop.call("POST", "/v1/orders", order, Idempotency_Key="many")[0] == 201
    for number in range(6):
        status, problem = shop.call("POST", f"/v1/orders/many-{number}/cancel", {}, Idempotency_Key="end")
        assert status == 200, problem


def test_a_reused_key_of_an_order_is_named_as_the_client_sent_it(shop: InProcess) -> None:
    one, two = {"lines": [line("h-0")]}, {"lines": [line("h-1")]}
    made = shop.call("POST", "/v1/orders", one, Idempotency_Key="k1")[1]["order_id"]
    status, problem = shop.call("POST", "/v1/orders", two, Idempotency_Key="k1")
    assert (status, problem["detail"], problem["key"]) == (409, "k1 came before with another body", "k1")
    assert problem["order_id"] == made


TAKEN = [
    ("k2", {}, "order taken came before under another key"),
    ("k2", {"priority": 1}, "order taken came before under another key, with another body"),
    ("k1", {"priority": 1}, "k1 came before with another body"),
]


@pytest.mark.parametrize(("key", "more", "says"), TAKEN)
def test_an_order_that_came_before_is_told_what_differs(shop: InProcess, key: str, more: dict[str, Any], says: str) -> None:
    order = {"order_id": "taken", "lines": [line("h-0")]}
    assert shop.call("POST", "/v1/orders", order, Idempotency_Key="k1")[0] == 201
    status, problem = shop.call("POST", "/v1/orders", order | more, Idempotency_Key=key)
    assert (status, problem["type"], problem["detail"]) == (409, "/problems/key-reused", says)
    assert (problem["key"], problem["order_id"]) == (key, "taken")
    assert says == shop.call("POST", "/v1/orders", order | more, Idempotency_Key=key)[1]["detail"]


def test_an_order_id_is_the_key_of_an_order_without_one(shop: InProcess) -> None:
    order = {"order_id": "plain", "lines": [line("h-0")]}
    assert shop.call("POST", "/v1/orders", order)[0] == 201
    problem = shop.call("POST", "/v1/orders", order | {"priority": 1})[1]
    assert (problem["detail"], problem["key"]) == ("plain came before with another body", "plain")


REUSED: list[tuple[str, str, Any, Any]] = [
    ("POST", "/v1/orders/verbs/hold", {"reason": "a"}, {"reason": "b"}),
    ("POST", "/v1/orders/verbs/cancel", {"reason": "fraud"}, {"reason": "other"}),
    ("PUT", "/v1/products/h-0", {"name": "a"}, {"name": "b"}),
    ("PUT", "/v1/warehouses/north", {"name": "a"}, {"name": "b"}),
    ("PUT", "/v1/locations/aisle", {"sequence": 1}, {"sequence": 2}),
]


@pytest.mark.parametrize(("method", "path", "one", "two"), REUSED)
def test_a_reused_key_is_named_without_what_we_put_before_it(
    shop: InProcess, method: str, path: str, one: Any, two: Any
) -> None:
    shop.call("POST", "/v1/orders", {"order_id": "verbs", "lines": [line("h-0")]})
    key = "ship:CK"  # looks like one of ours
    assert shop.call(method, path, one, Idempotency_Key=key)[0] in {200, 201}
    status, problem = shop.call(method, path, two, Idempotency_Key=key)
    assert (status, problem["detail"], problem["key"]) == (409, f"{key} came before with another body", key)
