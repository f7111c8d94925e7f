"""Real answers, held against what the OpenAPI document says of them: nothing else is in them, and nothing is missing."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from actors.kernel.record.database import open_database
from forecasting.registry.alarm_rows import write_alarms
from forecasting.window.alarms import Alarm
from tests.integration.http.demand import score_demand
from tests.integration.in_process import InProcess
from tests.openapi import Operation, closed, json_answers, validator, written_document

DOCUMENT = closed(written_document())
ANSWERS = json_answers(DOCUMENT)
NOT_MET = {Operation("POST", "/v1/orders/{id}/retry", 200)}
"""Needs an order that is parked: a shard that gives no answer for minutes."""
SKU = "85123A"
LINE = {"sku": SKU, "quantity": 2}


class Story:
    """Calls a system, and keeps what it answers."""

    def __init__(self, system: InProcess) -> None:
        self.system = system
        self.answers: dict[Operation, list[Any]] = {}

    def call(self, method: str, path: str, body: Any = None, *, status: int, query: str = "", **more: str) -> Any:
        """One request; `more` has the path's parameters, and headers with a capital letter."""
        headers = {name: value for name, value in more.items() if name[0].isupper()}
        answered, answer = self.system.call(method, path.format(**more) + query, body, **headers)
        assert answered == status, answer
        self.answers.setdefault(Operation(method, path, status), []).append(answer)
        return answer


def catalogue(story: Story) -> None:
    packs = [{"name": "box", "units": 12, "gtin": "4006381333931"}]
    product = {"name": "Heart", "packs": packs, "weight_g": 140}
    story.call("PUT", "/v1/products/{sku}", product, sku=SKU, status=201)
    story.call("PUT", "/v1/products/{sku}", {**product, "category": "lights"}, sku=SKU, status=200)
    assert story.call("GET", "/v1/products/{sku}", sku=SKU, status=200)["packs"] == packs
    batch: list[Any] = [{"sku": "22423", "name": "Cakestand"}, {"sku": "22423"}, 7]
    results = story.call("POST", "/v1/products:batch", batch, status=200)["results"]
    assert [result["status"] for result in results] == [201, 422, 422]
    story.call("PUT", "/v1/locations/{id}", {"type": "picking", "x": 1.5}, id="A-1", status=201)
    story.call("PUT", "/v1/locations/{id}", {"type": "picking", "y": 2}, id="A-1", status=200)
    story.call("GET", "/v1/locations/{id}", id="A-1", status=200)
    story.call("GET", "/v1/locations", status=200, query="?limit=1")


def stock(story: Story) -> None:
    opening = {"sku": SKU, "quantity": 100, "reason": "opening_stock"}
    story.call("POST", "/v1/adjustments", opening, status=201)
    results = story.call("POST", "/v1/adjustments:batch", [{**opening, "lot": "L1"}, {}], status=200)["results"]
    assert [result["status"] for result in results] == [201, 422]
    story.call("POST", "/v1/inventory-movements", {**LINE, "to_location": "quarantine"}, status=201)
    story.call("GET", "/v1/inventory-levels/{sku}", sku=SKU, status=200)
    story.call("GET", "/v1/inventory-levels/{sku}", sku=SKU, status=200, query="?consistent=true")


def holds(story: Story) -> None:
    hold = {**LINE, "ttl_s": 900}
    ids = [story.call("POST", "/v1/reservations", hold, status=201)["reservation_id"] for _ in range(2)]
    story.call("POST", "/v1/reservations/{id}/extend", {"ttl_s": 1800}, id=ids[0], status=200)
    story.call("POST", "/v1/reservations/{id}/commit", id=ids[0], status=200)
    story.call("POST", "/v1/reservations/{id}/release", id=ids[1], status=200)
    story.call("GET", "/v1/reservations/{id}", id=ids[1], status=200)


def orders(story: Story) -> None:
    def order(order_id: str, **more: Any) -> dict[str, Any]:
        return {"order_id": order_id, "lines": [LINE], **more}

    story.call("POST", "/v1/orders", order("o-1", customer="c-1", ship_by="2030-01-01T00:00:00Z"), status=201)
    story.call("POST", "/v1/orders", order("o-2", warehouse="main"), Prefer="respond-async", status=202)
    short = {"order_id": "o-3", "policy": "ship_partial", "lines": [LINE, {"sku": "22423", "quantity": 1}]}
    assert story.call("POST", "/v1/orders", short, status=201)["state"] == "partially_reserved"
    none_left = {"order_id": "o-5", "lines": [{"sku": "22423", "quantity": 1}]}
    results = story.call("POST", "/v1/orders:batch", [order("o-4"), none_left, {}], status=200)["results"]
    assert [result["status"] for result in results] == [201, 409, 422]
    lines = [{"sku": SKU, "quantity": 3}]
    story.call("PATCH", "/v1/orders/{id}/lines", {"lines": lines}, id="o-1", status=200)
    story.call("POST", "/v1/orders/{id}/hold", {"reason": "address"}, id="o-1", status=200)
    story.call("POST", "/v1/orders/{id}/resume", id="o-1", status=200)
    story.call("POST", "/v1/orders/{id}/ship", id="o-1", status=200)
    story.call("POST", "/v1/orders/{id}/deliver", id="o-1", status=200)
    story.call("POST", "/v1/orders/{id}/cancel", id="o-4", status=200)
    story.call("GET", "/v1/reservations/{id}", id="o-3", status=200)
    story.call("GET", "/v1/reservations", status=200, query=f"?sku={SKU}")
    story.call("POST", "/v1/reservations/{id}/force-release", {"sku": SKU, "reason": "audit"}, id="o-3", status=200)
    for order_id in ("o-1", "o-2", "o-3", "o-4"):
        story.call("GET", "/v1/orders/{id}", id=order_id, status=200)
        story.call("GET", "/v1/orders/{id}/events", id=order_id, status=200)
    returned = [{"sku": SKU, "quantity": 1, "outcome": "scrap"}]
    story.call("POST", "/v1/returns", {"order_id": "o-1", "lines": returned}, status=201)
    story.call("POST", "/v1/returns", {"lines": [LINE]}, status=201)


def buying(story: Story) -> None:
    supplier: dict[str, Any] = {"name": "Farm", "lead_time_days": 3}
    story.call("PUT", "/v1/suppliers/{id}", supplier, id="farm", status=201)
    supplier["calendar"] = {"closed": ["2026-12-25"]}
    story.call("PUT", "/v1/suppliers/{id}", supplier, id="farm", status=200)
    story.call("PUT", "/v1/suppliers/{id}", supplier, id="mill", status=201)
    story.call("GET", "/v1/suppliers/{id}", id="farm", status=200)
    terms = {"order_multiple": 2, "price_breaks": [{"quantity": 1, "unit_price": "2.50"}]}
    for sku, status in ((SKU, 201), (SKU, 200), ("22423", 201)):
        story.call("PUT", "/v1/supplier-items/{supplier}/{sku}", terms, supplier="farm", sku=sku, status=status)
        terms = {"order_multiple": 1}
    story.call("GET", "/v1/supplier-items/{supplier}/{sku}", supplier="farm", sku=SKU, status=200)
    for name in ("po-1", "po-2"):
        order = {"purchase_order_id": name, "supplier": "farm", "lines": [{"sku": SKU, "quantity": 10}]}
        story.call("POST", "/v1/purchase-orders", order, status=201)
        story.call("PATCH", "/v1/purchase-orders/{id}/lines", {"lines": order["lines"]}, id=name, status=200)
        story.call("POST", "/v1/purchase-orders/{id}/place", id=name, status=200)
    story.call("POST", "/v1/purchase-orders/{id}/hold", {"reason": "price"}, id="po-2", status=200)
    story.call("POST", "/v1/purchase-orders/{id}/resume", id="po-2", status=200)
    story.call("POST", "/v1/purchase-orders/{id}/cancel", id="po-2", status=200)


def receiving(story: Story) -> None:
    rule = {"location": "A-1", "capacity": 4}
    story.call("PUT", "/v1/putaway-rules/{id}", rule, id="rule", status=201)
    story.call("PUT", "/v1/putaway-rules/{id}", {**rule, "sku": SKU}, id="rule", status=200)
    story.call("PUT", "/v1/putaway-rules/{id}", rule, id="rule-2", status=201)
    story.call("GET", "/v1/putaway-rules/{id}", id="rule", status=200)
    story.call("GET", "/v1/putaway-rules", status=200, query="?limit=1")
    notice = {"asn_id": "asn-1", "purchase_order_id": "po-1", "expected_on": "2030-11-18", "lines": [LINE]}
    story.call("POST", "/v1/asns", notice, status=201)
    story.call("GET", "/v1/asns/{id}", id="asn-1", status=200)
    arrived: dict[str, Any] = {"asn_id": "asn-1", "lines": [{**LINE, "lot": "L7", "expires_on": "2027-01-01"}]}
    story.call("POST", "/v1/purchase-orders/{id}/receive", arrived, id="po-1", status=201)
    arrived = {"purchase_order_id": "po-1", "lines": [{"sku": SKU, "quantity_damaged": 1, "quantity": 4}]}
    receipt = story.call("POST", "/v1/receipts", arrived, status=201)
    story.call("GET", "/v1/inventory-levels/{sku}", sku=SKU, status=200, query="?by=2030-01-01")
    for task in receipt["putaway_tasks"]:
        story.call("POST", "/v1/putaway-tasks/{id}/confirm", {"quantity": 1}, id=task["task_id"], status=200)
        story.call("GET", "/v1/putaway-tasks/{id}", id=task["task_id"], status=200)
    asked = {"sku": SKU, "quantity": 1, "from_location": "quarantine", "task_id": "t-1"}
    story.call("POST", "/v1/putaway-tasks", asked, status=201)
    story.call("POST", "/v1/putaway-tasks/{id}/cancel", id="t-1", status=200)
    story.call("POST", "/v1/purchase-orders/{id}/close", {"reason": "sold out"}, id="po-1", status=200)
    story.call("GET", "/v1/purchase-orders/{id}", id="po-1", status=200)
    story.call("GET", "/v1/purchase-orders/{id}/events", id="po-1", status=200)


def planning(story: Story) -> None:
    story.call("GET", "/v1/forecast-value-added", status=200)
    path = "/v1/replenishment-suggestions"
    why = {"steps": [{"name": "review cover", "units": 7}], "chance_without": 0.5, "chance_with": 0.1, "days_of_supply": 3.5}
    item = {"sku": SKU, "supplier": "farm", "quantity": 7, "target": 0.9, "warnings": ["budget"], "explanation": why}
    for verb, body in (
        ("reject", {"reason": "on its way out"}),
        ("approve", None),
        ("override", {"quantity": 5, "reason": "a fair", "until": "2999-12-31"}),
    ):
        story.call("PUT", path, {"run_id": f"before-{verb}", "expires_on": "2999-12-31", "items": [item]}, status=200)
        story.system.level_rows()
        (made,) = story.call("GET", path, status=200)["items"]
        story.call("GET", path + "/{id}", id=made["id"], status=200)
        story.call("POST", path + f"/{{id}}/{verb}", body, id=made["id"], status=200)
    told = story.call("PUT", path, {"run_id": "after", "items": [item]}, status=200)
    assert told["left_out"][0]["reason"] == "overridden until 2999-12-31"
    story.call("GET", path + ":baskets", status=200)
    wish: dict[str, Any] = {"target": 0.98, "minimum": 5}
    story.call("PUT", "/v1/reorder-policies/{sku}", wish, sku=SKU, status=201)
    story.call("PUT", "/v1/reorder-policies/{sku}", {**wish, "supplier": "farm"}, sku=SKU, status=200)
    story.call("GET", "/v1/reorder-policies/{sku}", sku=SKU, status=200)
    sale = {"type": "promotion", "start": "2026-11-09", "end": "2026-11-11", "depth": 0.3, "known_from": "2026-10-01"}
    story.call("PUT", "/v1/demand-events/{id}", {**sale, "skus": [SKU]}, id="sale", status=201)
    story.call("PUT", "/v1/demand-events/{id}", {**sale, "cancelled": True}, id="sale", status=200)
    story.call("PUT", "/v1/demand-events/{id}", {"type": "closure", "start": "2026-12-24"}, id="shut", status=201)
    story.call("GET", "/v1/demand-events/{id}", id="sale", status=200)
    story.system.level_rows()
    story.call("GET", "/v1/demand-events", status=200, query="?limit=1")
    story.call("GET", "/v1/reorder-policies", status=200)


BOUGHT = ("suppliers", "supplier-items", "purchase-orders", "receipts", "putaway-tasks", "lead-times")


def lists(story: Story) -> None:
    """What is read from the rows, first pages and last ones."""
    story.system.level_rows()
    for path in ("products", "inventory-levels", "inventory-movements", "orders", *BOUGHT):
        assert story.call("GET", f"/v1/{path}", status=200, query="?limit=1")["next_cursor"]
        assert story.call("GET", f"/v1/{path}", status=200)["next_cursor"] is None
    story.call("GET", "/v1/inventory-levels", status=200, query=f"?sku={SKU}")
    product = story.call("GET", "/v1/products/{sku}", sku=SKU, status=200)
    assert product in story.call("GET", "/v1/products", status=200)["items"], "a list shows the same as the product itself"


def demand(story: Story) -> None:
    score_demand(story.system, (SKU,), ("main",))
    with open_database(story.system.settings.sql_url).begin() as rows:
        write_alarms(rows, "week 2+1", date(2026, 5, 3), "m", [Alarm("drift", 0.6, 0.0, 0.5, "it drifts")], 1)
    assert story.call("GET", "/v1/demand-alarms", status=200)["items"]
    for query in ("", "?history=true"):
        story.call("GET", "/v1/forecasts/{sku}", sku=SKU, status=200, query=query)
    story.call("GET", "/v1/replenishment-suggestions:what-if", status=200, query=f"?sku={SKU}&lead_time_days=30")


def administration(story: Story) -> None:
    story.call("GET", "/livez", status=200)
    story.call("GET", "/readyz", status=200)
    key = story.call("POST", "/v1/keys", {"name": "till", "role": "viewer"}, status=201)
    story.call("DELETE", "/v1/keys/{id}", id=key["id"], status=204)
    story.call("GET", "/v1/keys", status=200)
    story.call("PUT", "/v1/warehouses/{id}", {"name": "North"}, id="north", status=201)
    story.call("PUT", "/v1/warehouses/{id}", {"name": "Far north"}, id="north", status=200)
    story.call("GET", "/v1/warehouses/{id}", id="north", status=200)
    story.call("GET", "/v1/warehouses", status=200, query="?limit=1")


@pytest.fixture(scope="module")
def answers() -> Iterator[dict[Operation, list[Any]]]:
    """What a system of its own answers, by route and status."""
    with tempfile.TemporaryDirectory(prefix="sk-") as folder:
        system = InProcess(Path(folder) / "data", inventory_shards=2, order_shards=2).start()
        story = Story(system)
        for part in (catalogue, stock, holds, orders, buying, receiving, planning, lists, demand, administration):
            part(story)
        yield story.answers
        system.stop()


@pytest.mark.parametrize("operation", sorted(ANSWERS.keys() - NOT_MET), ids=str)
def test_an_answer_is_what_the_document_says(answers: dict[Operation, list[Any]], operation: Operation) -> None:
    met = answers.get(operation)
    assert met, "no call of the story is answered so"
    for answer in met:
        validator(ANSWERS[operation], DOCUMENT).validate(answer)


def test_every_answer_that_was_met_is_in_the_document(answers: dict[Operation, list[Any]]) -> None:
    assert {operation for operation in answers if operation.status != 204} <= ANSWERS.keys()
