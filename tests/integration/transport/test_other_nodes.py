"""Owners are heard on the address of their node, by gateways and owners of other nodes."""

from __future__ import annotations

import asyncio
from pathlib import Path

from actors.kernel.transport.zeromq import ZeroMqDialler
from tests.integration.in_process import InProcess


def test_an_order_travels_between_nodes(tmp_path: Path) -> None:
    system = InProcess(tmp_path / "data", address_of_node=lambda: "127.0.0.2", dialler=ZeroMqDialler()).start()
    try:
        endpoint = asyncio.run(system.directory.owners[system.shard_of("apple")].endpoint())
        assert endpoint is not None
        assert endpoint.address.startswith("tcp://127.0.0.2:")
        system.fill({"apple": 5})
        status, order = system.call("POST", "/v1/orders", {"lines": [{"sku": "apple", "quantity": 2}]})
        assert (status, order["state"]) == (201, "reserved")
    finally:
        system.stop()
