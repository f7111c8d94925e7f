"""The contract of transports, for each of them: the ways from process to process, and calls of Ray."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import NamedTuple

import pytest
import uvloop
from ray._raylet import AuthenticationTokenLoader

from actors.kernel import deploy
from actors.kernel.messages import OwnerName
from actors.kernel.service import SenderChannel
from actors.kernel.transport.direct import DirectDialler, DirectServer
from actors.kernel.transport.port import Endpoint, Line
from actors.kernel.transport.ray_call import RayCallDialler, RayDirectory
from tests.patience import PATIENCE_S, until

OWNER = OwnerName("orders-0")
TRANSPORTS = ("local socket", "ZeroMQ", "calls of Ray")


class Ends(NamedTuple):
    """Both ends of a transport: lines to an owner that answers each request with itself, and what makes it go away."""

    dial: Callable[[Callable[[bytes], None]], Line]
    go: Callable[[], None]


Scene = Callable[[Ends], Awaitable[None]]


class Echo:
    """What an owner's actor offers to calls of Ray."""

    async def endpoint(self) -> Endpoint:
        """It has none but itself."""
        return Endpoint("")

    async def handle(self, payload: bytes) -> bytes:
        """Answer a request with itself."""
        return payload

    async def published(self) -> dict[str, float]:
        """No figures."""
        return {}


@pytest.fixture(scope="module")
def ray(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A Ray of the tests' own. Ray keeps a secret for as long as its process lives, and other tests have had theirs."""

    def forget_secret() -> None:
        os.environ.pop("RAY_AUTH_TOKEN_PATH", None)
        AuthenticationTokenLoader.instance().reset_cache()

    forget_secret()
    deploy.start_ray(tmp_path_factory.mktemp("ray"), address=None, namespace="contract", dashboard=False)
    yield
    deploy.leave_ray()
    forget_secret()


@asynccontextmanager
async def straight(*, remote: bool) -> AsyncIterator[Ends]:
    def echo(payload: bytes, channel: SenderChannel) -> None:
        channel._send(payload)

    server = DirectServer(echo)
    await server.listen()
    endpoint = server.endpoint._replace(node="another node") if remote else server.endpoint
    try:
        yield Ends(lambda on_response: DirectDialler().dial(OWNER, endpoint, on_response), server.close)
    finally:
        server.close()


@asynccontextmanager
async def over_ray() -> AsyncIterator[Ends]:
    await asyncio.to_thread(deploy.place, OWNER, "", Echo)
    endpoint = None
    async with asyncio.timeout(PATIENCE_S):
        while endpoint is None:
            endpoint = await RayDirectory().resolve(OWNER)
    found = endpoint
    try:
        yield Ends(lambda on_response: RayCallDialler().dial(OWNER, found, on_response), lambda: deploy.remove(OWNER))
    finally:
        await asyncio.to_thread(deploy.remove, OWNER)
        async with asyncio.timeout(PATIENCE_S):
            while deploy.find(OWNER) is not None:
                await asyncio.sleep(0.01)


def play(transport: str, request: pytest.FixtureRequest, scene: Scene) -> None:
    if transport == "calls of Ray":
        request.getfixturevalue("ray")

    async def run() -> None:
        async with over_ray() if transport == "calls of Ray" else straight(remote=transport == "ZeroMQ") as ends:
            await scene(ends)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_each_request_is_heard_whole_and_answered_once(transport: str, request: pytest.FixtureRequest) -> None:
    async def scene(ends: Ends) -> None:
        heard: list[bytes] = []
        line = ends.dial(heard.append)
        sent = [b"x", b"y" * 70_000, b"z" * 5_000_000, *[b"%d" % number for number in range(300)]]
        for payload in sent:
            line.send(payload)
        await until(lambda: len(heard) == len(sent))
        assert sorted(heard) == sorted(sent), "in whatever order: who sends tells answers apart by their numbers"
        line.close()

    play(transport, request, scene)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_two_senders_hear_their_own_answers(transport: str, request: pytest.FixtureRequest) -> None:
    async def scene(ends: Ends) -> None:
        heard: dict[bytes, list[bytes]] = {b"a": [], b"b": []}
        lines = {name: ends.dial(heard[name].append) for name in heard}
        for name, line in lines.items():
            line.send(name)
        await until(lambda: all(heard.values()))
        for line in lines.values():
            line.close()
        assert heard == {b"a": [b"a"], b"b": [b"b"]}

    play(transport, request, scene)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_what_is_sent_to_who_has_gone_is_lost_without_a_word(transport: str, request: pytest.FixtureRequest) -> None:
    async def scene(ends: Ends) -> None:
        heard: list[bytes] = []
        line = ends.dial(heard.append)
        line.send(b"one")
        await until(lambda: heard == [b"one"])
        ends.go()
        await asyncio.sleep(0.05)
        line.send(b"two")
        await asyncio.sleep(0.05)
        line.close()
        assert heard == [b"one"]

    play(transport, request, scene)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_line_that_was_closed_says_nothing(transport: str, request: pytest.FixtureRequest) -> None:
    async def scene(ends: Ends) -> None:
        heard: list[bytes] = []
        line = ends.dial(heard.append)
        line.send(b"heard")
        await until(lambda: heard == [b"heard"])
        line.send(b"too late")
        line.close()
        await asyncio.sleep(0.1)
        assert heard == [b"heard"]

    play(transport, request, scene)
