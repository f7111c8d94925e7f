"""Reports and searches read the replica; decisions, look-ups and keys do not need it."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.in_process import InProcess

REPORTS = (
    "/v1/products",
    "/v1/inventory-levels",
    "/v1/inventory-movements?sku=a",
    "/v1/orders?state=reserved",
    "/v1/reservations?sku=a",
)


class WithReplica(InProcess):
    """A system whose replica is a copy of its rows, made when the test says so."""

    def __init__(self, folder: Path) -> None:
        self.copy = folder / "replica.sqlite"
        super().__init__(folder / "data", replica_url=f"sqlite:///{self.copy}")

    def replicate(self) -> None:
        """Bring the replica up to date."""
        self.level_rows()
        with sqlite3.connect(self.data_dir / "skuld.sqlite") as source, sqlite3.connect(self.copy) as copy:
            source.backup(copy)
        source.close()
        copy.close()


@pytest.fixture(scope="module")
def replicated() -> Iterator[WithReplica]:
    """Three orders, of which the replica has two."""
    with tempfile.TemporaryDirectory(prefix="sk-") as folder:
        system = WithReplica(Path(folder))
        system.start()
        system.fill({"a": 100})
        for order_id in ("r-1", "r-2"):
            system.call("POST", "/v1/orders", {"order_id": order_id, "lines": [{"sku": "a", "quantity": 1}]})
        system.replicate()
        system.call("POST", "/v1/orders", {"order_id": "r-3", "lines": [{"sku": "a", "quantity": 1}]})
        system.level_rows()
        yield system
        system.stop()


def test_reports_show_what_the_replica_has(replicated: WithReplica) -> None:
    orders = replicated.call("GET", "/v1/orders?state=reserved")[1]["items"]
    assert [order["order_id"] for order in orders] == ["r-2", "r-1"]
    assert replicated.call("GET", "/v1/inventory-levels")[1]["items"][0]["reserved"] == 2
    assert [row["reason"] for row in replicated.call("GET", "/v1/inventory-movements?sku=a")[1]["items"]] == ["opening_stock"]
    assert [product["sku"] for product in replicated.call("GET", "/v1/products")[1]["items"]] == ["a"]


def test_who_holds_a_sku_comes_by_page_or_from_the_owner(replicated: WithReplica) -> None:
    first = replicated.call("GET", "/v1/reservations?sku=a&limit=1")[1]
    assert [row["reservation_id"] for row in first["items"]] == ["r-1"]
    second = replicated.call("GET", f"/v1/reservations?sku=a&limit=1&cursor={first['next_cursor']}")[1]
    assert [row["reservation_id"] for row in second["items"]] == ["r-2"]
    owner = replicated.call("GET", "/v1/reservations?sku=a&consistent=true")[1]["items"]
    assert [row["reservation_id"] for row in owner] == ["r-1", "r-2", "r-3"]
    assert first["items"] + second["items"] == owner[:2], "both ways tell the same"
    assert replicated.call("GET", "/v1/reservations?sku=nothing")[0] == 404


def test_look_ups_and_decisions_do_not_read_it(replicated: WithReplica) -> None:
    assert replicated.call("GET", "/v1/orders/r-3")[0] == 200
    assert replicated.call("GET", "/v1/inventory-levels/a")[1]["reserved"] == 3
    assert replicated.call("GET", "/v1/keys")[0] == 200


def test_without_it_reports_wait_and_orders_flow(tmp_path: Path) -> None:
    system = InProcess(tmp_path / "data", replica_url=f"sqlite:///{tmp_path}/none/replica.sqlite").start()
    try:
        system.fill({"a": 10})
        for path in REPORTS:
            status, problem = system.call("GET", path)
            assert (status, problem["type"]) == (503, "/problems/unavailable"), path
        assert system.call("POST", "/v1/orders", {"lines": [{"sku": "a", "quantity": 1}]})[0] == 201
        assert system.call("GET", "/v1/inventory-levels/a")[0] == 200
        assert system.call("GET", "/readyz")[0] == 200
    finally:
        system.stop()


def test_reports_read_mariadb_too(tmp_path: Path, fresh_database: str) -> None:
    system = InProcess(tmp_path / "data", database_url=fresh_database, replica_url=f"{fresh_database}?charset=utf8mb4").start()
    try:
        system.fill({"a": 100, "b": 1})
        for number in range(3):
            system.call("POST", "/v1/orders", {"order_id": f"m-{number}", "lines": [{"sku": "a", "quantity": 1}]})
        system.level_rows()
        for path in REPORTS:
            seen, cursor = [], ""
            while cursor is not None:
                status, page = system.call("GET", f"{path}{'&' if '?' in path else '?'}limit=1{cursor and '&cursor='}{cursor}")
                assert status == 200, page
                seen += page["items"]
                cursor = page["next_cursor"]
            assert len(seen) == {"/v1/products": 2, "/v1/inventory-levels": 2, "/v1/inventory-movements?sku=a": 1}.get(path, 3)
    finally:
        system.stop()
