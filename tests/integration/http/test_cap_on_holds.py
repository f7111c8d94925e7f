"""How many holds a customer may have, and that it is told as it is: on each shard of stock."""

from __future__ import annotations

from typing import Any

from actors.inventory.reservations import MOST_HOLDS_PER_CUSTOMER
from tests.integration.in_process import InProcess


def test_the_cap_on_holds_counts_by_shard_and_is_documented_so(skuld: InProcess) -> None:
    skus = {skuld.shard_of(f"h-{number}"): f"h-{number}" for number in range(10)}
    first, second = skus["inventory-0"], skus["inventory-1"]

    def hold(sku: str, customer: str = "cap-ann") -> tuple[int, Any]:
        return skuld.call("POST", "/v1/reservations", {"sku": sku, "quantity": 1, "ttl_s": 60, "customer": customer})

    assert [hold(first)[0] for _ in range(MOST_HOLDS_PER_CUSTOMER)] == [201] * MOST_HOLDS_PER_CUSTOMER
    status, problem = hold(first)
    assert (status, problem["type"], problem["limit"]) == (409, "/problems/too-many-holds", MOST_HOLDS_PER_CUSTOMER)
    assert "shard" in problem["detail"]
    assert hold(second)[0] == hold(first, "cap-bob")[0] == 201
    assert "each shard" in skuld.call("GET", "/problems/too-many-holds")[1]
    described = skuld.call("GET", "/openapi.json")[1]["paths"]["/v1/reservations"]["post"]["description"]
    assert f"{MOST_HOLDS_PER_CUSTOMER} active holds on each shard" in described
