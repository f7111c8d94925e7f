"""The system as its users meet it: embedded, and on Redis and MariaDB; over HTTP and by its commands."""

from __future__ import annotations

import concurrent.futures
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.running_system import RunningSystem
from tests.servers.mariadb import MariaDbServer
from tests.servers.redis import RedisServer


@pytest.fixture(scope="module", params=["embedded", "servers"])
def system(request: pytest.FixtureRequest) -> Iterator[RunningSystem]:
    """A running system of each size."""
    with tempfile.TemporaryDirectory(prefix="sk-") as folder:
        path = Path(folder)
        if request.param == "embedded":
            running = RunningSystem(path / "data")
        else:
            mariadb: MariaDbServer = request.getfixturevalue("mariadb_server")
            (path / "redis").mkdir()
            redis = RedisServer(path / "redis")
            redis.start()
            request.addfinalizer(redis.kill)
            shards = {"inventory_shards": "2", "order_shards": "2", "gateways": "2"}
            running = RunningSystem(path / "data", database_url=mariadb.make_database(), redis_url=redis.url, **shards)
        running.start()
        running.fill({f"sku-{number}": 100 for number in range(20)})
        yield running
        stopped = running.stop()
        for log in (path / "data" / "logs").glob("*.log"):  # shown when a test fails
            print(log.name, *[line for line in log.read_text().splitlines() if '"level": "info"' not in line][-20:], sep="\n")
        assert stopped == 0


def test_an_order_reserves_its_stock_and_the_level_shows_it(system: RunningSystem) -> None:
    before = system.level("sku-1")["available"]
    status, order = system.call("POST", "/v1/orders", {"order_id": "a1", "lines": [{"sku": "sku-1", "quantity": 7}]})
    assert (status, order["state"]) == (201, "reserved")
    assert order["lines"][0]["quantity_reserved"] == 7
    level = system.level("sku-1")
    assert (level["available"], level["reserved"]) == (before - 7, 7)
    assert system.call("GET", "/v1/inventory-levels/sku-1")[1]["available"] == before - 7, "the read model is not stale"


def test_the_same_order_again_is_the_same_order(system: RunningSystem) -> None:
    body = {"order_id": "b1", "lines": [{"sku": "sku-2", "quantity": 3}]}
    first = system.call("POST", "/v1/orders", body)
    assert system.call("POST", "/v1/orders", body) == first
    assert system.level("sku-2")["reserved"] == 3
    status, problem = system.call("POST", "/v1/orders", {**body, "lines": [{"sku": "sku-2", "quantity": 4}]})
    assert (status, problem["type"]) == (409, "/problems/key-reused")


def test_a_key_stands_for_an_order_without_an_id(system: RunningSystem) -> None:
    body = {"lines": [{"sku": "sku-3", "quantity": 1}]}
    _, first = system.call("POST", "/v1/orders", body, Idempotency_Key="basket-9")
    _, again = system.call("POST", "/v1/orders", body, Idempotency_Key="basket-9")
    assert first["order_id"] == again["order_id"]
    assert system.level("sku-3")["reserved"] == 1


def test_too_much_is_refused_with_numbers_and_reserves_nothing(system: RunningSystem) -> None:
    lines = [{"sku": "sku-4", "quantity": 1}, {"sku": "sku-5", "quantity": 101}]
    status, problem = system.call("POST", "/v1/orders", {"order_id": "c1", "lines": lines})
    assert (status, problem["type"]) == (409, "/problems/insufficient-stock")
    assert problem["lines"] == [{"sku": "sku-5", "requested": 101, "available": 100}]
    assert system.level("sku-4")["reserved"] == 0
    assert system.call("GET", "/v1/orders/c1")[1]["state"] == "rejected"


def test_a_hundred_buyers_share_the_last_ten_units(system: RunningSystem) -> None:
    def buy(number: int) -> int:
        body = {"order_id": f"rush-{number}", "lines": [{"sku": "sku-6", "quantity": 10}]}
        return system.call("POST", "/v1/orders", body)[0]

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(buy, range(100)))
    assert (answers.count(201), answers.count(409)) == (10, 90)
    assert system.level("sku-6")["available"] == 0


def test_a_backorder_reserves_by_itself_when_stock_arrives(system: RunningSystem) -> None:
    body = {"order_id": "d1", "policy": "ship_partial", "lines": [{"sku": "sku-7", "quantity": 130}]}
    _, order = system.call("POST", "/v1/orders", body)
    assert order["state"] == "partially_reserved"
    system.call("POST", "/v1/adjustments", {"sku": "sku-7", "quantity": 50, "reason": "receipt"}, Idempotency_Key="r7")
    for _ in range(100):
        found = system.call("GET", "/v1/orders/d1")[1]
        if found["state"] == "reserved":
            break
    assert found["lines"][0]["quantity_backordered"] == 0
    assert system.level("sku-7")["available"] == 20


def test_an_orders_life_up_to_its_return(system: RunningSystem) -> None:
    system.call("POST", "/v1/orders", {"order_id": "e1", "lines": [{"sku": "sku-8", "quantity": 5}]})
    edit = {"lines": [{"sku": "sku-8", "quantity": 4}, {"sku": "sku-9", "quantity": 2}]}
    assert system.call("PATCH", "/v1/orders/e1/lines", edit)[1]["lines"][0]["quantity_reserved"] == 4
    assert system.call("POST", "/v1/orders/e1/hold", {"reason": "check"})[1]["state"] == "on_hold"
    assert system.call("POST", "/v1/orders/e1/ship")[0] == 409
    assert system.call("POST", "/v1/orders/e1/resume")[1]["state"] == "reserved"
    assert system.call("POST", "/v1/orders/e1/ship")[1]["state"] == "shipped"
    assert system.level("sku-8")["on_hand"] == 96
    back = {"order_id": "e1", "lines": [{"sku": "sku-8", "quantity": 3}, {"sku": "sku-9", "quantity": 1, "outcome": "scrap"}]}
    returned = system.call("POST", "/v1/returns", back, Idempotency_Key="back-1")
    assert returned[0] == 201, returned
    assert system.call("POST", "/v1/returns", back, Idempotency_Key="back-1") == returned
    assert system.level("sku-8")["on_hand"] == 99
    assert system.call("POST", "/v1/orders/e1/deliver")[1]["state"] == "delivered"
    assert system.call("POST", "/v1/orders/e1/cancel")[0] == 409
    events = [moment["event"] for moment in system.call("GET", "/v1/orders/e1/events")[1]["items"]]
    assert events[0] == "received"
    assert events[-1] == "delivered"


def test_goods_that_are_bought_serve_those_who_wait(system: RunningSystem) -> None:
    waiting = {"order_id": "w1", "policy": "ship_partial", "lines": [{"sku": "sku-13", "quantity": 120}]}
    assert system.call("POST", "/v1/orders", waiting)[1]["state"] == "partially_reserved"
    assert system.call("PUT", "/v1/suppliers/farm", {"name": "Farm", "lead_time_days": 5})[0] == 201
    assert system.call("PUT", "/v1/supplier-items/farm/sku-13", {"order_multiple": 10})[0] == 201
    order = {"purchase_order_id": "po-1", "supplier": "farm", "lines": [{"sku": "sku-13", "quantity": 50}]}
    assert system.call("POST", "/v1/purchase-orders", order)[0] == 201
    assert system.call("POST", "/v1/purchase-orders/po-1/place")[1]["state"] == "placed"
    assert system.level("sku-13")["incoming"] == 50
    arrived = {"lines": [{"sku": "sku-13", "quantity": 28, "quantity_damaged": 2, "lot": "L1", "expires_on": "2030-01-31"}]}
    first = system.call("POST", "/v1/purchase-orders/po-1/receive", arrived, Idempotency_Key="dock-1")
    assert first[0] == 201, first
    assert system.call("POST", "/v1/purchase-orders/po-1/receive", arrived, Idempotency_Key="dock-1") == first
    level = system.level("sku-13")
    assert (level["on_hand"], level["available"], level["to_put_away"], level["incoming"]) == (130, 0, 28, 20)
    (task,) = first[1]["putaway_tasks"]
    assert system.call("POST", f"/v1/putaway-tasks/{task['task_id']}/confirm")[1]["state"] == "done"
    assert system.level("sku-13")["available"] == 8
    for _ in range(100):
        found = system.call("GET", "/v1/orders/w1")[1]
        if found["state"] == "reserved":
            break
    assert found["lines"][0]["quantity_backordered"] == 0
    assert system.call("GET", "/v1/inventory-levels/sku-13?by=2099-01-01")[1]["available_to_promise"] == 28  # by the read model
    assert system.call("POST", "/v1/purchase-orders/po-1/close", {"reason": "sold out"})[1]["state"] == "closed"
    assert system.level("sku-13")["incoming"] == 0
    events = [moment["event"] for moment in system.call("GET", "/v1/purchase-orders/po-1/events")[1]["items"]]
    assert events == ["created", "placed", "received", "closed"]
    assert system.run("verify").returncode == 0


def test_a_hold_keeps_stock_until_it_is_released(system: RunningSystem) -> None:
    status, hold = system.call("POST", "/v1/reservations", {"sku": "sku-10", "quantity": 60, "ttl_s": 600})
    assert status == 201
    assert system.level("sku-10")["available"] == 40
    holders = system.call("GET", "/v1/reservations?sku=sku-10")[1]["items"]
    assert [holder["reservation_id"] for holder in holders] == [hold["reservation_id"]]
    path = f"/v1/reservations/{hold['reservation_id']}"
    assert system.call("POST", f"{path}/release")[1]["state"] == "released"
    assert system.call("POST", f"{path}/commit")[0] == 409
    assert system.level("sku-10")["available"] == 100


def test_a_batch_answers_each_order_on_its_own(system: RunningSystem) -> None:
    orders = [
        {"order_id": "f1", "lines": [{"sku": "sku-11", "quantity": 1}]},
        {"order_id": "f2", "lines": [{"sku": "nothing", "quantity": 1}]},
        {"order_id": "f3", "lines": [{"sku": "sku-11", "quantity": 0}]},
        {"order_id": "f4", "lines": [{"sku": "sku-11", "quantity": 2}]},
    ]
    results = system.call("POST", "/v1/orders:batch", orders)[1]["results"]
    assert [result["status"] for result in results] == [201, 422, 422, 201]
    assert results[2]["errors"][0]["field"] == "lines[0].quantity"
    ndjson = b"\n".join(json.dumps(order).encode() for order in orders)
    again = system.call("POST", "/v1/orders:batch", ndjson, Content_Type="application/x-ndjson")[1]["results"]
    assert [result["status"] for result in again] == [201, 422, 422, 201]
    assert system.level("sku-11")["reserved"] == 3


def test_versions_keep_two_editors_apart(system: RunningSystem) -> None:
    assert system.call("PUT", "/v1/products/new", {"name": "new"})[0] == 201
    assert system.call("PUT", "/v1/products/new", {"name": "newer"}, If_Match='"1"')[0] == 200
    status, problem = system.call("PUT", "/v1/products/new", {"name": "lost"}, If_Match='"1"')
    assert (status, problem["version"]) == (412, 2)
    assert system.call("PUT", "/v1/warehouses/north", {"name": "North"})[0] == 201
    counted = system.call("POST", "/v1/adjustments", {"sku": "sku-12", "warehouse": "north", "quantity": 5, "reason": "found"})
    assert counted[0] == 201, "every shard knows the new warehouse"


def test_lists_come_in_pages(system: RunningSystem) -> None:
    assert system.run("verify").returncode == 0  # waits until the rows are level
    seen, path = [], "/v1/products?limit=7"
    while path:
        _, page = system.call("GET", path)
        seen += [item["sku"] for item in page["items"]]
        path = f"/v1/products?limit=7&cursor={page['next_cursor']}" if page["next_cursor"] else ""
    assert len(seen) == len(set(seen)) >= 20
    _, ledger = system.call("GET", "/v1/inventory-movements?sku=sku-8")
    assert [row["reason"] for row in ledger["items"]][-1] == "opening_stock"
    assert system.call("GET", "/v1/orders?state=delivered")[1]["items"][0]["order_id"] == "e1"


def test_the_commands_see_the_running_system(system: RunningSystem) -> None:
    assert {row["state"] for row in json.loads(system.run("status", "--json").stdout)["owners"]} == {"serving"}
    verified = system.run("verify", "--json")
    assert verified.returncode == 0, verified.stdout
    second = system.run("up")
    assert second.returncode == 1
    assert "another Skuld runs on the data directory" in second.stderr
    assert "Traceback" not in second.stderr


def test_commands_use_the_settings_of_the_running_system_and_refuse_others(system: RunningSystem) -> None:
    whole = [row["owner"] for row in json.loads(system.run("status", "--json").stdout)["owners"]]
    bare = {"SKULD_DATA_DIR": str(system.data_dir), "PATH": system.env["PATH"]}
    told = system.run("status", "--json", env=bare)
    assert [row["owner"] for row in json.loads(told.stdout)["owners"]] == whole
    assert system.run("verify", env=bare).returncode == 0
    for command in ("status", "verify"):
        other = system.run(command, env={**system.env, "SKULD_INVENTORY_SHARDS": "7"})
        assert other.returncode == 1
        assert other.stderr.startswith("skuld: SKULD_INVENTORY_SHARDS='7', but the Skuld on ")


def test_a_restart_keeps_everything(system: RunningSystem) -> None:
    paths = ("/v1/orders/a1", "/v1/purchase-orders/po-1", "/v1/suppliers/farm")
    before = [system.call("GET", path)[1] for path in paths]
    assert system.stop() == 0
    system.start()
    assert [system.call("GET", path)[1] for path in paths] == before
    assert system.call("POST", "/v1/orders", {"order_id": "a1", "lines": [{"sku": "sku-1", "quantity": 7}]})[0] == 201
    assert system.level("sku-1")["reserved"] == 7
