"""A Redis and a MariaDB of the benchmark's own, as durable as the comparison asks: every append and every commit synced."""

import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any, Self

import pymysql
import redis

from tests.servers.process import free_port

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0
DATABASE = "bench"


class Server:
    """One child process with a log file; stopped by SIGTERM, and killed when that takes too long."""

    def __init__(self, directory: Path, name: str) -> None:
        self.directory = directory / name
        self.directory.mkdir(parents=True)
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self.process is not None, "not started"
        return self.process.pid

    def launch(self, command: list[str], **options: Any) -> None:
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, **options)

    def ready(self) -> bool:
        raise NotImplementedError

    def wait(self) -> Self:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self.ready():
            assert self.process is not None
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"did not start: {(self.directory / 'log').read_text()[-2000:]}")
            time.sleep(0.05)
        return self

    def stop(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Redis(Server):
    def start(self) -> Self:
        options = {
            "port": self.port, "bind": "127.0.0.1", "dir": self.directory, "save": "", "appendonly": "yes",
            "appendfsync": "always", "maxmemory-policy": "noeviction", "auto-aof-rewrite-percentage": "0",
        }  # fmt: skip
        self.launch(["redis-server", *(str(word) for key, value in options.items() for word in ("--" + key, value))])
        return self.wait()

    def ready(self) -> bool:
        try:
            return bool(redis.Redis.from_url(self.url).ping())
        except redis.RedisError:
            return False

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"


class MariaDB(Server):
    def start(self) -> Self:
        data = self.directory / "data"
        install = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal"]
        subprocess.run([*install, *as_root()], check=True, capture_output=True)
        self.launch(
            [
                shutil.which("mariadbd") or "/usr/sbin/mariadbd", "--no-defaults", f"--datadir={data}", f"--tmpdir={data.parent}",
                f"--port={self.port}",
                "--bind-address=127.0.0.1", f"--socket={self.directory}/s", f"--pid-file={self.directory}/pid",
                "--skip-log-bin", "--skip-name-resolve", "--innodb-flush-log-at-trx-commit=1", "--innodb-buffer-pool-size=512M",
                "--innodb-log-file-size=256M", "--max-connections=300", "--character-set-server=utf8mb4", *as_root(),
            ]
        )  # fmt: skip
        self.wait()
        with pymysql.connect(host="127.0.0.1", port=self.port, user="root") as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {DATABASE}")
            cursor.execute(f"CREATE USER '{DATABASE}'@'%' IDENTIFIED BY '{DATABASE}'")
            cursor.execute(f"GRANT ALL ON {DATABASE}.* TO '{DATABASE}'@'%'")
        return self

    def ready(self) -> bool:
        try:
            pymysql.connect(host="127.0.0.1", port=self.port, user="root").close()
        except pymysql.MySQLError:
            return False
        return True

    @property
    def url(self) -> str:
        return f"mysql+pymysql://{DATABASE}:{DATABASE}@127.0.0.1:{self.port}/{DATABASE}"

    def count(self, table: str) -> int:
        where = {"host": "127.0.0.1", "port": self.port, "user": "root", "database": DATABASE}
        with pymysql.connect(**where) as connection, connection.cursor() as cursor:  # type: ignore[arg-type]
            cursor.execute(f"SELECT COUNT(*) FROM {table}")
            row = cursor.fetchone()
            return int(row[0]) if row else 0


def as_root() -> list[str]:
    import os

    return ["--user=root"] if os.geteuid() == 0 else []
