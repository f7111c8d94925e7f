"""Every POST may be sent again with its key: it is carried out once, and another body under the key is told so."""

from __future__ import annotations

from typing import Any

import pytest

from actors.inventory.queries import ReadLevel
from actors.kernel.client import OwnerClient
from actors.kernel.faults import Unreachable
from actors.kernel.messages import Message, OwnerName
from tests.integration.in_process import InProcess

LINE = {"sku": "h-1", "quantity": 1}


@pytest.fixture(scope="module")
def order(skuld: InProcess) -> str:
    """A shipped order, to take returns of."""
    skuld.call("POST", "/v1/orders", {"order_id": "rep-1", "lines": [{"sku": "h-1", "quantity": 9}]})
    assert skuld.call("POST", "/v1/orders/rep-1/ship")[0] == 200
    return "rep-1"


@pytest.fixture(scope="module")
def hold(skuld: InProcess) -> str:
    """A hold."""
    return str(skuld.call("POST", "/v1/reservations", {"sku": "h-2", "quantity": 5, "ttl_s": 900})[1]["reservation_id"])


REPEATED: list[tuple[str, Any, Any]] = [
    ("/v1/orders", {"lines": [LINE]}, {"lines": [LINE, LINE]}),
    ("/v1/adjustments", {**LINE, "reason": "found"}, {**LINE, "reason": "recounted"}),
    ("/v1/reservations", {**LINE, "ttl_s": 60}, {**LINE, "ttl_s": 61}),
    ("/v1/reservations/{hold}/extend", {"ttl_s": 1800}, {"ttl_s": 1801}),
    ("/v1/inventory-movements", {**LINE, "to_location": "quarantine"}, {**LINE, "quantity": 2, "to_location": "quarantine"}),
    ("/v1/returns", {"lines": [LINE]}, {"lines": [LINE, LINE]}),
    ("/v1/returns", {"return_id": "ra", "lines": [LINE]}, {"return_id": "rb", "lines": [LINE]}),
    ("/v1/receipts", {"lines": [LINE]}, {"lines": [LINE, LINE]}),
    ("/v1/putaway-tasks", {**LINE, "from_location": "stock"}, {**LINE, "from_location": "quarantine"}),
    ("/v1/returns", {"order_id": "rep-1", "lines": [LINE]}, {"order_id": "rep-1", "lines": [{**LINE, "quantity": 2}]}),
]


@pytest.mark.parametrize(("path", "body", "other"), REPEATED, ids=lambda value: str(value)[:40])
def test_a_repeat_is_carried_out_once(skuld: InProcess, order: str, hold: str, path: str, body: Any, other: Any) -> None:
    path, key = path.format(hold=hold), f"key {path} {body}"[:128]
    before = skuld.level("h-1")
    first = skuld.call("POST", path, body, Idempotency_Key=key)
    assert first[0] in {200, 201}, first
    changed = skuld.level("h-1")
    again = skuld.call("POST", path, body, Idempotency_Key=key)
    assert without_time(again) == without_time(first)
    assert without_time((0, skuld.level("h-1"))) == without_time((0, changed)), before
    refused = skuld.call("POST", path, other, Idempotency_Key=key)
    assert (refused[0], refused[1]["type"]) == (409, "/problems/key-reused")


def without_time(answer: tuple[int, Any]) -> tuple[int, Any]:
    """An answer without the moment it was read at."""
    content = dict(answer[1])
    content.pop("as_of", None)
    content.pop("level", None)
    return answer[0], content


def test_a_batch_without_order_ids_is_repeated_by_its_key(skuld: InProcess) -> None:
    batch = [{"lines": [LINE]}, {"order_id": "named", "lines": [LINE]}, {"lines": [LINE]}]
    first = skuld.call("POST", "/v1/orders:batch", batch, Idempotency_Key="night")[1]["results"]
    reserved = skuld.level("h-1")["reserved"]
    assert [result["status"] for result in first] == [201, 201, 201]
    assert skuld.call("POST", "/v1/orders:batch", batch, Idempotency_Key="night")[1]["results"] == first
    assert skuld.level("h-1")["reserved"] == reserved
    assert skuld.call("POST", "/v1/orders", batch[1])[0] == 201, "an order id is the order's own key, in a batch too"
    other = [{"lines": [LINE, LINE]}]
    assert skuld.call("POST", "/v1/orders:batch", other, Idempotency_Key="night")[1]["results"][0]["status"] == 409


def test_other_batches_are_repeated_by_their_key(skuld: InProcess) -> None:
    counts = [{**LINE, "reason": "found"}] * 3
    first = skuld.call("POST", "/v1/adjustments:batch", counts, Idempotency_Key="count")[1]
    on_hand = skuld.level("h-1")["on_hand"]
    assert skuld.call("POST", "/v1/adjustments:batch", counts, Idempotency_Key="count")[1] == first
    assert skuld.level("h-1")["on_hand"] == on_hand


def test_a_repeated_key_makes_no_second_api_key(skuld: InProcess) -> None:
    body = {"name": "till", "role": "viewer"}
    status, made = skuld.call("POST", "/v1/keys", body, Idempotency_Key="till-1")
    assert status == 201
    status, problem = skuld.call("POST", "/v1/keys", body, Idempotency_Key="till-1")
    assert (status, problem["type"], problem["id"]) == (409, "/problems/key-reused", made["id"])
    named = [key for key in skuld.call("GET", "/v1/keys")[1]["items"] if key["name"] == "till"]
    assert [key["id"] for key in named] == [made["id"]]


def test_an_adjustment_and_its_level_are_one_answer(monkeypatch: pytest.MonkeyPatch, skuld: InProcess) -> None:
    """No second question follows that could fail and deny what was done; a repeat tells the level of then."""
    ask = OwnerClient.ask

    async def only_once(self: OwnerClient, owner: OwnerName, message: Message, **options: Any) -> Message:
        if isinstance(message, ReadLevel):
            raise Unreachable(f"{owner} does not answer")
        return await ask(self, owner, message, **options)

    skuld.call("PUT", "/v1/products/counted", {"name": "x"})
    found = {"sku": "counted", "quantity": 7, "reason": "found"}
    with monkeypatch.context() as patch:
        patch.setattr(OwnerClient, "ask", only_once)
        first = skuld.call("POST", "/v1/adjustments", found, Idempotency_Key="first count")
        assert first[0] == 201, first
        second = skuld.call("POST", "/v1/adjustments", found, Idempotency_Key="second count")
        assert skuld.call("POST", "/v1/adjustments", found, Idempotency_Key="first count") == first
    assert (first[1]["level"]["on_hand"], second[1]["level"]["on_hand"]) == (7, 14)
    assert stock_in(second[1]["level"]) == stock_in(skuld.level("counted"))


def stock_in(level: dict[str, Any]) -> list[tuple[str, int]]:
    """What stock says of itself; what is to come is another owner's word, and no part of the answer to a count."""
    told = ("on_hand", "reserved", "on_hold", "available", "backordered")
    return [(name, one[name]) for one in (level, *level["warehouses"]) for name in told]


def test_a_count_of_many_places_has_the_level_of_its_answer(skuld: InProcess) -> None:
    skuld.call("PUT", "/v1/products/many", {"name": "x"})
    for number in range(12):
        body = {"sku": "many", "quantity": 1, "reason": "found", "lot": f"L{number}"}
        status, answer = skuld.call("POST", "/v1/adjustments", body)
        assert (status, answer["level"]["on_hand"]) == (201, number + 1)
        assert len(answer["level"]["warehouses"][0]["locations"]) == number + 1
