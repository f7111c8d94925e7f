"""One connection to Redis for one caller: what an append needs, and nothing more.

The general client costs some 150 µs of CPU per command (pool, retry and parser layers, each a coroutine); an owner
appends hundreds of times a second and has one command in flight, so it speaks to the parser itself: about 30 µs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import hiredis
from redis.asyncio.connection import SSLConnection, parse_url

from actors.kernel.faults import Fault, StoreUnavailable

WIRE_TIMEOUT_S: Final = 10.0
"""Longer than a slow fsync; afterwards the outcome is unknown and asked for."""


def address_of(options: Mapping[str, Any]) -> str:
    """Where a Redis is, for messages: of the options that its URL holds."""
    return str(options.get("path") or f"{options.get('host', 'localhost')}:{options.get('port', 6379)}")


class RedisRefused(Exception):
    """An error that Redis itself answered with: the command was not carried out."""


Exchange = Callable[[tuple[Any, ...]], Awaitable[Any]]
"""Sends a command and gives its reply."""


async def _ask_nothing(exchange: Exchange) -> None:
    """Any Redis will do."""


class RedisWire(asyncio.Protocol):
    """Connects when it is first needed, and again after it broke. Commands go one at a time.

    `ask_first` is the first to speak over each connection: what answers there may be another Redis than before, or have
    been started with other settings. A fault of it is that of the command, which is not sent.
    """

    def __init__(self, url: str, ask_first: Callable[[Exchange], Awaitable[None]] = _ask_nothing) -> None:
        options: dict[str, Any] = dict(parse_url(url))
        self.address = address_of(options)
        self._options = options
        self._ask_first = ask_first
        self._transport: asyncio.Transport | None = None
        self._reader = hiredis.Reader()
        self._answer: asyncio.Future[Any] | None = None
        self._turn = asyncio.Lock()

    async def call(self, *command: Any) -> Any:
        """Send a command and give its reply.

        Raises:
            RedisRefused: Redis answered with an error.
            StoreUnavailable: no answer; whether it was carried out is unknown.
            Fault: what `ask_first` found.
        """
        async with self._turn:
            if self._transport is None:
                await self._connect()
            return await self._exchange(command)

    async def _exchange(self, command: tuple[Any, ...]) -> Any:
        if self._transport is None:  # a Redis that is about to die takes a connection and breaks it in the same moment
            raise StoreUnavailable(f"Redis at {self.address} does not answer: the connection broke as it was opened")
        loop = asyncio.get_running_loop()
        self._answer = loop.create_future()
        timer = loop.call_later(WIRE_TIMEOUT_S, self._break, "no answer in time")
        self._transport.write(hiredis.pack_command(command))
        try:
            reply = await self._answer
        except asyncio.CancelledError:
            self._break("given up")
            raise
        finally:
            timer.cancel()
        if isinstance(reply, hiredis.ReplyError):
            raise RedisRefused(str(reply))
        return reply

    async def _connect(self) -> None:
        options = self._options
        try:
            await asyncio.wait_for(self._open(), WIRE_TIMEOUT_S)
            if options.get("password"):
                await self._exchange(("AUTH", options.get("username") or "default", options["password"]))
            if options.get("db"):
                await self._exchange(("SELECT", options["db"]))
            await self._ask_first(self._exchange)
        except (OSError, TimeoutError, RedisRefused) as error:
            self._break(str(error))
            raise StoreUnavailable(f"Redis at {self.address} does not answer: {error}") from None
        except Fault as fault:
            self._break(str(fault))
            raise

    async def _open(self) -> None:
        options, loop = self._options, asyncio.get_running_loop()
        if "path" in options:
            await loop.create_unix_connection(lambda: self, options["path"])
            return
        tls = None
        if options.get("connection_class") is SSLConnection:  # certificates as the general client reads them from the URL
            given = {name: value for name, value in options.items() if name.startswith("ssl_")}
            tls = SSLConnection(**given).ssl_context.get()
        await loop.create_connection(lambda: self, options.get("host", "localhost"), options.get("port", 6379), ssl=tls)

    def close(self) -> None:
        """Hang up."""
        self._break("closed")

    def _break(self, reason: str) -> None:
        """The connection is of no use any more; whoever waits does not learn the outcome."""
        transport, self._transport = self._transport, None
        self._reader = hiredis.Reader()
        if transport is not None:
            transport.abort()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(StoreUnavailable(f"Redis at {self.address} does not answer: {reason}"))

    # ── asyncio.Protocol ────────────────────────────────────────────────────────────────────────────────────────────
    def connection_made(self, transport: Any) -> None:
        """Connected."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Part of a reply, or all of it."""
        self._reader.feed(data)
        reply = self._reader.gets()
        if reply is not False and self._answer is not None and not self._answer.done():
            self._answer.set_result(reply)

    def connection_lost(self, exc: Exception | None) -> None:
        """Broken from the other side."""
        self._break(str(exc) if exc is not None else "connection closed")
