"""A transport that answers a request once: with every reply, or with those there are when it has waited long enough."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from actors.kernel.service import SenderChannel
from actors.kernel.transport.whole import PATIENCE_S, whole_response
from tests.model.simulator.virtual_time import run_virtually

REQUEST = msgspec.msgpack.encode([(1, "a"), (2, "b")])


class Service:
    """Answers the first message at once, the second after a while."""

    def __init__(self, later_s: float) -> None:
        self._later_s = later_s

    def receive(self, payload: bytes, channel: SenderChannel) -> None:
        channel.send([(1, "reply to a")])  # type: ignore[list-item]  # any message will do
        asyncio.get_running_loop().call_later(self._later_s, channel.send, [(2, "reply to b")])


@pytest.mark.parametrize(
    ("later_s", "took_s", "replies"),
    [(0.5, 0.5, [[1, "reply to a"], [2, "reply to b"]]), (60.0, PATIENCE_S, [[1, "reply to a"]])],
)
def test_it_waits_for_all_replies_but_not_for_ever(later_s: float, took_s: float, replies: list[Any]) -> None:
    async def main() -> tuple[Any, float]:
        time = asyncio.get_running_loop().time
        began = time()
        response = await whole_response(Service(later_s), REQUEST)  # type: ignore[arg-type]
        return msgspec.msgpack.decode(response), time() - began

    found, seconds = run_virtually(main())
    assert found == replies
    assert seconds == pytest.approx(took_s)
