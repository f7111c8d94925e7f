"""Commands between processes of one node: frames on a Unix socket, in the event loop itself.

ZeroMQ hands every message to a thread of its own on both sides, which on one node costs more than the message. A socket
in Linux' abstract namespace has no file to guard or to clean up; instead each side asks the kernel who the other one is.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import structlog

from actors.kernel.service import SenderChannel
from actors.kernel.transport.port import Endpoint

log = structlog.get_logger()

SUPPORTED: Final = sys.platform == "linux"
MOST_BUFFERED: Final = 64 * 2**20
"""Bytes that may wait for a slow peer; beyond it messages are dropped and sent again later."""
_LENGTH: Final = struct.Struct("<I")
_UCRED: Final = struct.Struct("3i")


def this_node() -> str:
    """Tells whether two processes can meet on a local socket: the same boot of the same kernel, the same network."""
    if not SUPPORTED:
        return ""
    network = os.stat("/proc/self/ns/net").st_ino
    return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()}-{network}"


class _Frames(asyncio.Protocol):
    """A connection that carries whole messages."""

    def __init__(self, on_frame: Callable[[bytes], None]) -> None:
        self.on_frame = on_frame
        self._transport: Any = None
        self._rest = b""

    @property
    def open(self) -> bool:
        """Whether it is connected."""
        return self._transport is not None and not self._transport.is_closing()

    def send(self, payload: bytes) -> None:
        """Send, or drop when the other side is gone or too slow."""
        transport = self._transport
        if self.open and transport.get_write_buffer_size() < MOST_BUFFERED:
            transport.write(_LENGTH.pack(len(payload)) + payload)

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.abort()

    # ── asyncio.Protocol ────────────────────────────────────────────────────────────────────────────────────────────
    def connection_made(self, transport: Any) -> None:
        """Go on only with a process of the same user."""
        _, user, _ = _UCRED.unpack(
            transport.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
        )
        if user != os.geteuid():
            log.error("local connection refused", of_user=user)
            transport.abort()
            return
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Some of a message, mostly all of it, or several."""
        if self._rest:
            data = self._rest + data
        at, end = 0, len(data)
        while end - at >= 4:
            (length,) = _LENGTH.unpack_from(data, at)
            if end - at < 4 + length:
                break
            self.on_frame(data[at + 4 : at + 4 + length])
            at += 4 + length
        self._rest = data[at:]

    def connection_lost(self, exc: Exception | None) -> None:
        """The other side is gone; what was under way is sent again elsewhere."""
        self._transport = None


class LocalServer:
    """An owner's ear for senders of its own node."""

    def __init__(self, on_request: Callable[[bytes, SenderChannel], None]) -> None:
        self._on_request = on_request
        self._name = f"skuld-{secrets.token_hex(16)}"
        self._server: asyncio.AbstractServer | None = None
        self._open: set[_Frames] = set()

    async def listen(self) -> None:
        """Begin to hear."""
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listening.bind("\0" + self._name)
        self._server = await asyncio.get_running_loop().create_unix_server(self._connection, sock=listening)

    def _connection(self) -> _Frames:
        def on_request(payload: bytes) -> None:
            self._on_request(payload, channel)

        frames = _Frames(on_request)
        channel = SenderChannel(frames.send)
        self._open.add(frames)
        self._open = {known for known in self._open if known is frames or known.open}
        return frames

    def endpoint(self, elsewhere: Endpoint) -> Endpoint:
        """Where senders of this node go; those of others go `elsewhere`."""
        return elsewhere._replace(node=this_node(), local=self._name)

    def close(self) -> None:
        """Hear no more."""
        if self._server is not None:
            self._server.close()
        for frames in self._open:
            frames.close()


class LocalLine:
    """A sender's line to an owner on its node. Connects by itself, and again when it broke."""

    def __init__(self, endpoint: Endpoint, on_response: Callable[[bytes], None]) -> None:
        self._path = "\0" + endpoint.local
        self._frames = _Frames(on_response)
        self._waiting: list[bytes] = []
        self._connecting: asyncio.Task[None] | None = None
        self._connect()

    def _connect(self) -> None:
        if self._connecting is None or self._connecting.done():
            self._connecting = asyncio.get_running_loop().create_task(self._open())

    async def _open(self) -> None:
        connecting = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connecting.setblocking(False)
            connecting.connect(self._path)
            await asyncio.get_running_loop().create_unix_connection(lambda: self._frames, sock=connecting)
        except OSError as error:  # nobody is there: what waits is lost, and sent again
            log.debug("local line", error=str(error))
            connecting.close()
        except BaseException:  # cancelled, or the loop has ended
            connecting.close()
            raise
        waiting, self._waiting = self._waiting, []
        for payload in waiting:
            self._frames.send(payload)

    def send(self, payload: bytes) -> None:
        """Send a request."""
        if self._frames.open:
            self._frames.send(payload)
        else:
            self._waiting.append(payload)
            self._connect()

    def close(self) -> None:
        """Hang up."""
        if self._connecting is not None:
            self._connecting.cancel()
        self._frames.close()
