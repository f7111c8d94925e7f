"""Peer (b): FastAPI, SQLAlchemy Core and `SELECT ... FOR UPDATE` in SKU order, one transaction per order.

Idempotent by the order's primary key. Deadlocks (1213) and lock waits (1205) are retried.
"""

import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import cache
from typing import Annotated, Any, Final
from uuid import uuid4

import anyio.to_thread
import msgspec
from fastapi import FastAPI
from sqlalchemy import Column, Integer, MetaData, String, Table, Update, bindparam, case, create_engine, insert, select, update
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError, OperationalError
from starlette.requests import Request
from starlette.responses import Response

ATTEMPTS: Final = 10
RETRYABLE: Final = frozenset({1205, 1213})
CONNECTIONS: Final = int(os.environ.get("CONNECTIONS", "32"))

metadata = MetaData()
stock = Table("sql_stock", metadata, Column("sku", String(64), primary_key=True), Column("available", Integer, nullable=False))
orders = Table(
    "sql_orders", metadata, Column("order_id", String(64), primary_key=True), Column("state", String(16), nullable=False)
)
order_lines = Table(
    "sql_order_lines",
    metadata,
    Column("order_id", String(64), primary_key=True),
    Column("line_no", Integer, primary_key=True, autoincrement=False),
    Column("sku", String(64), nullable=False),
    Column("quantity", Integer, nullable=False),
)
LOCK: Final = (
    select(stock.c.sku, stock.c.available)
    .where(stock.c.sku.in_(bindparam("skus", expanding=True)))
    .order_by(stock.c.sku)
    .with_for_update()
)


class Line(msgspec.Struct):
    sku: str
    quantity: Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]


class Order(msgspec.Struct):
    lines: Annotated[list[Line], msgspec.Meta(min_length=1, max_length=1_000)]
    order_id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] = msgspec.field(default_factory=lambda: uuid4().hex)


decode_order: Final = msgspec.json.Decoder(Order).decode
encode: Final = msgspec.json.Encoder().encode


@cache
def take(skus: int) -> Update:
    """One statement that takes stock of so many SKUs."""
    amounts = {bindparam(f"sku{i}"): bindparam(f"quantity{i}", type_=Integer) for i in range(skus)}
    taken = case(*((stock.c.sku == sku, quantity) for sku, quantity in amounts.items()), else_=0)
    return update(stock).where(stock.c.sku.in_(list(amounts))).values(available=stock.c.available - taken)


def reserve(engine: Engine, order: Order) -> tuple[int, dict[str, Any]]:
    """Reserve the order in one transaction, again when the database chose it as a deadlock's victim."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with engine.begin() as connection:
                return reserve_once(connection, order)
        except IntegrityError:
            with engine.begin() as connection:
                return repeated(connection, order.order_id)
        except Short as refusal:
            return refusal.status, refusal.members
        except OperationalError as error:
            code = error.orig.args[0] if error.orig is not None else None
            if code not in RETRYABLE or attempt == ATTEMPTS:
                raise
    raise AssertionError("unreachable")


class Short(Exception):
    """A line cannot be filled: leaves the transaction so that it rolls back."""

    def __init__(self, status: int, members: dict[str, Any]) -> None:
        super().__init__(status)
        self.status, self.members = status, members


def reserve_once(connection: Connection, order: Order) -> tuple[int, dict[str, Any]]:
    """Write order and lines first, so that the rows of the stock are locked for as short as possible."""
    connection.execute(insert(orders), {"order_id": order.order_id, "state": "reserved"})
    rows = [
        {"order_id": order.order_id, "line_no": no, "sku": line.sku, "quantity": line.quantity}
        for no, line in enumerate(order.lines)
    ]
    connection.execute(insert(order_lines), rows)
    units: dict[str, int] = {}
    for line in order.lines:
        units[line.sku] = units.get(line.sku, 0) + line.quantity
    available = dict(connection.execute(LOCK, {"skus": list(units)}).tuples().all())
    if len(available) < len(units):
        raise Short(422, problem("unknown-sku", 422, [sku for sku in units if sku not in available]))
    short = [
        {"sku": sku, "requested": quantity, "available": available[sku]}
        for sku, quantity in units.items()
        if available[sku] < quantity
    ]
    if short:
        raise Short(409, problem("insufficient-stock", 409, short))
    amounts: dict[str, Any] = {}
    for i, (sku, quantity) in enumerate(units.items()):
        amounts[f"sku{i}"], amounts[f"quantity{i}"] = sku, quantity
    connection.execute(take(len(units)), amounts)
    return 201, reserved(order.order_id, ((line.sku, line.quantity) for line in order.lines))


def repeated(connection: Connection, order_id: str) -> tuple[int, dict[str, Any]]:
    """The first answer of an order that was sent again."""
    query = select(order_lines.c.sku, order_lines.c.quantity).where(order_lines.c.order_id == order_id)
    return 201, reserved(order_id, connection.execute(query.order_by(order_lines.c.line_no)).tuples())


def reserved(order_id: str, lines: Iterable[tuple[str, int]]) -> dict[str, Any]:
    held = [
        {"sku": sku, "quantity": quantity, "quantity_reserved": quantity, "quantity_backordered": 0} for sku, quantity in lines
    ]
    return {"order_id": order_id, "state": "reserved", "lines": held}


def problem(kind: str, status: int, lines: list[Any]) -> dict[str, Any]:
    return {"type": f"/problems/{kind}", "title": kind, "status": status, "lines": lines}


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.engine = create_engine(
        os.environ["DATABASE_URL"], pool_size=CONNECTIONS, max_overflow=0, isolation_level="READ COMMITTED"
    )
    metadata.create_all(app.state.engine, checkfirst=True)
    app.state.threads = anyio.CapacityLimiter(CONNECTIONS)
    yield
    app.state.engine.dispose()


async def post_order(request: Request) -> Response:
    """Reserve the order: 201 with its lines, or 409 with what is available."""
    try:
        order = decode_order(await request.body())
    except msgspec.MsgspecError as error:
        return Response(encode({"title": "invalid-body", "detail": str(error)}), 422, media_type="application/problem+json")
    state = request.app.state
    status, answer = await anyio.to_thread.run_sync(reserve, state.engine, order, limiter=state.threads)
    return Response(encode(answer), status, media_type="application/json" if status == 201 else "application/problem+json")


async def readyz(request: Request) -> Response:
    return Response(b"{}", media_type="application/json")


app = FastAPI(lifespan=lifespan)
app.router.add_route("/v1/orders", post_order, methods=["POST"])
app.router.add_route("/readyz", readyz, methods=["GET"])


def main() -> None:
    import uvicorn

    uvicorn.run(
        "tests.benchmarks.peers.sql_for_update.app:app",
        port=int(os.environ["PORT"]),
        workers=int(os.environ.get("WORKERS", "1")),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
