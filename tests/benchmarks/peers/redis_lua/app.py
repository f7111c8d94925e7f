"""Peer (a): FastAPI and one atomic Redis Lua script per order.

The script is idempotent by order id, reserves all lines or none, and appends the order to a stream that `worker.py`
writes to MariaDB. Written to be fast: hiredis, uvloop, httptools, msgspec, a route below FastAPI's body parsing.
`WAY` chooses how a process talks to Redis: `pool` (a call per order), `pipelined` (orders that wait together in one
pipeline) or `multiplexed` (all on one connection, nobody waiting for anybody); `obvious.py` is the plain application.
"""

import gc
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec
import redis.asyncio as aioredis
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tests.benchmarks.peers.redis_lua.multiplexed import Multiplexed
from tests.benchmarks.peers.redis_lua.script import OneByOne, Pipelined

STOCK: Final = "stock"
STREAM: Final = "orders"
ANSWERS_KEPT_S: Final = 86_400


class Line(msgspec.Struct):
    sku: str
    quantity: Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]


class Order(msgspec.Struct):
    lines: Annotated[list[Line], msgspec.Meta(min_length=1, max_length=1_000)]
    order_id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] = msgspec.field(default_factory=lambda: uuid4().hex)


class Held(msgspec.Struct):
    sku: str
    quantity: int
    quantity_reserved: int
    quantity_backordered: int = 0


class Reserved(msgspec.Struct):
    order_id: str
    lines: msgspec.Raw
    state: str = "reserved"


decode_order: Final = msgspec.json.Decoder(Order).decode
encode: Final = msgspec.json.Encoder().encode


class Orders:
    """`POST /v1/orders` as an ASGI application: below FastAPI's and Starlette's wrapping of functions."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        body = message.get("body", b"")
        while message.get("more_body"):
            message = await receive()
            body += message.get("body", b"")
        response = await post_order(body)
        await response(scope, receive, send)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.redis = aioredis.Redis.from_url(
        os.environ["REDIS_URL"], max_connections=int(os.environ.get("REDIS_CONNECTIONS", "256"))
    )
    app.state.reserve = chosen_way(app.state.redis).run
    gc.freeze()  # what was imported need not be looked at again
    yield
    await app.state.redis.aclose()


def chosen_way(client: aioredis.Redis) -> OneByOne | Pipelined | Multiplexed:
    match os.environ.get("WAY", "multiplexed"):
        case "pool":
            return OneByOne(client)
        case "pipelined":
            return Pipelined(client)
        case _:
            url = urlsplit(os.environ["REDIS_URL"])
            return Multiplexed(url.hostname or "127.0.0.1", url.port or 6379)


async def post_order(body: bytes) -> Response:
    """Reserve the order: 201 with its lines, or 409 with what is available."""
    try:
        order = decode_order(body)
    except msgspec.MsgspecError as error:
        return problem(422, "invalid-body", detail=str(error))
    units: dict[str, int] = {}
    for line in order.lines:
        units[line.sku] = units.get(line.sku, 0) + line.quantity
    held = encode([Held(line.sku, line.quantity, line.quantity) for line in order.lines])
    arguments: list[Any] = ["order:" + order.order_id, STOCK, STREAM, order.order_id, held, ANSWERS_KEPT_S]
    for sku, quantity in units.items():
        arguments += (sku, quantity)
    answer = await app.state.reserve(arguments)
    if isinstance(answer, bytes):
        return Response(encode(Reserved(order.order_id, msgspec.Raw(answer))), 201, media_type="application/json")
    if -1 in answer:
        unknown = [sku for sku, available in zip(units, answer, strict=True) if available == -1]
        return problem(422, "unknown-sku", lines=unknown)
    short = [
        {"sku": sku, "requested": quantity, "available": available}
        for (sku, quantity), available in zip(units.items(), answer, strict=True)
        if available < quantity
    ]
    return problem(409, "insufficient-stock", lines=short)


def problem(status: int, kind: str, **members: Any) -> Response:
    body = encode({"type": f"/problems/{kind}", "title": kind, "status": status, **members})
    return Response(body, status, media_type="application/problem+json")


async def readyz(request: Request) -> Response:
    await request.app.state.redis.ping()
    return Response(b"{}", media_type="application/json")


app = FastAPI(lifespan=lifespan)
app.router.routes.append(Route("/v1/orders", Orders(), methods=["POST"]))
app.router.add_route("/readyz", readyz, methods=["GET"])


def main() -> None:
    import uvicorn

    uvicorn.run(
        "tests.benchmarks.peers.redis_lua.app:app",
        port=int(os.environ["PORT"]),
        workers=int(os.environ.get("WORKERS", "1")),
        loop="uvloop",
        http="httptools",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
