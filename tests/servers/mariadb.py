"""A MariaDB that syncs at every commit."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pymysql

from tests.servers.process import ServerProcess, program

USER = PASSWORD = "skuld"


def make_template(folder: Path) -> Path:
    """An installed, empty data directory, copied for each server."""
    template = folder / "mariadb-template"
    if not template.exists():
        install = [program("mariadb-install-db"), "--no-defaults", f"--datadir={template}", *_as_root()]
        install += ["--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run(install, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return template


def _as_root() -> list[str]:
    return ["--user=root"] if os.getuid() == 0 else []


class MariaDbServer(ServerProcess):
    """mariadbd with `innodb_flush_log_at_trx_commit=1`."""

    def __init__(self, folder: Path, template: Path) -> None:
        super().__init__(folder)
        shutil.copytree(template, folder / "data")
        self._databases = 0

    def command(self) -> list[str]:
        return [
            program("mariadbd"), "--no-defaults", *_as_root(), f"--datadir={self.folder / 'data'}", f"--port={self.port}",
            f"--tmpdir={self.folder}",  # another server, as it starts, deletes what it finds in a shared one
            "--bind-address=127.0.0.1", f"--socket={self.folder / 's'}", "--innodb-flush-log-at-trx-commit=1",
            "--skip-log-bin", "--innodb-buffer-pool-size=256M",
        ]  # fmt: skip

    def answers(self) -> bool:
        try:
            with self._root() as connection, connection.cursor() as cursor:
                cursor.execute(f"CREATE USER IF NOT EXISTS {USER}@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'")
                cursor.execute(f"GRANT ALL ON *.* TO {USER}@'127.0.0.1'")
            return True
        except (pymysql.Error, OSError):
            return False

    def _root(self) -> pymysql.Connection[pymysql.cursors.Cursor]:
        return pymysql.connect(unix_socket=str(self.folder / "s"), user="root", connect_timeout=2)

    def make_database(self) -> str:
        """A new, empty database; gives its URL."""
        self._databases += 1
        name = f"skuld_{self._databases}"
        with self._root() as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
        return f"mysql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{name}"
