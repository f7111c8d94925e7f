"""The wire names every way in which a Redis can be away, so that its caller waits instead of dying of a bug."""

from __future__ import annotations

import asyncio

import pytest
import uvloop

from actors.kernel.faults import StoreUnavailable
from actors.kernel.journal.redis_wire import RedisWire


def test_a_redis_that_takes_a_connection_and_breaks_it_is_away() -> None:
    async def main() -> None:
        server = await asyncio.start_server(lambda _, writer: writer.transport.abort(), "127.0.0.1", 0)
        wire = RedisWire(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0")
        for _ in range(200):
            with pytest.raises(StoreUnavailable):
                await wire.call("PING")
        server.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
