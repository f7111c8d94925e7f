"""An owner behind a transport: decodes requests, gathers replies per sender, encodes responses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import structlog

from actors.kernel.messages import Message
from actors.kernel.owner import Owner

log = structlog.get_logger()
_encoder = msgspec.msgpack.Encoder()


class SenderChannel:
    """Replies to one sender, until the next flush."""

    __slots__ = ("_replies", "_send")

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send = send
        self._replies: list[tuple[int, Message]] = []

    def reply(self, seq: int, message: Message) -> None:
        """Gather a reply."""
        self._replies.append((seq, message))

    def flush(self) -> None:
        """Send what was gathered as one response."""
        if self._replies:
            replies, self._replies = self._replies, []
            self._send(_encoder.encode(replies))


class OwnerService:
    """Turns requests (bytes) into an owner's turns."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        kinds: Any = list[tuple[int, owner.machine.command_types]]  # type: ignore[name-defined]  # a union that is a value
        self._decoder = msgspec.msgpack.Decoder(kinds)

    def receive(self, payload: bytes, channel: SenderChannel) -> None:
        """Carry out a request; the replies go to `channel`."""
        try:
            messages = self._decoder.decode(payload)
        except msgspec.MsgspecError as error:
            log.error("request that does not decode", owner=self._owner.name, error=str(error))
            return
        self._owner.receive(messages, channel)
