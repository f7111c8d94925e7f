"""Straight from process to process: on a local socket within a node, over ZeroMQ between nodes."""

from __future__ import annotations

from collections.abc import Callable

from actors.kernel.messages import OwnerName
from actors.kernel.service import SenderChannel
from actors.kernel.transport.local import SUPPORTED, LocalLine, LocalServer, this_node
from actors.kernel.transport.port import Endpoint, Line
from actors.kernel.transport.zeromq import ZeroMqLine, ZeroMqServer


class DirectServer:
    """An owner's ears: one for its own node, one for all others."""

    def __init__(self, on_request: Callable[[bytes, SenderChannel], None], host: str = "127.0.0.1") -> None:
        self._remote = ZeroMqServer(on_request, host)
        self._local = LocalServer(on_request)
        self.endpoint = self._remote.endpoint

    async def listen(self) -> None:
        """Begin to hear; from then on `endpoint` is complete."""
        if SUPPORTED:
            await self._local.listen()
            self.endpoint = self._local.endpoint(self.endpoint)

    def close(self) -> None:
        """Hear no more."""
        self._local.close()
        self._remote.close()


class DirectDialler:
    """Opens the shortest line there is."""

    def dial(self, owner: OwnerName, endpoint: Endpoint, on_response: Callable[[bytes], None]) -> Line:
        """Open a line."""
        if endpoint.local and endpoint.node == this_node():
            return LocalLine(endpoint, on_response)
        return ZeroMqLine(endpoint, on_response)
