"""A Redis that keeps what it acknowledges (or, for a control, one that does not)."""

from __future__ import annotations

import contextlib
import socket
import subprocess
from pathlib import Path

import redis

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


class RedisOnASocket(RedisServer):
    """Listens on a unix socket alone."""

    def command(self) -> list[str]:
        return [*super().command(), "--port", "0", "--unixsocket", str(self._path)]

    @property
    def _path(self) -> Path:
        return self.folder / "redis.sock"

    def answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as connection:
            try:
                connection.connect(str(self._path))
            except OSError:
                return False
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")

    @property
    def url(self) -> str:
        return f"unix://{self._path}?db=1"


class RedisWithTls(RedisServer):
    """Speaks TLS alone, and to those alone whom its own authority has signed."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        make_certificate(folder)

    def command(self) -> list[str]:
        files = {"cert": "cert.pem", "key": "key.pem", "ca-cert": "cert.pem"}
        given = [part for name, file in files.items() for part in (f"--tls-{name}-file", str(self.folder / file))]
        return [*super().command(), "--port", "0", "--tls-port", str(self.port), *given]

    def answers(self) -> bool:
        with contextlib.suppress(redis.RedisError), redis.Redis.from_url(self.url) as client:
            return bool(client.ping())
        return False

    @property
    def url(self) -> str:
        ours = f"ssl_ca_certs={self.folder}/cert.pem&ssl_certfile={self.folder}/cert.pem&ssl_keyfile={self.folder}/key.pem"
        return f"rediss://127.0.0.1:{self.port}/0?{ours}"


def make_certificate(folder: Path) -> None:
    """A certificate for 127.0.0.1 that is its own authority: `cert.pem` and `key.pem`."""
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1 "
        "-addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem"
    )
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
