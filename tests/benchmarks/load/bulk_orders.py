"""Orders by the hundred thousand: placed in batches, then cancelled, or shipped and delivered, over many connections."""

import json
import random
import time
from typing import Final

import uvloop

from tests.benchmarks.load.open_loop import Client, request_bytes

BATCH: Final = 1_000
AT_ONCE: Final = 10_000
"""Orders under way together, and requests that the client holds."""
BATCHES_IN_FLIGHT: Final = 4
CONNECTIONS: Final = 64
NO_WAIT: Final = float("inf")
PATIENCE_S: Final = 300.0
MOST_LINES: Final = 3
DELIVERED: Final = 0.1
"""Share of the orders that is shipped and delivered; the others are cancelled."""


class OrderStream:
    """New orders of one system, over the first `skus` of its SKUs, all of them equally often."""

    def __init__(self, port: int, skus: list[str], seed: int = 1) -> None:
        self._port, self._skus, self._random = port, skus, random.Random(seed)
        self._run, self._placed = f"bulk{time.time_ns():x}", 0

    def place(self, count: int) -> list[str]:
        """Place so many orders; gives their ids."""
        ids: list[str] = []
        for _ in range(0, count, AT_ONCE):
            part = [self._new_id() for _ in range(min(AT_ONCE, count - len(ids)))]
            bodies = [self._body(part[at : at + BATCH]) for at in range(0, len(part), BATCH)]
            requests = [request_bytes("/v1/orders:batch", body, self._port) for body in bodies]
            self._send(requests, BATCHES_IN_FLIGHT)
            ids += part
        return ids

    def finish(self, ids: list[str]) -> None:
        """Cancel them, but ship and deliver one in ten."""
        for at in range(0, len(ids), AT_ONCE):
            part = ids[at : at + AT_ONCE]
            delivered = int(len(part) * DELIVERED)
            self._each(part[:delivered], "ship")
            self._each(part[:delivered], "deliver")
            self._each(part[delivered:], "cancel")

    def _each(self, ids: list[str], verb: str) -> None:
        self._send([request_bytes(f"/v1/orders/{order_id}/{verb}", b"", self._port) for order_id in ids], CONNECTIONS)

    def _send(self, requests: list[bytes], connections: int) -> None:
        if not requests:
            return
        client = Client(self._port, requests, NO_WAIT, drain_s=PATIENCE_S)
        measured = uvloop.run(client.run(min(connections, len(requests))))
        if measured.unanswered or set(measured.statuses) != {200}:
            raise RuntimeError(
                f"of {len(requests)}: {measured.statuses}, {measured.unanswered} unanswered; {requests[0][:80]!r}"
            )

    def _new_id(self) -> str:
        self._placed += 1
        return f"{self._run}-{self._placed}"

    def _body(self, ids: list[str]) -> bytes:
        chance = self._random
        orders = []
        for order_id in ids:
            skus = chance.sample(self._skus, chance.randint(1, MOST_LINES))
            orders.append({"order_id": order_id, "lines": [{"sku": sku, "quantity": chance.randint(1, 3)} for sku in skus]})
        return json.dumps(orders).encode()
