"""Suggestions over HTTP: a run puts them, the list is in the order in which to look at them, decisions gather in baskets."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from actors.procurement.suggestions import SEVERITIES, SEVERITY_OF
from forecasting.suggestions.warnings import SEVERITY_OF as PLANNED_SEVERITY_OF
from forecasting.suggestions.warnings import Severity, Warn
from gateway import system as gateway_system
from gateway.answers.replenishment import SeverityName, Warned
from gateway.auth import Caller
from tests.integration.in_process import InProcess

SUGGESTIONS = "/v1/replenishment-suggestions"
FAR = "2999-12-31"


@pytest.fixture
def farm(skuld: InProcess, request: pytest.FixtureRequest) -> InProcess:
    """A warehouse and a supplier of this test's own, both called as the test."""
    name = own(request)
    skuld.call("PUT", f"/v1/warehouses/{name}", {"name": name})
    skuld.call("PUT", f"/v1/suppliers/{name}", {"name": name, "lead_time_days": 5, "minimum_order": "100.00"})
    for sku in ("sg-apple", "sg-pear", "sg-plum"):
        skuld.call("PUT", f"/v1/products/{sku}", {"name": sku})
        price = [{"quantity": 1, "unit_price": "2.50"}]
        assert skuld.call("PUT", f"/v1/supplier-items/{name}/{sku}", {"price_breaks": price})[0] == 201
    return skuld


def own(request: pytest.FixtureRequest) -> str:
    return request.node.name.removeprefix("test_")[:40].replace("[", "-").replace("]", "")


def item(name: str, sku: str, quantity: int, risk: str = "1.00", *warnings: str) -> dict[str, Any]:
    why = {"steps": [{"name": "review cover", "units": quantity}], "chance_without": 0.6, "chance_with": 0.04}
    return {
        "sku": sku, "warehouse": name, "supplier": name, "quantity": quantity, "unit_price": "2.50", "target": 0.95, "grade": "A",
        "money_at_risk": risk, "warnings": list(warnings), "explanation": why,
    }  # fmt: skip


def put(farm: InProcess, run: str, *items: dict[str, Any], **more: Any) -> tuple[int, Any]:
    return farm.call("PUT", SUGGESTIONS, {"run_id": run, "items": list(items), **more})


def listed(farm: InProcess, name: str, query: str = "") -> list[dict[str, Any]]:
    farm.level_rows()
    status, page = farm.call("GET", f"{SUGGESTIONS}?warehouse={name}{query}")
    assert status == 200, page
    found: list[dict[str, Any]] = page["items"]
    return found


def test_exceptions_come_first_then_what_risks_most(farm: InProcess, request: pytest.FixtureRequest) -> None:
    name = own(request)
    items = item(name, "sg-apple", 5, "9.00"), item(name, "sg-pear", 5, "30.005"), item(name, "sg-plum", 0, "1", "overstock")
    status, taken = put(farm, f"{name}-1", *items, expires_on=FAR)
    assert (status, taken) == (200, {"run_id": f"{name}-1", "opened": 3, "closed": 0, "left_out": []})
    found = listed(farm, name)
    assert [(one["sku"], one["money_at_risk"]) for one in found] == [
        ("sg-plum", "1.00"),
        ("sg-pear", "30.01"),
        ("sg-apple", "9.00"),
    ]
    assert found[1]["explanation"]["steps"] == [{"name": "review cover", "units": 5}]
    assert [one["sku"] for one in listed(farm, name, "&warning=overstock")] == ["sg-plum"]
    assert listed(farm, name, "&supplier=nobody") == []
    page = farm.call("GET", f"{SUGGESTIONS}?warehouse={name}&limit=2")[1]
    rest = farm.call("GET", f"{SUGGESTIONS}?warehouse={name}&limit=2&cursor={page['next_cursor']}")[1]
    assert [one["sku"] for one in (*page["items"], *rest["items"])] == ["sg-plum", "sg-pear", "sg-apple"]


def test_what_drives_the_forecast_is_told_and_has_to_add_up(farm: InProcess, request: pytest.FixtureRequest) -> None:
    name = own(request)
    one = item(name, "sg-apple", 5)
    drivers = [{"name": "as in the latest 13 weeks", "units": 48}, {"name": "season, trend and events", "units": 12}]
    told = {"expected_demand": 60.4, "protection_days": 12.0, "drivers": drivers}
    assert put(farm, f"{name}-1", one | {"explanation": one["explanation"] | told})[0] == 200
    assert listed(farm, name)[0]["explanation"] == one["explanation"] | {"days_of_supply": None} | told
    for wrong in ({"expected_demand": 70.0}, {"expected_demand": None}):
        status, problem = put(farm, f"{name}-2", one | {"explanation": one["explanation"] | told | wrong})
        assert (status, problem["type"]) == (422, "/problems/invalid-body")
        assert "drivers add up to 60" in str(problem["errors"])


def test_what_is_approved_gathers_and_is_placed_once(farm: InProcess, request: pytest.FixtureRequest) -> None:
    name = own(request)
    put(farm, f"{name}-1", item(name, "sg-apple", 5), item(name, "sg-pear", 8))
    ids = {one["sku"]: one["id"] for one in listed(farm, name)}
    first = farm.call("POST", f"{SUGGESTIONS}/{ids['sg-apple']}/approve", Idempotency_Key="a")
    assert first[0] == 200, first
    assert farm.call("POST", f"{SUGGESTIONS}/{ids['sg-apple']}/approve", Idempotency_Key="a") == first
    assert farm.call("POST", f"{SUGGESTIONS}/{ids['sg-apple']}/approve")[1]["state"] == "approved"
    body = {"quantity": 20, "reason": "a fair", "until": FAR}
    second = farm.call("POST", f"{SUGGESTIONS}/{ids['sg-pear']}/override", body)[1]
    order = first[1]["decision"]["purchase_order_id"]
    assert second["decision"]["purchase_order_id"] == order
    (basket,) = [one for one in farm.call("GET", f"{SUGGESTIONS}:baskets")[1]["items"] if one["supplier"] == name]
    assert basket == {
        "supplier": name, "warehouse": name, "purchase_order_id": order, "lines": 2, "units": 25, "money": "62.50",
        "currency": None, "unpriced": 0, "minimum_order": "100.00", "missing": "37.50", "severity": "none",
        "money_at_risk": "2.00",
    }  # fmt: skip
    status, placed = farm.call("POST", f"/v1/purchase-orders/{order}/place")
    assert (status, [line["quantity"] for line in placed["lines"]]) == (200, [5, 20])
    assert [one for one in farm.call("GET", f"{SUGGESTIONS}:baskets")[1]["items"] if one["supplier"] == name] == []
    kept = put(farm, f"{name}-2", item(name, "sg-pear", 8))[1]["left_out"]
    assert kept == [{"sku": "sg-pear", "warehouse": name, "reason": f"overridden until {FAR}"}]
    timeline = farm.call("GET", f"/v1/purchase-orders/{order}/events")[1]["items"]
    assert [one["event"] for one in timeline] == ["created", "approved", "overridden", "placed"]


def test_a_decision_shows_at_once_and_in_the_list_by_its_state(farm: InProcess, request: pytest.FixtureRequest) -> None:
    name = own(request)
    put(farm, f"{name}-1", item(name, "sg-apple", 5))
    (one,) = listed(farm, name)
    status, rejected = farm.call("POST", f"{SUGGESTIONS}/{one['id']}/reject", {"reason": "on its way out"})
    assert (status, rejected["state"], rejected["decision"]["quantity"]) == (200, "rejected", 0)
    shown = farm.call("GET", f"{SUGGESTIONS}/{one['id']}")[1]
    assert (shown["state"], shown["explanation"]) == ("rejected", one["explanation"])
    assert [row["id"] for row in listed(farm, name, "&state=rejected")] == [one["id"]]
    assert listed(farm, name) == []


def test_what_a_later_run_replaced_is_told_as_such(farm: InProcess, request: pytest.FixtureRequest) -> None:
    name = own(request)
    put(farm, f"{name}-1", item(name, "sg-apple", 5))
    (one,) = listed(farm, name)
    assert put(farm, f"{name}-2", item(name, "sg-apple", 0))[1]["closed"] == 1
    farm.level_rows()
    status, problem = farm.call("POST", f"{SUGGESTIONS}/{one['id']}/approve")
    assert (status, problem["type"], problem["state"]) == (409, "/problems/wrong-state", "closed")
    assert farm.call("GET", f"{SUGGESTIONS}/{one['id']}")[1]["state"] == "closed"
    status, problem = put(farm, f"{name}-1", item(name, "sg-pear", 5))
    assert (status, problem["type"], problem["newest"]) == (409, "/problems/run-superseded", f"{name}-2")


def test_a_run_sent_twice_is_answered_twice_and_done_once(farm: InProcess, request: pytest.FixtureRequest) -> None:
    name = own(request)
    first = put(farm, f"{name}-1", item(name, "sg-apple", 5))
    assert put(farm, f"{name}-1", item(name, "sg-apple", 5)) == first
    assert put(farm, f"{name}-1", item(name, "sg-apple", 6))[1]["opened"] == 0
    assert [one["quantity"] for one in listed(farm, name)] == [5]


def test_what_has_expired_is_neither_listed_nor_approved(farm: InProcess, request: pytest.FixtureRequest) -> None:
    name = own(request)
    assert put(farm, f"{name}-1", item(name, "sg-apple", 5), expires_on="2001-01-01")[1]["opened"] == 1
    assert listed(farm, name) == []


BAD = [
    ({"run_id": "r", "items": []}, "items"),
    ({"run_id": "r", "items": [{**item("main", "sg-apple", 5), "quantity": 6}]}, "add up to 5, not to the quantity 6"),
    ({"run_id": "r", "items": [item("main", "sg-apple", 5)] * 2}, "as item 0 is"),
    ({"run_id": "r", "items": [item("main", "sg-apple", 5, "1", "boredom")]}, "boredom"),
    ({"run_id": "r", "items": [{**item("main", "sg-apple", 5), "target": 1}]}, "target"),
    ({"run_id": "r", "items": [item("main", f"s-{n}", 5) for n in range(1001)]}, "1000"),
    ({"run_id": "r", "items": [item("sg-nowhere", "sg-apple", 5)]}, "sg-nowhere"),
]


@pytest.mark.parametrize(("body", "says"), BAD, ids=[says for _, says in BAD])
def test_a_bad_run_is_refused_with_the_field_and_the_value(skuld: InProcess, body: dict[str, Any], says: str) -> None:
    status, problem = skuld.call("PUT", SUGGESTIONS, body)
    assert status == 422
    assert says in str(problem), problem


def test_an_override_may_not_end_before_today(farm: InProcess, request: pytest.FixtureRequest) -> None:
    name = own(request)
    put(farm, f"{name}-1", item(name, "sg-apple", 5))
    (one,) = listed(farm, name)
    body = {"quantity": 1, "reason": "why", "until": "2001-01-01"}
    status, problem = farm.call("POST", f"{SUGGESTIONS}/{one['id']}/override", body)
    assert (status, problem["type"], problem["day"]) == (422, "/problems/day-is-over", "2001-01-01")


def test_a_thousand_suggestions_fit_a_batch(farm: InProcess, request: pytest.FixtureRequest) -> None:
    name = own(request)
    status, taken = put(farm, f"{name}-1", *[item(name, f"sg-{n}", 5) for n in range(1000)])
    assert (status, taken["opened"], len(taken["left_out"])) == (200, 0, 1000)
    assert taken["left_out"][0]["reason"] == f"{name} does not sell it"


def test_the_warnings_of_the_api_are_those_of_the_engine_and_as_severe() -> None:
    assert set(get_args(Warned)) == {warn.value for warn in Warn}
    assert {warn.value: int(severity) for warn, severity in PLANNED_SEVERITY_OF.items()} == SEVERITY_OF
    assert list(SEVERITIES) == [severity.name.lower() for severity in Severity] == list(get_args(SeverityName))


def test_lists_and_baskets_are_in_the_order_of_severity_then_of_money(
    farm: InProcess, request: pytest.FixtureRequest
) -> None:  # fmt: skip
    name = own(request)
    items = (
        item(name, "sg-apple", 5, "1.00", "runs_out"), item(name, "sg-pear", 5, "99.00", "overstock"),
        item(name, "sg-plum", 5, "50.00", "overstock", "late_order"),
    )  # fmt: skip
    put(farm, f"{name}-1", *items)
    found = listed(farm, name)
    assert [(one["sku"], one["severity"]) for one in found] == [
        ("sg-apple", "urgent"), ("sg-plum", "soon"), ("sg-pear", "information"),
    ]  # fmt: skip
    assert [one["sku"] for one in listed(farm, name, "&severity=soon")] == ["sg-plum"]
    first = farm.call("GET", f"{SUGGESTIONS}?warehouse={name}&limit=1")[1]
    second = farm.call("GET", f"{SUGGESTIONS}?warehouse={name}&limit=1&cursor={first['next_cursor']}")[1]
    assert [one["sku"] for one in (*first["items"], *second["items"])] == ["sg-apple", "sg-plum"]
    other = f"{name}-b"
    farm.call("PUT", f"/v1/warehouses/{other}", {"name": other})
    put(farm, f"{name}-2", {**item(name, "sg-apple", 5, "1000.00", "overstock"), "warehouse": other})
    for one in (*listed(farm, name), *listed(farm, other)):
        assert farm.call("POST", f"{SUGGESTIONS}/{one['id']}/approve")[0] == 200
    baskets = farm.call("GET", f"{SUGGESTIONS}:baskets")[1]["items"]
    ours = [(one["warehouse"], one["severity"], one["money_at_risk"]) for one in baskets if one["supplier"] == name]
    assert ours == [(name, "urgent", "150.00"), (other, "information", "1000.00")]


def test_a_suggestion_says_by_when_to_order_and_when_it_is_expected(
    farm: InProcess, request: pytest.FixtureRequest
) -> None:  # fmt: skip
    name = own(request)
    put(farm, f"{name}-1", {**item(name, "sg-apple", 5), "order_by": "2026-11-10", "expected_on": "2026-11-17"})
    (one,) = listed(farm, name)
    told = farm.call("GET", f"{SUGGESTIONS}/{one['id']}")[1]
    assert (one["order_by"], one["expected_on"]) == (told["order_by"], told["expected_on"]) == ("2026-11-10", "2026-11-17")


POLICY = {"target": 0.98, "review_days": 7, "minimum": 24, "maximum": 500, "shelf_life_days": 90}


def test_a_reorder_policy_is_kept_by_sku_and_warehouse(farm: InProcess, request: pytest.FixtureRequest) -> None:
    name, path = own(request), "/v1/reorder-policies/sg-apple"
    status, made = farm.call("PUT", f"{path}?warehouse={name}", {**POLICY, "supplier": name})
    assert (status, made["version"], made["warehouse"], made["target"]) == (201, 1, name, 0.98)
    assert farm.call("PUT", f"{path}?warehouse={name}", POLICY, If_Match='"1"')[1]["version"] == 2
    assert farm.call("PUT", f"{path}?warehouse={name}", POLICY, If_Match='"1"')[0] in {200, 412}
    assert farm.call("PUT", f"{path}?warehouse={name}", {"target": 0.5}, If_Match='"1"')[0] == 412
    assert farm.call("GET", f"{path}?warehouse={name}")[1]["version"] == 2
    assert farm.call("GET", path)[0] == 404
    assert farm.call("PUT", path, {"minimum": 5, "maximum": 4})[0] == 422
    assert farm.call("PUT", path, {"supplier": "sg-nobody"})[1]["type"] == "/problems/unknown-supplier"
    assert farm.call("PUT", "/v1/reorder-policies/sg-nothing", {})[1]["type"] == "/problems/unknown-sku"
    farm.level_rows()
    rows = farm.call("GET", "/v1/reorder-policies?limit=500")[1]["items"]
    assert (made["sku"], name, 500) in [(row["sku"], row["warehouse"], row["maximum"]) for row in rows]


ROLES = [("viewer", "GET", 200), ("viewer", "approve", 403), ("viewer", "PUT", 403), ("buyer", "PUT", 403),
         ("buyer", "approve", 404), ("planner", "approve", 404), ("planner", "PUT", 200), ("integration", "PUT", 200)]  # fmt: skip


@pytest.mark.parametrize(("role", "what", "status"), ROLES)
def test_planners_suggest_buyers_decide_viewers_read(
    skuld: InProcess, monkeypatch: pytest.MonkeyPatch, role: str, what: str, status: int
) -> None:
    monkeypatch.setattr(gateway_system, "NOBODY", Caller("t", role))
    if what == "approve":
        answer = skuld.call("POST", f"{SUGGESTIONS}/nothing/approve")
    elif what == "PUT":
        answer = put(skuld, f"roles-{role}", item("main", "sg-apple", 0))
    else:
        answer = skuld.call("GET", SUGGESTIONS)
    assert answer[0] == status, answer
