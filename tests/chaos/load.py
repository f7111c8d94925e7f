"""The load: customers who come one after the other's errand, each request again and again with the same key until it is answered."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from typing import Any, Final

import aiohttp

from tests.chaos.errands import Customer
from tests.chaos.promises import Promises
from tests.end_to_end.running_system import RunningSystem

SHOPPERS: Final = 12
PAUSE_S: Final = 0.08
"""Between two errands of a customer: the machine has other things to do as well."""
RETRY_S: Final = 0.05
REFUSED: Final = frozenset({404, 409, 422})
AGAIN: Final = frozenset({0, 503})
"""No answer, or one that says to come again; anything else is definite."""


class GoneHome(Exception):
    """The customer waits no longer."""


class Load:
    """Customers at once, in a thread, until told to stop."""

    def __init__(self, system: RunningSystem, seed: int) -> None:
        self._system = system
        self._seed = seed
        self._stopping = threading.Event()
        self._abandoned = threading.Event()
        self.promises = Promises()
        self.retries = 0
        self.slowest_s = 0.0
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    @property
    def acknowledged(self) -> dict[str, Any]:
        """Orders that were taken, by id."""
        return self.promises.orders

    @property
    def refused(self) -> set[str]:
        """Orders that were not."""
        return self.promises.refused

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Let everybody finish the errand that is begun."""
        self._stopping.set()
        self._thread.join(120)
        assert not self._thread.is_alive(), "a customer still waits for an answer after two minutes"

    def abandon(self) -> None:
        """Let everybody go home without an answer: none will come."""
        self._abandoned.set()
        self.stop()

    async def _run(self) -> None:
        timeout = aiohttp.ClientTimeout(total=20)
        async with aiohttp.ClientSession(self._system.url, timeout=timeout) as session:
            await asyncio.gather(*[self._come_and_go(session, number) for number in range(SHOPPERS)])

    async def _come_and_go(self, session: aiohttp.ClientSession, number: int) -> None:
        async def ask(method: str, path: str, body: Any, key: str) -> tuple[int, Any, bool]:
            return await self._insist(session, method, path, body, key)

        name = f"c{self._seed}-{number}"
        customer = Customer(name, random.Random(name), ask, self.promises)
        try:
            while not self._stopping.is_set():
                await customer.run_an_errand()
                await asyncio.sleep(PAUSE_S)
        except GoneHome:
            return

    async def _insist(
        self, session: aiohttp.ClientSession, method: str, path: str, body: Any, key: str
    ) -> tuple[int, Any, bool]:
        """Ask until the answer is definite; gives it, and whether it took more than one attempt.

        Raises:
            GoneHome: the load was abandoned.
        """
        began = time.monotonic()
        attempts = 0
        while not self._abandoned.is_set():
            attempts += 1
            try:
                async with session.request(method, path, json=body, headers={"Idempotency-Key": key}) as answer:
                    told = await answer.json(content_type=None)
                    status = answer.status
            except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
                status, told = 0, None
            if status not in AGAIN and not _partly_busy(told):
                self.slowest_s = max(self.slowest_s, time.monotonic() - began)
                if status >= 300 and status not in REFUSED:
                    self.promises.strange.append(f"{method} {path} {key}: {status} {told}")
                return status, told, attempts > 1
            self.retries += 1
            await asyncio.sleep(RETRY_S)
        raise GoneHome


def _partly_busy(told: Any) -> bool:
    """Whether an item of a batch is to be sent again: all of it is."""
    return isinstance(told, dict) and any(result["status"] in AGAIN for result in told.get("results", ()))
