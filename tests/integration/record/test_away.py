"""Orders flow while the system of record is away, however many were finished and forgotten before."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest

from actors.orders import evolution
from tests.integration.in_process import InProcess
from tests.servers.lossy_proxy import LossyProxy
from tests.servers.redis import RedisServer

RECALLED_WITHIN_S: Final = 20.0


def place(skuld: InProcess, order_id: str) -> tuple[int, str]:
    status, order = skuld.call("POST", "/v1/orders", {"order_id": order_id, "lines": [{"sku": "apple", "quantity": 1}]})
    return status, order.get("state", order.get("type", ""))


def test_orders_with_ids_of_their_own_flow_while_the_database_is_away(
    tmp_path: Path, fresh_database: str, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evolution, "FINISHED_KEPT", 2)
    address = urlsplit(fresh_database)
    assert address.port is not None
    proxy = LossyProxy(address.port)
    url = fresh_database.replace(f":{address.port}/", f":{proxy.port}/")
    skuld = InProcess(tmp_path / "data", database_url=url, redis_url=redis_server.url).start()
    try:
        skuld.fill({"apple": 50})
        for number in range(6):
            assert place(skuld, f"web-{number}") == (201, "reserved")
            assert skuld.call("POST", f"/v1/orders/web-{number}/cancel")[0] == 200
        skuld.level_rows()
        proxy.cut()
        assert place(skuld, "web-new") == (201, "reserved")
        assert place(skuld, "web-new") == (201, "reserved")
        status, _ = place(skuld, "web-0")
        assert status == 503, "it may be a repeat: nobody can tell now"
        proxy.restore()
        skuld.wait_ready()
        end = time.monotonic() + RECALLED_WITHIN_S
        while (answer := place(skuld, "web-0"))[0] == 503 and time.monotonic() < end:
            time.sleep(0.2)
        assert answer == (201, "cancelled")
        assert skuld.level("apple")["reserved"] == 1
    finally:
        proxy.restore()
        skuld.stop()
        proxy.stop()
