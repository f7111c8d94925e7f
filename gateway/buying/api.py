"""Calls of the HTTP API, one after the other: what it answers, or why not in one line."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias, TypeVar

import msgspec

from actors.kernel.faults import Fault
from gateway.replay.requests import Request
from gateway.replay.wire import ReplayStopped, RetryPolicy, Wire

CONNECTIONS: Final = 8
T = TypeVar("T")
Told: TypeAlias = dict[str, Any]


class CallFailed(Fault):
    """The system is away, or it refused what it should have done."""


class Api:
    """One system. Each call is sent until it is answered; sent twice it is carried out once."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def call(self, method: str, path: str, body: Any = None) -> Told:
        """What it answers.

        Raises:
            CallFailed: it refuses; with its reason.
        """
        content = b"" if body is None else msgspec.json.encode(body)
        key = None if method == "GET" else hashlib.blake2b(f"{method} {path} ".encode() + content, digest_size=12).hexdigest()
        status, answer = await self._wire.exchange(Request(method, f"/v1/{path}", content, key))
        told = _read(answer)
        if not 200 <= status < 300:
            raise CallFailed(f"{method} /v1/{path} was refused ({status}): {told.get('detail', 'no reason was given')}")
        return told

    async def all_pages(self, path: str) -> list[Told]:
        """The items of every page of a list."""
        found: list[Told] = []
        cursor = ""
        while True:
            page = await self.call("GET", path + cursor)
            found += page["items"]
            if page["next_cursor"] is None:
                return found
            cursor = f"{'&' if '?' in path else '?'}cursor={page['next_cursor']}"


def calling(base_url: str, key: str | None, work: Callable[[Api], Awaitable[T]]) -> T:
    """Do some work with a system.

    Raises:
        CallFailed: it is away, or refuses.
    """

    async def connected() -> T:
        async with Wire(base_url, key, CONNECTIONS, RetryPolicy()) as wire:
            return await work(Api(wire))

    try:
        return asyncio.run(connected())
    except ReplayStopped as stopped:
        raise CallFailed(str(stopped)) from None


def _read(answer: bytes) -> Told:
    try:
        return msgspec.json.decode(answer, type=Told)
    except msgspec.MsgspecError:
        return {}
