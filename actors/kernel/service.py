"""An owner behind a transport: decodes requests, encodes responses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import structlog

from actors.kernel.machine import Numbered
from actors.kernel.owner import Owner

log = structlog.get_logger()
_encoder = msgspec.msgpack.Encoder()


class SenderChannel:
    """The way back to one sender."""

    __slots__ = ("_send",)

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send = send

    def send(self, replies: Sequence[Numbered]) -> None:
        """Send replies, by the numbers of what they answer, as one response."""
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
        self._owner.receive(messages, channel, len(payload))
