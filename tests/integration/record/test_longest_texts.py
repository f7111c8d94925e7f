"""Whatever text the API takes at its longest, its row takes too: MariaDB refuses what is longer than its column."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, get_args
from urllib.parse import quote

from pydantic import BaseModel, TypeAdapter

from gateway.order_bodies import EditBody, OrderBody
from gateway.routes.catalogue import ProductBody
from gateway.routes.reservations import HoldBody
from gateway.routes.returns import ReturnBody
from gateway.routes.sites import LocationBody, WarehouseBody
from gateway.routes.stock import AdjustmentBody, MovementBody
from tests.integration.in_process import InProcess

WIDE: Final = "\U0001f600"
"""Four bytes in UTF-8, one character for MySQL."""
NAMED: Final[dict[str, Any]] = {
    "gtin": "4" * 14,
    "reason": "could_not_locate",
    "type": "quarantine",
    "ship_by": "2026-11-11T00:00:00Z",
    "policy": "all_or_nothing",
    "quantity": 1,
    "unit_price": f"{'9' * 12}.{'9' * 6}",
    "from_location": "stock",
    "order_id": None,
    "return_id": None,
}


def longest(model: type[BaseModel], **given: Any) -> dict[str, Any]:
    """A body with every text at its longest."""
    return {
        name: given[name] if name in given else NAMED[name] if name in NAMED else _longest_value(field, given)
        for name, field in model.model_fields.items()
    }


def _longest_value(field: Any, given: dict[str, Any]) -> Any:
    adapter = TypeAdapter(field.rebuild_annotation())
    schema = adapter.json_schema()
    schema = next((one for one in schema.get("anyOf", ()) if one["type"] != "null"), schema)
    if schema["type"] == "string" and "enum" not in schema:
        return ("x" if "pattern" in schema else WIDE) * schema["maxLength"]
    if schema["type"] == "array":
        (item,) = [one for one in get_args(field.annotation) if issubclass(one, BaseModel)]
        return [longest(item, **given)]
    return schema["enum"][0] if "enum" in schema else 1


def test_bodies_are_as_long_as_may_be() -> None:
    body = longest(ProductBody)
    assert {name: len(value) for name, value in body.items() if isinstance(value, str)} == {
        "sku": 64, "name": 200, "gtin": 14, "unit": 64, "category": 200,
    }  # fmt: skip
    assert body["packs"] == [{"name": WIDE * 64, "units": 1, "gtin": "4" * 14}]


def test_every_text_at_its_longest_reaches_its_row(fresh_database: str, tmp_path: Path) -> None:
    skuld = InProcess(tmp_path / "data", database_url=fresh_database).start()
    sku, place, order_id, key = WIDE * 64, "p" * 64, "o" * 64, "k" * 128

    def send(method: str, path: str, body: Any = None, expected: tuple[int, ...] = (200, 201)) -> Any:
        status, answer = skuld.call(method, path, body, Idempotency_Key=key)
        assert status in expected, (method, path, answer)
        return answer

    try:
        send("PUT", f"/v1/warehouses/{place}", longest(WarehouseBody, id=place))
        send("PUT", f"/v1/locations/{place}", longest(LocationBody, id=place, warehouse=place))
        send("PUT", f"/v1/products/{quote(sku)}", longest(ProductBody, sku=sku))
        adjustment = longest(AdjustmentBody, sku=sku, warehouse=place, location="stock", quantity=9)
        send("POST", "/v1/adjustments", adjustment)
        send("POST", "/v1/adjustments:batch", [{**adjustment, "location": "stock"}] * 11)
        send("POST", "/v1/inventory-movements", longest(MovementBody, sku=sku, warehouse=place, to_location=place))
        hold = send("POST", "/v1/reservations", longest(HoldBody, sku=sku, warehouse=place))
        send("POST", f"/v1/reservations/{hold['reservation_id']}/commit")
        send("POST", "/v1/orders", longest(OrderBody, sku=sku, warehouse=place, order_id=order_id, quantity=2))
        send("PATCH", f"/v1/orders/{order_id}/lines", longest(EditBody, sku=sku, quantity=3))
        send("POST", f"/v1/orders/{order_id}/ship")
        back = longest(ReturnBody, sku=sku, warehouse=place, order_id=order_id, return_id="r" * 64, outcome="return_to_vendor")
        send("POST", "/v1/returns", back)
        send("POST", "/v1/returns", {**back, "order_id": None, "return_id": "s" * 64})
        _buy(send, sku, place)
        _suggest(send, skuld, sku, place)
        send("POST", "/v1/keys", {"name": WIDE * 200, "role": "integration"})
        skuld.level_rows()
        assert send("GET", "/v1/products")["items"][0]["unit"] == WIDE * 64
        ledger = send("GET", "/v1/inventory-movements")["items"]
        assert {row["document"] for row in ledger} >= {WIDE * 200, order_id, "s" * 64, "b" * 64, "z" * 64}
        assert send("GET", "/v1/purchase-orders")["items"][-1]["external_reference"] == WIDE * 200
        (suggested,) = send("GET", "/v1/replenishment-suggestions?state=overridden")["items"]
        assert (suggested["decision"]["reason"], len(suggested["explanation"]["steps"])) == (WIDE * 200, 100)
        assert send("GET", "/v1/reorder-policies")["items"][0]["supplier"] == "f" * 64
        (event,) = send("GET", "/v1/demand-events")["items"]
        assert (event["type"], event["skus"], event["depth"]) == (WIDE * 200, [sku], 0.1 + 0.2)
        assert {row["lot"] for row in send("GET", "/v1/receipts")["items"]} == {WIDE * 64}
        assert len(send("GET", "/v1/putaway-tasks")["items"]) == 3
    finally:
        skuld.stop()


def _buy(send: Any, sku: str, place: str) -> None:
    """A purchase order, its notice, its receipt and its putaway, with all texts at their longest."""
    supplier, order, lot = "f" * 64, "b" * 64, WIDE * 64
    send(
        "PUT",
        f"/v1/suppliers/{supplier}",
        {"name": WIDE * 200, "currency": "EUR", "lead_time_days": 3650, "order_cost": f"{'9' * 12}.{'9' * 6}"},
    )
    price = f"{'9' * 12}.{'9' * 6}"
    terms = {"supplier_sku": WIDE * 64, "price_breaks": [{"quantity": 1, "unit_price": price}], "line_cost": price}
    send("PUT", f"/v1/supplier-items/{supplier}/{quote(sku)}", terms)
    rule = {"warehouse": place, "location": place, "category": WIDE * 200, "sku": sku}
    send("PUT", f"/v1/putaway-rules/{'u' * 64}", rule)
    line = {"sku": sku, "quantity": 9}
    body = {
        "purchase_order_id": order,
        "supplier": supplier,
        "warehouse": place,
        "external_reference": WIDE * 200,
        "lines": [line],
    }
    send("POST", "/v1/purchase-orders", body)
    send("POST", f"/v1/purchase-orders/{order}/place")
    send("POST", f"/v1/purchase-orders/{order}/hold", {"reason": WIDE * 200})
    send("POST", f"/v1/purchase-orders/{order}/resume")
    notice = {
        "asn_id": "n" * 64,
        "purchase_order_id": order,
        "expected_on": "9999-12-31",
        "sscc": "9" * 18,
        "lines": [{**line, "lot": lot}],
    }
    send("POST", "/v1/asns", {**notice, "external_reference": WIDE * 200})
    arrived = [{"sku": sku, "quantity": 3, "quantity_damaged": 1, "lot": lot, "expires_on": "9999-12-31"}]
    received = send("POST", "/v1/receipts", {"receipt_id": "q" * 64, "asn_id": "n" * 64, "lines": arrived})
    send("POST", f"/v1/putaway-tasks/{received['putaway_tasks'][0]['task_id']}/confirm", {"quantity": 1, "location": place})
    send("POST", "/v1/receipts", {"receipt_id": "z" * 64, "warehouse": place, "lines": arrived})
    task = {"task_id": "t" * 64, "sku": sku, "quantity": 1, "warehouse": place, "lot": lot, "from_location": "quarantine"}
    send("POST", "/v1/putaway-tasks", task)
    send("POST", f"/v1/putaway-tasks/{'t' * 64}/confirm")
    send("POST", f"/v1/purchase-orders/{order}/close", {"reason": WIDE * 200})


def _suggest(send: Any, skuld: InProcess, sku: str, place: str) -> None:
    """A suggestion with as long an explanation as there can be, a decision on it, and a reorder policy."""
    supplier = "f" * 64
    most = 1_000_000_000
    steps = [{"name": f"{number:03d}{WIDE * 77}", "units": -most if number % 2 else most} for number in range(99)]
    steps.append({"name": WIDE * 80, "units": 0})
    item = {
        "sku": sku, "warehouse": place, "supplier": supplier, "quantity": most, "unit_price": f"{'9' * 12}.{'9' * 6}", "target": 0.1 + 0.2,
        "grade": "A" * 8, "money_at_risk": f"{'9' * 12}.{'9' * 6}",
        "warnings": ["out_of_stock", "late_order", "limits_contradict", "budget", "overstock"],
        "explanation": {
            "steps": steps, "chance_without": 1 / 3, "chance_with": 1e-300,
            "days_of_supply": 1e12 / 3,
        },
    }  # fmt: skip
    run = {"run_id": "v" * 64, "expires_on": "9999-12-31", "decisions_seen": 2**63 - 1, "items": [item]}
    assert send("PUT", "/v1/replenishment-suggestions", run)["opened"] == 1
    skuld.level_rows()
    (made,) = send("GET", "/v1/replenishment-suggestions")["items"]
    assert made["explanation"]["chance_without"] == 1 / 3
    body = {"quantity": 9, "reason": WIDE * 200, "until": "9999-12-31"}
    send("POST", f"/v1/replenishment-suggestions/{made['id']}/override", body)
    policy = {"target": 0.999, "supplier": supplier, "minimum": 0, "maximum": 1_000_000_000, "shelf_life_days": 3650}
    send("PUT", f"/v1/reorder-policies/{quote(sku)}?warehouse={place}", policy)
    days = {"start": "2099-12-30", "end": "2099-12-31", "known_from": "2099-12-30"}
    send("PUT", f"/v1/demand-events/{'w' * 64}", {"type": WIDE * 200, **days, "depth": 0.1 + 0.2, "skus": [sku]})
