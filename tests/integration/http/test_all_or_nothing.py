"""What concerns several shards is done on all of them, or refused before any has done it."""

from __future__ import annotations

from typing import Any

import pytest

from actors.kernel.routing import shard_of
from tests.integration.in_process import InProcess

HERE, THERE = (next(f"h-{number}" for number in range(10) if shard_of(f"h-{number}", 2) == shard) for shard in (0, 1))


def change(skuld: InProcess, sku: str, quantity: int, location: str) -> None:
    body = {"sku": sku, "quantity": quantity, "reason": "found", "location": location}
    status, answer = skuld.call("POST", "/v1/adjustments", body)
    assert status == 201, answer


@pytest.mark.parametrize("sku", [HERE, THERE])
def test_a_location_that_holds_stock_on_any_shard_is_refused_on_all(skuld: InProcess, sku: str) -> None:
    where = f"aisle-{sku}"
    address = f"/v1/locations/{where}"
    assert skuld.call("PUT", address, {})[0] == 201
    change(skuld, sku, 5, where)
    status, problem = skuld.call("PUT", address, {"type": "quarantine"}, Idempotency_Key=f"{where}-1")
    assert (status, problem["type"]) == (409, "/problems/location-in-use")
    found = skuld.call("GET", address)[1]
    assert (found["type"], found["version"]) == ("storage", 1)
    other = THERE if sku == HERE else HERE
    before = skuld.level(other)["on_hold"]
    change(skuld, other, 3, where)
    assert skuld.level(other)["on_hold"] == before, "nobody holds back what can be sold"
    change(skuld, other, -3, where)
    change(skuld, sku, -5, where)
    status, answer = skuld.call("PUT", address, {"type": "quarantine"}, Idempotency_Key=f"{where}-1")
    assert (status, answer["version"]) == (200, 2)
    for each in (HERE, THERE):
        before = skuld.level(each)["on_hold"]
        change(skuld, each, 2, where)
        assert skuld.level(each)["on_hold"] == before + 2
    again = skuld.call("PUT", address, {"type": "quarantine"}, Idempotency_Key=f"{where}-1")
    assert (again[0], again[1]["version"]) == (200, 2), "a repeat asks nobody to change anything"


GOOD = {"sku": HERE, "quantity": 2}
BAD_RETURNS: list[tuple[dict[str, Any], str]] = [
    ({"lines": [GOOD, {"sku": "nope", "quantity": 1}]}, "no product has the SKU nope"),
    ({"lines": [{"sku": "nope", "quantity": 1}, GOOD, {"sku": "nil", "quantity": 1}]}, "no product has the SKU nope, nil"),
    ({"lines": [{"sku": "nope", "quantity": 1, "outcome": "scrap"}]}, "no product has the SKU nope"),
    ({"lines": [GOOD, {"sku": "nope", "quantity": 1, "outcome": "reject"}]}, "no product has the SKU nope"),
    ({"warehouse": "moon", "lines": [GOOD]}, "no warehouse is called moon"),
    ({"warehouse": "moon", "lines": [{**GOOD, "outcome": "scrap"}]}, "no warehouse is called moon"),
]


@pytest.mark.parametrize(("body", "says"), BAD_RETURNS)
def test_a_return_is_booked_whole_or_not_at_all(skuld: InProcess, body: dict[str, Any], says: str) -> None:
    before = skuld.level(HERE)["on_hand"]
    status, problem = skuld.call("POST", "/v1/returns", body)
    assert (status, problem["detail"]) == (422, says)
    assert skuld.level(HERE)["on_hand"] == before


def test_another_return_under_the_same_key_books_nothing(skuld: InProcess) -> None:
    there = {"sku": THERE, "quantity": 1}
    assert skuld.call("POST", "/v1/returns", {"lines": [GOOD, there]}, Idempotency_Key="back-1")[0] == 201
    before = skuld.level(HERE)["on_hand"]
    for lines in ([GOOD, {**there, "quantity": 2}], [{"sku": "h-9", "quantity": 1}, there], [GOOD, GOOD]):
        status, problem = skuld.call("POST", "/v1/returns", {"lines": lines}, Idempotency_Key="back-1")
        assert (status, problem["type"]) == (409, "/problems/key-reused"), lines
        assert problem["key"] == "back-1"
    assert skuld.level(HERE)["on_hand"] == before
