"""A small gateway behind a real HTTP server: it keeps stock, orders and keys in memory, and misbehaves on request."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tests.patience import PATIENCE_S

Reply = tuple[int, dict[str, Any]]


@dataclass
class Call:
    """One request as it arrived."""

    method: str
    path: str
    key: str | None
    body: Any
    authorization: str | None


def problem(status: int, kind: str) -> Reply:
    return status, {"type": f"https://skuld.example/problems/{kind}", "title": kind, "status": status}


class Cut(Response):
    """An answer that breaks off: the connection closes before its body is complete."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 201, "headers": [(b"content-length", b"999")]})
        raise ConnectionResetError("the answer is lost on purpose")


@dataclass
class FakeGateway:
    """`calls` holds every request, `effects` how often each command was carried out; `trouble` is taken per request."""

    base_url: str = ""
    api_key: str = "secret"
    delay_s: float = 0.0
    calls: list[Call] = field(default_factory=list)
    effects: list[str] = field(default_factory=list)
    trouble: list[tuple[str, str, str]] = field(default_factory=list)
    stock: dict[str, int] = field(default_factory=dict)
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    shape: str = "results"
    _answers: dict[str, tuple[Any, Reply]] = field(default_factory=dict)

    def calls_to(self, part: str) -> list[Call]:
        return [call for call in self.calls if part in call.path]

    async def handle(self, request: Request) -> Response:
        raw = await request.body()
        lines = request.headers.get("content-type") == "application/x-ndjson"
        body = [json.loads(line) for line in raw.splitlines()] if lines else json.loads(raw or b"null")
        path = request.url.path
        key = request.headers.get("idempotency-key")
        if path == "/livez":
            return JSONResponse({})
        self.calls.append(Call(request.method, path, key, body, request.headers.get("authorization")))
        if request.headers.get("authorization") != f"Bearer {self.api_key}":
            return JSONResponse({"type": "invalid-key", "title": "Invalid key", "detail": "unknown key"}, 401)
        kind, retry_after = self._trouble_for(path)
        if kind == "busy":
            return JSONResponse({"title": "busy"}, 503, {"Retry-After": retry_after} if retry_after else None)
        await asyncio.sleep(self.delay_s)
        status, answer = self._once(key, request.method, path, body)
        if kind == "lost":
            return Cut()
        return JSONResponse(answer, status)

    def _trouble_for(self, path: str) -> tuple[str, str]:
        for number, (part, kind, retry_after) in enumerate(self.trouble):
            if part in path:
                del self.trouble[number]
                return kind, retry_after
        return "", ""

    def _once(self, key: str | None, method: str, path: str, body: Any) -> Reply:
        if key is None:
            return self._carry_out(path, body)
        known = self._answers.get(key)
        if known is None:
            known = self._answers[key] = ((path, body), self._carry_out(path, body))
        return known[1] if known[0] == (path, body) else problem(409, "idempotency-key-reused")

    def _carry_out(self, path: str, body: Any) -> Reply:
        if path.endswith(":batch"):
            single = path.removesuffix(":batch")
            results = []
            for item in body:
                status, answer = self._once(item.get("order_id"), "POST", single, item)
                results.append({**answer, "status": status})
            return 200, results if self.shape == "array" else {"results": results}  # type: ignore[return-value]
        self.effects.append(path if path != "/v1/orders" else f"{path}/{body['order_id']}")
        _, _, resource, *rest = path.split("/")
        if resource == "orders" and rest:
            return self._on_order(rest[0], rest[1], body)
        return {"orders": self._place, "adjustments": self._adjust, "returns": self._return}.get(
            resource, lambda body: (201, body)
        )(body)

    def _place(self, body: Any) -> Reply:
        lines = []
        for line in body["lines"]:
            reserved = min(line["quantity"], self.stock.get(line["sku"], 0))
            self.stock[line["sku"]] = self.stock.get(line["sku"], 0) - reserved
            lines.append(line | {"quantity_reserved": reserved, "quantity_backordered": line["quantity"] - reserved})
        short = sum(line["quantity_backordered"] for line in lines)
        if short and body["policy"] == "all_or_nothing":
            return problem(409, "insufficient-stock")
        state = "partially_reserved" if short else "reserved"
        order = {"order_id": body["order_id"], "state": state, "lines": lines}
        self.orders[body["order_id"]] = order
        return 201, order

    def _on_order(self, order_id: str, verb: str, body: Any) -> Reply:
        order = self.orders.get(order_id)
        if order is None:
            return problem(404, "unknown-order")
        if verb == "ship" and order["state"] != "reserved":
            return problem(409, "wrong-state")
        order["state"] = {"cancel": "cancelled", "ship": "shipped", "deliver": "delivered"}.get(verb, order["state"])
        return 200, order

    def _adjust(self, body: Any) -> Reply:
        level = self.stock.get(body["sku"], 0) + body["quantity"]
        if level < 0:
            return problem(409, "insufficient-stock")
        self.stock[body["sku"]] = level
        return 201, {"sku": body["sku"], "on_hand": level}

    def _return(self, body: Any) -> Reply:
        for line in body["lines"]:
            self.stock[line["sku"]] = self.stock.get(line["sku"], 0) + line["quantity"]
        return 201, {"return_id": body["return_id"], "state": "closed"}


def _app(handle: Callable[[Request], Awaitable[Response]]) -> Starlette:
    return Starlette(routes=[Route("/{path:path}", handle, methods=["GET", "POST", "PUT", "PATCH"])])


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    """A gateway on a free port, stopped after the test."""
    fake = FakeGateway()
    listening = socket.create_server(("127.0.0.1", 0))
    fake.base_url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(_app(fake.handle), log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + PATIENCE_S
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.005)
    assert server.started
    yield fake
    server.should_exit = True
    thread.join(PATIENCE_S)
    listening.close()
    assert not thread.is_alive()
