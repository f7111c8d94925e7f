"""For transports that answer a request once: gather the replies of an owner until every message has one."""

from __future__ import annotations

import asyncio

import msgspec

from actors.kernel.service import OwnerService, SenderChannel


async def whole_response(service: OwnerService, payload: bytes) -> bytes:
    """Carry out a request and give one response with every reply in it."""
    wanted = len(msgspec.msgpack.decode(payload, type=list[msgspec.Raw]))
    replies: list[msgspec.Raw] = []
    complete: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def gather(response: bytes) -> None:
        replies.extend(msgspec.msgpack.decode(response, type=list[msgspec.Raw]))
        if len(replies) >= wanted and not complete.done():
            complete.set_result(None)

    service.receive(payload, SenderChannel(gather))
    await complete
    return msgspec.msgpack.encode(replies)
