"""uvicorn inside somebody else's loop: started, drained and stopped by its host, which keeps the signals."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from typing import Final

import uvicorn

from actors.kernel.faults import Fault
from gateway.order_wire import OrderWire
from gateway.plain import plain
from gateway.shell import Shell
from gateway.system import System

KEEP_ALIVE_S: Final = 75
BACKLOG: Final = 4096
PORTS: Final = range(15_000, 30_000)
"""To choose from when any will do: below those that the system gives to outgoing connections, so that none takes it while the
gateway is started, or started again."""
QUIET_S: Final = 0.2
"""Longer than a client needs between an answer and its next request."""


class PortTaken(Fault):
    """Another process listens on the port."""


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: they would take the signals of the process around it."""

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]  # as in uvicorn
        yield


class HttpServer:
    """Serves an application until it is drained."""

    def __init__(self, app: Shell, system: System, host: str, port: int, *, shared: bool = False) -> None:
        self._app = app
        self._system = system
        self._socket = listen(host, port, shared=shared)
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(
            app, loop="none", http=OrderWire, ws="none", lifespan="off", log_config=None, access_log=False,
            server_header=False, proxy_headers=False, date_header=False, timeout_keep_alive=KEEP_ALIVE_S, backlog=BACKLOG,
        )  # fmt: skip
        self._server = _Server(config)
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Serve, in the background."""
        self._serving = asyncio.get_running_loop().create_task(self._server.serve(sockets=[self._socket]))
        while not self._server.started and not self._serving.done():
            await asyncio.sleep(0.01)

    async def drain(self, timeout_s: float) -> bool:
        """Answer what is under way and turn new requests away, each with the word that its connection closes; False when time
        ran out. Whoever was sending has heard it when nothing has been under way for a moment."""
        self._system.draining = True
        time = asyncio.get_running_loop().time
        deadline, last_busy = time() + timeout_s, time()
        while time() - last_busy < QUIET_S and time() < deadline:
            if self._app.in_flight:
                last_busy = time()
            await asyncio.sleep(0.02)
        return not self._app.in_flight

    async def undrain(self) -> None:
        """Take new requests again."""
        self._system.draining = False

    async def stop(self) -> None:
        """Close the connections and the port."""
        self._server.should_exit = True
        if self._serving is not None:
            await self._serving


def listen(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """A listening socket; `shared` lets the other gateways of this node listen on the same port.

    Raises:
        PortTaken: something else has it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listening.bind((host, port))
    except (OSError, TypeError, UnicodeError) as error:  # the last two: no name of any host
        listening.close()
        raise PortTaken(f"port {port} of {plain(host)} cannot be used: {getattr(error, 'strerror', None) or error}") from None
    listening.listen(BACKLOG)
    listening.setblocking(False)
    return listening


def listen_anywhere(host: str) -> socket.socket:
    """A listening socket on a free port of `PORTS`.

    Raises:
        PortTaken: none of a hundred was free, or this host cannot be listened on.
    """
    *chances, last = random.sample(PORTS, 100)
    for port in chances:
        with contextlib.suppress(PortTaken):
            return listen(host, port)
    return listen(host, last)
