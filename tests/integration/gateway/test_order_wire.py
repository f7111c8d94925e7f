"""Orders over real sockets, sent in every way HTTP allows: each is answered once, in turn, whichever way it takes."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from actors.kernel.faults import StoreUnavailable
from actors.kernel.messages import Message, OwnerName
from actors.kernel.peer import OnReply
from actors.kernel.record.database import metadata
from actors.kernel.routing import InventoryShards, OrderShards
from actors.orders.commands import PlaceOrder
from actors.orders.records import LineView
from actors.orders.replies import OrderView
from gateway.app import create_app
from gateway.auth import CACHE_S, Keys, make_key
from gateway.key_store import SqlKeyStore
from gateway.server import HttpServer
from gateway.settings import GatewaySettings
from gateway.system import System
from tests.patience import PATIENCE_S


class LateOwner:
    """Answers every order as reserved, the earlier ones later."""

    inventory = InventoryShards(1)
    orders = OrderShards(1)

    def __init__(self) -> None:
        self.taken: list[PlaceOrder] = []

    def post(self, to: OwnerName, messages: Sequence[Message], on_reply: OnReply, patience_s: float = 1.0) -> None:
        (message,) = messages
        assert isinstance(message, PlaceOrder)
        self.taken.append(message)
        lines = tuple(LineView(line.sku, line.quantity, 0, line.quantity, 0, 0, 0) for line in message.order.lines)
        view = OrderView(message.order_id, "reserved", ("main",), lines, None)
        asyncio.get_running_loop().call_later(0.02 / len(self.taken), on_reply, 0, view, 1)

    async def ask(self, owner: OwnerName, message: Message, *, timeout_s: float | None = None) -> Message:
        raise AssertionError("orders are posted")


def request(order_id: str, *headers: str, sku: str = "a") -> bytes:
    body = json.dumps({"order_id": order_id, "lines": [{"sku": sku, "quantity": 2}]})
    lines = ["POST /v1/orders HTTP/1.1", "Host: x", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


async def read_answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], Any]:
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE_S)).decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
    body = await asyncio.wait_for(reader.readexactly(int(headers["content-length"])), PATIENCE_S)
    return int(head[0].split()[1]), headers, json.loads(body)


Scene = Callable[[LateOwner, System, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def play(scene: Scene, *, auth: bool = False) -> None:
    async def run() -> None:
        owner, engine = LateOwner(), create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
        system = System(owner, engine, Keys(SqlKeyStore(engine)), GatewaySettings("127.0.0.1", 0, auth))
        server = HttpServer(create_app(system), system, "127.0.0.1", 0)
        await server.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        try:
            await scene(owner, system, reader, writer)
            assert await server.drain(5)
        finally:
            writer.close()
            await server.stop()

    asyncio.run(run())


def test_a_plain_order() -> None:
    async def scene(owner: LateOwner, system: System, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(request("o1", "Idempotency-Key: k1"))
        status, headers, order = await read_answer(reader)
        assert (status, headers["content-type"], order["order_id"]) == (201, "application/json", "o1")
        assert order["lines"][0]["quantity_reserved"] == 2
        assert owner.taken[0].op_id == "k1"

    play(scene)


def test_requests_sent_without_waiting_are_answered_in_their_order() -> None:
    async def scene(owner: LateOwner, system: System, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        cold = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
        writer.write(request("o1") + request("o2") + cold + request("o3") + request("o4", sku="b"))
        answers = [(await read_answer(reader))[2] for _ in range(5)]
        assert [answer.get("order_id") for answer in answers] == ["o1", "o2", None, "o3", "o4"]

    play(scene)


@pytest.mark.parametrize("piece", [1, 7, 64])
def test_a_request_in_pieces(piece: int) -> None:
    async def scene(owner: LateOwner, system: System, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        data = request("o1")
        for at in range(0, len(data), piece):
            writer.write(data[at : at + piece])
            await writer.drain()
            await asyncio.sleep(0)
        assert (await read_answer(reader))[0] == 201

    play(scene)


def test_a_body_in_chunks_and_a_client_that_asks_first() -> None:
    async def scene(owner: LateOwner, system: System, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        body = request("o1").partition(b"\r\n\r\n")[2]
        head = b"POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        writer.write(head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))
        assert (await read_answer(reader))[2]["order_id"] == "o1"
        writer.write(head + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body))
        assert await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE_S) == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(body)
        assert (await read_answer(reader))[0] == 201

    play(scene)


def test_a_client_that_closes_is_told_so_and_hung_up_on() -> None:
    async def scene(owner: LateOwner, system: System, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(request("o1", "Connection: close"))
        status, headers, _ = await read_answer(reader)
        assert (status, headers["connection"]) == (201, "close")
        assert await asyncio.wait_for(reader.read(), PATIENCE_S) == b""

    play(scene)


def test_a_client_that_goes_away_leaves_nothing_under_way() -> None:
    async def scene(owner: LateOwner, system: System, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(request("o1"))
        await writer.drain()
        while not owner.taken:
            await asyncio.sleep(0.001)
        writer.transport.abort()

    play(scene)  # which drains


def test_a_gateway_that_stops_cuts_nobody_off() -> None:
    """Clients that never pause get an answer to every request they sent; the last one says that the connection closes."""
    answered: list[int] = []

    async def client(port: int, name: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in range(10_000):
            writer.write(request(f"{name}-{number}"))
            status, headers, _ = await read_answer(reader)
            answered.append(status)
            if status == 503:
                assert headers["connection"] == "close"
                assert await asyncio.wait_for(reader.read(), PATIENCE_S) == b""
                break
        writer.close()

    async def run() -> None:
        owner, engine = LateOwner(), create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
        system = System(owner, engine, Keys(SqlKeyStore(engine)), GatewaySettings("127.0.0.1", 0, False))
        server = HttpServer(create_app(system), system, "127.0.0.1", 0)
        await server.start()
        clients = [asyncio.create_task(client(server.port, f"c{number}")) for number in range(8)]
        await asyncio.sleep(0.2)
        assert await server.drain(5)
        await server.stop()
        await asyncio.gather(*clients)

    asyncio.run(run())
    assert answered.count(503) == 8
    assert answered.count(201) == len(answered) - 8 > 8


def test_an_idle_connection_is_closed_and_a_used_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.server.KEEP_ALIVE_S", 0.4)

    async def scene(owner: LateOwner, system: System, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number in range(4):
            writer.write(request(f"o{number}"))
            assert (await read_answer(reader))[0] == 201
            await asyncio.sleep(0.25)  # together longer than the limit, each time shorter
        assert await asyncio.wait_for(reader.read(), PATIENCE_S) == b""

    play(scene)


def test_a_connection_that_waits_for_its_answer_is_not_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.server.KEEP_ALIVE_S", 0.01)  # the owner takes twice as long

    async def scene(owner: LateOwner, system: System, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n" + request("o1"))
        assert [(await read_answer(reader))[0] for _ in range(2)] == [200, 201]

    play(scene)


def test_wrong_requests_are_refused_as_everywhere() -> None:
    async def scene(owner: LateOwner, system: System, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(request("o1").replace(b'"quantity": 2', b'"quantity":-2'))
        assert (await read_answer(reader))[2]["type"] == "/problems/invalid-body"
        writer.write(request("o1").replace(b"application/json", b"text/nonsense000"))
        assert (await read_answer(reader))[2]["type"] == "/problems/wrong-content-type"
        writer.write(request("o1", "Idempotency-Key: " + "k" * 129))
        assert (await read_answer(reader))[2]["type"] == "/problems/invalid-request"
        system.draining = True
        writer.write(request("o1"))
        assert (await read_answer(reader))[0] == 503
        assert not owner.taken

    play(scene)


def test_only_known_keys_with_the_scope_take_the_short_way() -> None:
    async def scene(owner: LateOwner, system: System, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        metadata.create_all(system.record)
        tokens = {}
        for role in ("integration", "viewer"):
            tokens[role], stored = make_key(role, role)
            system.keys.store.add(stored)
        for _ in range(2):  # unknown to the memory at first, then known
            writer.write(request("o1", f"Authorization: Bearer {tokens['viewer']}"))
            assert (await read_answer(reader))[0] == 403
            writer.write(request("o1", f"Authorization: Bearer {tokens['integration']}"))
            assert (await read_answer(reader))[0] == 201
        writer.write(request("o1"))
        assert (await read_answer(reader))[0] == 401
        assert [command.actor for command in owner.taken] == ["integration", "integration"]

    play(scene, auth=True)


def test_orders_flow_with_a_known_key_while_the_key_store_is_away_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(owner: LateOwner, system: System, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        now = 0.0
        keys = system.keys = Keys(SqlKeyStore(system.record), lambda: now)
        metadata.create_all(system.record)
        token, stored = make_key("shop", "integration")
        keys.store.add(stored)

        async def ask(bearer: str) -> tuple[int, str]:
            writer.write(request("o1", f"Authorization: Bearer {bearer}"))
            status, _, answer = await read_answer(reader)
            return status, answer.get("type", "")

        def away(key_id: str) -> None:
            raise StoreUnavailable("the database is away")

        assert (await ask(token))[0] == 201
        monkeypatch.setattr(keys.store, "find", away)
        for _ in range(4):
            now += CACHE_S + 1
            assert (await ask(token))[0] == 201
        assert await ask(token + "x") == (503, "/problems/unavailable")

    play(scene, auth=True)


def test_a_known_key_does_not_wait_for_a_key_store_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.system.LOOK_UP_S", 0.05)

    async def scene(owner: LateOwner, system: System, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        now, over = 0.0, threading.Event()
        keys = system.keys = Keys(SqlKeyStore(system.record), lambda: now)
        metadata.create_all(system.record)
        token, stored = make_key("shop", "integration")
        keys.store.add(stored)

        def hangs(key_id: str) -> None:
            over.wait(20)
            raise StoreUnavailable("the database did not answer")

        writer.write(request("o1", f"Authorization: Bearer {token}"))
        assert (await read_answer(reader))[0] == 201
        monkeypatch.setattr(keys.store, "find", hangs)
        try:
            for _ in range(3):
                now += CACHE_S + 1
                writer.write(request("o1", f"Authorization: Bearer {token}"))
                assert (await read_answer(reader))[0] == 201  # which waits 5 s at most
        finally:
            over.set()

    play(scene, auth=True)
