"""Shoppers with stable keys and blind retries, and what must be true of every answer they got."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections import Counter
from typing import Any, Final

import aiohttp

from tests.end_to_end.running_system import RunningSystem

SKUS: Final = [f"sku-{number}" for number in range(12)]
UNITS: Final = 1_000_000
SCARCE: Final = "scarce"
SCARCE_UNITS: Final = 400
SHOPPERS: Final = 12
ANSWERS: Final = {201, 409, 422}
"""Definite answers; everything else is asked again with the same key."""


class Load:
    """Orders from several shoppers at once, in a thread, until told to stop."""

    def __init__(self, system: RunningSystem, seed: int) -> None:
        self._system = system
        self._seed = seed
        self._stopping = threading.Event()
        self._abandoned = threading.Event()
        self.acknowledged: dict[str, dict[str, Any]] = {}
        self.refused: set[str] = set()
        self.retries = 0
        self.strange: list[str] = []
        self.slowest_s = 0.0
        self._looked_up: set[str] = set()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Let every shopper finish the order it has begun."""
        self._stopping.set()
        self._thread.join(120)
        assert not self._thread.is_alive(), "a shopper still waits for an answer after two minutes"

    def abandon(self) -> None:
        """Let every shopper go home without an answer: none will come."""
        self._abandoned.set()
        self.stop()

    def unchecked(self) -> list[str]:
        """Acknowledged orders that nobody has looked up yet."""
        looked_up, self._looked_up = self._looked_up, set(self.acknowledged)
        return sorted(self._looked_up - looked_up)

    async def _run(self) -> None:
        timeout = aiohttp.ClientTimeout(total=20)
        async with aiohttp.ClientSession(self._system.url, timeout=timeout) as session:
            await asyncio.gather(*[self._shop(session, number) for number in range(SHOPPERS)])

    async def _shop(self, session: aiohttp.ClientSession, number: int) -> None:
        rng = random.Random(f"{self._seed}-{number}")
        count = 0
        while not self._stopping.is_set():
            count += 1
            skus = rng.sample(SKUS, rng.randint(1, 3)) + ([SCARCE] if rng.random() < 0.2 else [])
            lines = [{"sku": sku, "quantity": rng.randint(1, 3)} for sku in skus]
            await self._insist(session, {"order_id": f"c{self._seed}-{number}-{count}", "lines": lines})

    async def _insist(self, session: aiohttp.ClientSession, order: dict[str, Any]) -> None:
        began = time.monotonic()
        while not self._abandoned.is_set():
            try:
                async with session.post("/v1/orders", json=order) as answer:
                    body = await answer.json(content_type=None)
                    status = answer.status
            except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
                status, body = 0, None
            if status in ANSWERS:
                break
            if status not in {0, 503}:
                self.strange.append(f"{order['order_id']}: {status} {body}")
                break
            self.retries += 1
            await asyncio.sleep(0.05)
        else:
            return
        self.slowest_s = max(self.slowest_s, time.monotonic() - began)
        if status == 201:
            self.acknowledged[order["order_id"]] = order
        else:
            self.refused.add(order["order_id"])


def fill(system: RunningSystem) -> None:
    """Plenty of everything, little of one thing."""
    system.fill({**dict.fromkeys(SKUS, UNITS), SCARCE: SCARCE_UNITS})


async def _not_reserved(system: RunningSystem, order_ids: list[str]) -> list[str]:
    """Look orders up, several at a time: there are thousands."""
    found: list[str] = []
    left = iter(order_ids)

    async def look_up(session: aiohttp.ClientSession) -> None:
        for order_id in left:
            async with session.get(f"/v1/orders/{order_id}") as answer:
                kept = await answer.json(content_type=None)
                if answer.status != 200 or kept["state"] != "reserved":
                    found.append(f"{order_id} was acknowledged and is {answer.status} {kept.get('state')}")

    async with aiohttp.ClientSession(system.url) as session:
        await asyncio.gather(*[look_up(session) for _ in range(SHOPPERS)])
    return found


def broken_promises(system: RunningSystem, loads: list[Load]) -> list[str]:
    """What was answered against what is there: every order once, nothing oversold, the invariants."""
    found = [line for load in loads for line in load.strange]
    wanted: Counter[str] = Counter()
    for load in loads:
        for order in load.acknowledged.values():
            for line in order["lines"]:
                wanted[line["sku"]] += line["quantity"]
        found += asyncio.run(_not_reserved(system, load.unchecked()))
    for sku in (*SKUS, SCARCE):
        level = system.level(sku)
        if level["reserved"] != wanted[sku]:
            found.append(f"{sku}: {level['reserved']} reserved, {wanted[sku]} acknowledged")
        if level["available"] < 0 or level["on_hand"] != (SCARCE_UNITS if sku == SCARCE else UNITS):
            found.append(f"{sku}: oversold or lost: {level}")
    verified = system.run("verify")
    if verified.returncode:
        found.append(f"skuld verify: {verified.stdout}{verified.stderr}")
    return found
