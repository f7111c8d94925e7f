"""Requests and responses between two ends on one node: whole, of any size, and lost rather than half when an end goes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
import uvloop

from actors.kernel.messages import OwnerName
from actors.kernel.service import SenderChannel
from actors.kernel.transport.direct import DirectDialler, DirectServer
from actors.kernel.transport.local import LocalLine
from actors.kernel.transport.port import Endpoint
from actors.kernel.transport.zeromq import ZeroMqLine
from tests.patience import until

OWNER = OwnerName("orders-0")


class Echo:
    """Answers each request with itself, in one or two responses."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []

    def __call__(self, payload: bytes, channel: SenderChannel) -> None:
        self.requests.append(payload)
        channel._send(payload)


Scene = Callable[[DirectServer, Echo], Awaitable[None]]


def play(scene: Scene) -> None:
    async def run() -> None:
        echo = Echo()
        server = DirectServer(echo)
        await server.listen()
        try:
            await scene(server, echo)
        finally:
            server.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())


def endpoints(server: DirectServer) -> dict[str, Endpoint]:
    return {"local": server.endpoint, "remote": server.endpoint._replace(node="another node")}


@pytest.mark.parametrize("where", ["local", "remote"])
def test_messages_arrive_whole_and_in_order(where: str) -> None:
    async def scene(server: DirectServer, echo: Echo) -> None:
        heard: list[bytes] = []
        line = DirectDialler().dial(OWNER, endpoints(server)[where], heard.append)
        assert isinstance(line, LocalLine if where == "local" else ZeroMqLine)
        sent = [b"", b"x", b"y" * 70_000, b"z" * 5_000_000, *[b"%d" % number for number in range(500)]]
        for payload in sent:
            line.send(payload)
        await until(lambda: len(heard) == len(sent))
        assert echo.requests == sent
        assert heard == sent
        line.close()

    play(scene)


def test_what_is_sent_to_nobody_is_lost_and_the_line_works_again_when_somebody_is_there() -> None:
    async def scene(server: DirectServer, echo: Echo) -> None:
        heard: list[bytes] = []
        line = LocalLine(server.endpoint._replace(local="nobody"), heard.append)
        line.send(b"lost")
        await asyncio.sleep(0.05)
        line._path = "\0" + server.endpoint.local
        line.send(b"heard")
        await until(lambda: heard == [b"heard"])
        line.close()

    play(scene)
