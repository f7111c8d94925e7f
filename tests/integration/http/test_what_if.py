"""`GET /v1/replenishment-suggestions:what-if`: one item planned as it is, and as it would be; nothing is changed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from forecasting.history.store import HistoryStore
from forecasting.planning.drivers import drivers_in
from forecasting.registry.slot import Slot
from forecasting.window.source import panel_for
from tests.integration.command_line.here import skuld_on
from tests.integration.http.demand import score_demand
from tests.integration.in_process import InProcess

PATH = "/v1/replenishment-suggestions:what-if"


@pytest.fixture(scope="module")
def shop() -> Iterator[InProcess]:
    """A system of its own: an SKU with a forecast, some stock, and two suppliers; another that nobody sells."""
    with tempfile.TemporaryDirectory(prefix="sk-") as folder:
        system = InProcess(Path(folder) / "data").start()
        fill(system)
        yield system
        system.stop()


def fill(skuld: InProcess) -> None:
    score_demand(skuld, ("wi-1", "wi-2", "wi-3", "wi-4"), ("main",))
    skuld.fill({"wi-1": 3, "wi-2": 3, "wi-3": 3, "wi-4": 90})
    skuld.call("PUT", "/v1/suppliers/mill", {"name": "Mill", "lead_time_days": 5, "minimum_order": "400.00"})
    for sku in ("wi-3", "wi-4"):
        price = [{"quantity": 1, "unit_price": "2.00"}]
        assert skuld.call("PUT", f"/v1/supplier-items/mill/{sku}", {"price_breaks": price})[0] == 201
    for supplier, days in (("near", 5), ("far", 40)):
        skuld.call("PUT", f"/v1/suppliers/{supplier}", {"name": supplier, "lead_time_days": days})
        terms = {"order_multiple": 6, "price_breaks": [{"quantity": 1, "unit_price": "2.00" if supplier == "near" else "3.00"}]}
        assert skuld.call("PUT", f"/v1/supplier-items/{supplier}/wi-1", terms)[0] == 201
    skuld.level_rows()


def asked(shop: InProcess, query: str) -> dict[str, Any]:
    status, found = shop.call("GET", f"{PATH}?sku=wi-1&{query}")
    assert status == 200, found
    answer: dict[str, Any] = found
    return answer


def test_without_a_change_both_plans_are_the_same(shop: InProcess) -> None:
    found = asked(shop, "")
    assert found["as_it_is"] == found["what_if"]
    plan = found["as_it_is"]
    assert plan["supplier"] == "near"
    assert plan["quantity"] % 6 == 0 < plan["quantity"]
    assert sum(step["units"] for step in plan["explanation"]["steps"]) == plan["quantity"]


def test_what_drives_the_demand_is_told_as_in_a_suggestion(shop: InProcess) -> None:
    found = asked(shop, "demand_factor=2")
    frequency = Slot.read(found["slot"]).frequency
    drivers = drivers_in(panel_for(frequency, HistoryStore(shop.data_dir / "history")), "main")
    for plan in (found["as_it_is"], found["what_if"]):
        why = plan["explanation"]
        expected = drivers("wi-1", "main", why["expected_demand"], why["protection_days"])
        assert why["drivers"] == [{"name": name, "units": units} for name, units in expected]
        assert sum(step["units"] for step in why["drivers"]) == round(why["expected_demand"])


def test_without_the_files_of_the_history_it_is_planned_all_the_same(shop: InProcess) -> None:
    history = shop.data_dir / "history"
    history.rename(away := shop.data_dir / "elsewhere")
    try:
        plan = asked(shop, "")["as_it_is"]
    finally:
        away.rename(history)
    assert plan["quantity"] > 0 == len(plan["explanation"]["drivers"])


def test_an_item_is_planned_beside_those_that_count_towards_the_same_minimum_order(shop: InProcess) -> None:
    plans = [shop.call("GET", f"{PATH}?sku={sku}")[1]["as_it_is"] for sku in ("wi-3", "wi-4")]
    assert sum(plan["quantity"] for plan in plans) == 200
    steps = {step["name"]: step["units"] for step in plans[1]["explanation"]["steps"]}
    assert steps["supplier's minimum"] == plans[1]["quantity"] > 0
    assert plans[1]["warnings"] == ["fills_minimum"]
    more = shop.call("GET", f"{PATH}?sku=wi-4&demand_factor=2")[1]
    assert more["what_if"]["quantity"] > more["as_it_is"]["quantity"] == plans[1]["quantity"]


@pytest.mark.parametrize(
    ("query", "sign"),
    [("lead_time_days=60", 1), ("demand_factor=3", 1), ("target=.5", -1), ("review_days=60", 1), ("supplier=far", 1)],
)
def test_what_would_be_different_moves_the_order_its_way(shop: InProcess, query: str, sign: int) -> None:
    found = asked(shop, query)
    assert (found["what_if"]["quantity"] - found["as_it_is"]["quantity"]) * sign > 0
    assert found["as_it_is"] == asked(shop, "")["as_it_is"]


def test_what_is_asked_for_goes_before_the_reorder_policy_and_that_before_all_else(shop: InProcess) -> None:
    assert shop.call("PUT", "/v1/reorder-policies/wi-1", {"target": 0.6, "supplier": "far"})[0] == 201
    shop.level_rows()
    found = asked(shop, "supplier=near&target=.99")
    assert (found["as_it_is"]["supplier"], found["as_it_is"]["target"]) == ("far", 0.6)
    assert (found["what_if"]["supplier"], found["what_if"]["target"]) == ("near", 0.99)


def test_nothing_is_changed(shop: InProcess) -> None:
    before = shop.call("GET", "/v1/replenishment-suggestions?sku=wi-1")
    asked(shop, "demand_factor=9")
    shop.level_rows()
    assert shop.call("GET", "/v1/replenishment-suggestions?sku=wi-1") == before


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ("sku=wi-0", 404, "no forecast has the SKU wi-0 in main"),
        ("sku=wi-1&warehouse=moon", 404, "in moon"),
        ("sku=wi-2", 409, "no supplier sells it"),
        ("sku=wi-1&supplier=nobody", 409, "nobody does not sell it"),
        ("sku=wi-1&target=1", 422, "target"),
        ("sku=wi-1&demand_factor=0", 422, "demand_factor"),
        ("sku=wi-1&demand_factor=nan", 422, "demand_factor"),
        ("sku=wi-1&lead_time_days=0", 422, "lead_time_days"),
        ("sku=wi-1&review_days=9.5", 422, "review_days"),
        ("sku=wi-1&holding=-1", 422, "holding"),
        ("sku=wi-1&early_days=nan", 422, "early_days"),
        ("", 422, "sku"),
    ],
)
def test_what_cannot_be_planned_is_a_problem(shop: InProcess, query: str, status: int, says: str) -> None:
    answered, problem = shop.call("GET", f"{PATH}?{query}")
    assert (answered, says in problem["detail"]) == (status, True), problem


def test_what_a_run_suggests_is_what_what_if_tells_and_is_ordered_once(
    shop: InProcess, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a basket that is filled to its supplier's minimum order: once approved, a second run orders nothing of it."""
    skuld = skuld_on(shop.data_dir, monkeypatch, capsys, "suggest", "--url", shop.url)

    def of_the_mill() -> list[dict[str, Any]]:
        shop.level_rows()
        assert skuld()[0] == 0
        shop.level_rows()
        made: list[dict[str, Any]] = shop.call("GET", "/v1/replenishment-suggestions?supplier=mill")[1]["items"]
        return made

    first = of_the_mill()
    assert sorted(one["sku"] for one in first) == ["wi-3", "wi-4"]
    for one in first:
        plan = shop.call("GET", f"{PATH}?sku={one['sku']}")[1]["as_it_is"]
        assert plan["explanation"]["steps"] == one["explanation"]["steps"]
        assert plan["explanation"]["drivers"] == one["explanation"]["drivers"] != []
        assert (plan["quantity"], plan["warnings"]) == (one["quantity"], one["warnings"])
    for one in first:
        assert shop.call("POST", f"/v1/replenishment-suggestions/{one['id']}/approve")[0] == 200
    (basket,) = shop.call("GET", "/v1/replenishment-suggestions:baskets")[1]["items"]
    assert (basket["money"], basket["missing"]) == ("400.00", "0.00")
    assert not any(one["quantity"] for one in of_the_mill())


def test_it_is_planned_with_what_the_latest_run_was_made_with_unless_something_else_is_asked_for(
    shop: InProcess, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    skuld = skuld_on(shop.data_dir, monkeypatch, capsys, "suggest", "--url", shop.url)
    assert skuld()[0] == 0
    shop.level_rows()
    usual = asked(shop, "")
    assert usual["made_with"] == {"review_days": 7.0, "holding": 0.25, "early_days": 30.0, "lost_sales": False}
    assert skuld("--review-days", "21", "--holding", "0.5", "--early-days", "9", "--lost-sales")[0] == 0
    shop.level_rows()
    later = asked(shop, "review_days=7&holding=0.25&early_days=30&lost_sales=false")
    assert later["made_with"] == {"review_days": 21.0, "holding": 0.5, "early_days": 9.0, "lost_sales": True}
    assert later["as_it_is"]["explanation"]["protection_days"] == usual["as_it_is"]["explanation"]["protection_days"] + 14
    assert later["what_if"]["explanation"]["steps"] == usual["as_it_is"]["explanation"]["steps"]
    silent = {"sku": "wi-1", "supplier": "near", "quantity": 6, "target": 0.9}
    why = {"steps": [{"name": "need", "units": 6}], "chance_without": 0.5, "chance_with": 0.1}
    body = {"run_id": "by-hand", "items": [{**silent, "explanation": why}]}
    assert shop.call("PUT", "/v1/replenishment-suggestions", body)[0] == 200
    shop.level_rows()
    assert asked(shop, "")["made_with"] == usual["made_with"], "the latest run has not said"


def test_holding_and_early_days_that_are_asked_for_move_the_order(shop: InProcess) -> None:
    breaks = [{"quantity": 1, "unit_price": "3.00"}, {"quantity": 600, "unit_price": "2.90"}]
    assert shop.call("PUT", "/v1/supplier-items/far/wi-1", {"price_breaks": breaks})[0] == 200
    shop.level_rows()
    usual = asked(shop, "supplier=far&early_days=0")["what_if"]["quantity"]
    assert asked(shop, "supplier=far&early_days=3650&holding=0")["what_if"]["quantity"] == 600 > usual
    assert asked(shop, "supplier=far&early_days=3650&holding=900")["what_if"]["quantity"] == usual
