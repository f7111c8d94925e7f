"""The fastest way we know to run the script: one connection shared by every request of the process, answers in order.

Commands of one event loop turn leave in one write, and nobody waits for an earlier answer before sending, so that Redis
finds many orders at once and shares an fsync among them. hiredis packs and parses; no pool and no object per command.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any, Final, cast

import hiredis

from tests.benchmarks.peers.redis_lua.script import KEYS, SHA, TEXT

MAX_IN_FLIGHT: Final = 10_000


class Multiplexed(asyncio.Protocol):
    """A lost connection fails the orders in flight (outcome unknown; the client repeats them) and is opened again."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.transport: asyncio.Transport | None = None
        self.opening = asyncio.Lock()
        self.unsent: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.reader = hiredis.Reader()
        self.in_flight: deque[asyncio.Future[Any]] = deque()
        self.unsent.clear()

    def connection_lost(self, error: Exception | None) -> None:
        self.transport = None
        for waiter in self.in_flight:
            if not waiter.done():
                waiter.set_exception(ConnectionError("Redis went away: outcome unknown"))
        self.in_flight.clear()

    def data_received(self, data: bytes) -> None:
        self.reader.feed(data)
        while (answer := self.reader.gets()) is not False:
            waiter = self.in_flight.popleft()
            if not waiter.done():
                waiter.set_result(answer)

    async def run(self, arguments: Sequence[str | bytes | int]) -> Any:
        answer = await self.call("EVALSHA", SHA, KEYS, *arguments)
        if isinstance(answer, hiredis.ReplyError) and str(answer).startswith("NOSCRIPT"):
            answer = await self.call("EVAL", TEXT, KEYS, *arguments)
        if isinstance(answer, hiredis.ReplyError):
            raise answer
        return answer

    async def call(self, *words: str | bytes | int) -> Any:
        loop = asyncio.get_running_loop()
        if self.transport is None:
            async with self.opening:
                if self.transport is None:
                    await loop.create_connection(lambda: self, self.host, self.port)
        if len(self.in_flight) >= MAX_IN_FLIGHT:
            raise ConnectionError("too many orders in flight")
        waiter: asyncio.Future[Any] = loop.create_future()
        self.in_flight.append(waiter)
        if not self.unsent:
            loop.call_soon(self.flush)
        self.unsent.append(hiredis.pack_command(words))
        return await waiter

    def flush(self) -> None:
        if self.transport is not None and self.unsent:
            self.transport.write(b"".join(self.unsent))
            self.unsent.clear()
