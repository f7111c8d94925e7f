"""A Redis that keeps what it acknowledges (or, for a control, one that does not)."""

from __future__ import annotations

import socket
from pathlib import Path

from tests.servers.process import ServerProcess, program


class RedisServer(ServerProcess):
    """redis-server with `appendfsync always`, unless told otherwise."""

    def __init__(self, folder: Path, *, fsync: str = "always", extra: tuple[str, ...] = ()) -> None:
        super().__init__(folder)
        self._fsync = fsync
        self._extra = extra

    def command(self) -> list[str]:
        settings = {
            "port": str(self.port),
            "bind": "127.0.0.1",
            "dir": str(self.folder),
            "save": "",
            "appendonly": "yes",
            "appendfsync": self._fsync,
            "no-appendfsync-on-rewrite": "no",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        return [
            program("redis-server"),
            *(part for name, value in settings.items() for part in (f"--{name}", value)),
            *self._extra,
        ]

    def answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"
