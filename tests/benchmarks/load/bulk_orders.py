"""Orders by the hundred thousand: placed in batches through HTTP, then cancelled, or shipped and delivered, by their owner itself."""

import asyncio
import json
import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import uvloop

from actors.kernel import composition, deploy
from actors.kernel.client import OwnerClient
from actors.kernel.messages import Message
from actors.kernel.routing import InventoryShards, OrderShards
from actors.kernel.transport.direct import DirectDialler
from actors.kernel.transport.ray_call import RayDirectory
from actors.orders.commands import CancelOrder, DeliverOrder, ShipOrder
from actors.orders.replies import OrderView
from gateway.data_directory import find_running
from tests.benchmarks.load.open_loop import Client, request_bytes

BATCH: Final = 1_000
AT_ONCE: Final = 10_000
"""Orders under way together, and requests that the client holds."""
BATCHES_IN_FLIGHT: Final = 4
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


@contextmanager
def joined(data_dir: Path) -> Iterator[None]:
    """With a seat in the running system, as a gateway has it: HTTP knows no batch of cancels, and one by one takes long.

    Once per process: Ray keeps the token of the first system it has joined.
    """
    running = find_running(data_dir)
    deploy.start_ray(data_dir, address=running.ray_address, namespace=running.namespace, dashboard=False)
    try:
        yield
    finally:
        deploy.leave_ray()
        os.environ.pop("RAY_AUTH_TOKEN_PATH", None)  # a system started after this one has a token of its own


def finish(ids: list[str]) -> None:
    """Cancel these orders, but ship and deliver one in ten."""
    uvloop.run(_finish(ids, int(len(ids) * DELIVERED)))


async def _finish(ids: list[str], delivered: int) -> None:
    replies = dict(composition.REPLY_TYPES)
    client = OwnerClient(InventoryShards(1), OrderShards(1), RayDirectory(), DirectDialler(), replies)
    try:
        ship = [ShipOrder(f"ship:{order_id}", 0, "bench", order_id) for order_id in ids[:delivered]]
        deliver = [DeliverOrder(f"deliver:{order_id}", 0, "bench", order_id) for order_id in ids[:delivered]]
        cancel = [CancelOrder(f"cancel:{order_id}", 0, "bench", order_id, "customer") for order_id in ids[delivered:]]
        await _all_are(client, "cancelled", cancel)
        await _all_are(client, "shipped", ship)
        await _all_are(client, "delivered", deliver)
    finally:
        await client.close()


async def _all_are(client: OwnerClient, state: str, commands: list[CancelOrder] | list[ShipOrder] | list[DeliverOrder]) -> None:
    """Send them together and wait until each order is in that state."""
    left, ended = len(commands), asyncio.Event()
    others: list[Message | None] = []

    def on_reply(_: int, reply: Message | None, times_sent: int) -> None:
        nonlocal left
        if not isinstance(reply, OrderView) or reply.state != state:
            others.append(reply)
        left -= 1
        if not left:
            ended.set()

    for at in range(0, len(commands), BATCH):
        client.post(client.orders.names()[0], commands[at : at + BATCH], on_reply, PATIENCE_S)
    if commands:
        await asyncio.wait_for(ended.wait(), 2 * PATIENCE_S)  # each is answered, or given up, before that
    if others:
        raise RuntimeError(f"{len(others)} of {len(commands)} were not {state}, the first: {others[0]!r}")
