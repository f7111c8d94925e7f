"""The plain order on the wire: its request goes from uvicorn's parser to the intake, without scope, task or framework.

Plain is a `POST /v1/orders` with a length and a known key, on a connection with nothing before it. All else, and
everything that is wrong, takes the way through ASGI, which answers the same.
"""

from __future__ import annotations

from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from gateway.auth import ROLES, Caller, bearer_token
from gateway.media_types import JSON as _JSON
from gateway.media_types import media_type
from gateway.order_intake import JSON, ROUTE, Answer, must_wait
from gateway.problems import NOT_HTTP, Problem
from gateway.shell import Shell
from gateway.system import NOBODY

_URL: Final = ROUTE.encode()
_CREATED: Final = STATUS_LINE[201] + b"content-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
_NOT_PLAIN: Final = frozenset({b"transfer-encoding", b"expect", b"upgrade", b"content-encoding"})


class _PlainOrder:
    """The request a connection is busy with, with what uvicorn wants to know of one."""

    __slots__ = ("body", "caller", "disconnected", "headers", "keep_alive", "message_event", "response_complete", "wire")

    def __init__(self, wire: OrderWire, caller: Caller, headers: dict[bytes, bytes]) -> None:
        self.wire = wire
        self.caller = caller
        self.headers = headers
        self.body = b""
        self.keep_alive = True
        self.disconnected = False
        self.response_complete = False
        self.message_event = self  # uvicorn wakes whoever reads the body: nobody does

    def set(self) -> None:
        """Nobody waits."""

    def done(self, answer: Answer) -> None:
        """Write the answer in one piece."""
        self.response_complete = True
        self.wire.shell.in_flight -= 1
        if self.disconnected:
            return
        transport = self.wire.transport
        if answer.headers is JSON and answer.status == 201 and self.keep_alive:
            transport.write(_CREATED % (len(answer.body), answer.body))
        else:
            lines = [STATUS_LINE[answer.status]]
            for name, value in answer.headers:
                lines += (name, b": ", value, b"\r\n")
            if not self.keep_alive:
                lines.append(b"connection: close\r\n")
            lines += (b"content-length: %d\r\n\r\n" % len(answer.body), answer.body)
            transport.write(b"".join(lines))
        if not self.keep_alive:
            transport.close()
        self.wire.on_response_complete()


class OrderWire(HttpToolsProtocol):
    """uvicorn's connection, with a short way for plain orders."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        assert isinstance(self.app, Shell)
        self.shell = self.app
        self._idle_since: float | None = None

    # ── keep-alive: one timer for a connection, which looks how long it has been idle, instead of one for each request ──
    def _unset_keepalive_if_required(self) -> None:
        self._idle_since = None

    def on_response_complete(self) -> None:
        """Go on with a request that came meanwhile, or be idle."""
        if self.pipeline:
            super().on_response_complete()
            return
        self.server_state.total_requests += 1
        if not self.transport.is_closing():
            self.flow.resume_reading()
            self._idle_since = self.loop.time()
            if self.timeout_keep_alive_task is None:
                self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self._close_when_idle)

    def _close_when_idle(self) -> None:
        idle_s = self.loop.time() - self._idle_since if self._idle_since is not None else 0.0
        if idle_s >= self.timeout_keep_alive:
            self.transport.close()
        else:
            self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive - idle_s, self._close_when_idle)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, and its timer with it."""
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()
        super().connection_lost(exc)

    # ── requests ────────────────────────────────────────────────────────────────────────────────────────────────────
    def on_message_begin(self) -> None:
        """A request begins; what ASGI needs is only made for requests that go that way."""
        self.url = b""
        self.headers = []
        self.expect_100_continue = False

    def on_headers_complete(self) -> None:
        """Choose the way."""
        if self.url == _URL and (self.cycle is None or self.cycle.response_complete):
            plain = self._plain_order()
            if plain is not None:
                self.cycle = plain  # type: ignore[assignment]  # it answers for all that uvicorn asks of one
                return
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers += headers
        super().on_headers_complete()

    def _plain_order(self) -> _PlainOrder | None:
        system = self.shell.system
        if system.draining or self.parser.get_method() != b"POST" or self.parser.get_http_version() != "1.1":
            return None
        headers = dict(self.headers)
        if len(headers) != len(self.headers) or not _NOT_PLAIN.isdisjoint(headers):
            return None
        length = headers.get(b"content-length", b"")
        if not length.isdigit() or int(length) > system.settings.body_bytes:
            return None
        kind = headers.get(b"content-type", b"")
        if kind != _JSON and media_type(kind) != _JSON:
            return None
        caller = self._caller(headers)
        if caller is None:
            return None
        plain = _PlainOrder(self, caller, headers)
        plain.keep_alive = self.parser.should_keep_alive()
        return plain

    def _caller(self, headers: dict[bytes, bytes]) -> Caller | None:
        """Who asks, when that is known without a look-up and may place orders."""
        system = self.shell.system
        if not system.settings.auth:
            return NOBODY
        try:
            token = bearer_token(headers.get(b"authorization", b"").decode("latin-1"))
        except Problem:
            return None
        caller = system.keys.remembered(token)
        return caller if caller is not None and "orders" in ROLES[caller.role] else None

    def send_400_response(self, msg: str) -> None:
        """What is not HTTP gets the problem that it is, and is hung up on."""
        problem = Problem(NOT_HTTP, "the request cannot be read: its line or a header is malformed")
        lines = [STATUS_LINE[400], b"connection: close\r\n"]
        for name, value in problem.headers():
            lines += (name, b": ", value, b"\r\n")
        body = problem.body()
        self.transport.write(b"".join((*lines, b"content-length: %d\r\n\r\n" % len(body), body)))
        self.transport.close()

    def on_body(self, body: bytes) -> None:
        """A piece of the body, mostly all of it."""
        cycle: Any = self.cycle
        if type(cycle) is _PlainOrder:
            cycle.body = cycle.body + body if cycle.body else body
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """All is there."""
        cycle: Any = self.cycle
        if type(cycle) is _PlainOrder:
            self.shell.in_flight += 1
            wait = must_wait(cycle.headers.get(b"prefer"))
            key = cycle.headers.get(b"idempotency-key")
            self.shell.orders.answer(cycle.body, key, cycle.caller, cycle.done, wait=wait)
        else:
            super().on_message_complete()
