"""Peer (a) as most teams would write it: a FastAPI route with pydantic models and redis.asyncio's pool; the same script."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Final
from uuid import uuid4

import redis.asyncio as aioredis
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, TypeAdapter

from tests.benchmarks.peers.redis_lua.app import ANSWERS_KEPT_S, STOCK, STREAM
from tests.benchmarks.peers.redis_lua.script import OneByOne


class Line(BaseModel):
    sku: str
    quantity: Annotated[int, Field(ge=1, le=1_000_000_000)]


class Order(BaseModel):
    order_id: Annotated[str, Field(min_length=1, max_length=64, default_factory=lambda: uuid4().hex)]
    lines: Annotated[list[Line], Field(min_length=1, max_length=1_000)]


class Held(Line):
    quantity_reserved: int
    quantity_backordered: int = 0


class Reserved(BaseModel):
    order_id: str
    state: str = "reserved"
    lines: list[Held]


held_lines: Final = TypeAdapter(list[Held])


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.redis = aioredis.Redis.from_url(
        os.environ["REDIS_URL"], max_connections=int(os.environ.get("REDIS_CONNECTIONS", "256"))
    )
    app.state.reserve = OneByOne(app.state.redis).run
    yield
    await app.state.redis.aclose()


app = FastAPI(lifespan=lifespan)


@app.post("/v1/orders", status_code=201, response_model=Reserved)
async def post_order(order: Order, request: Request) -> Reserved | JSONResponse:
    """Reserve the order: 201 with its lines, or 409 with what is available."""
    units: dict[str, int] = {}
    for line in order.lines:
        units[line.sku] = units.get(line.sku, 0) + line.quantity
    lines = [Held(sku=line.sku, quantity=line.quantity, quantity_reserved=line.quantity) for line in order.lines]
    arguments: list[str | bytes | int] = ["order:" + order.order_id, STOCK, STREAM, order.order_id]
    arguments += (held_lines.dump_json(lines), ANSWERS_KEPT_S)
    for sku, quantity in units.items():
        arguments += (sku, quantity)
    answer = await request.app.state.reserve(arguments)
    if isinstance(answer, bytes):
        return Reserved(order_id=order.order_id, lines=held_lines.validate_json(answer))
    return refused(units, answer)


def refused(units: dict[str, int], available: list[int]) -> JSONResponse:
    kind, status = ("unknown-sku", 422) if -1 in available else ("insufficient-stock", 409)
    lines = [
        {"sku": sku, "requested": quantity, "available": max(count, 0)}
        for (sku, quantity), count in zip(units.items(), available, strict=True)
        if count < quantity
    ]
    body = {"type": f"/problems/{kind}", "title": kind, "status": status, "lines": lines}
    return JSONResponse(body, status, media_type="application/problem+json")


@app.get("/readyz")
async def readyz(request: Request) -> dict[str, str]:
    await request.app.state.redis.ping()
    return {}


def main() -> None:
    import uvicorn

    uvicorn.run(
        "tests.benchmarks.peers.redis_lua.obvious:app",
        port=int(os.environ["PORT"]),
        workers=int(os.environ.get("WORKERS", "1")),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
