"""Commands over ZeroMQ: one ROUTER per owner, one DEALER per sender, encrypted and authenticated with CURVE keys.

The owner's public key travels through Ray, which knows who may ask; who does not have it cannot speak to the owner.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final

import zmq

from actors.kernel.messages import OwnerName
from actors.kernel.service import SenderChannel
from actors.kernel.transport.port import Endpoint

HIGH_WATER_MARK: Final = 10_000
"""Messages (each a batch) queued per connection; beyond it they are dropped and sent again later."""
MOST_SENDERS: Final = 1_000
"""Senders remembered; every reconnect is a new one, the oldest are forgotten."""
_PASSING_FAULTS: Final = (zmq.EAGAIN, zmq.EHOSTUNREACH)


class _Socket:
    """A ZeroMQ socket in an asyncio loop, without a future per message.

    The file descriptor is edge-triggered: after it fires, and after every send, the socket must be read until empty.
    """

    def __init__(self, kind: int, on_message: Callable[[list[bytes]], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self.socket: Any = zmq.Context.instance().socket(kind)  # its options are attributes that its types do not know
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.set_hwm(HIGH_WATER_MARK)
        self._on_message = on_message
        self._fd: int = self.socket.get(zmq.FD)

    def listen(self) -> None:
        """Begin to read."""
        self._loop.add_reader(self._fd, self._read)
        self._loop.call_soon(self._read)

    def _read(self) -> None:
        while not self.socket.closed:
            try:
                message = self.socket.recv_multipart(zmq.NOBLOCK)
            except zmq.ZMQError as error:
                if error.errno in _PASSING_FAULTS:
                    return
                raise
            self._on_message(message)

    def send(self, parts: list[bytes]) -> None:
        """Send, or drop when the peer is gone or too slow."""
        try:
            self.socket.send_multipart(parts, zmq.NOBLOCK)
        except zmq.ZMQError as error:
            if error.errno not in _PASSING_FAULTS:
                raise
        if self.socket.get(zmq.EVENTS) & zmq.POLLIN:
            self._loop.call_soon(self._read)

    def close(self) -> None:
        """Close at once."""
        self._loop.remove_reader(self._fd)
        self.socket.close()


class ZeroMqServer:
    """An owner's ear: gives each request with the channel to its sender."""

    def __init__(self, on_request: Callable[[bytes, SenderChannel], None], host: str = "127.0.0.1") -> None:
        self._on_request = on_request
        self._channels: OrderedDict[bytes, SenderChannel] = OrderedDict()
        self._router = _Socket(zmq.ROUTER, self._receive)
        public, secret = zmq.curve_keypair()
        self._router.socket.curve_secretkey = secret
        self._router.socket.curve_publickey = public
        self._router.socket.curve_server = True
        port = self._router.socket.bind_to_random_port(f"tcp://{host}")
        self.endpoint = Endpoint(f"tcp://{host}:{port}", public.decode())
        self._router.listen()

    def _receive(self, parts: list[bytes]) -> None:
        if len(parts) == 2:
            self._on_request(parts[1], self._channel(parts[0]))

    def _channel(self, sender: bytes) -> SenderChannel:
        channel = self._channels.get(sender)
        if channel is None:
            channel = self._channels[sender] = SenderChannel(lambda payload: self._router.send([sender, payload]))
            if len(self._channels) > MOST_SENDERS:
                self._channels.popitem(last=False)
        return channel

    def close(self) -> None:
        """Hear no more."""
        self._router.close()


class ZeroMqLine:
    """A sender's line to one owner."""

    def __init__(self, endpoint: Endpoint, on_response: Callable[[bytes], None]) -> None:
        self._dealer = _Socket(zmq.DEALER, lambda parts: on_response(parts[-1]))
        public, secret = zmq.curve_keypair()
        self._dealer.socket.curve_secretkey = secret
        self._dealer.socket.curve_publickey = public
        self._dealer.socket.curve_serverkey = endpoint.public_key.encode()
        self._dealer.socket.connect(endpoint.address)
        self._dealer.listen()

    def send(self, payload: bytes) -> None:
        """Send a request."""
        self._dealer.send([payload])

    def close(self) -> None:
        """Hang up."""
        self._dealer.close()


class ZeroMqDialler:
    """Opens ZeroMQ lines."""

    def dial(self, owner: OwnerName, endpoint: Endpoint, on_response: Callable[[bytes], None]) -> ZeroMqLine:
        """Open a line."""
        return ZeroMqLine(endpoint, on_response)
