"""A route of the API: first who asks, then in what form, then what."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final
from urllib.parse import unquote, unquote_to_bytes

from fastapi import Request, Response
from fastapi.routing import APIRoute

from gateway.json_bodies import read_json
from gateway.media_types import check_content_type
from gateway.problems import INVALID_REQUEST, Problem
from gateway.shell import BASE
from gateway.system import KEY_CHECKS

WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class _JsonRequest(Request):
    """Its body is read as JSON in our way."""

    async def json(self) -> Any:
        """The body as JSON."""
        return read_json(await self.body())


class KeyedRoute(APIRoute):
    """The framework judges the body before any dependency: the key, the address and the content type come before that."""

    def get_route_handler(self) -> Handler:
        """The framework's handler, behind what comes first."""
        handler = super().get_route_handler()
        checks = [found.call for found in self.dependant.dependencies if found.call in KEY_CHECKS]
        has_body = not WITH_BODY.isdisjoint(self.methods or ())
        ndjson = self.path.endswith("/orders:batch")

        async def handle(request: Request) -> Response:
            for check in checks:
                assert check is not None
                await check(request)
            self._check_address(request)
            if has_body:
                check_content_type(dict(request.scope["headers"]), ndjson=ndjson)
            return await handler(_JsonRequest(request.scope, request.receive))

        return handle

    def _check_address(self, request: Request) -> None:
        """Refuse escapes in path and query that are not UTF-8: the framework would put another character there."""
        raw_path: bytes = request.scope["raw_path"]
        if b"%" in raw_path:
            found = self.path_regex.match(unquote(raw_path.decode("latin-1"), "latin-1").removeprefix(BASE))
            for name, value in (found.groupdict() if found else {}).items():
                _check_utf8("path", name, value.encode("latin-1"))
        query: bytes = request.scope["query_string"]
        if b"%" in query:
            for pair in query.split(b"&"):
                key, _, sent = pair.partition(b"=")
                shown = unquote_to_bytes(key).decode("utf-8", "backslashreplace")
                _check_utf8("query", shown, unquote_to_bytes(key))
                _check_utf8("query", shown, unquote_to_bytes(sent))


def _check_utf8(place: str, name: str, value: bytes) -> None:
    try:
        value.decode()
    except UnicodeDecodeError as error:
        says = f"byte {error.start} is not UTF-8"
        told = {"field": name, "value": value.decode("utf-8", "backslashreplace")[:80], "problem": says}
        raise Problem(INVALID_REQUEST, f"{place} {name}: {says}", errors=[told]) from None
