"""Many requests at a time to the one system that runs here; whatever is not answered as it must be ends the run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from gateway.replay.requests import Request
from gateway.replay.wire import RetryPolicy, Wire

CONNECTIONS: Final = 16
OK: Final = (200, 201)


class NotAnswered(AssertionError):
    """The system said something that it must not say here."""


class Line:
    """Connections to a gateway, used from ordinary code."""

    def __init__(self, url: str) -> None:
        self._runner = asyncio.Runner()
        self._wire = self._runner.run(self._open(url))
        self.sent = 0

    async def _open(self, url: str) -> Wire:
        return await Wire(url, None, CONNECTIONS, RetryPolicy()).__aenter__()

    def close(self) -> None:
        """Hang up."""
        self._runner.run(self._wire.__aexit__(None, None, None))
        self._runner.close()

    def ask(self, method: str, path: str, body: Any = None, key: str | None = None) -> Any:
        """One request; gives the JSON of the answer."""
        return self.ask_all([request(method, path, body, key)])[0]

    def ask_all(self, requests: Sequence[Request], expected: Iterable[int] = OK) -> list[Any]:
        """Answers in the order of the requests, which run at the same time.

        Raises:
            NotAnswered: a status that is not expected.
        """
        allowed = frozenset(expected)
        found = self._runner.run(self._exchange(requests))
        self.sent += len(requests)
        for asked, (status, content) in zip(requests, found, strict=True):
            if status not in allowed:
                raise NotAnswered(f"{asked.method} {asked.path}: {status} {content[:300]!r}")
        return [{"status": status, **told} if isinstance(told := _json(content), dict) else told for status, content in found]

    async def _exchange(self, requests: Sequence[Request]) -> list[tuple[int, bytes]]:
        return await asyncio.gather(*[self._wire.exchange(one) for one in requests])


def request(method: str, path: str, body: Any = None, key: str | None = None) -> Request:
    """A request with a JSON body."""
    return Request(method, path, b"" if body is None else msgspec.json.encode(body), key)


def _json(content: bytes) -> Any:
    return msgspec.json.decode(content) if content else None
