"""For transports that answer a request once: gather the replies of an owner until every message has one."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

import msgspec

from actors.kernel.service import OwnerService, SenderChannel

PATIENCE_S: Final = 10.0
"""An actor takes only so many calls at once: one that waits for a shard that is away must not hold its place for ever."""


async def whole_response(service: OwnerService, payload: bytes) -> bytes:
    """Carry out a request and give one response with every reply in it, or, after `PATIENCE_S`, with those there are.

    Who asked sends again what has no reply, and gets the same one.
    """
    wanted = len(msgspec.msgpack.decode(payload, type=list[msgspec.Raw]))
    replies: list[msgspec.Raw] = []
    complete: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def gather(response: bytes) -> None:
        replies.extend(msgspec.msgpack.decode(response, type=list[msgspec.Raw]))
        if len(replies) >= wanted and not complete.done():
            complete.set_result(None)

    service.receive(payload, SenderChannel(gather))
    with suppress(TimeoutError):
        await asyncio.wait_for(complete, PATIENCE_S)
    return msgspec.msgpack.encode(replies)
