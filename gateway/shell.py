"""Around every request: the size of its body, drain, counting, and the way out for what went wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from actors.kernel.faults import Fault
from gateway.order_intake import ROUTE as ORDERS
from gateway.order_intake import OrderIntake
from gateway.parameters import refuse_unknown
from gateway.problems import BUSY, TOO_LARGE, Problem, problem_of_bug, problem_of_fault
from gateway.system import System

log = structlog.get_logger()

BASE: Final = "/v1"
"""Where the routes of the API hang; the patterns of the framework are without it."""
BATCHES: Final = ("/v1/orders:batch", "/v1/products:batch", "/v1/adjustments:batch", "/v1/replenishment-suggestions")
ASKED: Final = "skuld.asked"
"""The method as it came: a HEAD goes on as the GET whose head it asks for."""
_BODY_METHODS: Final = frozenset({"POST", "PUT", "PATCH"})
_OPEN_WHILE_DRAINING: Final = frozenset({"/livez", "/readyz", "/metrics"})


class Shell:
    """The outermost ASGI application; orders, the hot route, do not go through the framework behind it."""

    def __init__(self, app: ASGIApp, system: System, orders: OrderIntake, document: Callable[[], dict[str, Any]]) -> None:
        self._app = app
        self.document = document
        self.system = system
        self.orders = orders
        self.in_flight = 0  # requests that are not answered yet; those of `order_wire.py` are counted there

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path, method = scope["path"], scope["method"]
        if method == "HEAD":  # the server leaves the body away
            scope = {**scope, "method": "GET", ASKED: method}
        began = False

        async def watched_send(message: Message) -> None:
            nonlocal began
            began = True
            if message["type"] == "http.response.start":
                self.system.metrics.answers.labels(method, _route(scope), message["status"]).inc()
            await send(message)

        self.in_flight += 1
        try:
            if self.system.draining and path not in _OPEN_WHILE_DRAINING:
                raise Problem(BUSY, "this gateway is stopping", retry_after_s=1.0)
            if path == ORDERS and method == "POST":
                scope["skuld.route"] = path
                refuse_unknown(scope["query_string"], ())
                await self.orders(scope, receive, send)
                return
            if method in _BODY_METHODS:
                receive = self._checked_body(scope, receive)
            await self._app(scope, receive, watched_send)
        except ClientDisconnect:
            log.info("client gone", path=path)
        except Problem as problem:
            await self._answer(problem, scope, receive, watched_send)
        except Fault as fault:
            log.warning("fault", path=path, key=_key(scope), fault=str(fault))
            await self._answer(problem_of_fault(fault), scope, receive, watched_send)
        except Exception:
            if began:
                raise
            bug = problem_of_bug(path=path, method=method, key=_key(scope))
            await self._answer(bug, scope, receive, watched_send)
        finally:
            self.in_flight -= 1

    async def _answer(self, problem: Problem, scope: Scope, receive: Receive, send: Send) -> None:
        self.system.metrics.refusals.labels(problem.kind.slug).inc()
        response = problem.response()
        if self.system.draining:
            response.headers["connection"] = "close"
        await response(scope, receive, send)

    def _checked_body(self, scope: Scope, receive: Receive) -> Receive:
        """Refuse a body that says it is larger than its limit, or grows past it while it is read."""
        settings = self.system.settings
        batch = scope["path"] in BATCHES
        limit = settings.batch_bytes if batch else settings.body_bytes
        headers = dict(scope["headers"])
        check_length(headers, limit)
        read = 0

        async def limited() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise Problem(TOO_LARGE, f"the body is larger than {limit} bytes", limit_bytes=limit)
            return message

        return limited


def check_length(headers: dict[bytes, bytes], limit: int) -> None:
    """Refuse a body that says it is too large, before reading it."""
    length = headers.get(b"content-length", b"0")
    if length.isdigit() and int(length) > limit:
        raise Problem(TOO_LARGE, f"the body has {int(length)} bytes, the limit is {limit}", limit_bytes=limit)


def _key(scope: Scope) -> str:
    """The client's key, from which the op id is made: it finds the command in the owners' logs and journals."""
    found: bytes = dict(scope["headers"]).get(b"idempotency-key", b"")
    return found.decode("latin-1")


def _route(scope: Scope) -> str:
    """The route's pattern, never the path: a metric per SKU would be no metric."""
    found: str | None = scope.get("skuld.route")
    if found is not None:
        return found
    pattern: str = getattr(scope.get("route"), "path_format", "unknown")
    return BASE + pattern if scope["path"].startswith(BASE + "/") and pattern != "unknown" else pattern
