"""Purchase orders that have left memory: read from their rows, and a repeat of what was done with one is a repeat."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from actors.procurement import forgetting
from tests.integration.in_process import InProcess

LINE = {"sku": "a", "quantity": 4}


@pytest.fixture
def skuld(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InProcess]:
    """A system whose owner of procurement keeps one finished document."""
    monkeypatch.setattr(forgetting, "FINISHED_KEPT", 1)
    system = InProcess(tmp_path / "data").start()
    system.fill({"a": 1})
    system.call("PUT", "/v1/suppliers/farm", {"name": "Farm", "lead_time_days": 1})
    system.call("PUT", "/v1/supplier-items/farm/a", {})
    yield system
    system.stop()


def bought(skuld: InProcess, name: str) -> str:
    """An order that arrived and is put away; gives its task."""
    path = f"/v1/purchase-orders/{name}"
    order = {"purchase_order_id": name, "supplier": "farm", "lines": [LINE]}
    assert skuld.call("POST", "/v1/purchase-orders", order)[0] == 201
    assert skuld.call("POST", f"{path}/place", Idempotency_Key=f"{name}-place")[0] == 200
    notice = {"asn_id": f"asn-{name}", "purchase_order_id": name, "expected_on": "2030-01-01", "lines": [LINE]}
    assert skuld.call("POST", "/v1/asns", notice, Idempotency_Key=f"{name}-asn")[0] == 201
    status, receipt = skuld.call("POST", f"{path}/receive", {"lines": [LINE]}, Idempotency_Key=f"{name}-r")
    assert status == 201, receipt
    (task,) = receipt["putaway_tasks"]
    assert skuld.call("POST", f"/v1/putaway-tasks/{task['task_id']}/confirm", Idempotency_Key=f"{name}-c")[0] == 200
    assert skuld.call("POST", f"{path}/close", Idempotency_Key=f"{name}-close")[1]["state"] == "closed"
    return str(task["task_id"])


def told(skuld: InProcess, method: str, path: str, body: Any = None, key: str = "") -> tuple[int, Any]:
    """The answer. Of what has just left memory nobody can tell until the rows have it."""
    headers = {"Idempotency_Key": key} if key else {}
    for _ in range(100):
        answer = skuld.call(method, path, body, **headers)
        if answer[0] != 503:
            return answer
        time.sleep(0.1)
    raise AssertionError(answer)


def test_what_was_done_with_an_order_is_not_done_again_when_it_has_left_memory(skuld: InProcess) -> None:
    task = bought(skuld, "po-1")
    paths = ["/v1/purchase-orders/po-1", "/v1/asns/asn-po-1", f"/v1/putaway-tasks/{task}"]
    before = [skuld.call("GET", path) for path in paths]
    receiving, arrived = "/v1/purchase-orders/po-1/receive", {"lines": [LINE]}
    receipt = skuld.call("POST", receiving, arrived, Idempotency_Key="po-1-r")
    for number in range(2, 5):
        bought(skuld, f"po-{number}")
    assert [told(skuld, "GET", path) for path in paths] == before
    on_hand = skuld.level("a")["on_hand"]
    assert told(skuld, "POST", receiving, arrived, "po-1-r") == receipt
    bought(skuld, "po-5")
    assert told(skuld, "POST", f"/v1/putaway-tasks/{task}/confirm", None, "po-1-c") == before[2]
    bought(skuld, "po-6")
    status, problem = told(skuld, "POST", receiving, arrived, "another")
    assert (status, problem["state"]) == (409, "closed")
    assert skuld.level("a")["on_hand"] == on_hand + 8, "the two orders that came after, and nothing else"
