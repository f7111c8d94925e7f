"""Whatever was answered, its rows follow: names that come twice wedge no shard."""

from __future__ import annotations

from actors.kernel.record.checks import broken_checks
from actors.kernel.record.database import open_database
from tests.integration.in_process import InProcess


def two_skus(skuld: InProcess) -> tuple[str, str]:
    """Two SKUs of different shards."""
    shards = [skuld.shard_of(f"h-{number}") for number in range(10)]
    return f"h-{shards.index('inventory-0')}", f"h-{shards.index('inventory-1')}"


def test_orders_over_two_shards_ship_and_their_rows_follow(skuld: InProcess) -> None:
    lines = [{"sku": sku, "quantity": 1} for sku in two_skus(skuld)]
    for order_id in ("rb-1", "adjust"):
        assert skuld.call("POST", "/v1/orders", {"order_id": order_id, "lines": lines})[0] == 201
        assert skuld.call("POST", f"/v1/orders/{order_id}/ship")[0] == 200
    skuld.level_rows()


def test_a_key_for_two_shards_or_like_a_shipment_is_written_for_each(skuld: InProcess) -> None:
    for sku in two_skus(skuld):
        for key in ("KEY-0", "2", "3"):
            body = {"sku": sku, "quantity": 1, "reason": "found"}
            assert skuld.call("POST", "/v1/adjustments", body, Idempotency_Key=key)[0] == 201
    skuld.level_rows()
    assert not any(broken_checks(open_database(skuld.settings.sql_url)).values())
