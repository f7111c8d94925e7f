"""Buying and receiving over HTTP: what is answered, what is refused, what is to come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway import system as gateway_system
from gateway.auth import Caller
from tests.integration.in_process import InProcess

APPLE = {"sku": "pr-apple", "quantity": 10}


@pytest.fixture(scope="module")
def farm(skuld: InProcess) -> InProcess:
    """A supplier of apples and pears."""
    for sku in ("pr-apple", "pr-pear"):
        skuld.call("PUT", f"/v1/products/{sku}", {"name": sku, "category": "fruit"})
    farm = {"name": "Farm", "lead_time_days": 5, "strict_minimums": True}
    assert skuld.call("PUT", "/v1/suppliers/farm", farm)[0] == 201
    for sku, terms in (("pr-apple", {"minimum_quantity": 10, "order_multiple": 5}), ("pr-pear", {})):
        assert skuld.call("PUT", f"/v1/supplier-items/farm/{sku}", terms)[0] == 201
    skuld.call("PUT", "/v1/suppliers/slow", {"name": "Slow"})
    skuld.call("PUT", "/v1/supplier-items/slow/pr-apple", {})
    return skuld


def placed(farm: InProcess, name: str, *lines: dict[str, Any], **more: Any) -> str:
    """A placed purchase order."""
    order = {"purchase_order_id": name, "supplier": "farm", "lines": list(lines or (APPLE,)), **more}
    status, answer = farm.call("POST", "/v1/purchase-orders", order)
    assert status == 201, answer
    status, answer = farm.call("POST", f"/v1/purchase-orders/{name}/place")
    assert (status, answer["state"]) == (200, "placed"), answer
    return f"/v1/purchase-orders/{name}"


def test_goods_go_from_order_to_shelf(farm: InProcess) -> None:
    farm.call("PUT", "/v1/warehouses/pr-house", {"name": "House"})
    path = placed(farm, "pr-1", APPLE, {"sku": "pr-pear", "quantity": 1}, warehouse="pr-house")
    before = farm.level("pr-apple")
    arrived = [{"sku": "pr-apple", "quantity": 9, "quantity_damaged": 1, "lot": "L1", "expires_on": "2027-03-01"}]
    status, receipt = farm.call("POST", f"{path}/receive", {"receipt_id": "pr-r1", "lines": arrived})
    assert status == 201, receipt
    level = farm.level("pr-apple")
    assert (level["on_hand"] - before["on_hand"], level["available"] - before["available"]) == (10, 0)
    assert (level["to_put_away"], level["available_to_promise"] - before["available_to_promise"]) == (9, 9)
    (task,) = receipt["putaway_tasks"]
    status, done = farm.call("POST", f"/v1/putaway-tasks/{task['task_id']}/confirm")
    assert (status, done["state"], done["quantity_done"]) == (200, "done", 9)
    assert farm.level("pr-apple")["available"] - before["available"] == 9
    order = farm.call("GET", path)[1]
    assert (order["state"], order["lines"][0]["quantity_damaged"]) == ("partially_received", 1)
    farm.level_rows()
    moves = farm.call("GET", "/v1/inventory-movements?sku=pr-apple")[1]["items"]
    assert {(row["reason"], row["document"], row["location"], row["quantity"]) for row in moves} >= {
        ("receipt", "pr-1", "receiving", 9),
        ("receipt", "pr-1", "quarantine", 1),
        ("putaway", "pr-1", "stock", 9),
    }
    assert farm.call("GET", "/v1/lead-times?supplier=farm&sku=pr-apple")[1]["items"][0]["complete"] is True
    assert farm.call("GET", "/v1/suppliers/farm")[1]["lead_times"]["complete"]["count"] >= 1
    assert farm.call("POST", f"{path}/close")[1]["state"] == "closed"
    refused = farm.call("POST", f"{path}/receive", {"lines": [APPLE]})
    assert (refused[0], refused[1]["type"], refused[1]["state"]) == (409, "/problems/wrong-state", "closed")


def test_a_draft_is_edited_once_whole_or_not_at_all_and_never_once_it_is_placed(farm: InProcess) -> None:
    order = {"purchase_order_id": "pr-edit", "supplier": "farm", "lines": [APPLE]}
    assert farm.call("POST", "/v1/purchase-orders", order)[0] == 201
    path = "/v1/purchase-orders/pr-edit/lines"
    change = {"lines": [{"sku": "pr-apple", "quantity": 25}, {"sku": "pr-pear", "quantity": 3, "due_on": "2030-01-01"}]}
    first = farm.call("PATCH", path, change, Idempotency_Key="edit 1")
    assert [(line["sku"], line["quantity"], line["due_on"]) for line in first[1]["lines"]] == [
        ("pr-apple", 25, None), ("pr-pear", 3, "2030-01-01"),
    ]  # fmt: skip
    gone = {"lines": [{"sku": "pr-pear", "quantity": 0}]}
    assert [line["sku"] for line in farm.call("PATCH", path, gone)[1]["lines"]] == ["pr-apple"]
    assert farm.call("PATCH", path, change, Idempotency_Key="edit 1")[1]["lines"][0]["quantity"] == 25
    assert len(farm.call("GET", "/v1/purchase-orders/pr-edit")[1]["lines"]) == 1, "a repeat does nothing"
    refused = [
        ({"lines": [{"sku": "pr-apple", "quantity": 7}, {"sku": "pr-pear", "quantity": 1}]}, 422, "not-orderable"),
        ({"lines": [{"sku": "pr-apple", "quantity": 0}]}, 409, "wrong-lines"),
        ({"lines": [{"sku": "pr-pear", "quantity": 0}]}, 409, "not-on-purchase-order"),
        ({"lines": [{"sku": "pr-none", "quantity": 1}]}, 422, "unknown-sku"),
        ({"lines": [APPLE, APPLE]}, 422, "invalid-body"),
    ]  # fmt: skip
    for body, status, kind in refused:
        told = farm.call("PATCH", path, body)
        assert (told[0], told[1]["type"]) == (status, f"/problems/{kind}"), told
    told = farm.call("PATCH", path, gone, Idempotency_Key="edit 1")
    assert (told[0], told[1]["type"]) == (409, "/problems/key-reused")
    assert farm.call("POST", "/v1/purchase-orders/pr-edit/place")[1]["lines"][0]["quantity"] == 25
    told = farm.call("PATCH", path, change)
    assert (told[0], told[1]["type"], told[1]["state"]) == (409, "/problems/wrong-state", "placed")
    notes = [
        one["note"] for one in farm.call("GET", "/v1/purchase-orders/pr-edit/events")[1]["items"] if one["event"] == "edited"
    ]
    assert notes == ["pr-apple 10 → 25, pr-pear 0 → 3", "pr-pear 3 → 0"]
    announced = {"purchase_order_id": "pr-edit", "expected_on": "2030-04-29", "lines": [{"sku": "pr-pear", "quantity": 6}]}
    assert farm.call("POST", "/v1/asns", announced)[1]["type"] == "/problems/not-on-purchase-order"


def test_what_an_order_falls_short_of_is_told_with_it_or_refused_by_a_strict_supplier(farm: InProcess) -> None:
    mill = {"name": "Mill", "lead_time_days": 5, "minimum_order": "50.00"}
    farm.call("PUT", "/v1/suppliers/pr-mill", mill)
    price = [{"quantity": 1, "unit_price": "2.50"}]
    farm.call("PUT", "/v1/supplier-items/pr-mill/pr-apple", {"minimum_quantity": 6, "price_breaks": price})
    draft = {"purchase_order_id": "pr-few", "supplier": "pr-mill", "lines": [{"sku": "pr-apple", "quantity": 4}]}
    few = "pr-apple: 4 asked, at least 6 in multiples of 1, 6 is possible"
    little = "pr-few comes to 10.00; pr-mill takes no order below 50.00: 40.00 missing"
    told = [
        {"code": "not-orderable", "sku": "pr-apple", "detail": few},
        {"code": "below-minimum-order", "sku": None, "detail": little},
    ]
    assert farm.call("POST", "/v1/purchase-orders", draft)[1]["warnings"] == told
    enough = {"lines": [{"sku": "pr-apple", "quantity": 6}]}
    assert [one["code"] for one in farm.call("PATCH", "/v1/purchase-orders/pr-few/lines", enough)[1]["warnings"]] == [
        "below-minimum-order"
    ]
    assert farm.call("PUT", "/v1/suppliers/pr-mill", {**mill, "strict_minimums": True})[1]["strict_minimums"] is True
    status, problem = farm.call("POST", "/v1/purchase-orders/pr-few/place")
    assert (status, problem["type"]) == (422, "/problems/below-minimum-order")
    assert (problem["money"], problem["minimum_order"]) == ("15.00", "50.00")
    farm.call("PUT", "/v1/suppliers/pr-mill", mill)
    status, order = farm.call("POST", "/v1/purchase-orders/pr-few/place")
    assert (status, order["state"], order["warnings"][0]["code"]) == (200, "placed", "below-minimum-order")
    assert order["lines"][0]["lead_time_days"] == 5
    farm.level_rows()
    listed = {one["id"]: one["strict_minimums"] for one in farm.call("GET", "/v1/suppliers?limit=500")[1]["items"]}
    assert (listed["farm"], listed["pr-mill"]) == (True, False)


def test_days_that_are_over_and_more_than_may_come_are_refused_with_field_and_value(farm: InProcess) -> None:
    late = order(lines=[{"sku": "pr-pear", "quantity": 1, "due_on": "2020-01-02"}])
    status, problem = farm.call("POST", "/v1/purchase-orders", late)
    assert (status, problem["type"], problem["field"]) == (422, "/problems/day-is-over", "due_on")
    assert problem["lines"] == [{"sku": "pr-pear", "due_on": "2020-01-02"}]
    assert problem["detail"] == f"pr-pear: due_on 2020-01-02 is before today, {problem['today']}"
    path = placed(farm, "pr-told")
    notice = {"purchase_order_id": "pr-told", "expected_on": "2020-01-02", "lines": [APPLE]}
    status, problem = farm.call("POST", "/v1/asns", notice)
    assert (status, problem["type"], problem["expected_on"]) == (422, "/problems/before-the-order", "2020-01-02")
    notice = {**notice, "expected_on": "2030-01-02"}
    status, problem = farm.call("POST", "/v1/asns", {**notice, "lines": [{"sku": "pr-apple", "quantity": 11}]})
    assert (status, problem["type"]) == (409, "/problems/over-announced")
    assert problem["lines"] == [{"sku": "pr-apple", "ordered": 10, "received": 0, "announced": 11, "most": 10}]
    assert farm.call("POST", "/v1/asns", {**notice, "asn_id": "pr-n1"})[1]["warnings"] == []
    told = farm.call("POST", "/v1/asns", {**notice, "asn_id": "pr-n2"})[1]["warnings"]
    assert [(one["code"], one["sku"]) for one in told] == [("more-than-open", "pr-apple")], "with the one before it"
    farm.call("POST", f"{path}/receive", {"asn_id": "pr-n1", "lines": [APPLE]})
    assert farm.call("GET", "/v1/asns/pr-n1")[1]["warnings"] == []


def test_a_calendar_that_leaves_no_day_open_is_refused_with_the_first_that_is(farm: InProcess) -> None:
    first = datetime.now(UTC).date()
    mondays = [(first + timedelta(day)).isoformat() for day in range(400) if (first + timedelta(day)).weekday() == 0]
    body = {"name": "x", "calendar": {"order_days": ["mon"], "closed": mondays}}
    status, problem = farm.call("PUT", "/v1/suppliers/pr-shut", body)
    assert (status, problem["type"], problem["what"]) == (422, "/problems/calendar-shut", "takes orders")
    assert problem["until"] > mondays[-1]
    assert farm.call("GET", "/v1/suppliers/pr-shut")[0] == 404
    week = {"working_days": ["mon", "tue", "wed"], "closed": [], "open": [], "order_days": ["tue"], "delivery_days": ["wed"]}
    assert farm.call("PUT", "/v1/suppliers/pr-open", {"name": "x", "calendar": week})[0] == 201
    farm.level_rows()
    listed = {one["id"]: one["calendar"] for one in farm.call("GET", "/v1/suppliers?limit=500")[1]["items"]}
    assert listed["pr-open"] == farm.call("GET", "/v1/suppliers/pr-open")[1]["calendar"] == week


def test_what_an_order_and_a_line_of_it_cost_is_kept_listed_and_has_versions(farm: InProcess) -> None:
    told = {"/v1/suppliers/pr-dear": ("order_cost", {"name": "Dear"}), "/v1/supplier-items/pr-dear/pr-pear": ("line_cost", {})}
    for path, (name, body) in told.items():
        status, put = farm.call("PUT", path, {**body, name: "25.50"})
        assert (status, put[name], put["version"]) == (201, "25.50", 1), put
        assert farm.call("GET", path)[1][name] == "25.50"
        assert farm.call("PUT", path, {**body, name: "1"}, If_Match='"7"')[0] == 412
        assert farm.call("PUT", path, body)[1][name] is None, "left out: nobody has said"
        assert farm.call("PUT", path, {**body, name: "0.50"})[1]["version"] == 3
    farm.level_rows()
    listed = {one["id"]: one for one in farm.call("GET", "/v1/suppliers?limit=500")[1]["items"]}
    assert (listed["pr-dear"]["order_cost"], listed["farm"]["order_cost"]) == ("0.50", None)
    items = {one["supplier"]: one["line_cost"] for one in farm.call("GET", "/v1/supplier-items?sku=pr-pear")[1]["items"]}
    assert items["pr-dear"] == "0.50"


def test_a_receipt_that_comes_again_has_the_same_answer(farm: InProcess) -> None:
    path = placed(farm, "pr-2")
    body = {"lines": [{"sku": "pr-apple", "quantity": 4}]}
    first = farm.call("POST", f"{path}/receive", body, Idempotency_Key="dock 1")
    farm.call("POST", f"/v1/putaway-tasks/{first[1]['putaway_tasks'][0]['task_id']}/confirm")
    assert farm.call("POST", f"{path}/receive", body, Idempotency_Key="dock 1") == first
    body["lines"][0]["quantity"] = 5
    status, problem = farm.call("POST", f"{path}/receive", body, Idempotency_Key="dock 1")
    assert (status, problem["type"]) == (409, "/problems/key-reused")
    assert farm.call("GET", path)[1]["lines"][0]["quantity_received"] == 4


def test_a_receipt_above_the_tolerance_is_told_line_by_line(farm: InProcess) -> None:
    path = placed(farm, "pr-3")
    farm.call("POST", f"{path}/receive", {"lines": [{"sku": "pr-apple", "quantity": 4}]})
    arrived = [{"sku": "pr-apple", "quantity": 7}, {"sku": "pr-pear", "quantity": 1}]
    status, problem = farm.call("POST", f"{path}/receive", {"lines": arrived})
    assert (status, problem["type"]) == (409, "/problems/over-receipt")
    assert problem["lines"] == [
        {"sku": "pr-apple", "ordered": 10, "received": 4, "arrived": 7, "most": 10},
        {"sku": "pr-pear", "ordered": 0, "received": 0, "arrived": 1, "most": 0},
    ]
    over = "pr-apple: 7 arrived, 4 of 10 were received, 10 at most"
    assert problem["detail"] == f"{over}; pr-pear: 1 arrived, it is not on pr-3"


def test_a_task_for_more_than_lies_there_promises_nothing(farm: InProcess) -> None:
    farm.call("PUT", "/v1/products/pr-fig", {"name": "fig"})
    slip = {"task_id": "pr-slip", "sku": "pr-fig", "quantity": 1_000_000}
    assert farm.call("POST", "/v1/putaway-tasks", slip)[0] == 201
    assert farm.call("POST", "/v1/receipts", {"lines": [{"sku": "pr-fig", "quantity": 3}]})[0] == 201
    level = farm.level("pr-fig")
    assert (level["to_put_away"], level["available_to_promise"], level["on_hold"]) == (3, 3, 3)
    assert (level["warehouses"][0]["to_put_away"], level["warehouses"][0]["available_to_promise"]) == (3, 3)
    assert farm.call("POST", "/v1/putaway-tasks/pr-slip/cancel")[0] == 200


def test_what_is_due_by_a_day_can_be_promised_by_then(farm: InProcess) -> None:
    farm.call("PUT", "/v1/products/pr-plum", {"name": "plum"})
    farm.call("PUT", "/v1/supplier-items/farm/pr-plum", {})
    backordered = {"policy": "ship_partial", "lines": [{"sku": "pr-plum", "quantity": 3}]}
    assert farm.call("POST", "/v1/orders", backordered)[1]["state"] == "backordered"
    placed(farm, "pr-4", {"sku": "pr-plum", "quantity": 10, "due_on": "2030-05-01"})
    told = {by: farm.call("GET", f"/v1/inventory-levels/pr-plum{by}")[1] for by in ("", "?by=2030-04-30", "?by=2030-05-01")}
    assert [level["available_to_promise"] for level in told.values()] == [-3, -3, 7]
    (site,) = told[""]["warehouses"]
    assert (told[""]["incoming"], site["incoming"]) == (10, 10)
    notice = {"purchase_order_id": "pr-4", "expected_on": "2030-04-29", "lines": [{"sku": "pr-plum", "quantity": 6}]}
    assert farm.call("POST", "/v1/asns", notice)[0] == 201
    assert farm.call("GET", "/v1/inventory-levels/pr-plum")[1]["in_transit"] == 6
    farm.level_rows()
    listed = farm.call("GET", "/v1/inventory-levels?limit=500")[1]["items"]
    assert next(level for level in listed if level["sku"] == "pr-plum")["incoming"] == 10


def order(**more: Any) -> dict[str, Any]:
    return {"supplier": "farm", "lines": [APPLE], **more}


BAD: list[tuple[str, str, Any, int, str, Any]] = [
    ("POST", "/v1/purchase-orders", order(supplier="nobody"), 422, "unknown-supplier", "no supplier is called nobody"),
    ("POST", "/v1/purchase-orders", order(lines=[{"sku": "pr-none", "quantity": 1}]), 422, "unknown-sku", None),
    (
        "POST",
        "/v1/purchase-orders",
        order(lines=[{"sku": "h-1", "quantity": 1}]),
        422,
        "not-supplied",
        "farm does not sell h-1",
    ),
    ("POST", "/v1/purchase-orders", order(warehouse="moon"), 422, "unknown-place", "no warehouse is called moon"),
    (
        "POST",
        "/v1/purchase-orders",
        order(lines=[{"sku": "pr-apple", "quantity": 7}]),
        422,
        "not-orderable",
        "pr-apple: 7 asked, at least 10 in multiples of 5, 10 is possible",
    ),
    (
        "POST",
        "/v1/purchase-orders",
        order(lines=[APPLE, APPLE]),
        422,
        "invalid-body",
        "line 1 has pr-apple, which line 0 has already",
    ),
    (
        "POST",
        "/v1/purchase-orders",
        order(lines=[{**APPLE, "due_on": "2026-13-01"}]),
        422,
        "invalid-body",
        "must be a day as in",
    ),
    ("PUT", "/v1/suppliers/bad", {"name": "x", "lead_time_days": -1}, 422, "invalid-body", "lead_time_days = -1"),
    ("PUT", "/v1/suppliers/bad", {"name": "x", "order_cost": "-5"}, 422, "invalid-body", "order_cost"),
    ("PUT", "/v1/suppliers/bad", {"name": "x", "order_cost": 25}, 422, "invalid-body", "order_cost"),
    ("PUT", "/v1/supplier-items/farm/pr-pear", {"line_cost": "a bit"}, 422, "invalid-body", "line_cost"),
    ("PUT", "/v1/suppliers/bad", {"name": "x", "lead_time_days": 1.5}, 422, "invalid-body", "must be a whole number"),
    (
        "PUT",
        "/v1/suppliers/bad",
        {"name": "x", "calendar": {"working_days": []}},
        422,
        "invalid-body",
        "no day of the week is a working day",
    ),
    (
        "PUT",
        "/v1/suppliers/bad",
        {"name": "x", "calendar": {"open": ["2026-12-24"], "closed": ["2026-12-24"]}},
        422,
        "invalid-body",
        "2026-12-24 is both open and closed",
    ),
    (
        "PUT",
        "/v1/suppliers/bad",
        {"name": "x", "calendar": {"order_days": ["sun", "sat"]}},
        422,
        "invalid-body",
        "order_days has sat, sun, of which none is a working day",
    ),
    (
        "PUT",
        "/v1/suppliers/bad",
        {"name": "x", "calendar": {"delivery_days": ["sat"]}},
        422,
        "invalid-body",
        "delivery_days has sat, of which none is a working day",
    ),
    (
        "PUT",
        "/v1/suppliers/bad",
        {"name": "x", "calendar": {"working_days": ["someday"]}},
        422,
        "invalid-body",
        "working_days[0]",
    ),
    ("PUT", "/v1/suppliers/bad", {"id": "good", "name": "x"}, 422, "invalid-body", "in the body, but"),
    ("PUT", "/v1/supplier-items/nobody/pr-apple", {}, 422, "unknown-supplier", None),
    ("PUT", "/v1/supplier-items/farm/pr-none", {}, 422, "unknown-sku", None),
    ("PUT", "/v1/supplier-items/farm/pr-apple", {"minimum_quantity": 0}, 422, "invalid-body", "minimum_quantity = 0"),
    (
        "PUT",
        "/v1/supplier-items/farm/pr-apple",
        {"price_breaks": [{"quantity": 5, "unit_price": "1"}, {"quantity": 5, "unit_price": "2"}]},
        422,
        "invalid-body",
        "quantities must rise, but 5 comes after 5",
    ),
    (
        "PUT",
        "/v1/supplier-items/farm/pr-apple",
        {"price_breaks": [{"quantity": 5, "unit_price": "1,50"}]},
        422,
        "invalid-body",
        "must be a price in digits, as in 2.50",
    ),
    (
        "PUT",
        "/v1/suppliers/eve",
        {"name": "Eve", "currency": "eur"},
        422,
        "invalid-body",
        "three capital letters of a currency",
    ),
    (
        "POST",
        "/v1/asns",
        {"purchase_order_id": "po", "expected_on": "2027-01-01", "sscc": "12", "lines": [APPLE]},
        422,
        "invalid-body",
        'sscc = "12": must have 18 digits',
    ),
    ("POST", "/v1/receipts", {"lines": [{"sku": "pr-apple"}]}, 422, "invalid-body", "both 0: nothing arrived"),
    ("POST", "/v1/receipts", {"lines": []}, 422, "invalid-body", None),
    ("POST", "/v1/receipts", {"lines": [APPLE], "warehouse": "moon"}, 422, "unknown-place", None),
    ("POST", "/v1/receipts", {"lines": [APPLE], "asn_id": "none"}, 404, "not-found", "no ASN none"),
    (
        "POST",
        "/v1/receipts",
        {"lines": [APPLE], "asn_id": "none", "warehouse": "main"},
        422,
        "invalid-body",
        "leave warehouse out",
    ),
    ("POST", "/v1/receipts", {"lines": [APPLE], "purchase_order_id": "none"}, 404, "not-found", "no purchase order none"),
    ("POST", "/v1/purchase-orders/none/place", None, 404, "not-found", "no purchase order none"),
    ("GET", "/v1/purchase-orders/none", None, 404, "not-found", "no purchase order none"),
    ("GET", "/v1/asns/none", None, 404, "not-found", "no ASN none"),
    ("GET", "/v1/putaway-tasks/none", None, 404, "not-found", "no putaway task none"),
    ("POST", "/v1/putaway-tasks/none/confirm", {}, 404, "not-found", "no putaway task none"),
    ("POST", "/v1/putaway-tasks", {**APPLE, "to_location": "moon"}, 422, "unknown-place", "has no location moon"),
    ("PUT", "/v1/putaway-rules/bad", {"location": "moon"}, 422, "unknown-place", "has no location moon"),
    ("GET", "/v1/inventory-levels/pr-apple?by=tomorrow", None, 422, "invalid-request", "must be a day as in"),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "kind", "says"), BAD, ids=lambda value: str(value)[:40])
def test_what_is_wrong_is_told_in_one_sentence(
    farm: InProcess, method: str, path: str, body: Any, status: int, kind: str, says: str | None
) -> None:
    answered, problem = farm.call(method, path, body)
    assert (answered, problem["type"]) == (status, f"/problems/{kind}"), problem
    assert says is None or says in problem["detail"], problem


def test_an_order_that_nobody_knows_the_day_of_is_placed_with_one(farm: InProcess) -> None:
    draft = {"purchase_order_id": "pr-5", "supplier": "slow", "lines": [APPLE]}
    assert farm.call("POST", "/v1/purchase-orders", draft)[0] == 201
    status, problem = farm.call("POST", "/v1/purchase-orders/pr-5/place")
    assert (status, problem["type"], problem["skus"]) == (422, "/problems/lead-time-unknown", ["pr-apple"])
    assert farm.call("POST", "/v1/purchase-orders/pr-5/cancel")[1]["state"] == "cancelled"


def test_purchase_orders_are_listed_page_by_page_newest_first(farm: InProcess) -> None:
    for number in range(3):
        placed(farm, f"pr-list-{number}", external_reference="listed")
    farm.level_rows()
    seen: list[str] = []
    query = "?external_reference=listed&limit=2"
    page = farm.call("GET", f"/v1/purchase-orders{query}")[1]
    while page["items"]:
        seen += [one["purchase_order_id"] for one in page["items"]]
        page = (
            farm.call("GET", f"/v1/purchase-orders{query}&cursor={page['next_cursor']}")[1]
            if page["next_cursor"]
            else {"items": []}
        )
    assert seen == ["pr-list-2", "pr-list-1", "pr-list-0"]
    assert farm.call("GET", "/v1/purchase-orders?state=draft&external_reference=listed")[1]["items"] == []


def test_goods_may_be_sold_from_where_they_were_received(farm: InProcess) -> None:
    before = farm.level("pr-pear")["available"]
    body = {"lines": [{"sku": "pr-pear", "quantity": 5}], "put_away": False}
    status, receipt = farm.call("POST", "/v1/receipts", body)
    assert (status, receipt["putaway_tasks"], receipt["lines"][0]["location"]) == (201, [], "stock")
    assert farm.level("pr-pear")["available"] == before + 5


SCOPES = [
    ("buyer", "PUT", "/v1/suppliers/sc-{role}", {"name": "x"}, 201),
    ("planner", "PUT", "/v1/suppliers/sc-{role}", {"name": "x"}, 403),
    ("receiver", "PUT", "/v1/suppliers/sc-{role}", {"name": "x"}, 403),
    ("buyer", "POST", "/v1/purchase-orders", order(), 201),
    ("planner", "POST", "/v1/purchase-orders", order(), 201),
    ("receiver", "POST", "/v1/purchase-orders", order(), 403),
    ("receiver", "POST", "/v1/receipts", {"lines": [APPLE]}, 201),
    ("integration", "POST", "/v1/receipts", {"lines": [APPLE]}, 201),
    ("buyer", "POST", "/v1/receipts", {"lines": [APPLE]}, 403),
    ("counter", "POST", "/v1/receipts", {"lines": [APPLE]}, 403),
    ("viewer", "GET", "/v1/putaway-tasks", None, 200),
]


@pytest.mark.parametrize(("role", "method", "path", "body", "status"), SCOPES)
def test_a_role_may_do_what_it_is_there_for(
    monkeypatch: pytest.MonkeyPatch, farm: InProcess, role: str, method: str, path: str, body: Any, status: int
) -> None:
    monkeypatch.setattr(gateway_system, "NOBODY", Caller(role, role))
    answered, problem = farm.call(method, path.format(role=role), body)
    assert answered == status, problem
