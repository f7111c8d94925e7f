"""POST /v1/orders, the route that Singles' Day is about: raw ASGI, no work that can be left out or done per batch."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import msgspec
from starlette.requests import HTTPConnection
from starlette.types import Message, Receive, Scope, Send

from actors.kernel.faults import Fault
from actors.kernel.messages import Refusal
from actors.orders.messages import OrderView
from gateway.auth import Caller, allow
from gateway.order_bodies import order_json, place_command, read_order
from gateway.problems import TOO_LARGE, WRONG_TYPE, Problem, problem_of_fault, problem_of_refusal
from gateway.system import NOBODY, System, checked_key

_JSON: Final = (b"content-type", b"application/json")
_encode = msgspec.json.Encoder().encode


class HotOrders:
    """Takes an order and answers when it is reserved, backordered or rejected, and that is durable."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._labels = {state: system.metrics.orders.labels(state) for state in ("reserved", "rejected", "backordered")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            status, body, headers = await self._place(scope, receive)
        except Fault as fault:
            raise problem_of_fault(fault) from None
        self._system.metrics.answer_s.observe(loop.time() - began)
        headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _place(self, scope: Scope, receive: Receive) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
        system = self._system
        headers = dict(scope["headers"])
        caller = await self._caller(scope)
        content_type = headers.get(b"content-type", b"")
        if not content_type.startswith(b"application/json"):
            raise Problem(WRONG_TYPE, f"the content type is {content_type.decode('latin-1')!r}, not application/json")
        order_id, order = read_order(await self._body(receive))
        raw_key = headers.get(b"idempotency-key")
        key = checked_key(raw_key.decode("latin-1")) if raw_key is not None else None
        wait = headers.get(b"prefer") != b"respond-async"
        command = place_command(order_id, order, key, caller, wait=wait)
        owner = system.owners.orders.owner_of(command.order_id)
        reply = await system.owners.ask(owner, command, timeout_s=system.settings.patience_s)
        view = placed(reply)
        self._count(view.state)
        if not wait:
            location = f"/v1/orders/{view.order_id}".encode()
            return 202, _encode(order_json(view)), [_JSON, (b"location", location)]
        return 201, _encode(order_json(view)), [_JSON]

    async def _caller(self, scope: Scope) -> Caller:
        if not self._system.settings.auth:
            return NOBODY
        return allow(await self._system.caller_of(HTTPConnection(scope)), "orders")

    async def _body(self, receive: Receive) -> bytes:
        message: Message = await receive()
        if not message.get("more_body"):
            body: bytes = message.get("body", b"")
            return self._limited(body)
        parts = [message["body"]]
        while message.get("more_body"):
            message = await receive()
            parts.append(message.get("body", b""))
            self._limited(b"".join(parts))
        return b"".join(parts)

    def _limited(self, body: bytes) -> bytes:
        limit = self._system.settings.body_bytes
        if len(body) > limit:
            raise Problem(TOO_LARGE, f"the body is larger than {limit} bytes", limit_bytes=limit)
        return body

    def _count(self, state: str) -> None:
        label = self._labels.get(state)
        if label is None:
            label = self._labels[state] = self._system.metrics.orders.labels(state)
        label.inc()


def placed(reply: Any) -> OrderView:
    """The order that was placed.

    Raises:
        Problem: it was refused, or rejected; a rejected order has left its shortages as the reason.
    """
    if isinstance(reply, Refusal):
        raise problem_of_refusal(reply)
    assert isinstance(reply, OrderView)
    if reply.state == "rejected" and reply.refusal is not None:
        raise problem_of_refusal(reply.refusal, order_id=reply.order_id)
    return reply
